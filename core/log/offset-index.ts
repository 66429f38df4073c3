// Offset index: where in a segment file to start looking for an offset.
// Sparse, one entry for at least `index.interval.bytes` of records: (relative offset int32, file position int32).
// The offset of an entry is the last offset of the batch at its position, so the batch found by floor never lies
// behind the one wanted. Losing the file costs nothing but a scan of the segment.

import type { StorageFile, StorageResult } from "../environment.js";
import type { Offset } from "../types.js";
import { readInt32, writeInt32 } from "./batch-header.js";

const ENTRY_BYTES = 8;

export class OffsetIndex {
  private readonly file: StorageFile;
  private readonly baseOffset: Offset;
  private relativeOffsets = new Int32Array(16);
  private positions = new Int32Array(16);
  private count = 0;
  /** True if entries were appended since the last `flush`. */
  private dirty = false;

  constructor(file: StorageFile, baseOffset: Offset) {
    this.file = file;
    this.baseOffset = baseOffset;
  }

  get entryCount(): number {
    return this.count;
  }

  /** Reads the file. False if it cannot be this segment's index (torn, or not increasing): rebuild it then. */
  load(): boolean {
    const bytes = this.file.read(0, this.file.sizeBytes);
    if (bytes.length % ENTRY_BYTES !== 0) return false;
    this.count = 0;
    for (let at = 0; at < bytes.length; at += ENTRY_BYTES) {
      const relativeOffset = readInt32(bytes, at);
      const position = readInt32(bytes, at + 4);
      const increases =
        this.count === 0 ||
        (relativeOffset > this.relativeOffsets[this.count - 1]! && position > this.positions[this.count - 1]!);
      if (!increases || relativeOffset < 0 || position < 0) return false;
      this.push(relativeOffset, position);
    }
    return true;
  }

  isFull(maxIndexBytes: number): boolean {
    return (this.count + 1) * ENTRY_BYTES > maxIndexBytes;
  }

  append(offset: Offset, position: number): StorageResult {
    const relativeOffset = offset - this.baseOffset;
    this.push(relativeOffset, position);
    const entry = new Uint8Array(ENTRY_BYTES);
    writeInt32(entry, 0, relativeOffset);
    writeInt32(entry, 4, position);
    this.dirty = true;
    return this.file.append(entry);
  }

  /** Position to scan from for `offset`: that of the largest entry at or below it, else the start of the file. */
  lookup(offset: Offset): number {
    const slot = this.floor(this.relativeOffsets, offset - this.baseOffset);
    return slot < 0 ? 0 : this.positions[slot]!;
  }

  /** A batch start at or before `position`, as late as the index knows. */
  floorPosition(position: number): number {
    const slot = this.floor(this.positions, position);
    return slot < 0 ? 0 : this.positions[slot]!;
  }

  /** Position of the last entry; 0 if there is none. */
  get lastPosition(): number {
    return this.count === 0 ? 0 : this.positions[this.count - 1]!;
  }

  /** Drops entries at or after `offset`. */
  truncateTo(offset: Offset): void {
    const relativeOffset = offset - this.baseOffset;
    while (this.count > 0 && this.relativeOffsets[this.count - 1]! >= relativeOffset) this.count -= 1;
    this.file.truncate(this.count * ENTRY_BYTES);
  }

  flush(onFlushed: (result: StorageResult) => void): boolean {
    if (!this.dirty) return false;
    this.dirty = false;
    this.file.flush(onFlushed);
    return true;
  }

  private push(relativeOffset: number, position: number): void {
    if (this.count === this.positions.length) {
      this.relativeOffsets = grow(this.relativeOffsets);
      this.positions = grow(this.positions);
    }
    this.relativeOffsets[this.count] = relativeOffset;
    this.positions[this.count] = position;
    this.count += 1;
  }

  private floor(values: Int32Array, target: number): number {
    let low = 0;
    let high = this.count - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      if (values[middle]! <= target) low = middle + 1;
      else high = middle - 1;
    }
    return high;
  }
}

function grow(old: Int32Array): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(old.length * 2);
  grown.set(old);
  return grown;
}
