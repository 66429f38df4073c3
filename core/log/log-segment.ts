// Log segment: one file of batches with its two sparse indexes, named by its base offset.
// A log is a row of segments so that old records leave by deleting a file and recovery reads only the newest ones.
// Only the log's last segment, the active one, is appended to.

import type { Storage, StorageFile, StorageResult } from "../environment.js";
import type { Offset } from "../types.js";
import {
  BATCH_CRC_START,
  BATCH_HEADER_BYTES,
  NO_TIMESTAMP,
  batchBaseOffset,
  batchCrc,
  batchLastOffset,
  batchMagic,
  batchMaxTimestamp,
  batchSizeBytes,
} from "./batch-header.js";
import { BatchPositionCache } from "./batch-position-cache.js";
import { crc32c } from "./crc32c.js";
import { type LogConfig, maxSegmentMs } from "./log-config.js";
import { logFilePath, offsetIndexPath, timeIndexPath } from "./log-files.js";
import { OffsetIndex } from "./offset-index.js";
import { TimeIndex } from "./time-index.js";

const MAX_INT32 = 2_147_483_647;

export class LogSegment {
  readonly baseOffset: Offset;
  readonly directory: string;
  /** Bytes of batches in the file. */
  sizeBytes = 0;
  /** Largest record timestamp in the segment, and the last offset of the batch that holds it. */
  maxTimestampMs = NO_TIMESTAMP;
  offsetOfMaxTimestamp: Offset;
  /** Wall clock when the segment was created or opened; stands in for timestamps where there are none. */
  readonly createdMs: number;
  private readonly file: StorageFile;
  private readonly offsetIndex: OffsetIndex;
  private readonly timeIndex: TimeIndex;
  /** Offset after the last batch; the base offset if empty. */
  nextOffset: Offset;
  private bytesSinceIndexEntry = 0;
  /** Largest timestamp of the first batch: segment.ms counts from it. */
  firstTimestampMs = NO_TIMESTAMP;
  private readonly recent = new BatchPositionCache();

  private constructor(storage: Storage, directory: string, baseOffset: Offset, createdMs: number) {
    this.directory = directory;
    this.baseOffset = baseOffset;
    this.createdMs = createdMs;
    this.offsetOfMaxTimestamp = baseOffset;
    this.nextOffset = baseOffset;
    this.file = storage.open(logFilePath(directory, baseOffset));
    this.offsetIndex = new OffsetIndex(storage.open(offsetIndexPath(directory, baseOffset)), baseOffset);
    this.timeIndex = new TimeIndex(storage.open(timeIndexPath(directory, baseOffset)), baseOffset);
  }

  /** A segment with no bytes. Whatever files bear its name are emptied first. */
  static create(storage: Storage, directory: string, baseOffset: Offset, createdMs: number): LogSegment {
    const segment = new LogSegment(storage, directory, baseOffset, createdMs);
    segment.file.truncate(0);
    segment.offsetIndex.truncateTo(baseOffset);
    segment.timeIndex.truncateTo(baseOffset);
    return segment;
  }

  /** Opens the files of a segment, trusting its indexes; undefined if an index is missing or damaged. */
  static open(storage: Storage, directory: string, baseOffset: Offset, createdMs: number): LogSegment | undefined {
    const hasIndexes =
      storage.exists(offsetIndexPath(directory, baseOffset)) && storage.exists(timeIndexPath(directory, baseOffset));
    const segment = new LogSegment(storage, directory, baseOffset, createdMs);
    segment.sizeBytes = segment.file.sizeBytes;
    const indexesLoaded = segment.offsetIndex.load() && segment.timeIndex.load();
    if (!hasIndexes || !indexesLoaded || segment.offsetIndex.lastPosition > segment.sizeBytes) return undefined;
    segment.reloadFromTail();
    return segment;
  }

  /**
   * Opens a segment by reading every batch: checks CRCs, rebuilds the indexes, cuts the file at the first batch that
   * is torn, damaged or out of order.
   * @param onBatch told of each batch kept, in order
   * @returns the segment and the number of bytes cut
   */
  static recover(
    storage: Storage,
    directory: string,
    baseOffset: Offset,
    createdMs: number,
    config: LogConfig,
    onBatch: (batch: Uint8Array) => void,
  ): { readonly segment: LogSegment; readonly droppedBytes: number } {
    const segment = new LogSegment(storage, directory, baseOffset, createdMs);
    segment.offsetIndex.truncateTo(baseOffset);
    segment.timeIndex.truncateTo(baseOffset);
    const fileBytes = segment.file.sizeBytes;
    while (segment.sizeBytes < fileBytes) {
      const batch = segment.readBatchAt(segment.sizeBytes, fileBytes);
      if (batch === undefined || !isIntact(batch) || batchBaseOffset(batch, 0) < segment.nextOffset) break;
      segment.noteBatch(batch, 0, config.indexIntervalBytes);
      onBatch(batch);
    }
    segment.file.truncate(segment.sizeBytes);
    segment.timeIndex.maybeAppend(segment.maxTimestampMs, segment.offsetOfMaxTimestamp);
    return { segment, droppedBytes: fileBytes - segment.sizeBytes };
  }

