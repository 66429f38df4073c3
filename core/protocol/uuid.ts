// UUIDs as Kafka writes them: 16 bytes on the wire, 22 characters of URL-safe base64 without padding in text.
// Topic ids and directory ids travel this way; sixteen zero bytes mean "none".

import { assert } from "../assert.js";
import { ZERO_UUID } from "../types.js";
import type { Uuid } from "../types.js";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const DIGIT_OF = new Int8Array(128).fill(-1);
for (let i = 0; i < 64; i++) DIGIT_OF[ALPHABET.charCodeAt(i)] = i;

const UUID_CHARACTERS = 22;
/** Bytes of a UUID on the wire. */
export const UUID_BYTES = 16;

/** Writes the 16 bytes of `uuid` into `target` at `position`; the caller has made room. */
export function writeUuid(target: Uint8Array, position: number, uuid: Uuid): void {
  assert(uuid.length === UUID_CHARACTERS, "a uuid has 22 characters");
  let bits = 0;
  let bitCount = 0;
  let at = position;
  for (let i = 0; i < UUID_CHARACTERS; i++) {
    const digit = DIGIT_OF[uuid.charCodeAt(i) & 0x7f]!;
    assert(digit >= 0, "a uuid is written in URL-safe base64");
    bits = ((bits << 6) | digit) & 0xffff;
    bitCount += 6;
    if (bitCount >= 8 && at < position + UUID_BYTES) {
      bitCount -= 8;
      target[at++] = (bits >> bitCount) & 0xff;
    }
  }
}

/**
 * UUIDs read lately, by their last byte. A cluster has few topics and directories, and every message names them:
 * comparing sixteen bytes takes a fifth of the time of spelling them.
 */
const RECENT: ({ readonly bytes: readonly number[]; readonly uuid: Uuid } | undefined)[] = Array.from(
  { length: 256 },
  () => undefined,
);

/** The text form of the 16 bytes of `source` at `position`; the caller has checked that they exist. */
export function readUuid(source: Uint8Array, position: number): Uuid {
  const slot = source[position + UUID_BYTES - 1]!;
  const recent = RECENT[slot];
  if (recent !== undefined && isSame(recent.bytes, source, position)) return recent.uuid;
  const uuid = spell(source, position);
  RECENT[slot] = { bytes: Array.from(source.subarray(position, position + UUID_BYTES)), uuid };
  return uuid;
}

function isSame(bytes: readonly number[], source: Uint8Array, position: number): boolean {
  for (let i = 0; i < UUID_BYTES; i++) if (bytes[i] !== source[position + i]) return false;
  return true;
}

function spell(source: Uint8Array, position: number): Uuid {
  let text = "";
  let bits = 0;
  let bitCount = 0;
  let allZero = true;
  for (let i = position; i < position + UUID_BYTES; i++) {
    const byte = source[i]!;
    if (byte !== 0) allZero = false;
    bits = ((bits << 8) | byte) & 0xffff;
    bitCount += 8;
    while (bitCount >= 6) {
      bitCount -= 6;
      text += ALPHABET[(bits >> bitCount) & 0x3f]!;
    }
  }
  if (allZero) return ZERO_UUID;
  return text + ALPHABET[(bits << (6 - bitCount)) & 0x3f]!;
}
