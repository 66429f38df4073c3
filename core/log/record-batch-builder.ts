// Builds record batches: records go straight into a growable buffer, the header is filled in at the end.
// Producers use it for what applications send, coordinators and the quorum for their own records, the log cleaner
// for what it keeps of an old batch.

import { assert } from "../assert.js";
import { bytesView, PASSING_BYTES } from "../byte-arena.js";
import { utf8Length, writeUtf8 } from "../protocol/utf8.js";
import type { LeaderEpoch, Offset } from "../types.js";
import {
  BATCH_HEADER_BYTES,
  BATCH_PREFIX_BYTES,
  CONTROL_BIT,
  DELETE_HORIZON_BIT,
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
  NO_SEQUENCE,
  NO_TIMESTAMP,
  TIMESTAMP_TYPE_BIT,
  TRANSACTIONAL_BIT,
  patchBatch,
  sealBatch,
  writeInt16,
  writeInt32,
  writeInt64,
} from "./batch-header.js";
import type { RecordData, RecordHeader } from "./batch-records.js";

/** What the header says beside the records; everything is optional and may be given as late as `build`. */
export interface BatchOptions {
  readonly producerId?: number;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
  readonly isTransactional?: boolean;
  readonly isControl?: boolean;
  readonly timestampType?: "CreateTime" | "LogAppendTime";
  /** 0 as producers must send; the cleaner keeps the old one. */
  readonly baseOffset?: Offset;
  readonly leaderEpoch?: LeaderEpoch;
  /** Greater than the last record's only when the cleaner dropped the last record. */
  readonly lastOffsetDelta?: number;
  /** Milliseconds since 1970; becomes the base timestamp of the batch. Must be given to the constructor. */
  readonly deleteHorizonMs?: number;
  readonly maxTimestampMs?: number;
}

/** Worst-case bytes a record takes besides key, value and headers: length, attributes, deltas and counts. */
export const MAX_RECORD_OVERHEAD_BYTES = 21;

const NO_HEADERS: readonly RecordHeader[] = [];

function varintSize(value: number): number {
  if (value >= -64 && value < 64) return 1;
  let zigzag = value >= 0 ? value * 2 : -value * 2 - 1;
  let size = 1;
  while (zigzag >= 128) {
    zigzag = Math.floor(zigzag / 128);
    size += 1;
  }
  return size;
}

function headersSize(headers: readonly RecordHeader[]): number {
  let size = varintSize(headers.length);
  for (const header of headers) {
    const keyBytes = utf8Length(header.key);
    size += varintSize(keyBytes) + keyBytes + bytesSize(header.value);
  }
  return size;
}

function bytesSize(bytes: Uint8Array | null): number {
  return bytes === null ? 1 : varintSize(bytes.length) + bytes.length;
}

/** A record without the length in front of it: attributes, deltas, key, value, headers. */
function recordBodySize(
  offsetDelta: number,
  timestampDelta: number,
  key: Uint8Array | null,
  value: Uint8Array | null,
  headers: readonly RecordHeader[],
): number {
  return (
    1 + varintSize(timestampDelta) + varintSize(offsetDelta) + bytesSize(key) + bytesSize(value) + headersSize(headers)
  );
}

/** An upper bound of what a record adds to a batch, whatever its place in it. For filling batches to a size. */
export function recordSizeUpperBound(record: RecordData): number {
  const keyBytes = record.key?.length ?? 0;
  const valueBytes = record.value?.length ?? 0;
  return MAX_RECORD_OVERHEAD_BYTES + keyBytes + valueBytes + headersSize(record.headers ?? NO_HEADERS);
}

export class RecordBatchBuilder {
  /** Records appended so far. */
  recordCount = 0;
  private readonly options: BatchOptions;
  private buffer: Uint8Array;
  private position = BATCH_HEADER_BYTES;
  private baseTimestamp: number;
  private maxTimestamp = NO_TIMESTAMP;
  private lastOffsetDelta = -1;

  /** @param capacityBytes what to reserve; the buffer grows by doubling */
  constructor(options: BatchOptions = {}, capacityBytes = 512) {
    this.options = options;
    this.buffer = PASSING_BYTES.allocate(Math.max(capacityBytes, BATCH_HEADER_BYTES));
    this.baseTimestamp = options.deleteHorizonMs ?? NO_TIMESTAMP;
  }

  /** Size of the batch if it were built now, in bytes. Exact: nothing is compressed here. */
  get estimatedSizeBytes(): number {
    return this.position;
  }

  /** Appends at the next offset. */
  append(record: RecordData): void {
    const headers = record.headers ?? NO_HEADERS;
    this.appendAt(this.lastOffsetDelta + 1, record.timestampMs, record.key, record.value, headers);
  }

