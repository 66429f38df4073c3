// The header of a record batch, format v2: 61 bytes that say everything but the records themselves.
//
//   byte size field                     byte size field                    byte size field
//      0    8 baseOffset                  21    2 attributes                 43    8 producerId
//      8    4 batchLength (after it)      23    4 lastOffsetDelta            51    2 producerEpoch
//     12    4 partitionLeaderEpoch        27    8 baseTimestamp              53    4 baseSequence
//     16    1 magic = 2                   35    8 maxTimestamp               57    4 recordsCount
//     17    4 crc (CRC-32C from byte 21)                                     61      records
//
// Base offset and leader epoch lie before the checksummed part, so that a leader stamps them into bytes it never
// re-encodes. The last offset survives compaction even when the last record does not: a batch may have holes.

import type { LeaderEpoch, Offset } from "../types.js";
import { crc32c } from "./crc32c.js";

/** Bytes of an empty batch. */
export const BATCH_HEADER_BYTES = 61;
/** Bytes up to and including `batchLength`; not counted by it. */
export const BATCH_PREFIX_BYTES = 12;
/** First byte under the checksum. */
export const BATCH_CRC_START = 21;

export const NO_PRODUCER_ID = -1;
export const NO_PRODUCER_EPOCH = -1;
export const NO_SEQUENCE = -1;
/** "No timestamp": Kafka's `RecordBatch.NO_TIMESTAMP`. */
export const NO_TIMESTAMP = -1;

export const COMPRESSION_MASK = 0x07;
export const TIMESTAMP_TYPE_BIT = 0x08;
export const TRANSACTIONAL_BIT = 0x10;
export const CONTROL_BIT = 0x20;
/** KIP-534: baseTimestamp holds the moment from which tombstones and markers of this batch may be dropped. */
export const DELETE_HORIZON_BIT = 0x40;

const MAX_INT32 = 2_147_483_647;
const TWO_TO_32 = 4_294_967_296;

/** 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd. */
export type CompressionCodec = number;

export interface BatchHeader {
  readonly baseOffset: Offset;
  readonly lastOffset: Offset;
  /** The whole batch, header and prefix included. */
  readonly sizeBytes: number;
  readonly leaderEpoch: LeaderEpoch;
  readonly magic: number;
  readonly crc: number;
  readonly attributes: number;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
  readonly compression: CompressionCodec;
  readonly timestampType: "CreateTime" | "LogAppendTime";
  readonly baseTimestamp: number;
  readonly maxTimestamp: number;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  /** -1 if the batch carries no sequence; wraps from 2^31-1 to 0. */
  readonly lastSequence: number;
  readonly recordCount: number;
  /** Wall-clock milliseconds after which tombstones and markers may go; undefined if not stamped yet. */
  readonly deleteHorizonMs: number | undefined;
}

export function readInt32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

export function readInt64(bytes: Uint8Array, at: number): number {
  return readInt32(bytes, at) * TWO_TO_32 + (readInt32(bytes, at + 4) >>> 0);
}

export function readInt16(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) >> 16) | bytes[at + 1]!;
}

export function writeInt16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 8;
  bytes[at + 1] = value;
}

export function writeInt32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

export function writeInt64(bytes: Uint8Array, at: number, value: number): void {
  const high = Math.floor(value / TWO_TO_32);
  writeInt32(bytes, at, high);
  writeInt32(bytes, at + 4, value - high * TWO_TO_32);
}

/** True if the whole batch at `position` lies within `bytes`. A length too small for a header counts as torn. */
export function hasCompleteBatch(bytes: Uint8Array, position: number): boolean {
  if (position + BATCH_HEADER_BYTES > bytes.length) return false;
  const sizeBytes = batchSizeBytes(bytes, position);
  return sizeBytes >= BATCH_HEADER_BYTES && position + sizeBytes <= bytes.length;
}

export function batchBaseOffset(bytes: Uint8Array, position: number): Offset {
  return readInt64(bytes, position);
}

/** The whole batch, prefix included. */
export function batchSizeBytes(bytes: Uint8Array, position: number): number {
  return readInt32(bytes, position + 8) + BATCH_PREFIX_BYTES;
}

export function batchLeaderEpoch(bytes: Uint8Array, position: number): LeaderEpoch {
  return readInt32(bytes, position + 12);
}

export function batchMagic(bytes: Uint8Array, position: number): number {
  return bytes[position + 16]!;
}

export function batchCrc(bytes: Uint8Array, position: number): number {
  return readInt32(bytes, position + 17) >>> 0;
}

export function batchAttributes(bytes: Uint8Array, position: number): number {
  return readInt16(bytes, position + 21);
}

export function batchIsControl(bytes: Uint8Array, position: number): boolean {
  return (bytes[position + 22]! & CONTROL_BIT) !== 0;
}

export function batchIsTransactional(bytes: Uint8Array, position: number): boolean {
  return (bytes[position + 22]! & TRANSACTIONAL_BIT) !== 0;
}

export function batchLastOffsetDelta(bytes: Uint8Array, position: number): number {
  return readInt32(bytes, position + 23);
}

