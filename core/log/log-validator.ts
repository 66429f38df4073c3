// Log validator: what a leader checks before it lets a batch into the log.
// The door of the partition: behind it everybody may trust sizes, checksums, offsets and timestamps, followers
// included. The order of the checks is Kafka's, since it decides which error a client sees.

import type { ByteArena } from "../byte-arena.js";
import { type ErrorCode, Errors } from "../errors.js";
import type { LeaderEpoch, Offset } from "../types.js";
import {
  BATCH_HEADER_BYTES,
  BATCH_PREFIX_BYTES,
  COMPRESSION_MASK,
  NO_PRODUCER_ID,
  NO_TIMESTAMP,
  TIMESTAMP_TYPE_BIT,
  batchAttributes,
  batchBaseOffset,
  batchBaseSequence,
  batchBaseTimestamp,
  batchIsControl,
  batchLastOffsetDelta,
  batchMagic,
  batchMaxTimestamp,
  batchProducerId,
  batchRecordCount,
  batchSizeBytes,
  isValidBatch,
  patchBatch,
  sealBatch,
  writeInt16,
  writeInt64,
} from "./batch-header.js";
import { type Decompressor, forEachRecord } from "./batch-records.js";
import type { LogConfig } from "./log-config.js";

/** Who appends: clients are checked in full, the broker's own coordinators and quorum are trusted with more. */
export type AppendOrigin = "client" | "coordinator" | "replication" | "raft-leader";

export interface AppendError {
  readonly ok: false;
  readonly error: ErrorCode;
  readonly message: string;
}

export function appendError(error: ErrorCode, message: string): AppendError {
  return { ok: false, error, message };
}

export interface PreparedBatches {
  readonly ok: true;
  /** A copy of what was given, with offsets, leader epoch and timestamps set. */
  readonly batches: Uint8Array;
}

/** Checks batches from anybody but a leader and makes them ready to be appended at `baseOffset`. */
export function prepareBatches(
  batches: Uint8Array,
  origin: AppendOrigin,
  baseOffset: Offset,
  leaderEpoch: LeaderEpoch,
  { config, arena }: { readonly config: LogConfig; readonly arena: ByteArena },
  nowMs: number,
  decompress: Decompressor | undefined,
): PreparedBatches | AppendError {
  const invalid =
    analyzeBatches(batches, origin, config) ?? (origin === "client" ? checkClientBatch(batches) : undefined);
  if (invalid !== undefined) return invalid;
  const owned = arena.copy(batches);
  let nextOffset = baseOffset;
  for (let at = 0; at < owned.length; at += batchSizeBytes(owned, at)) {
    const refused = validateRecords(owned, at, config, nowMs, decompress);
    if (refused !== undefined) return refused;
    patchBatch(owned, at, nextOffset, leaderEpoch);
    nextOffset += batchLastOffsetDelta(owned, at) + 1;
  }
  if (owned.length > config.segmentBytes) {
    return appendError(Errors.RECORD_LIST_TOO_LARGE, "the records are larger than a segment may be");
  }
  return { ok: true, batches: owned };
}

/** Size, format, checksum: what can be said of bytes that should be one or more whole batches. */
function analyzeBatches(bytes: Uint8Array, origin: AppendOrigin, config: LogConfig): AppendError | undefined {
  let position = 0;
  while (position < bytes.length) {
    const sizeBytes = position + BATCH_PREFIX_BYTES <= bytes.length ? batchSizeBytes(bytes, position) : 0;
    if (sizeBytes < BATCH_HEADER_BYTES || position + sizeBytes > bytes.length) {
      return appendError(Errors.CORRUPT_MESSAGE, "the records end inside a batch");
    }
    const magic = batchMagic(bytes, position);
    if (magic !== 2) {
      return appendError(Errors.UNSUPPORTED_FOR_MESSAGE_FORMAT, `message format v${magic} is not supported`);
    }
    if (origin === "client" && batchBaseOffset(bytes, position) !== 0) {
      return appendError(Errors.INVALID_RECORD, "the base offset of a produced batch must be 0");
    }
    if (origin !== "raft-leader" && sizeBytes > config.maxMessageBytes) {
      return appendError(Errors.MESSAGE_TOO_LARGE, `batch of ${sizeBytes} bytes, max.message.bytes allows fewer`);
    }
    if (!isValidBatch(bytes, position)) return appendError(Errors.CORRUPT_MESSAGE, "the batch fails its CRC check");
    position += sizeBytes;
    if (origin === "client" && position !== bytes.length) {
      return appendError(Errors.INVALID_RECORD, "a producer may send one batch for each partition");
    }
  }
  if (position === 0) return appendError(Errors.INVALID_RECORD, "there is no batch to append");
  return undefined;
}