  /** Offset after the last whole batch of a segment file that is not opened as a segment. */
  static nextOffsetOfFile(file: StorageFile, baseOffset: Offset): Offset {
    let nextOffset = baseOffset;
    walkHeaders(file, 0, file.sizeBytes, (header) => {
      nextOffset = batchLastOffset(header, 0) + 1;
    });
    return nextOffset;
  }

  /**
   * Appends whole batches; the array passes to storage.
   * @param onWritten they are in the file: a crash between here and their index entries does not undo it
   */
  append(batches: Uint8Array, indexIntervalBytes: number, onWritten?: () => void): StorageResult {
    if (this.file.append(batches) !== "ok") return "io-error";
    onWritten?.();
    for (let at = 0; at < batches.length;) {
      if (this.noteBatch(batches, at, indexIntervalBytes) !== "ok") return "io-error";
      at += batchSizeBytes(batches, at);
    }
    return "ok";
  }

  /** Must the log roll before `incomingBytes` more, up to `lastOffset`, may be appended? */
  shouldRoll(
    config: LogConfig,
    incomingBytes: number,
    lastOffset: Offset,
    maxTimestampMs: number,
    nowMs: number,
  ): boolean {
    if (this.sizeBytes === 0) return lastOffset - this.baseOffset > MAX_INT32;
    const waitedMs = this.firstTimestampMs >= 0 ? maxTimestampMs - this.firstTimestampMs : nowMs - this.createdMs;
    return (
      this.sizeBytes + incomingBytes > config.segmentBytes ||
      waitedMs > maxSegmentMs(config) ||
      this.offsetIndex.isFull(config.segmentIndexBytes) ||
      this.timeIndex.isFull(config.segmentIndexBytes) ||
      lastOffset - this.baseOffset > MAX_INT32
    );
  }

  /**
   * Whole batches from the one containing `startOffset` (or the first behind it), none at or after `upperBound`.
   * @param maxBytes not exceeded, unless `minOneBatch` and the first batch alone is larger
   * @returns undefined if the segment holds no batch ending at or after `startOffset`
   */
  read(startOffset: Offset, maxBytes: number, upperBound: Offset, minOneBatch: boolean): Uint8Array | undefined {
    const start = this.positionOf(startOffset);
    if (start === undefined) return undefined;
    const end = this.positionOf(upperBound, start) ?? this.sizeBytes;
    if (end - start <= maxBytes) return this.file.read(start, end - start);
    const cut = this.lastBatchEnd(start, start + maxBytes);
    if (cut > start) return this.file.read(start, cut - start);
    if (!minOneBatch) return this.file.read(start, 0);
    const first = this.readBatchAt(start, end);
    return first ?? this.file.read(start, 0);
  }

  /** Position of the first batch whose last offset is at or after `offset`; undefined if there is none. */
  positionOf(offset: Offset, notBefore = 0): number | undefined {
    // At the log end there is nothing to find: readers that caught up must not pay for a scan.
    if (offset >= this.nextOffset) return undefined;
    const known = this.recent.get(offset);
    if (known !== undefined) return known;
    let position = Math.max(this.offsetIndex.lookup(offset), notBefore);
    while (position + BATCH_HEADER_BYTES <= this.sizeBytes) {
      const header = this.file.read(position, BATCH_HEADER_BYTES);
      if (batchLastOffset(header, 0) >= offset) {
        this.recent.set(offset, position);
        return position;
      }
      const sizeBytes = batchSizeBytes(header, 0);
      if (sizeBytes < BATCH_HEADER_BYTES) return undefined;
      position += sizeBytes;
    }
    return undefined;
  }

  /** Calls `fn` with each whole batch from the one containing `offset` on; `fn` stops the walk by returning false. */
  forEachBatchFrom(offset: Offset, fn: (batch: Uint8Array) => boolean | void): boolean {
    let position = this.positionOf(offset) ?? this.sizeBytes;
    while (position < this.sizeBytes) {
      const batch = this.readBatchAt(position, this.sizeBytes);
      if (batch === undefined) break;
      if (fn(batch) === false) return false;
      position += batch.length;
    }
    return true;
  }

  /** Where to begin looking for the first record with a timestamp of at least `timestampMs`. */
  scanStartFor(timestampMs: number): Offset {
    return this.timeIndex.lookup(timestampMs);
  }

  /** Cuts the file at the start of the batch containing `offset`. Returns the bytes removed. */
  truncateTo(offset: Offset): number {
    const position = this.positionOf(offset);
    if (position === undefined) return 0;
    const removedBytes = this.sizeBytes - position;
    this.recent.clear();
    this.offsetIndex.truncateTo(offset);
    this.timeIndex.truncateTo(offset);
    this.file.truncate(position);
    this.sizeBytes = position;
    this.reloadFromTail();
    return removedBytes;
  }

  /** Called once no more is appended (roll, clean close): the time index must know the segment's largest timestamp. */
  becomeInactive(): StorageResult {
    return this.timeIndex.maybeAppend(this.maxTimestampMs, this.offsetOfMaxTimestamp);
  }

