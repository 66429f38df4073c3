// The records inside a batch, format v2: variable-length integers relative to the batch header.
// A record is: length, attributes (0), timestamp delta, offset delta, key, value, headers; lengths are zigzag varints
// and -1 stands for null. The broker looks inside a batch only where a rule is about records: keys of compacted
// topics, timestamps, cleaning. Everything else works on the 61 bytes in front.

import { bytesView } from "../byte-arena.js";
import { type ErrorCode, Errors } from "../errors.js";
import { decodeUtf8 } from "../protocol/utf8.js";
import type { Offset } from "../types.js";
import {
  BATCH_HEADER_BYTES,
  COMPRESSION_MASK,
  TIMESTAMP_TYPE_BIT,
  batchAttributes,
  batchBaseOffset,
  batchBaseTimestamp,
  batchMaxTimestamp,
  batchRecordCount,
  batchSizeBytes,
  hasCompleteBatch,
} from "./batch-header.js";

export interface RecordHeader {
  readonly key: string;
  readonly value: Uint8Array | null;
}

/** A record as an application gives it. */
export interface RecordData {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers?: readonly RecordHeader[];
  readonly timestampMs: number;
}

/** A record as it stands in a log. Key, value and header values are views of the batch. */
export interface DecodedRecord {
  readonly offset: Offset;
  readonly timestampMs: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
}

/** Takes a compressed records section apart; undefined if the codec is not known or the data is damaged. */
export type Decompressor = (codec: number, bytes: Uint8Array) => Uint8Array | undefined;

export type RecordVisitor = (
  offset: Offset,
  timestampMs: number,
  key: Uint8Array | null,
  value: Uint8Array | null,
  headers: readonly RecordHeader[],
) => boolean | void;

const NO_HEADERS: readonly RecordHeader[] = [];
/** More than a record of a legal batch can be long, and far below where additions lose precision. */
const IMPOSSIBLE_LENGTH = 4_294_967_296;

/** Reads varints from a records section. Running past the end sets `failed`; nothing throws. */
class RecordCursor {
  position: number;
  failed = false;
  private readonly bytes: Uint8Array;
  private readonly end: number;

  constructor(bytes: Uint8Array, position: number, end: number) {
    this.bytes = bytes;
    this.position = position;
    this.end = end;
  }

  /** A zigzag varint of up to 53 significant bits. */
  varlong(): number {
    const first = this.bytes[this.position]!;
    if (this.position < this.end && first < 0x80) {
      this.position += 1;
      return (first >>> 1) ^ -(first & 1);
    }
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 10; i++) {
      if (this.position >= this.end) break;
      const byte = this.bytes[this.position]!;
      this.position += 1;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
      scale *= 128;
    }
    this.failed = true;
    return 0;
  }

  /** A varint length, then that many bytes; null for -1. */
  nullableBytes(): Uint8Array | null {
    const length = this.varlong();
    if (length < 0) return null;
    if (this.failed || length > IMPOSSIBLE_LENGTH || this.position + length > this.end) {
      this.failed = true;
      return null;
    }
    const start = this.position;
    this.position += length;
    return bytesView(this.bytes, start, this.position);
  }

  headers(): readonly RecordHeader[] {
    const count = this.varlong();
    if (count === 0) return NO_HEADERS;
    if (count < 0 || count > this.end - this.position) {
      this.failed = true;
      return NO_HEADERS;
    }
    const headers: RecordHeader[] = [];
    for (let i = 0; i < count && !this.failed; i++) {
      const key = this.nullableBytes();
      if (key === null) this.failed = true;
      else headers.push({ key: decodeUtf8(key), value: this.nullableBytes() });
    }
    return headers;
  }

  skip(count: number): void {
    this.position += count;
  }
}

/**
 * Visits the records of the batch at `position` in order; the visitor stops the walk by returning false.
 * @returns NONE; UNSUPPORTED_COMPRESSION_TYPE if the batch is compressed and `decompress` is absent or gives up;
 *   CORRUPT_MESSAGE if the records do not parse (those before the damage were visited)
 */
export function forEachRecord(
  bytes: Uint8Array,
  position: number,
  visit: RecordVisitor,
  decompress?: Decompressor,
): ErrorCode {
  if (!hasCompleteBatch(bytes, position)) return Errors.CORRUPT_MESSAGE;
  const attributes = batchAttributes(bytes, position);
  const codec = attributes & COMPRESSION_MASK;
  const recordsEnd = position + batchSizeBytes(bytes, position);
  let section = bytes;
  let start = position + BATCH_HEADER_BYTES;
  let end = recordsEnd;
  if (codec !== 0) {
    const inflated = decompress?.(codec, bytes.subarray(start, end));
    if (inflated === undefined) return Errors.UNSUPPORTED_COMPRESSION_TYPE;
    section = inflated;
    start = 0;
    end = inflated.length;
  }
  const baseOffset = batchBaseOffset(bytes, position);
  const baseTimestamp = batchBaseTimestamp(bytes, position);
  // With LogAppendTime all records share the time the leader wrote them.
  const logAppendTimeMs = (attributes & TIMESTAMP_TYPE_BIT) === 0 ? undefined : batchMaxTimestamp(bytes, position);
  const count = batchRecordCount(bytes, position);
  const cursor = new RecordCursor(section, start, end);
  for (let i = 0; i < count; i++) {
    const length = cursor.varlong();
    const recordEnd = cursor.position + length;
    cursor.skip(1);
    const timestampMs = baseTimestamp + cursor.varlong();
    const offset = baseOffset + cursor.varlong();
    const key = cursor.nullableBytes();
    const value = cursor.nullableBytes();
    const headers = cursor.headers();
    if (cursor.failed || cursor.position !== recordEnd) return Errors.CORRUPT_MESSAGE;
    if (visit(offset, logAppendTimeMs ?? timestampMs, key, value, headers) === false) return Errors.NONE;
  }
  return cursor.position === end ? Errors.NONE : Errors.CORRUPT_MESSAGE;
}

/** The records of the batch at `position`; undefined if it is damaged or compressed without a `decompress`. */
export function decodeBatch(
  bytes: Uint8Array,
  position = 0,
  decompress?: Decompressor,
): readonly DecodedRecord[] | undefined {
  const records: DecodedRecord[] = [];
  const error = forEachRecord(
    bytes,
    position,
    (offset, timestampMs, key, value, headers) => {
      records.push({ offset, timestampMs, key, value, headers });
    },
    decompress,
  );
  return error === Errors.NONE ? records : undefined;
}
