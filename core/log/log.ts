// Log: the ordered records of one replica of a partition.
// Three offsets describe it: log start (the first record kept), high watermark (below it every in-sync replica has
// the record), log end (where the next record goes); always start ≤ high watermark ≤ end. The leader appends and
// decides offsets, a follower repeats the leader's bytes; whoever replicates moves the high watermark and truncates.
// Kafka acknowledges from the page cache and relies on its replicas; only `flush.messages` has it flush before.

import { assert } from "../assert.js";
import type { Environment, StorageResult } from "../environment.js";
import { Errors } from "../errors.js";
import type { LeaderEpoch, Offset, TopicPartitionKey, Uuid } from "../types.js";
import { topicPartitionKey, ZERO_UUID } from "../types.js";
import {
  batchBaseOffset,
  batchLastOffset,
  batchLeaderEpoch,
  batchMaxTimestamp,
  batchSizeBytes,
} from "./batch-header.js";
import type { Decompressor } from "./batch-records.js";
import { analyzeFetchedBatches } from "./fetched-batches.js";
import { type EpochEndOffset, LeaderEpochCache } from "./leader-epoch-cache.js";
import { LocalLog } from "./local-log.js";
import type { LogConfig } from "./log-config.js";
import { LEADER_EPOCH_CHECKPOINT } from "./log-files.js";
import { type LoadedLog, loadLog } from "./log-loader.js";
import { deleteOldSegments } from "./log-retention.js";
import type { LogSegments } from "./log-segments.js";
import { type TimestampAndOffset, maxTimestampOffset, offsetForTimestamp } from "./log-timestamps.js";
import { type LogStartReason, traceAppended, traceOpened } from "./log-trace.js";
import type { AppendResult, FollowerAppendResult, LogOptions, LogRead } from "./log-types.js";
import { type AppendError, type AppendOrigin, appendError, prepareBatches } from "./log-validator.js";
import { readPartitionMetadata, writePartitionMetadata } from "./partition-metadata.js";
import { ProducerStateManager } from "./producer-state-manager.js";

export type { LogStartReason } from "./log-trace.js";
export type { AppendResult, FollowerAppendResult, LogOptions, LogRead } from "./log-types.js";
export type { AppendOrigin } from "./log-validator.js";

export class Log {
  readonly topic: string;
  readonly partition: number;
  readonly key: TopicPartitionKey;
  readonly directory: string;
  /** ZERO_UUID until known. */
  topicId: Uuid;
  logStartOffset: Offset;
  highWatermark: Offset;
  readonly producerState: ProducerStateManager;
  /** For the files of this folder: retention, cleaning, look-up by time. */
  readonly local: LocalLog;
  readonly decompress: Decompressor | undefined;
  private readonly env: Environment;
  private readonly epochs: LeaderEpochCache;
  private readonly onTruncated: (() => void) | undefined;

  private constructor(options: LogOptions, loaded: LoadedLog, epochs: LeaderEpochCache) {
    const { env, directory, topic, partition } = options;
    this.env = env;
    this.directory = directory;
    this.topic = topic;
    this.partition = partition;
    this.key = topicPartitionKey(topic, partition);
    this.decompress = options.decompress;
    this.epochs = epochs;
    this.onTruncated = options.onTruncated;
    this.logStartOffset = loaded.logStartOffset;
    this.highWatermark = Math.min(Math.max(options.highWatermark ?? 0, this.logStartOffset), loaded.logEndOffset);
    this.topicId = readPartitionMetadata(env.storage, directory);
    if (options.topicId !== ZERO_UUID) this.assignTopicId(options.topicId);
    this.epochs.truncateFromEnd(loaded.logEndOffset);
    this.epochs.truncateFromStart(this.logStartOffset);
    this.producerState = new ProducerStateManager(env, directory);
    this.local = new LocalLog(env, options.config, loaded, {
      onRoll: (baseOffset) => {
        this.producerState.mapEndOffset = baseOffset;
        this.producerState.takeSnapshot();
      },
      onStorageError: () => options.onStorageError?.(),
    });
    this.producerState.removeStraySnapshots(this.segments.all().map((segment) => segment.baseOffset));
    this.rebuildProducerState();
    // After a crash Kafka recovers the active segment first and then loads the snapshot it took at the end: of each
    // producer only the last batch is known, so an older retry is out of order and no duplicate.
    if (!options.hadCleanShutdown) this.rebuildProducerState();
  }

