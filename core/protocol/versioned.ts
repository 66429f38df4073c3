// Versioned bytes: a body behind an int16 that says its version.
// Messages that are stored rather than sent have no header to tell their version, so it travels with them: keys and
// values of __consumer_offsets, and what consumers tell each other through the group coordinator.

import { ByteReader, ByteWriter } from "./bytes.js";
import { MalformedMessageError } from "./errors.js";
import type { BodyOf, Fields, MessageSchema } from "./schema.js";

const WRITER = new ByteWriter();

/** int16 version, then the body in that version. */
export function encodeVersioned<F extends Fields>(
  schema: MessageSchema<F>,
  body: BodyOf<F>,
  version: number = schema.versions[1],
): Uint8Array {
  WRITER.reset();
  WRITER.int16(version);
  schema.encode(WRITER, body, version);
  return WRITER.toBytes();
}

/**
 * Reads a body in a version the table covers.
 * @throws MalformedMessageError on bad bytes or another version
 */
export function decodeVersioned<F extends Fields>(schema: MessageSchema<F>, bytes: Uint8Array): BodyOf<F> {
  const reader = new ByteReader(bytes);
  const version = reader.int16();
  const [lowest, highest] = schema.versions;
  if (version < lowest || version > highest) {
    throw new MalformedMessageError(`${schema.name} version ${version} is unknown`);
  }
  return schema.decode(reader, version);
}

/**
 * Reads a consumer's subscription or assignment. A version above ours is read as our highest: members of one group may
 * run different releases, and new fields are only ever added at the end.
 * @throws MalformedMessageError
 */
export function decodeConsumerProtocol<F extends Fields>(schema: MessageSchema<F>, bytes: Uint8Array): BodyOf<F> {
  const reader = new ByteReader(bytes);
  const version = reader.int16();
  if (version < 0) throw new MalformedMessageError(`${schema.name} version ${version} is negative`);
  return schema.decode(reader, Math.min(version, schema.versions[1]));
}

/** The version in front of stored bytes: for a key of __consumer_offsets it says what kind of record this is. */
export function versionOfStored(bytes: Uint8Array): number {
  return new ByteReader(bytes).int16();
}