/** Checks of the batch header that concern what a client may write. */
function checkClientBatch(bytes: Uint8Array): AppendError | undefined {
  const count = batchRecordCount(bytes, 0);
  if (count <= 0 || batchLastOffsetDelta(bytes, 0) !== count - 1) {
    return appendError(Errors.INVALID_RECORD, "the offsets of a produced batch must be as many as its records");
  }
  if (batchIsControl(bytes, 0)) return appendError(Errors.INVALID_RECORD, "clients may not write control records");
  const lacksSequence = batchProducerId(bytes, 0) !== NO_PRODUCER_ID && batchBaseSequence(bytes, 0) < 0;
  if (lacksSequence) return appendError(Errors.INVALID_RECORD, "an idempotent batch needs a sequence number");
  return undefined;
}

/**
 * Checks keys and timestamps of the records of the batch at `at` and sets its timestamps in place, resealing the CRC
 * if they changed.
 */
function validateRecords(
  bytes: Uint8Array,
  at: number,
  config: LogConfig,
  nowMs: number,
  decompress: Decompressor | undefined,
): AppendError | undefined {
  const attributes = batchAttributes(bytes, at);
  const usesLogAppendTime = config.messageTimestampType === "LogAppendTime";
  const hasLogAppendTime = (attributes & TIMESTAMP_TYPE_BIT) !== 0;
  if (hasLogAppendTime && !batchIsControl(bytes, at)) {
    return appendError(Errors.INVALID_TIMESTAMP, "producers may not set the timestamp type to LogAppendTime");
  }
  let maxTimestampMs = batchMaxTimestamp(bytes, at);
  const isCompressed = (attributes & COMPRESSION_MASK) !== 0;
  const mayLookInside = !isCompressed || decompress !== undefined;
  // Without the codec a compressed batch is taken on trust, unless a rule needs the keys.
  if (!mayLookInside && config.compact) {
    return appendError(Errors.UNSUPPORTED_COMPRESSION_TYPE, "a compacted topic needs the codec to see the keys");
  }
  if (mayLookInside) {
    const scan = isCompressed ? scanCompressed(bytes, at, config, decompress) : scanPlain(bytes, at);
    if (typeof scan === "number") return appendError(scan, "the records of the batch do not parse");
    if (scan.hasNullKey && config.compact && !batchIsControl(bytes, at)) {
      return appendError(Errors.INVALID_RECORD, "a compacted topic cannot accept a record without key");
    }
    maxTimestampMs = scan.maxTimestampMs;
    const tooOld = nowMs - scan.minTimestampMs > config.messageTimestampBeforeMaxMs;
    const tooNew = scan.maxTimestampMs - nowMs > config.messageTimestampAfterMaxMs;
    if (!usesLogAppendTime && scan.minTimestampMs !== NO_TIMESTAMP && (tooOld || tooNew)) {
      return appendError(Errors.INVALID_TIMESTAMP, "a record timestamp is out of the range the topic allows");
    }
  }
  const wantedMs = usesLogAppendTime ? nowMs : maxTimestampMs;
  if (hasLogAppendTime === usesLogAppendTime && wantedMs === batchMaxTimestamp(bytes, at)) return undefined;
  const wantedAttributes = usesLogAppendTime ? attributes | TIMESTAMP_TYPE_BIT : attributes & ~TIMESTAMP_TYPE_BIT;
  writeInt16(bytes, at + 21, wantedAttributes);
  writeInt64(bytes, at + 35, wantedMs);
  sealBatch(bytes, at);
  return undefined;
}