  /** Opens the log in a directory, recovering it if the last shutdown was not clean; an absent one is created. */
  static open(options: LogOptions): Log {
    const { env, directory } = options;
    const epochs = new LeaderEpochCache(env.storage, `${directory}/${LEADER_EPOCH_CHECKPOINT}`);
    const loaded = loadLog(
      {
        env,
        directory,
        config: options.config,
        hadCleanShutdown: options.hadCleanShutdown,
        logStartOffset: options.logStartOffset ?? 0,
        recoveryPoint: options.recoveryPoint ?? 0,
        mayHaveGaps: options.config.compact || options.mayHaveGaps === true,
      },
      epochs,
    );
    const log = new Log(options, loaded, epochs);
    if (env.trace.enabled) traceOpened(env.trace, log, loaded.droppedBytes);
    return log;
  }

  get config(): LogConfig {
    return this.local.config;
  }

  get segments(): LogSegments {
    return this.local.segments;
  }

  /** Where the next record goes. */
  get logEndOffset(): Offset {
    return this.local.logEndOffset;
  }

  /** Everything below is durable. */
  get recoveryPoint(): Offset {
    return this.local.recoveryPoint;
  }

  /** The log directory failed: nothing may be appended any more (KIP-112). */
  get isOffline(): boolean {
    return this.local.isOffline;
  }

  get latestEpoch(): LeaderEpoch | undefined {
    return this.epochs.latestEpoch;
  }

  /** Where each leader epoch begins, oldest first. */
  get epochEntries(): readonly { readonly epoch: LeaderEpoch; readonly startOffset: Offset }[] {
    return this.epochs.all();
  }

  /** Transactional readers see records below this: it stops at the first transaction that is still open. */
  get lastStableOffset(): Offset {
    const firstUnstable = this.producerState.firstUnstableOffset();
    if (firstUnstable === undefined) return this.highWatermark;
    // DeleteRecords may have removed the beginning of the open transaction: a bound below the log start is no bound.
    return Math.min(Math.max(firstUnstable, this.logStartOffset), this.highWatermark);
  }

  get sizeBytes(): number {
    return this.segments.sizeBytes;
  }

  updateConfig(config: LogConfig): void {
    this.local.config = config;
  }

  /** Records the topic's id on disk; it never changes afterwards. */
  assignTopicId(topicId: Uuid): void {
    if (this.topicId === topicId) return;
    assert(this.topicId === ZERO_UUID, "a log belongs to one topic id");
    this.topicId = topicId;
    writePartitionMetadata(this.env.storage, this.directory, topicId);
  }

  /**
   * Appends as leader: validates, copies, assigns offsets from the log end and stamps the leader epoch.
   * @param batches exactly one batch from a client; others may append several at once
   */
  appendAsLeader(batches: Uint8Array, leaderEpoch: LeaderEpoch, origin: AppendOrigin): AppendResult {
    if (this.isOffline) return offlineError();
    const nowMs = this.env.clock.wallMs();
    const prepared = prepareBatches(
      batches,
      origin,
      this.logEndOffset,
      leaderEpoch,
      this.local,
      nowMs,
      this.decompress,
    );
    if (!prepared.ok) return prepared;
    const decided = this.checkProducers(prepared.batches, origin);
    if (decided !== undefined) return decided;
    const baseOffset = this.logEndOffset;
    if (!this.append(prepared.batches, "leader")) return offlineError();
    return {
      ok: true,
      baseOffset,
      lastOffset: this.logEndOffset - 1,
      logAppendTimeMs: this.config.messageTimestampType === "LogAppendTime" ? nowMs : -1,
      logStartOffset: this.logStartOffset,
      duplicate: false,
    };
  }

  /**
   * Appends what a leader sent: offsets and epochs stay as they are. Keeps the array. An incomplete batch at the end
   * is ignored, as a fetch may be cut anywhere; a damaged one refuses everything (CORRUPT_MESSAGE), as do offsets
   * below the log end or out of order (OFFSET_OUT_OF_RANGE: fetcher and log disagree, which is fatal in Kafka).
   */
  appendAsFollower(batches: Uint8Array): FollowerAppendResult {
    if (this.isOffline) return offlineError();
    const analysis = analyzeFetchedBatches(batches, this.logStartOffset, this.logEndOffset);
    if (!analysis.ok) return analysis;
    const { validBytes: end, restartAt } = analysis;
    if (restartAt !== undefined) this.truncateFullyAndStartAt(restartAt);
    const whole = end === batches.length ? batches : batches.subarray(0, end);
    // More than a segment may hold (its size was lowered, say): batch by batch, so that segments can close between.
    const fits = end <= this.config.segmentBytes;
    for (let at = 0; at < end;) {
      const sizeBytes = fits ? end : batchSizeBytes(whole, at);
      if (!this.append(fits ? whole : whole.subarray(at, at + sizeBytes), "follower")) return offlineError();
      at += sizeBytes;
    }
    return { ok: true, lastOffset: this.logEndOffset - 1, appendedBytes: end };
  }

