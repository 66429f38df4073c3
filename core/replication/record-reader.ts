// Fetch: from a request's partitions to what can be read of them, now or when there is something to tell.
//
// The bytes of a response are given out in the order of its partitions, within the limits of the request; the first
// partition that has anything gives at least one whole batch, so that a batch larger than the limit cannot stop a
// reader for ever (KIP-74). A fetch with too little to tell is parked.

import { type ErrorCode, Errors } from "../errors.js";
import type { NodeId } from "../types.js";
import type { ClusterView } from "./cluster-view.js";
import { DelayedFetch, type FetchReader } from "./delayed-fetch.js";
import { type FetchParams, type FetchPartition, isFromFollower, NO_RECORDS } from "./fetch-partition.js";
import type { Partition } from "./partition.js";
import { readPartition } from "./partition-read.js";
import type { PartitionRegistry } from "./partition-registry.js";
import { preferredReadReplica } from "./preferred-read-replica.js";
import type { Purgatory } from "./purgatory.js";

export interface RecordReaderOptions {
  readonly brokerId: NodeId;
  readonly cluster: ClusterView;
  readonly registry: PartitionRegistry;
  readonly purgatory: Purgatory<Partition, DelayedFetch>;
  /** Whether `replica.selector.class` sends consumers to their own rack. */
  readonly rackAware: boolean;
}

/** First version of Fetch whose consumers understand preferred replicas. */
const FIRST_VERSION_WITH_RACK = 11;

export class RecordReader implements FetchReader {
  private readonly options: RecordReaderOptions;

  constructor(options: RecordReaderOptions) {
    this.options = options;
  }

  /** Reads `entries` and calls `onComplete` once, now or within `maxWaitMs`; the results stand in the entries. */
  fetch(params: FetchParams, entries: readonly FetchPartition[], onComplete: () => void): void {
    const answerNow = this.read(params, entries, true);
    if (params.maxWaitMs <= 0 || answerNow) {
      onComplete();
      return;
    }
    const keys: Partition[] = [];
    for (const entry of entries) if (entry.hosted !== undefined) keys.push(entry.hosted);
    if (keys.length === 0) {
      onComplete();
      return;
    }
    const delayed = new DelayedFetch(params, entries, this, onComplete);
    // Nothing can have changed since it was read just now; but if records were found, they may be all there will be.
    if (params.minBytes > 1) this.options.purgatory.tryCompleteElseWatch(delayed, keys, params.maxWaitMs);
    else this.options.purgatory.park(delayed, keys, params.maxWaitMs);
  }

  readAgain(params: FetchParams, entries: readonly FetchPartition[]): void {
    this.read(params, entries, false);
  }

  /** True if the answer should not wait: enough bytes, an error, a divergence, or a better place to read. */
  private read(params: FetchParams, entries: readonly FetchPartition[], isNewFetch: boolean): boolean {
    let remainingBytes = params.maxBytes;
    let minOneBatch = true;
    let readBytes = 0;
    let mustTell = false;
    for (const entry of entries) {
      const error = this.readEntry(params, entry, remainingBytes, minOneBatch, isNewFetch);
      if (error !== Errors.NONE) {
        entry.fail(error);
        // A partition the cluster does not know tells nothing that could not wait; the fetcher will hear it anyway.
        mustTell ||= error !== Errors.UNKNOWN_TOPIC_ID && error !== Errors.UNKNOWN_TOPIC_OR_PARTITION;
        continue;
      }
      const size = entry.records.length;
      if (size > 0) minOneBatch = false;
      remainingBytes = Math.max(0, remainingBytes - size);
      readBytes += size;
      mustTell ||= entry.divergingEpoch !== undefined || entry.preferredReadReplica >= 0;
    }
    return mustTell || readBytes >= params.minBytes;
  }

  private readEntry(
    params: FetchParams,
    entry: FetchPartition,
    limitBytes: number,
    minOneBatch: boolean,
    isNewFetch: boolean,
  ): ErrorCode {
    if (entry.topic === "") return Errors.UNKNOWN_TOPIC_ID;
    const { registry, cluster, brokerId, rackAware } = this.options;
    let partition = entry.hosted;
    if (partition === undefined || partition.isDeleted || partition.isOffline) {
      const found = registry.find(entry.topic, entry.partition, entry.topicId, entry.key);
      entry.hosted = typeof found === "number" ? undefined : found;
      if (typeof found === "number") return found;
      partition = found;
    }
    if (rackAware && !isFromFollower(params) && params.apiVersion >= FIRST_VERSION_WITH_RACK) {
      const preferred = preferredReadReplica(partition, cluster, brokerId, params.rack, entry.fetchOffset);
      if (preferred !== undefined) return referTo(preferred, partition, entry);
    }
    readPartition(partition, params, entry, limitBytes, minOneBatch, isNewFetch);
    return entry.errorCode;
  }
}

/** Answers with the replica to read from, and no records. */
function referTo(preferred: NodeId, partition: Partition, entry: FetchPartition): ErrorCode {
  const found = partition.localLog(entry.currentLeaderEpoch, false);
  if (!found.ok) return found.error;
  entry.clearResult();
  entry.highWatermark = found.log.highWatermark;
  entry.lastStableOffset = found.log.lastStableOffset;
  entry.localLogStartOffset = found.log.logStartOffset;
  entry.records = NO_RECORDS;
  entry.preferredReadReplica = preferred;
  return Errors.NONE;
}