interface RecordScan {
  /** Smallest timestamp that is set; NO_TIMESTAMP if none is. */
  readonly minTimestampMs: number;
  readonly maxTimestampMs: number;
  readonly hasNullKey: boolean;
}

/** Position behind the varint last read by `varint`; saves an allocation for each. */
let cursor = 0;

function varint(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  if (first < 0x80) {
    cursor = at + 1;
    return (first >>> 1) ^ -(first & 1);
  }
  let value = first & 0x7f;
  let scale = 128;
  let position = at + 1;
  let byte = 0x80;
  while (byte >= 0x80 && position < bytes.length && scale < 1e18) {
    byte = bytes[position++]!;
    value += (byte & 0x7f) * scale;
    scale *= 128;
  }
  cursor = position;
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

/**
 * Walks the records of an uncompressed batch by their lengths: no views, no allocation, as every produced record
 * passes here. Returns the error INVALID_RECORD if count, offsets or lengths do not fit.
 */
function scanPlain(bytes: Uint8Array, at: number): RecordScan | ErrorCode {
  const end = at + batchSizeBytes(bytes, at);
  const count = batchRecordCount(bytes, at);
  const baseTimestamp = batchBaseTimestamp(bytes, at);
  let minTimestampMs = NO_TIMESTAMP;
  let maxTimestampMs = NO_TIMESTAMP;
  let hasNullKey = false;
  let position = at + BATCH_HEADER_BYTES;
  for (let i = 0; i < count; i++) {
    if (position >= end) return Errors.INVALID_RECORD;
    const length = varint(bytes, position);
    const bodyStart = cursor;
    if (length < 0 || bodyStart + length > end) return Errors.INVALID_RECORD;
    const timestampMs = baseTimestamp + varint(bytes, bodyStart + 1);
    const offsetDelta = varint(bytes, cursor);
    const keyLength = varint(bytes, cursor);
    if (offsetDelta !== i || cursor > end) return Errors.INVALID_RECORD;
    if (keyLength < 0) hasNullKey = true;
    if (timestampMs > maxTimestampMs) maxTimestampMs = timestampMs;
    const isSmallest = minTimestampMs === NO_TIMESTAMP || timestampMs < minTimestampMs;
    if (timestampMs !== NO_TIMESTAMP && isSmallest) minTimestampMs = timestampMs;
    position = bodyStart + length;
  }
  return position === end ? { minTimestampMs, maxTimestampMs, hasNullKey } : Errors.INVALID_RECORD;
}

function scanCompressed(
  bytes: Uint8Array,
  at: number,
  config: LogConfig,
  decompress: Decompressor | undefined,
): RecordScan | ErrorCode {
  let minTimestampMs = NO_TIMESTAMP;
  let maxTimestampMs = config.messageTimestampType === "LogAppendTime" ? batchMaxTimestamp(bytes, at) : NO_TIMESTAMP;
  let hasNullKey = false;
  const error = forEachRecord(
    bytes,
    at,
    (_offset, timestampMs, key) => {
      if (key === null) hasNullKey = true;
      if (timestampMs > maxTimestampMs) maxTimestampMs = timestampMs;
      const isSmallest = minTimestampMs === NO_TIMESTAMP || timestampMs < minTimestampMs;
      if (timestampMs !== NO_TIMESTAMP && isSmallest) minTimestampMs = timestampMs;
    },
    decompress,
  );
  if (error === Errors.CORRUPT_MESSAGE) return Errors.INVALID_RECORD;
  return error === Errors.NONE ? { minTimestampMs, maxTimestampMs, hasNullKey } : error;
}
