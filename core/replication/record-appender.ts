// Produce: from a request's batches to their results.
//
// Each partition is appended to on its own; one may fail and others succeed. With acks=all the answer waits, for those
// that succeeded, until the high watermark has passed what was appended. Used by the Produce handler and by the
// coordinators, which write their state as leaders of internal topics.

import { assert } from "../assert.js";
import type { TraceSink } from "../environment.js";
import { type ErrorCode, Errors } from "../errors.js";
import type { AppendOrigin, Log } from "../log/log.js";
import type { MarkName, Marks } from "../marks.js";
import type { LeaderEpoch, Offset } from "../types.js";
import { isInternalTopic } from "../internal-topics.js";
import { DelayedProduce, type PendingAppend, type ProduceResult } from "./delayed-produce.js";
import type { Partition } from "./partition.js";
import type { PartitionRegistry } from "./partition-registry.js";
import type { Purgatory } from "./purgatory.js";

export interface AppendEntry {
  readonly topic: string;
  readonly partition: number;
  readonly records: Uint8Array;
}

export interface AppendRequest {
  /** How long acks=all may wait, in ms. */
  readonly timeoutMs: number;
  /** 0 and 1: the leader alone; -1: all in-sync replicas. */
  readonly requiredAcks: number;
  readonly origin: AppendOrigin;
  readonly internalTopicsAllowed: boolean;
  readonly entries: readonly AppendEntry[];
  /** Called once, with a result for each entry in order; now or later. */
  onComplete(results: readonly ProduceResult[]): void;
}

export type CoordinatorAppendResult =
  { readonly ok: true; readonly lastOffset: Offset } | { readonly ok: false; readonly error: ErrorCode };

export interface RecordAppenderOptions {
  readonly trace: TraceSink;
  readonly marks: Marks;
  readonly registry: PartitionRegistry;
  readonly purgatory: Purgatory<Partition, DelayedProduce>;
  readonly onStorageError: () => void;
  /** What was held back has been told: whoever waits for it is woken now. */
  readonly afterFlush: () => void;
}

const REFUSALS: ReadonlyMap<ErrorCode, MarkName> = new Map<ErrorCode, MarkName>([
  [Errors.NOT_ENOUGH_REPLICAS, "too-few-replicas"],
  [Errors.NOT_ENOUGH_REPLICAS_AFTER_APPEND, "too-few-replicas-after-append"],
  [Errors.REQUEST_TIMED_OUT, "produce-timed-out"],
]);

export class RecordAppender {
  private readonly options: RecordAppenderOptions;

  constructor(options: RecordAppenderOptions) {
    this.options = options;
  }

  append(request: AppendRequest): void {
    const { requiredAcks } = request;
    assert(requiredAcks >= -1 && requiredAcks <= 1, "acks are checked before anything is appended");
    const results: ProduceResult[] = [];
    const waiting: PendingAppend[] = [];
    let heldBack: { readonly partition: Partition; readonly log: Log; readonly result: ProduceResult }[] | undefined;
    for (const entry of request.entries) {
      const found = this.find(entry, request.internalTopicsAllowed);
      if (typeof found === "number") {
        results.push(this.failure(entry, found, null));
        continue;
      }
      const appended = found.append(entry.records, request.origin, requiredAcks);
      if (!appended.ok) {
        if (appended.error === Errors.KAFKA_STORAGE_ERROR) this.options.onStorageError();
        results.push(this.failure(entry, appended.error, appended.message));
        continue;
      }
      const result: ProduceResult = {
        topic: entry.topic,
        partition: entry.partition,
        error: Errors.NONE,
        errorMessage: null,
        baseOffset: appended.baseOffset,
        lastOffset: appended.lastOffset,
        logAppendTimeMs: appended.logAppendTimeMs,
        logStartOffset: appended.logStartOffset,
      };
      results.push(result);
      const { log } = found;
      if (log?.local.isHoldingBack === true) (heldBack ??= []).push({ partition: found, log, result });
      if (requiredAcks !== -1) continue;
      waiting.push({ partition: found, requiredOffset: appended.lastOffset + 1, result });
    }
    const answer = (): void => {
      if (waiting.length === 0) return request.onComplete(results);
      const keys = waiting.map(({ partition }) => partition);
      const delayed = new DelayedProduce(waiting, () => {
        for (const result of results) if (result.error !== Errors.NONE) this.tellRejected(result);
        request.onComplete(results);
      });
      this.options.purgatory.tryCompleteElseWatch(delayed, keys, request.timeoutMs);
    };
    if (heldBack === undefined) return answer();
    let outstanding = heldBack.length;
    for (const { partition, log, result } of heldBack) {
      this.whenTellable(partition, log, () => {
        if (log.isOffline) {
          result.error = Errors.KAFKA_STORAGE_ERROR;
          // With acks=all the wait for replicas ends with it, and tells.
          if (requiredAcks !== -1) this.tellRejected(result);
        }
        outstanding -= 1;
        if (outstanding === 0) answer();
      });
    }
  }

