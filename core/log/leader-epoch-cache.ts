// Leader epoch cache: for each leader epoch, the offset at which its leader began to write.
// It answers "where did epoch e end?", by which a follower finds the point up to which its log agrees with the
// leader's. Truncating by epoch instead of by high watermark is what keeps acknowledged records safe (KIP-101,
// KIP-279). Written by every append that brings a new epoch and by a new leader at once; cut with the log.

import { assert } from "../assert.js";
import type { Storage } from "../environment.js";
import type { LeaderEpoch, Offset } from "../types.js";
import { type EpochEntry, readEpochCheckpoint, writeEpochCheckpoint } from "./checkpoint-file.js";

export interface EpochEndOffset {
  readonly epoch: LeaderEpoch;
  /** Exclusive: where the next epoch begins, or the log end. */
  readonly endOffset: Offset;
}

export class LeaderEpochCache {
  private readonly storage: Storage;
  private readonly path: string;
  /** Epochs and start offsets both increase. */
  private readonly entries: EpochEntry[] = [];

  constructor(storage: Storage, path: string) {
    this.storage = storage;
    this.path = path;
    for (const entry of readEpochCheckpoint(storage, path)) this.insert(entry);
  }

  get latestEpoch(): LeaderEpoch | undefined {
    return this.entries[this.entries.length - 1]?.epoch;
  }

  /** All entries, oldest epoch first. */
  all(): readonly EpochEntry[] {
    return this.entries;
  }

  /** Records that `epoch` starts at `startOffset`, if that is news; entries it contradicts are dropped. */
  assign(epoch: LeaderEpoch, startOffset: Offset): void {
    assert(epoch >= 0 && startOffset >= 0, "a leader epoch and its start offset are not negative");
    const latest = this.entries[this.entries.length - 1];
    const isNews = latest === undefined || latest.epoch !== epoch || startOffset < latest.startOffset;
    if (!isNews) return;
    this.insert({ epoch, startOffset });
    this.write();
  }

  /**
   * The epoch at or below `epoch` that the log knows, and where it ended; undefined if it cannot be told.
   * @param logEndOffset where the latest epoch ends
   */
  endOffsetFor(epoch: LeaderEpoch, logEndOffset: Offset): EpochEndOffset | undefined {
    if (epoch < 0) return undefined;
    if (epoch === this.latestEpoch) return { epoch, endOffset: logEndOffset };
    let floor: EpochEntry | undefined;
    for (const entry of this.entries) {
      if (entry.epoch <= epoch) {
        floor = entry;
        continue;
      }
      // The first higher epoch. Without a floor the asked epoch is older than the log: it ended before this one.
      return { epoch: floor?.epoch ?? epoch, endOffset: entry.startOffset };
    }
    // The asked epoch is higher than any we know: we are behind and cannot say.
    return undefined;
  }

  /** The epoch a record at `offset` was written in; undefined if the log does not know. */
  epochForOffset(offset: Offset): LeaderEpoch | undefined {
    let found: LeaderEpoch | undefined;
    for (const entry of this.entries) if (entry.startOffset <= offset) found = entry.epoch;
    return found;
  }

  /** Drops epochs that start at or after `endOffset`: the log was cut there. */
  truncateFromEnd(endOffset: Offset): void {
    const before = this.entries.length;
    while (this.entries.length > 0 && this.entries[this.entries.length - 1]!.startOffset >= endOffset) {
      this.entries.pop();
    }
    if (this.entries.length !== before) this.write();
  }

  /** Drops epochs that ended before `startOffset`; the one it lies in now starts there. */
  truncateFromStart(startOffset: Offset): void {
    let covering = -1;
    for (let i = 0; i < this.entries.length && this.entries[i]!.startOffset <= startOffset; i++) covering = i;
    if (covering < 0) return;
    const first = this.entries[covering]!;
    if (covering === 0 && first.startOffset === startOffset) return;
    this.entries.splice(0, covering + 1, { epoch: first.epoch, startOffset });
    this.write();
  }

  clear(): void {
    if (this.entries.length === 0) return;
    this.entries.length = 0;
    this.write();
  }

  private insert(entry: EpochEntry): void {
    while (this.entries.length > 0) {
      const last = this.entries[this.entries.length - 1]!;
      const agrees = last.epoch < entry.epoch && last.startOffset < entry.startOffset;
      if (agrees) break;
      this.entries.pop();
    }
    this.entries.push(entry);
  }

  private write(): void {
    writeEpochCheckpoint(this.storage, this.path, this.entries);
  }
}
