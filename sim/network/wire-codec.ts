// Wire codec: lets every message of a run go through its encoded form.
// Typed bodies travel by reference by default; a run with a codec proves that nothing travels beside the bytes, and
// must have the same digest. The codec is given from outside, so that the network needs no schema.

import type { Message } from "../../core/environment.js";

export interface WireCodec {
  /** Encodes and decodes a message: what the receiver would have read from the wire. */
  roundTrip(message: Message): Message;
}

/** Freezes a body deeply, byte arrays excepted, so that a node which changes another's memory fails at once. */
export function freezeDeeply(value: unknown): void {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value)) return;
  Object.freeze(value);
  // Not `Object.values`: it makes an array for each of the many small objects of a message.
  if (Array.isArray(value)) for (const element of value) freezeDeeply(element);
  else for (const name in value) freezeDeeply(value[name as keyof typeof value]);
}