  /** Once what the partition holds back is durable: the high watermark may count it, and `then` whoever asked hears. */
  private whenTellable(partition: Partition, log: Log, then?: () => void): void {
    log.local.whenTellable(() => {
      partition.maybeIncrementHighWatermark();
      then?.();
      this.options.afterFlush();
    });
  }

  /**
   * Appends a coordinator's batch with acks=1, however small the ISR is: what it decides stands in its log at once,
   * and its own requests are answered when the high watermark, in the same leader epoch, has passed the last offset.
   * Below min.insync.replicas that takes until the ISR has grown; the decision holds then.
   */
  appendForCoordinator(
    topic: string,
    partition: number,
    batch: Uint8Array,
    expectedLeaderEpoch: LeaderEpoch,
  ): CoordinatorAppendResult {
    const found = this.options.registry.find(topic, partition);
    if (typeof found === "number") return { ok: false, error: found };
    // The coordinator's state was built in one epoch; in another it may not hold.
    if (found.leaderEpoch !== expectedLeaderEpoch) return { ok: false, error: Errors.NOT_LEADER_OR_FOLLOWER };
    const appended = found.append(batch, "coordinator", 1);
    if (!appended.ok) {
      if (appended.error === Errors.KAFKA_STORAGE_ERROR) this.options.onStorageError();
      return { ok: false, error: appended.error };
    }
    const { log } = found;
    if (log?.local.isHoldingBack === true) this.whenTellable(found, log);
    return { ok: true, lastOffset: appended.lastOffset };
  }

  private find(entry: AppendEntry, internalTopicsAllowed: boolean): Partition | ErrorCode {
    if (!internalTopicsAllowed && isInternalTopic(entry.topic)) return Errors.INVALID_TOPIC_EXCEPTION;
    return this.options.registry.find(entry.topic, entry.partition);
  }

  private failure(entry: AppendEntry, error: ErrorCode, errorMessage: string | null): ProduceResult {
    const result: ProduceResult = {
      topic: entry.topic,
      partition: entry.partition,
      error,
      errorMessage,
      baseOffset: -1,
      lastOffset: -1,
      logAppendTimeMs: -1,
      logStartOffset: -1,
    };
    this.tellRejected(result);
    return result;
  }

  private tellRejected(result: ProduceResult): void {
    const { trace, marks } = this.options;
    const refusal = REFUSALS.get(result.error);
    if (refusal !== undefined) marks.reached(refusal);
    // Refused at the door, nothing was appended.
    else if (result.lastOffset >= 0 && result.error === Errors.NOT_LEADER_OR_FOLLOWER) {
      marks.reached("leader-lost-while-waiting");
    }
    if (!trace.enabled) return;
    const { topic, partition, error } = result;
    trace.emit({ type: "produce.rejected", topic, partition, error });
  }
}