  /** Makes what was appended durable, indexes included. Calls back once, later, with the worst result. */
  flush(onFlushed: (result: StorageResult) => void): void {
    let outstanding = 1;
    let worst: StorageResult = "ok";
    const one = (result: StorageResult): void => {
      if (result !== "ok") worst = result;
      outstanding -= 1;
      if (outstanding === 0) onFlushed(worst);
    };
    if (this.offsetIndex.flush(one)) outstanding += 1;
    if (this.timeIndex.flush(one)) outstanding += 1;
    this.file.flush(one);
  }

  /** Age of the segment for retention: its largest record timestamp, else when it was created. Milliseconds. */
  get largestTimestampMs(): number {
    return this.maxTimestampMs >= 0 ? this.maxTimestampMs : this.createdMs;
  }

  /** Updates everything derived from batches for the one at `bytes[at]`, which stands at the end of the file. */
  private noteBatch(bytes: Uint8Array, at: number, indexIntervalBytes: number): StorageResult {
    const sizeBytes = batchSizeBytes(bytes, at);
    const lastOffset = batchLastOffset(bytes, at);
    const timestampMs = batchMaxTimestamp(bytes, at);
    if (this.sizeBytes === 0) this.firstTimestampMs = timestampMs;
    if (timestampMs > this.maxTimestampMs) {
      this.maxTimestampMs = timestampMs;
      this.offsetOfMaxTimestamp = lastOffset;
    }
    let result: StorageResult = "ok";
    if (this.bytesSinceIndexEntry > indexIntervalBytes) {
      result = this.offsetIndex.append(lastOffset, this.sizeBytes);
      if (this.timeIndex.maybeAppend(this.maxTimestampMs, this.offsetOfMaxTimestamp) !== "ok") result = "io-error";
      this.bytesSinceIndexEntry = 0;
    }
    this.recent.set(batchBaseOffset(bytes, at), this.sizeBytes);
    this.recent.set(lastOffset + 1, this.sizeBytes + sizeBytes);
    this.bytesSinceIndexEntry += sizeBytes;
    this.nextOffset = lastOffset + 1;
    this.sizeBytes += sizeBytes;
    return result;
  }

  /** Recomputes what `noteBatch` keeps, from the indexes and the batches behind their last entries. */
  private reloadFromTail(): void {
    const last = this.timeIndex.last();
    this.maxTimestampMs = last?.timestampMs ?? NO_TIMESTAMP;
    this.offsetOfMaxTimestamp = last?.offset ?? this.baseOffset;
    this.bytesSinceIndexEntry = this.sizeBytes - this.offsetIndex.lastPosition;
    this.nextOffset = this.baseOffset;
    this.firstTimestampMs =
      this.sizeBytes < BATCH_HEADER_BYTES ? NO_TIMESTAMP : batchMaxTimestamp(this.file.read(0, BATCH_HEADER_BYTES), 0);
    walkHeaders(this.file, this.offsetIndex.lastPosition, this.sizeBytes, (header) => {
      this.nextOffset = batchLastOffset(header, 0) + 1;
      const timestampMs = batchMaxTimestamp(header, 0);
      if (timestampMs <= this.maxTimestampMs) return;
      this.maxTimestampMs = timestampMs;
      this.offsetOfMaxTimestamp = batchLastOffset(header, 0);
    });
  }

  /** The largest batch boundary at or below `limit`, walking from `start` or the index entry nearest the limit. */
  private lastBatchEnd(start: number, limit: number): number {
    let position = Math.max(start, this.offsetIndex.floorPosition(limit));
    while (position + BATCH_HEADER_BYTES <= this.sizeBytes) {
      const sizeBytes = batchSizeBytes(this.file.read(position, BATCH_HEADER_BYTES), 0);
      if (sizeBytes < BATCH_HEADER_BYTES || position + sizeBytes > limit) break;
      position += sizeBytes;
    }
    return position;
  }

  private readBatchAt(position: number, end: number): Uint8Array | undefined {
    if (position + BATCH_HEADER_BYTES > end) return undefined;
    const sizeBytes = batchSizeBytes(this.file.read(position, BATCH_HEADER_BYTES), 0);
    if (sizeBytes < BATCH_HEADER_BYTES || position + sizeBytes > end) return undefined;
    return this.file.read(position, sizeBytes);
  }
}

function isIntact(batch: Uint8Array): boolean {
  return batchMagic(batch, 0) === 2 && crc32c(batch, BATCH_CRC_START) === batchCrc(batch, 0);
}

/** Calls `fn` with the header of each whole batch in [start, end). */
function walkHeaders(file: StorageFile, start: number, end: number, fn: (header: Uint8Array) => void): void {
  let position = start;
  while (position + BATCH_HEADER_BYTES <= end) {
    const header = file.read(position, BATCH_HEADER_BYTES);
    const sizeBytes = batchSizeBytes(header, 0);
    if (sizeBytes < BATCH_HEADER_BYTES || position + sizeBytes > end) return;
    fn(header);
    position += sizeBytes;
  }
}
