// DeleteRecords: moves a partition's log start up at its owner's wish (KIP-107).
//
// The leader moves its own log start at once; followers take it over with their next fetches. The request is answered
// when the low watermark, the smallest log start of the live replicas, has passed the asked offset: from then on no
// leader will serve the deleted records again.

import { type ErrorCode, Errors } from "../errors.js";
import type { Offset } from "../types.js";
import { isInternalTopic } from "../internal-topics.js";
import type { Partition } from "./partition.js";
import type { PartitionRegistry } from "./partition-registry.js";
import { DelayedOperation, type Purgatory } from "./purgatory.js";

/** Stands for "up to the high watermark". */
const UP_TO_HIGH_WATERMARK = -1;

export interface DeleteRecordsEntry {
  readonly topic: string;
  readonly partition: number;
  /** Records below go; -1 for all that are committed. */
  readonly offset: Offset;
}

export interface DeleteRecordsResult {
  readonly topic: string;
  readonly partition: number;
  error: ErrorCode;
  /** -1 on error. */
  lowWatermark: Offset;
}

interface PendingDeletion {
  readonly partition: Partition;
  readonly offset: Offset;
  readonly result: DeleteRecordsResult;
}

export class DelayedDeleteRecords extends DelayedOperation {
  private waiting: PendingDeletion[];
  private readonly answer: () => void;

  constructor(waiting: readonly PendingDeletion[], answer: () => void) {
    super();
    this.waiting = [...waiting];
    this.answer = answer;
  }

  override canComplete(): boolean {
    this.waiting = this.waiting.filter((deletion) => !isDone(deletion));
    return this.waiting.length === 0;
  }

  override onExpiration(): void {
    for (const deletion of this.waiting) deletion.result.error = Errors.REQUEST_TIMED_OUT;
  }

  override onComplete(): void {
    this.answer();
  }
}

function isDone(deletion: PendingDeletion): boolean {
  const { partition, offset, result } = deletion;
  if (!partition.isLeader) {
    result.error = partition.isOffline ? Errors.KAFKA_STORAGE_ERROR : Errors.NOT_LEADER_OR_FOLLOWER;
    if (partition.isDeleted) result.error = Errors.UNKNOWN_TOPIC_OR_PARTITION;
    result.lowWatermark = -1;
    return true;
  }
  result.lowWatermark = partition.lowWatermark();
  return result.lowWatermark >= offset;
}

export class RecordDeleter {
  private readonly registry: PartitionRegistry;
  private readonly purgatory: Purgatory<Partition, DelayedDeleteRecords>;

  constructor(registry: PartitionRegistry, purgatory: Purgatory<Partition, DelayedDeleteRecords>) {
    this.registry = registry;
    this.purgatory = purgatory;
  }

  /** Deletes and calls `onComplete` once, with a result for each entry in order, within `timeoutMs`. */
  delete(
    timeoutMs: number,
    entries: readonly DeleteRecordsEntry[],
    onComplete: (results: readonly DeleteRecordsResult[]) => void,
  ): void {
    const results: DeleteRecordsResult[] = [];
    const waiting: PendingDeletion[] = [];
    for (const entry of entries) {
      const result: DeleteRecordsResult = {
        topic: entry.topic,
        partition: entry.partition,
        error: Errors.NONE,
        lowWatermark: -1,
      };
      results.push(result);
      const found = isInternalTopic(entry.topic)
        ? Errors.INVALID_TOPIC_EXCEPTION
        : this.registry.find(entry.topic, entry.partition);
      if (typeof found === "number") {
        result.error = found;
        continue;
      }
      const offset = deleteOnLeader(found, entry.offset, result);
      if (offset !== undefined) waiting.push({ partition: found, offset, result });
    }
    if (waiting.length === 0) return onComplete(results);
    const keys = waiting.map((deletion) => deletion.partition);
    const delayed = new DelayedDeleteRecords(waiting, () => onComplete(results));
    this.purgatory.tryCompleteElseWatch(delayed, keys, timeoutMs);
  }
}

/** Moves the leader's log start; the offset replicas must reach, or undefined with the error in `result`. */
function deleteOnLeader(partition: Partition, asked: Offset, result: DeleteRecordsResult): Offset | undefined {
  const log = partition.log;
  if (log === undefined || !partition.isLeader) {
    result.error = Errors.NOT_LEADER_OR_FOLLOWER;
    return undefined;
  }
  if (!log.config.delete) {
    result.error = Errors.POLICY_VIOLATION;
    return undefined;
  }
  const offset = asked === UP_TO_HIGH_WATERMARK ? log.highWatermark : asked;
  // Only committed records may go: a follower could not take over a start beyond its own end.
  if (offset < 0 || offset > log.highWatermark) {
    result.error = Errors.OFFSET_OUT_OF_RANGE;
    return undefined;
  }
  log.maybeIncrementLogStartOffset(offset, "delete-records");
  return offset;
}
