// Delayed fetch: a fetch that waits until there is enough to tell (fetch.min.bytes) or its time is up.
//
// It is answered when, for any of its partitions, the readable bytes add up to min.bytes or end with a closed segment,
// the leader or the epoch changed, the log was truncated below the asked offset, or the asker's history turned out to
// diverge. Answering reads again and does not count as a new fetch of the follower.

import type { Partition } from "./partition.js";
import { checkDivergence, upperBound } from "./partition-read.js";
import { type FetchParams, type FetchPartition, requiresLeader } from "./fetch-partition.js";
import { DelayedOperation } from "./purgatory.js";

/** Reads entries anew, without touching replica state. */
export interface FetchReader {
  readAgain(params: FetchParams, entries: readonly FetchPartition[]): void;
}

export class DelayedFetch extends DelayedOperation {
  private readonly params: FetchParams;
  private readonly entries: readonly FetchPartition[];
  private readonly reader: FetchReader;
  private readonly answer: () => void;
  /** Partitions that changed since they were read. The others have nothing new, and are not read again. */
  private readonly changed: object[] = [];

  constructor(params: FetchParams, entries: readonly FetchPartition[], reader: FetchReader, answer: () => void) {
    super();
    this.params = params;
    this.entries = entries;
    this.reader = reader;
    this.answer = answer;
  }

  override canComplete(changedKey: object | undefined): boolean {
    if (changedKey !== undefined && !this.changed.includes(changedKey)) this.changed.push(changedKey);
    let readableBytes = 0;
    for (const entry of this.entries) {
      const partition = entry.hosted;
      // Only one partition changed; with min.bytes 1 the others had nothing before and have nothing now.
      if (changedKey !== undefined && partition !== changedKey && this.wantsAnything) continue;
      const readable = partition === undefined ? 0 : this.readableBytes(partition, entry);
      if (readable === DECIDED) return true;
      readableBytes += readable;
      if (readableBytes >= this.params.minBytes) return true;
    }
    return readableBytes >= this.params.minBytes;
  }

  override onComplete(): void {
    const isChanged = (entry: FetchPartition): boolean =>
      entry.hosted !== undefined && this.changed.includes(entry.hosted);
    // With larger min.bytes the first read may have found some records already, and they count toward the limits.
    const stale = this.wantsAnything ? this.entries.filter(isChanged) : this.entries;
    this.reader.readAgain(this.params, stale);
    this.answer();
  }

  private get wantsAnything(): boolean {
    return this.params.minBytes <= 1;
  }

  private readableBytes(partition: Partition, entry: FetchPartition): number {
    const found = partition.localLog(entry.currentLeaderEpoch, requiresLeader(this.params));
    if (!found.ok) return DECIDED;
    const log = found.log;
    const bound = upperBound(log, this.params.isolation);
    // Truncated below what was asked for, or moved on: the answer will say.
    if (entry.fetchOffset > bound && entry.fetchOffset > log.logEndOffset) return DECIDED;
    if (entry.fetchOffset < log.logStartOffset) return DECIDED;
    if (checkDivergence(log, entry.fetchOffset, entry.lastFetchedEpoch).kind !== "agrees") return DECIDED;
    if (entry.fetchOffset >= bound) return 0;
    // For one byte, knowing that there is something is enough.
    if (this.wantsAnything) return 1;
    // A read ends with its segment: what lies behind never adds to it, however long the fetch waits.
    if (log.segments.floorIndex(entry.fetchOffset) < log.segments.floorIndex(bound)) return DECIDED;
    return log.read(entry.fetchOffset, entry.maxBytes, bound, true).records.length;
  }
}

/** Not a number of bytes: the fetch must be answered whatever else it holds. */
const DECIDED = -1;