  /** Appends at a given distance from the base offset, greater than any before it: the cleaner leaves holes. */
  appendAt(
    offsetDelta: number,
    timestampMs: number,
    key: Uint8Array | null,
    value: Uint8Array | null,
    headers: readonly RecordHeader[],
  ): void {
    assert(offsetDelta > this.lastOffsetDelta, "offsets within a batch increase");
    const isFirst = this.recordCount === 0;
    if (isFirst && this.options.deleteHorizonMs === undefined) this.baseTimestamp = timestampMs;
    const timestampDelta = timestampMs - this.baseTimestamp;
    const bodySize = recordBodySize(offsetDelta, timestampDelta, key, value, headers);
    this.reserve(bodySize + 5);
    this.writeVarint(bodySize);
    const bodyStart = this.position;
    this.buffer[this.position++] = 0;
    this.writeVarint(timestampDelta);
    this.writeVarint(offsetDelta);
    this.writeBytes(key);
    this.writeBytes(value);
    this.writeHeaders(headers);
    assert(this.position - bodyStart === bodySize, "a record is as long as it announced");
    this.recordCount += 1;
    this.lastOffsetDelta = offsetDelta;
    if (timestampMs > this.maxTimestamp) this.maxTimestamp = timestampMs;
  }

  /** Bytes the batch would grow by if this were appended at the next offset. Exact. */
  sizeOfAppend(
    timestampMs: number,
    key: Uint8Array | null,
    value: Uint8Array | null,
    headers: readonly RecordHeader[],
  ): number {
    const hasBase = this.recordCount > 0 || this.options.deleteHorizonMs !== undefined;
    const timestampDelta = hasBase ? timestampMs - this.baseTimestamp : 0;
    const bodySize = recordBodySize(this.lastOffsetDelta + 1, timestampDelta, key, value, headers);
    return varintSize(bodySize) + bodySize;
  }

  /** The finished batch, CRC included, as an array of its own. The builder may go on and build again. */
  build(late: BatchOptions = {}): Uint8Array {
    const options = { ...this.options, ...late };
    const batch = PASSING_BYTES.copy(bytesView(this.buffer, 0, this.position));
    patchBatch(batch, 0, options.baseOffset ?? 0, options.leaderEpoch ?? -1);
    writeInt32(batch, 8, batch.length - BATCH_PREFIX_BYTES);
    batch[16] = 2;
    writeInt16(batch, 21, attributesOf(options));
    const lastOffsetDelta = options.lastOffsetDelta ?? Math.max(this.lastOffsetDelta, 0);
    assert(lastOffsetDelta >= this.lastOffsetDelta, "the last offset of a batch is at or after its last record");
    writeInt32(batch, 23, lastOffsetDelta);
    writeInt64(batch, 27, this.baseTimestamp);
    writeInt64(batch, 35, options.maxTimestampMs ?? this.maxTimestamp);
    writeInt64(batch, 43, options.producerId ?? NO_PRODUCER_ID);
    writeInt16(batch, 51, options.producerEpoch ?? NO_PRODUCER_EPOCH);
    writeInt32(batch, 53, options.baseSequence ?? NO_SEQUENCE);
    writeInt32(batch, 57, this.recordCount);
    sealBatch(batch, 0);
    return batch;
  }

  private reserve(bytes: number): void {
    const needed = this.position + bytes;
    if (needed <= this.buffer.length) return;
    const grown = PASSING_BYTES.allocate(Math.max(needed, this.buffer.length * 2));
    grown.set(bytesView(this.buffer, 0, this.position));
    this.buffer = grown;
  }

  private writeVarint(value: number): void {
    let zigzag = value >= 0 ? value * 2 : -value * 2 - 1;
    while (zigzag >= 128) {
      this.buffer[this.position++] = (zigzag % 128) | 0x80;
      zigzag = Math.floor(zigzag / 128);
    }
    this.buffer[this.position++] = zigzag;
  }

  private writeBytes(bytes: Uint8Array | null): void {
    if (bytes === null) {
      this.writeVarint(-1);
      return;
    }
    this.writeVarint(bytes.length);
    this.buffer.set(bytes, this.position);
    this.position += bytes.length;
  }

  private writeHeaders(headers: readonly RecordHeader[]): void {
    this.writeVarint(headers.length);
    for (const header of headers) {
      this.writeVarint(utf8Length(header.key));
      this.position = writeUtf8(header.key, this.buffer, this.position);
      this.writeBytes(header.value);
    }
  }
}

function attributesOf(options: BatchOptions): number {
  return (
    (options.timestampType === "LogAppendTime" ? TIMESTAMP_TYPE_BIT : 0) |
    (options.isTransactional === true ? TRANSACTIONAL_BIT : 0) |
    (options.isControl === true ? CONTROL_BIT : 0) |
    (options.deleteHorizonMs === undefined ? 0 : DELETE_HORIZON_BIT)
  );
}

/** One batch of the given records. */
export function encodeBatch(records: readonly RecordData[], options: BatchOptions = {}): Uint8Array {
  const builder = new RecordBatchBuilder(options);
  for (const record of records) builder.append(record);
  return builder.build();
}