  /**
   * Whole batches from the one containing `startOffset` on, none at or after `upperBound`, from one segment.
   * @param maxBytes kept to, except that `minOneBatch` lets a first batch through whatever its size
   */
  read(startOffset: Offset, maxBytes: number, upperBound: Offset, minOneBatch: boolean): LogRead {
    assert(startOffset >= this.logStartOffset, "a read starts at or after the log start offset");
    assert(startOffset <= this.logEndOffset, "a read starts at or before the log end offset");
    return { records: this.local.read(startOffset, maxBytes, upperBound, minOneBatch) };
  }

  /** Calls `fn` with each batch from the one containing `offset` on; `fn` stops the walk by returning false. */
  forEachBatchFrom(offset: Offset, fn: (batch: Uint8Array) => boolean | void): void {
    this.local.forEachBatchFrom(offset, fn);
  }

  /** Where `epoch`, or the largest epoch below it that the log knows, ended; undefined if the log cannot tell. */
  endOffsetForEpoch(epoch: LeaderEpoch): EpochEndOffset | undefined {
    return this.epochs.endOffsetFor(epoch, this.logEndOffset);
  }

  /** The leader epoch in which the record at `offset` was written; undefined if the log does not know. */
  epochForOffset(offset: Offset): LeaderEpoch | undefined {
    return this.epochs.epochForOffset(offset);
  }

  /** KIP-101: a new leader records its epoch at once, so that followers can find out where it began. */
  assignEpochStartOffset(epoch: LeaderEpoch, startOffset: Offset): void {
    this.epochs.assign(epoch, startOffset);
  }

  /** Removes records at and after `offset`, back to the start of the batch that contains it. */
  truncateTo(offset: Offset): void {
    assert(offset >= 0, "a log is not truncated to a negative offset");
    if (offset >= this.logEndOffset) {
      // Nothing to cut, but an epoch in which this broker led without writing must go all the same.
      this.epochs.truncateFromEnd(this.logEndOffset);
      return;
    }
    if (offset < this.segments.first.baseOffset) {
      this.truncateFullyAndStartAt(offset);
      return;
    }
    const fromOffset = this.logEndOffset;
    this.local.truncateTo(offset);
    this.epochs.truncateFromEnd(offset);
    this.logStartOffset = Math.min(this.logStartOffset, offset);
    this.highWatermark = Math.min(this.highWatermark, offset);
    this.rebuildProducerState();
    this.tellTruncated(fromOffset);
  }

  /** Empties the log; the next record goes to `offset`. The high watermark goes there too. */
  truncateFullyAndStartAt(offset: Offset): void {
    const fromOffset = this.logEndOffset;
    this.local.truncateFullyAndStartAt(offset);
    this.epochs.clear();
    this.producerState.truncateFullyAndStartAt(offset);
    this.logStartOffset = offset;
    this.highWatermark = offset;
    this.tellTruncated(fromOffset, { logStartOffset: offset });
  }

  /** Moves the high watermark, kept within [log start, log end]; followers may move it back. True if it changed. */
  setHighWatermark(offset: Offset): boolean {
    const clamped = Math.min(Math.max(offset, this.logStartOffset), this.logEndOffset);
    if (clamped === this.highWatermark) return false;
    this.highWatermark = clamped;
    this.producerState.onHighWatermarkUpdated(clamped);
    return true;
  }

  /** Moves the log start up to `offset`, at most to the high watermark; never back. True if it changed. */
  maybeIncrementLogStartOffset(offset: Offset, reason: LogStartReason): boolean {
    assert(offset <= this.highWatermark, "the log start offset is at most the high watermark");
    if (offset <= this.logStartOffset) return false;
    this.logStartOffset = offset;
    this.epochs.truncateFromStart(offset);
    if (this.env.trace.enabled) {
      const { topic, partition } = this;
      this.env.trace.emit({ type: "log.start-advanced", topic, partition, logStartOffset: offset, reason });
    }
    return true;
  }

