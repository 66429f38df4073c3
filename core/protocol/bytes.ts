// Bytes: reading and writing Kafka's primitive types.
// Everything that is stored or sent is made of these: big-endian integers, LEB128 varints (zigzag for signed ones),
// length-prefixed strings, bytes and uuids. The reader checks every bound, because its input comes from a peer or
// from a torn disk; the writer asserts, because its input comes from us.

import { assert } from "../assert.js";
import { bytesView, PASSING_BYTES } from "../byte-arena.js";
import type { Uuid } from "../types.js";
import { MalformedMessageError } from "./errors.js";
import { readUtf8, utf8Length, writeUtf8 } from "./utf8.js";
import { UUID_BYTES, readUuid, writeUuid } from "./uuid.js";

export { decodeUtf8, encodeUtf8, utf8Length, writeUtf8 } from "./utf8.js";

const TWO_TO_32 = 0x1_0000_0000;
const INITIAL_CAPACITY_BYTES = 256;
const MAX_VARINT_BYTES = 5;

/** A growing buffer, written from left to right. Reuse one with `reset`: it keeps its memory. */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #position = 0;

  constructor(capacityBytes: number = INITIAL_CAPACITY_BYTES) {
    this.#bytes = new Uint8Array(capacityBytes);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** Bytes written so far. */
  get position(): number {
    return this.#position;
  }

  /** Forgets what was written; views handed out before become invalid. */
  reset(): void {
    this.#position = 0;
  }

  /** A copy of what was written. */
  toBytes(): Uint8Array<ArrayBuffer> {
    return PASSING_BYTES.copy(this.view());
  }

  /** What was written, without a copy: valid until the next write or reset. */
  view(): Uint8Array {
    return bytesView(this.#bytes, 0, this.#position);
  }

  bool(value: boolean): void {
    this.int8(value ? 1 : 0);
  }

  int8(value: number): void {
    this.#reserve(1);
    this.#view.setInt8(this.#position, value);
    this.#position += 1;
  }

  int16(value: number): void {
    this.#reserve(2);
    this.#view.setInt16(this.#position, value);
    this.#position += 2;
  }

  uint16(value: number): void {
    this.#reserve(2);
    this.#view.setUint16(this.#position, value);
    this.#position += 2;
  }

  int32(value: number): void {
    this.#reserve(4);
    this.#view.setInt32(this.#position, value);
    this.#position += 4;
  }

  uint32(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.#position, value);
    this.#position += 4;
  }

  /** @throws AssertionError unless `value` is a safe integer: beyond 2^53 a number no longer says which one it is */
  int64(value: number): void {
    assert(Number.isSafeInteger(value), "an int64 is a safe integer");
    this.#reserve(8);
    this.#view.setInt32(this.#position, Math.floor(value / TWO_TO_32));
    this.#view.setUint32(this.#position + 4, value >>> 0);
    this.#position += 8;
  }

  float64(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#position, value);
    this.#position += 8;
  }

  /** Overwrites four bytes written earlier, for a length or checksum known only at the end. */
  patchInt32(position: number, value: number): void {
    assert(position + 4 <= this.#position, "a patch lies within what was written");
    this.#view.setInt32(position, value);
  }

  /** Unsigned LEB128 of a uint32. */
  unsignedVarint(value: number): void {
    this.#reserve(MAX_VARINT_BYTES);
    let rest = value >>> 0;
    while (rest > 0x7f) {
      this.#bytes[this.#position++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#position++] = rest;
  }

  /** Zigzag LEB128 of an int32: small magnitudes of either sign stay short. */
  varint(value: number): void {
    this.unsignedVarint((value << 1) ^ (value >> 31));
  }

  /** Zigzag LEB128 of a safe integer. */
  varlong(value: number): void {
    if (value === (value | 0)) return this.varint(value);
    assert(Number.isSafeInteger(value), "a varlong is a safe integer");
    this.#reserve(10);
    let rest = value < 0 ? -2n * BigInt(value) - 1n : 2n * BigInt(value);
    while (rest > 0x7fn) {
      this.#bytes[this.#position++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#bytes[this.#position++] = Number(rest);
  }

  /** Bytes without any prefix. */
  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#position);
    this.#position += bytes.length;
  }

  /** UTF-8 without any prefix; `lengthBytes` as `utf8Length` counts it. */
  utf8(text: string, lengthBytes: number): void {
    this.#reserve(lengthBytes);
    this.#position = writeUtf8(text, this.#bytes, this.#position);
  }

  /** int16 length + UTF-8. */
  string(value: string): void {
    const length = utf8Length(value);
    assert(length <= 0x7fff, "a string takes at most 32767 bytes");
    this.int16(length);
    this.utf8(value, length);
  }

  /** unsigned varint length + 1, then UTF-8. */
  compactString(value: string): void {
    const length = utf8Length(value);
    this.unsignedVarint(length + 1);
    this.utf8(value, length);
  }

  uuid(value: Uuid): void {
    this.#reserve(UUID_BYTES);
    writeUuid(this.#bytes, this.#position, value);
    this.#position += UUID_BYTES;
  }

  /** Inserts before everything written since `start` its size as an unsigned varint (tagged fields need it). */
  prefixWithSize(start: number): void {
    const size = this.#position - start;
    const prefixLength = unsignedVarintLength(size);
    // Room for the longest varint at once: growing while the position is moved back would lose the payload.
    this.#reserve(prefixLength + MAX_VARINT_BYTES);
    this.#bytes.copyWithin(start + prefixLength, start, this.#position);
    this.#position = start;
    this.unsignedVarint(size);
    this.#position += size;
  }

  #reserve(count: number): void {
    const needed = this.#position + count;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#position));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

/** Bytes that `unsignedVarint(value)` takes. */
export function unsignedVarintLength(value: number): number {
  let length = 1;
  for (let rest = value >>> 0; rest > 0x7f; rest >>>= 7) length++;
  return length;
}

/** Reads [start, end) of `bytes` from left to right. Every method throws MalformedMessageError beyond the end. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #end: number;
  #position: number;

  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length) {
    assert(start >= 0 && start <= end && end <= bytes.length, "a reader stays within its bytes");
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#position = start;
    this.#end = end;
  }

  get position(): number {
    return this.#position;
  }

  /** Bytes left. */
  get remaining(): number {
    return this.#end - this.#position;
  }

  bool(): boolean {
    return this.int8() !== 0;
  }

  int8(): number {
    return this.#view.getInt8(this.#take(1));
  }

  int16(): number {
    return this.#view.getInt16(this.#take(2));
  }

  uint16(): number {
    return this.#view.getUint16(this.#take(2));
  }

  int32(): number {
    return this.#view.getInt32(this.#take(4));
  }

  uint32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  /** @throws MalformedMessageError also for values that no safe integer can hold */
  int64(): number {
    const at = this.#take(8);
    const value = this.#view.getInt32(at) * TWO_TO_32 + this.#view.getUint32(at + 4);
    if (!Number.isSafeInteger(value)) throw new MalformedMessageError("an int64 lies beyond the safe integers");
    return value;
  }

  float64(): number {
    return this.#view.getFloat64(this.#take(8));
  }

  unsignedVarint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#bytes[this.#take(1)]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw new MalformedMessageError("a varint is longer than five bytes");
  }

  varint(): number {
    const zigzag = this.unsignedVarint();
    return (zigzag >>> 1) ^ -(zigzag & 1);
  }

  /** @throws MalformedMessageError also for values that no safe integer can hold */
  varlong(): number {
    let low = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#bytes[this.#take(1)]!;
      low |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (low >>> 1) ^ -(low & 1);
    }
    return this.#longVarlong(low);
  }

  /** The next `count` bytes, as a view of the input. */
  raw(count: number): Uint8Array {
    if (count < 0) throw new MalformedMessageError("a length is negative");
    const at = this.#take(count);
    return bytesView(this.#bytes, at, at + count);
  }

  utf8(lengthBytes: number): string {
    if (lengthBytes < 0) throw new MalformedMessageError("a string has a negative length");
    const at = this.#take(lengthBytes);
    return readUtf8(this.#bytes, at, at + lengthBytes);
  }

  /** int16 length + UTF-8; −1 is null. */
  nullableString(): string | null {
    const length = this.int16();
    return length === -1 ? null : this.utf8(length);
  }

  /** unsigned varint length + 1, then UTF-8; 0 is null. */
  compactNullableString(): string | null {
    const length = this.unsignedVarint() - 1;
    return length === -1 ? null : this.utf8(length);
  }

  uuid(): Uuid {
    return readUuid(this.#bytes, this.#take(UUID_BYTES));
  }

  #longVarlong(low: number): number {
    let zigzag = BigInt(low);
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#take(1)]!;
      zigzag |= BigInt(byte & 0x7f) << shift;
      if (byte >= 0x80) continue;
      const value = Number((zigzag >> 1n) ^ -(zigzag & 1n));
      if (!Number.isSafeInteger(value)) throw new MalformedMessageError("a varlong lies beyond the safe integers");
      return value;
    }
    throw new MalformedMessageError("a varlong is longer than ten bytes");
  }

  /** Moves past `count` bytes and returns where they start. */
  #take(count: number): number {
    const at = this.#position;
    if (count > this.#end - at) throw new MalformedMessageError("a message ends before its last field");
    this.#position = at + count;
    return at;
  }
}
