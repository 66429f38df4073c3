// Delayed fetch: a fetch that waits until there is enough to tell (fetch.min.bytes) or its time is up.
//
// It is answered when, for any of its partitions, the readable bytes add up to min.bytes, the leader or the epoch
// changed, the log was truncated below the asked offset, or the asker's history turned out to diverge. Answering reads
// again and does not count as a new fetch of the follower.

import type { Partition } from "./partition.js";
import { checkDivergence, upperBound } from "./partition-read.js";
import { type FetchParams, type FetchPartition, requiresLeader } from "./fetch-partition.js";
import { DelayedOperation } from "./purgatory.js";

/** How a parked fetch finds its partitions and reads again. */
export interface FetchReader {
  getPartition(entry: FetchPartition): Partition | undefined;
  /** Reads every entry anew, without touching replica state. */
  readAgain(params: FetchParams, entries: readonly FetchPartition[]): void;
}

export class DelayedFetch extends DelayedOperation {
  private readonly params: FetchParams;
  private readonly entries: readonly FetchPartition[];
  private readonly reader: FetchReader;
  private readonly answer: () => void;

  constructor(params: FetchParams, entries: readonly FetchPartition[], reader: FetchReader, answer: () => void) {
    super();
    this.params = params;
    this.entries = entries;
    this.reader = reader;
    this.answer = answer;
  }

  override canComplete(changedKey: object | undefined): boolean {
    let readableBytes = 0;
    for (const entry of this.entries) {
      const partition = this.reader.getPartition(entry);
      // Only one partition changed; with min.bytes 1 the others had nothing before and have nothing now.
      if (changedKey !== undefined && partition !== changedKey && this.params.minBytes <= 1) continue;
      const readable = partition === undefined ? DECIDED : this.readableBytes(partition, entry);
      if (readable === DECIDED) return true;
      readableBytes += readable;
      if (readableBytes >= this.params.minBytes) return true;
    }
    return readableBytes >= this.params.minBytes;
  }

  override onComplete(): void {
    this.reader.readAgain(this.params, this.entries);
    this.answer();
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
    if (this.params.minBytes <= 1) return 1;
    return log.read(entry.fetchOffset, entry.maxBytes, bound, true).records.length;
  }
}

/** Not a number of bytes: the fetch must be answered whatever else it holds. */
const DECIDED = -1;
