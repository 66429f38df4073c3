// File content: the bytes of one file, and how many of them would survive a power loss.
// Bytes are kept as the arrays that were appended, never copied; reads return views where they can. The page cache
// holds all of it, the durable prefix is what a flush (or the operating system, in its own time) has written.
// Truncation is a metadata change: in order with the others, and durable at once.

import { ByteArena, bytesView } from "../../core/byte-arena.js";

/** The operating system writes pages back after this long, flush or no flush (Linux: dirty_expire_centisecs). */
export const WRITEBACK_US = 30_000_000;

const SECTOR_BYTES = 512;
const EMPTY = new Uint8Array(0);

export class FileContent {
  sizeBytes = 0;
  /** A power loss keeps at least this prefix; `settleWriteback` brings it up to date. */
  durableBytes = 0;

  /** Flushes under way, oldest first: what each of them will have made durable. */
  readonly flushes: { upToBytes: number }[] = [];

  private chunks: Uint8Array[] = [];
  private starts: number[] = [];
  private appendedAtUs: number[] = [];
  private readonly arena = new ByteArena();

  append(bytes: Uint8Array, nowUs: number): void {
    if (bytes.length === 0) return;
    this.chunks.push(bytes);
    this.starts.push(this.sizeBytes);
    this.appendedAtUs.push(nowUs);
    this.sizeBytes += bytes.length;
  }

  read(positionBytes: number, lengthBytes: number): Uint8Array {
    const end = Math.min(positionBytes + lengthBytes, this.sizeBytes);
    if (positionBytes < 0 || positionBytes >= end) return EMPTY;
    let index = this.chunkAt(positionBytes);
    const chunk = this.chunks[index]!;
    const start = this.starts[index]!;
    if (end <= start + chunk.length) {
      return end - positionBytes === chunk.length ? chunk : bytesView(chunk, positionBytes - start, end - start);
    }
    const joined = this.arena.allocate(end - positionBytes);
    let filled = 0;
    for (let at = positionBytes; at < end; index++) {
      const source = this.chunks[index]!;
      const from = at - this.starts[index]!;
      const to = Math.min(source.length, end - this.starts[index]!);
      joined.set(from === 0 && to === source.length ? source : bytesView(source, from, to), filled);
      filled += to - from;
      at += to - from;
    }
    return joined;
  }

  truncate(sizeBytes: number): void {
    if (sizeBytes >= this.sizeBytes) return;
    const keep = sizeBytes === 0 ? 0 : this.chunkAt(sizeBytes - 1) + 1;
    this.chunks.length = keep;
    this.starts.length = keep;
    this.appendedAtUs.length = keep;
    if (keep > 0) {
      const last = this.chunks[keep - 1]!;
      const lastLength = sizeBytes - this.starts[keep - 1]!;
      if (lastLength < last.length) this.chunks[keep - 1] = bytesView(last, 0, lastLength);
    }
    this.sizeBytes = sizeBytes;
    if (this.durableBytes > sizeBytes) this.durableBytes = sizeBytes;
    // Bytes appended here later are not those a flush under way was asked for.
    for (const flush of this.flushes) flush.upToBytes = Math.min(flush.upToBytes, sizeBytes);
  }

  /** Counts as durable what was appended long enough ago. Called at a power loss only: no events for it. */
  settleWriteback(nowUs: number): void {
    for (let index = this.chunks.length - 1; index >= 0; index--) {
      if (this.appendedAtUs[index]! > nowUs - WRITEBACK_US) continue;
      this.durableBytes = Math.max(this.durableBytes, this.starts[index]! + this.chunks[index]!.length);
      return;
    }
  }

  /** Ends of the appends beyond the durable prefix, ascending: where a power loss may cut between writes. */
  unflushedAppendEnds(): readonly number[] {
    const ends: number[] = [];
    for (let index = this.chunks.length - 1; index >= 0; index--) {
      const end = this.starts[index]! + this.chunks[index]!.length;
      if (end <= this.durableBytes) break;
      ends.push(end);
    }
    return ends.reverse();
  }

  /** Flips one bit. The array is copied first: other nodes and messages may hold views of it. */
  flipBit(positionBytes: number, bit: number): void {
    const index = this.chunkAt(positionBytes);
    const copy = this.chunks[index]!.slice();
    const offset = positionBytes - this.starts[index]!;
    copy[offset] = copy[offset]! ^ (1 << bit);
    this.chunks[index] = copy;
  }

  /** Overwrites the last sector's part of the file with garbage, beyond `fromBytes`: a torn sector. */
  garbleTail(fromBytes: number, garbage: (index: number) => number): void {
    const start = Math.max(fromBytes, this.sizeBytes - SECTOR_BYTES);
    if (start >= this.sizeBytes) return;
    const bytes = this.read(start, this.sizeBytes - start).slice();
    for (let index = 0; index < bytes.length; index++) bytes[index] = garbage(index);
    const size = this.sizeBytes;
    this.truncate(start);
    this.append(bytes, 0);
    this.sizeBytes = size;
  }

  private chunkAt(positionBytes: number): number {
    const { starts } = this;
    let high = starts.length - 1;
    if (positionBytes >= starts[high]!) return high;
    let low = 0;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (starts[middle]! <= positionBytes) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
