// Offset map: for each key of the dirty part of a log, the last offset it was written at.
// Kafka keeps an MD5 of each key to fit many into little memory; here keys are kept whole, as text of their bytes,
// so that no collision can ever drop a record. `maxKeys` plays the part of the dedupe buffer's size.

import { decodeUtf8 } from "../protocol/utf8.js";
import type { Offset } from "../types.js";

export class OffsetMap {
  /** Offset of the last record taken into account; -1 if none was. */
  latestOffset: Offset = -1;
  private readonly offsets = new Map<string, Offset>();
  private readonly maxKeys: number;

  constructor(maxKeys: number) {
    this.maxKeys = maxKeys;
  }

  get isFull(): boolean {
    return this.offsets.size >= this.maxKeys;
  }

  put(key: Uint8Array, offset: Offset): void {
    this.offsets.set(keyText(key), offset);
  }

  get(key: Uint8Array): Offset | undefined {
    return this.offsets.get(keyText(key));
  }
}

/** One character a byte: equal exactly when the keys are. */
function keyText(key: Uint8Array): string {
  // Mostly ASCII throughout, and one of a few keys that come again and again: `decodeUtf8` knows the recent ones.
  if (isAscii(key)) return decodeUtf8(key);
  let text = "";
  for (let i = 0; i < key.length; i++) text += String.fromCharCode(key[i]!);
  return text;
}

function isAscii(key: Uint8Array): boolean {
  for (let i = 0; i < key.length; i++) if (key[i]! >= 0x80) return false;
  return true;
}