export function batchLastOffset(bytes: Uint8Array, position: number): Offset {
  return readInt64(bytes, position) + readInt32(bytes, position + 23);
}

/** The offset after the batch: where the next one begins, holes aside. */
export function batchNextOffset(bytes: Uint8Array, position: number): Offset {
  return batchLastOffset(bytes, position) + 1;
}

export function batchBaseTimestamp(bytes: Uint8Array, position: number): number {
  return readInt64(bytes, position + 27);
}

export function batchMaxTimestamp(bytes: Uint8Array, position: number): number {
  return readInt64(bytes, position + 35);
}

export function batchProducerId(bytes: Uint8Array, position: number): number {
  return readInt64(bytes, position + 43);
}

export function batchProducerEpoch(bytes: Uint8Array, position: number): number {
  return readInt16(bytes, position + 51);
}

export function batchBaseSequence(bytes: Uint8Array, position: number): number {
  return readInt32(bytes, position + 53);
}

export function batchRecordCount(bytes: Uint8Array, position: number): number {
  return readInt32(bytes, position + 57);
}

/** Adds to a sequence number; after 2^31-1 comes 0. */
export function incrementSequence(sequence: number, by: number): number {
  const sum = sequence + by;
  return sum > MAX_INT32 ? sum - MAX_INT32 - 1 : sum;
}

/** The header at `position`, or undefined if the bytes end before the batch does. Does not check the CRC. */
export function readBatchHeader(bytes: Uint8Array, position = 0): BatchHeader | undefined {
  if (!hasCompleteBatch(bytes, position)) return undefined;
  return decodeBatchHeader(bytes, position);
}

/** As `readBatchHeader`, but needs only the header's own 61 bytes to be there. */
export function decodeBatchHeader(bytes: Uint8Array, position: number): BatchHeader {
  const baseOffset = batchBaseOffset(bytes, position);
  const attributes = batchAttributes(bytes, position);
  const lastOffsetDelta = batchLastOffsetDelta(bytes, position);
  const baseSequence = batchBaseSequence(bytes, position);
  const baseTimestamp = batchBaseTimestamp(bytes, position);
  return {
    baseOffset,
    lastOffset: baseOffset + lastOffsetDelta,
    sizeBytes: batchSizeBytes(bytes, position),
    leaderEpoch: batchLeaderEpoch(bytes, position),
    magic: batchMagic(bytes, position),
    crc: batchCrc(bytes, position),
    attributes,
    isTransactional: (attributes & TRANSACTIONAL_BIT) !== 0,
    isControl: (attributes & CONTROL_BIT) !== 0,
    compression: attributes & COMPRESSION_MASK,
    timestampType: (attributes & TIMESTAMP_TYPE_BIT) === 0 ? "CreateTime" : "LogAppendTime",
    baseTimestamp,
    maxTimestamp: batchMaxTimestamp(bytes, position),
    producerId: batchProducerId(bytes, position),
    producerEpoch: batchProducerEpoch(bytes, position),
    baseSequence,
    lastSequence: baseSequence === NO_SEQUENCE ? NO_SEQUENCE : incrementSequence(baseSequence, lastOffsetDelta),
    recordCount: batchRecordCount(bytes, position),
    deleteHorizonMs: (attributes & DELETE_HORIZON_BIT) === 0 ? undefined : baseTimestamp,
  };
}

/** True if the batch at `position` is whole, of format v2, and its CRC matches. */
export function isValidBatch(bytes: Uint8Array, position = 0): boolean {
  if (!hasCompleteBatch(bytes, position) || batchMagic(bytes, position) !== 2) return false;
  const end = position + batchSizeBytes(bytes, position);
  return crc32c(bytes, position + BATCH_CRC_START, end) === batchCrc(bytes, position);
}

/** Stamps base offset and leader epoch in place. Neither is under the CRC. */
export function patchBatch(bytes: Uint8Array, position: number, baseOffset: Offset, leaderEpoch: LeaderEpoch): void {
  writeInt64(bytes, position, baseOffset);
  writeInt32(bytes, position + 12, leaderEpoch);
}

/** Recomputes the CRC of the batch at `position`: needed after attributes or timestamps changed. */
export function sealBatch(bytes: Uint8Array, position: number): void {
  const end = position + batchSizeBytes(bytes, position);
  writeInt32(bytes, position + 17, crc32c(bytes, position + BATCH_CRC_START, end));
}

/**
 * Calls `fn` with the position and size of each whole batch in order; `fn` stops the walk by returning false.
 * @returns the position behind the last whole batch visited: less than `bytes.length` if the tail is torn
 */
export function forEachBatch(
  bytes: Uint8Array,
  fn: (position: number, sizeBytes: number) => boolean | void,
  start = 0,
): number {
  let position = start;
  while (hasCompleteBatch(bytes, position)) {
    const sizeBytes = batchSizeBytes(bytes, position);
    if (fn(position, sizeBytes) === false) break;
    position += sizeBytes;
  }
  return position;
}