  /** The first record with a timestamp of at least `timestampMs`, in the first segment that has one, if it is there. */
  offsetForTimestamp(timestampMs: number): TimestampAndOffset | undefined {
    return offsetForTimestamp(this.segments, timestampMs, this.logStartOffset, this.decompress);
  }

  /** The record with the largest timestamp; undefined if none has one. */
  maxTimestampOffset(): TimestampAndOffset | undefined {
    return maxTimestampOffset(this.segments, this.decompress);
  }

  /**
   * Removes segments that retention no longer keeps, moving the log start.
   * @returns how many segments went
   */
  deleteOldSegments(): number {
    return deleteOldSegments(this, this.env.clock.wallMs());
  }

  /** Closes the active segment, if it holds anything. */
  roll(): void {
    this.local.roll();
  }

  /**
   * Makes the log durable below `upToOffset`; the recovery point follows when storage answers.
   * @param onFlushed called once, never before this returns; "io-error" has taken the log offline
   */
  flush(upToOffset: Offset = this.logEndOffset, onFlushed?: (result: StorageResult) => void): void {
    this.local.flush(upToOffset, onFlushed);
  }

  /** Clean close: the time index and the producer snapshot are brought up to the log end, so nothing is replayed. */
  close(): void {
    this.local.close();
    this.producerState.takeSnapshot();
  }

  /** Removes every file of the log. The object must not be used afterwards. */
  delete(): void {
    this.local.isOffline = true;
    this.segments.cancelDeletions();
    for (const path of this.env.storage.list(this.directory)) this.env.storage.remove(path);
    if (this.env.trace.enabled) {
      this.env.trace.emit({ type: "log.deleted", topic: this.topic, partition: this.partition });
    }
  }

  /** Writes validated batches and updates everything that is derived from them. */
  private append(batches: Uint8Array, origin: "leader" | "follower"): boolean {
    let lastOffset = this.logEndOffset - 1;
    let maxTimestampMs = -1;
    for (let at = 0; at < batches.length; at += batchSizeBytes(batches, at)) {
      const leaderEpoch = batchLeaderEpoch(batches, at);
      // The epoch goes to disk before its first record: a lost entry would let this replica misjudge its own end.
      if (leaderEpoch >= 0) this.epochs.assign(leaderEpoch, batchBaseOffset(batches, at));
      lastOffset = batchLastOffset(batches, at);
      maxTimestampMs = Math.max(maxTimestampMs, batchMaxTimestamp(batches, at));
    }
    const { trace } = this.env;
    const onWritten = trace.enabled ? (): void => traceAppended(trace, this, batches, origin) : undefined;
    if (!this.local.append(batches, lastOffset, maxTimestampMs, onWritten)) return false;
    for (let at = 0; at < batches.length; at += batchSizeBytes(batches, at)) this.producerState.update(batches, at);
    if (this.logEndOffset - this.recoveryPoint >= this.config.flushMessages) this.local.flushBeforeTelling();
    return true;
  }

  /** What idempotence says about the batches: a refusal, the result of the first time, or undefined: append. */
  private checkProducers(batches: Uint8Array, origin: AppendOrigin): AppendResult | undefined {
    const verdict = this.producerState.check(batches, origin === "client");
    if (verdict === undefined) return undefined;
    if ("error" in verdict) return appendError(verdict.error, verdict.message);
    const { lastOffset, offsetDelta, timestampMs: logAppendTimeMs } = verdict;
    const { logStartOffset } = this;
    return {
      ok: true,
      baseOffset: lastOffset - offsetDelta,
      lastOffset,
      logAppendTimeMs,
      logStartOffset,
      duplicate: true,
    };
  }

  private rebuildProducerState(): void {
    this.producerState.rebuild(this.local, this.logStartOffset);
    this.producerState.onHighWatermarkUpdated(this.highWatermark);
  }

  private tellTruncated(fromOffset: Offset, emptied: { readonly logStartOffset?: Offset } = {}): void {
    if (this.env.trace.enabled) {
      const { topic, partition, logEndOffset: toOffset } = this;
      this.env.trace.emit({ type: "log.truncated", topic, partition, fromOffset, toOffset, ...emptied });
    }
    this.onTruncated?.();
  }
}

function offlineError(): AppendError {
  return appendError(Errors.KAFKA_STORAGE_ERROR, "the log directory is offline");
}
