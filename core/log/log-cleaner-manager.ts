// Log cleaner manager: which part of each compacted log is clean, and which log is cleaned next.
// Where a log's last cleaning ended stands in the cleaner checkpoint, and all below counts as clean: the keys there are
// not read again. So the checkpoint may never reach beyond what was cleaned, also after the log was cut and filled
// anew: a tombstone that counted as clean would replace nothing and yet go after its time, and the value it was to
// delete would come back.

import type { Environment } from "../environment.js";
import type { Offset, TopicPartitionKey } from "../types.js";
import { type PartitionOffset, readOffsetCheckpoint, writeOffsetCheckpoint } from "./checkpoint-file.js";
import { type CleanableLog, isWorthCleaning, measureCleanable } from "./log-cleaner.js";
import type { Log } from "./log.js";

export class LogCleanerManager {
  private readonly env: Environment;
  private readonly checkpointPath: string;
  private readonly cleanedUpTo = new Map<TopicPartitionKey, PartitionOffset>();
  private inProgress: Log | undefined;

  constructor(env: Environment, checkpointPath: string) {
    this.env = env;
    this.checkpointPath = checkpointPath;
  }

  /** Reads the checkpoint, before any log is opened. */
  load(): void {
    for (const entry of readOffsetCheckpoint(this.env.storage, this.checkpointPath) ?? []) {
      this.cleanedUpTo.set(`${entry.topic}-${entry.partition}`, entry);
    }
  }

  /** Compaction has been at this log: holes in it may be its work. */
  hasCleaned(key: TopicPartitionKey): boolean {
    return this.cleanedUpTo.has(key);
  }

  /** Is a log being cleaned now? There is one cleaner, as with log.cleaner.threads=1. */
  get isBusy(): boolean {
    return this.inProgress !== undefined;
  }

  isCleaning(log: Log): boolean {
    return this.inProgress === log;
  }

  /** The log is deleted; one created under its name later begins anew. */
  forget(key: TopicPartitionKey): void {
    this.cleanedUpTo.delete(key);
  }

  /** The log was cut: what takes the place of what is gone has never been cleaned. */
  maybeTruncateCheckpoint(log: Log): void {
    const known = this.cleanedUpTo.get(log.key)?.offset ?? 0;
    const { baseOffset } = log.segments.active;
    if (log.config.compact && known > baseOffset) this.checkpoint(log, baseOffset);
  }

  /**
   * The compacted log with the largest dirty share, if any is worth cleaning; it counts as being cleaned from now on.
   * A checkpoint outside its log is put right at once, not only once that log is cleaned: the log may grow past it.
   */
  grabFilthiestCompactedLog(logs: readonly Log[]): CleanableLog | undefined {
    const nowMs = this.env.clock.wallMs();
    let filthiest: CleanableLog | undefined;
    for (const log of logs) {
      if (!log.config.compact) continue;
      const known = this.cleanedUpTo.get(log.key)?.offset;
      const cleanable = measureCleanable(log, known ?? log.logStartOffset, nowMs);
      if (known !== undefined && known !== cleanable.firstDirtyOffset) this.checkpoint(log, cleanable.firstDirtyOffset);
      if (!isWorthCleaning(cleanable)) continue;
      if (filthiest === undefined || isDirtier(cleanable, filthiest)) filthiest = cleanable;
    }
    if (filthiest === undefined) return undefined;
    this.inProgress = filthiest.log;
    // Noted before the first swap: recovery must know that gaps in this log are compaction's.
    this.checkpoint(filthiest.log, filthiest.firstDirtyOffset);
    return filthiest;
  }

  /** @param firstUncleanOffset undefined if the cleaning was given up */
  doneCleaning(log: Log, firstUncleanOffset: Offset | undefined): void {
    this.inProgress = undefined;
    if (firstUncleanOffset !== undefined) this.checkpoint(log, firstUncleanOffset);
  }

  private checkpoint({ key, topic, partition }: Log, offset: Offset): void {
    this.cleanedUpTo.set(key, { topic, partition, offset });
    writeOffsetCheckpoint(this.env.storage, this.checkpointPath, [...this.cleanedUpTo.values()]);
  }
}

function isDirtier(a: CleanableLog, b: CleanableLog): boolean {
  return a.dirtyBytes * (b.cleanBytes + b.dirtyBytes) > b.dirtyBytes * (a.cleanBytes + a.dirtyBytes);
}
