// Time index: which offset to look at for a timestamp.
// Entries of (largest timestamp so far int64, relative offset int32), both increasing: record timestamps come from
// producers and may go back, the largest so far cannot. Retention asks it how old a segment is.

import type { StorageFile, StorageResult } from "../environment.js";
import type { Offset } from "../types.js";
import { readInt32, readInt64, writeInt32, writeInt64 } from "./batch-header.js";

const ENTRY_BYTES = 12;

export interface TimestampOffset {
  readonly timestampMs: number;
  readonly offset: Offset;
}

export class TimeIndex {
  private readonly file: StorageFile;
  private readonly baseOffset: Offset;
  private readonly timestamps: number[] = [];
  private readonly offsets: Offset[] = [];
  private dirty = false;

  constructor(file: StorageFile, baseOffset: Offset) {
    this.file = file;
    this.baseOffset = baseOffset;
  }

  get entryCount(): number {
    return this.timestamps.length;
  }

  /** Reads the file. False if it cannot be this segment's index: rebuild it then. */
  load(): boolean {
    const bytes = this.file.read(0, this.file.sizeBytes);
    if (bytes.length % ENTRY_BYTES !== 0) return false;
    this.timestamps.length = 0;
    this.offsets.length = 0;
    for (let at = 0; at < bytes.length; at += ENTRY_BYTES) {
      const timestampMs = readInt64(bytes, at);
      const offset = this.baseOffset + readInt32(bytes, at + 8);
      const last = this.last();
      if (offset < this.baseOffset) return false;
      if (last !== undefined && (timestampMs <= last.timestampMs || offset < last.offset)) return false;
      this.timestamps.push(timestampMs);
      this.offsets.push(offset);
    }
    return true;
  }

  isFull(maxIndexBytes: number): boolean {
    return (this.timestamps.length + 1) * ENTRY_BYTES > maxIndexBytes;
  }

  /** Appends if the timestamp is larger than the last entry's; an entry that says nothing new is left out. */
  maybeAppend(timestampMs: number, offset: Offset): StorageResult {
    const last = this.last();
    const saysSomethingNew = timestampMs >= 0 && (last === undefined || timestampMs > last.timestampMs);
    if (!saysSomethingNew) return "ok";
    this.timestamps.push(timestampMs);
    this.offsets.push(offset);
    const entry = new Uint8Array(ENTRY_BYTES);
    writeInt64(entry, 0, timestampMs);
    writeInt32(entry, 8, offset - this.baseOffset);
    this.dirty = true;
    return this.file.append(entry);
  }

  last(): TimestampOffset | undefined {
    const slot = this.timestamps.length - 1;
    return slot < 0 ? undefined : { timestampMs: this.timestamps[slot]!, offset: this.offsets[slot]! };
  }

  /** Offset to scan from for the first record at or after `timestampMs`: no record before it can match. */
  lookup(timestampMs: number): Offset {
    let low = 0;
    let high = this.timestamps.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      if (this.timestamps[middle]! < timestampMs) low = middle + 1;
      else high = middle - 1;
    }
    return high < 0 ? this.baseOffset : this.offsets[high]!;
  }

  /** Drops entries at or after `offset`. */
  truncateTo(offset: Offset): void {
    let count = this.offsets.length;
    while (count > 0 && this.offsets[count - 1]! >= offset) count -= 1;
    this.offsets.length = count;
    this.timestamps.length = count;
    this.file.truncate(count * ENTRY_BYTES);
  }

  flush(onFlushed: (result: StorageResult) => void): boolean {
    if (!this.dirty) return false;
    this.dirty = false;
    this.file.flush(onFlushed);
    return true;
  }
}
