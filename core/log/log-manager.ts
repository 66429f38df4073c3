// Log manager: all logs of a broker's log directory, and the housekeeping no request waits for.
// It opens every log at start, knowing from a marker file whether the last shutdown was clean; it checkpoints
// recovery points, log starts and high watermarks, applies retention, cleans compacted logs, and at a clean shutdown
// flushes everything and leaves the marker. The marker names the broker epoch, by which the controller can tell a
// broker that lost unflushed records from one that did not (KIP-966).

import { assert } from "../assert.js";
import type { Environment, StorageResult, Timer } from "../environment.js";
import { decodeUtf8, encodeUtf8 } from "../protocol/utf8.js";
import { type Offset, type TopicPartitionKey, type Uuid, ZERO_UUID, compareTopicPartitions } from "../types.js";
import type { Decompressor } from "./batch-records.js";
import { type PartitionOffset, readOffsetCheckpoint, writeOffsetCheckpoint } from "./checkpoint-file.js";
import { LogCleanerManager } from "./log-cleaner-manager.js";
import { cleanLog } from "./log-cleaner.js";
import type { LogConfig } from "./log-config.js";
import { Log } from "./log.js";

export const RECOVERY_POINT_CHECKPOINT = "recovery-point-offset-checkpoint";
export const LOG_START_CHECKPOINT = "log-start-offset-checkpoint";
export const HIGH_WATERMARK_CHECKPOINT = "replication-offset-checkpoint";
export const CLEANER_CHECKPOINT = "cleaner-offset-checkpoint";
export const CLEAN_SHUTDOWN_FILE = ".kafka_cleanshutdown";

const NEVER = Number.MAX_SAFE_INTEGER;
/** Kafka's log.initial.task.delay.ms: retention, flushing and checkpoints first run this soon after the start. */
const INITIAL_TASK_DELAY_MS = 30_000;
/** Housekeeping that comes early, in runs where it may. */
const EARLY_MS = 1_000;

export interface LogManagerOptions {
  /** For logs found on disk, until their topic's own configuration is known. */
  readonly defaultConfig: LogConfig;
  /** Topic configuration where it is known already; default: `defaultConfig`. */
  readonly configFor?: (topic: string) => LogConfig | undefined;
  /** Default "logs". */
  readonly directory?: string;
  /** Partitions (directory names) in this directory that somebody else opens, such as "__cluster_metadata-0". */
  readonly ignoredLogs?: readonly string[];
  /** log.retention.check.interval.ms */
  readonly retentionCheckIntervalMs?: number;
  /** log.flush.scheduler.interval.ms */
  readonly flushSchedulerIntervalMs?: number;
  /** log.flush.offset.checkpoint.interval.ms, log.flush.start.offset.checkpoint.interval.ms */
  readonly offsetCheckpointIntervalMs?: number;
  /** replica.high.watermark.checkpoint.interval.ms */
  readonly highWatermarkCheckpointIntervalMs?: number;
  /** log.cleaner.enable; without it compacted logs keep everything. */
  readonly cleanerEnabled?: boolean;
  /** log.cleaner.backoff.ms: pause of the cleaner when it found no log worth cleaning. */
  readonly cleanerBackoffMs?: number;
  /** producer.id.expiration.check.interval.ms */
  readonly producerIdExpirationCheckIntervalMs?: number;
  readonly decompress?: Decompressor;
  /** Told of each log whose start retention has moved. */
  readonly onLogStartMoved?: (log: Log) => void;
  /** Told once, when storage failed under any log. */
  readonly onStorageError?: () => void;
}

export class LogManager {
  readonly directory: string;
  private readonly env: Environment;
  private readonly options: LogManagerOptions;
  private readonly logs = new Map<TopicPartitionKey, Log>();
  /** Checkpointed high watermarks, also of partitions not opened or not led or followed now (KAFKA-1647). */
  private readonly highWatermarks = new Map<TopicPartitionKey, PartitionOffset>();
  /** Logs that a replica leads or follows with; kept for a historic bug only (KAFKA-1647). */
  private readonly inUse = new Set<TopicPartitionKey>();
  private readonly cleanerManager: LogCleanerManager;
  private readonly timers: Timer[] = [];
  private isShuttingDown = false;
  private hasFailed = false;
  private shutdownBrokerEpoch = -1;

  constructor(env: Environment, options: LogManagerOptions) {
    this.env = env;
    this.options = options;
    this.directory = options.directory ?? "logs";
    this.cleanerManager = new LogCleanerManager(env, this.path(CLEANER_CHECKPOINT));
  }

  /**
   * Opens every log in the directory, by topic and partition. Consumes the clean-shutdown marker: from now on a crash
   * is an unclean shutdown.
   */
  loadLogs(): void {
    const { storage } = this.env;
    const markerPath = this.path(CLEAN_SHUTDOWN_FILE);
    const hadCleanShutdown = storage.exists(markerPath);
    if (hadCleanShutdown) this.shutdownBrokerEpoch = readBrokerEpoch(this.env, markerPath);
    storage.remove(markerPath);
    const recoveryPoints = this.readCheckpoint(RECOVERY_POINT_CHECKPOINT);
    const logStarts = this.readCheckpoint(LOG_START_CHECKPOINT);
    for (const [key, entry] of this.readCheckpoint(HIGH_WATERMARK_CHECKPOINT)) this.highWatermarks.set(key, entry);
    this.cleanerManager.load();
    for (const { topic, partition } of this.partitionsOnDisk()) {
      const key = `${topic}-${partition}`;
      this.open(topic, partition, ZERO_UUID, this.configOf(topic), hadCleanShutdown, {
        logStartOffset: logStarts.get(key)?.offset ?? 0,
        recoveryPoint: recoveryPoints.get(key)?.offset ?? 0,
      });
    }
  }

  /** Epoch the broker had when it last shut down cleanly; -1 if it did not. Known after `loadLogs`. */
  cleanShutdownBrokerEpoch(): number {
    return this.shutdownBrokerEpoch;
  }

  get(key: TopicPartitionKey): Log | undefined {
    return this.logs.get(key);
  }

  /** All open logs, by topic and partition. */
  all(): readonly Log[] {
    return [...this.logs.values()].sort(compareTopicPartitions);
  }

  /** The log of a partition, created if absent. A log of another topic id is left from a deleted topic: it goes. */
  getOrCreate(topic: string, partition: number, topicId: Uuid, config: LogConfig): Log {
    const key = `${topic}-${partition}`;
    let log = this.logs.get(key);
    const isStray = log !== undefined && topicId !== ZERO_UUID && log.topicId !== ZERO_UUID && log.topicId !== topicId;
    if (isStray) {
      this.delete(key);
      log = undefined;
    }
    if (this.env.bugs["forget-high-watermark"] && !this.inUse.has(key)) {
      this.inUse.add(key);
      // The replica begins with what the file says now.
      log?.setHighWatermark(this.highWatermarks.get(key)?.offset ?? 0);
    }
    if (log === undefined) return this.open(topic, partition, topicId, config, true, {});
    log.updateConfig(config);
    if (topicId !== ZERO_UUID) log.assignTopicId(topicId);
    return log;
  }

  /** Removes a log with its files; absent is fine. */
  delete(key: TopicPartitionKey): void {
    const log = this.logs.get(key);
    if (log === undefined) return;
    this.logs.delete(key);
    this.highWatermarks.delete(key);
    this.inUse.delete(key);
    this.cleanerManager.forget(key);
    log.delete();
    this.checkpointOffsets();
    this.checkpointHighWatermarks();
  }

  /** Arms the periodic work: retention, cleaning, flushing, checkpoints, expiry of producers. */
  startHousekeeping(): void {
    const { options } = this;
    this.every("log-retention", options.retentionCheckIntervalMs ?? 300_000, () => this.applyRetention());
    this.every("log-flush", options.flushSchedulerIntervalMs ?? NEVER, () => this.flushDirtyLogs());
    this.every("recovery-point-checkpoint", options.offsetCheckpointIntervalMs ?? 60_000, () =>
      this.checkpointOffsets(),
    );
    this.every("highwatermark-checkpoint", options.highWatermarkCheckpointIntervalMs ?? 5_000, () =>
      this.checkpointHighWatermarks(),
    );
    if (options.cleanerEnabled ?? true) {
      // Looking again at once for ever, as Kafka would with 0, no clock of a simulation would go on.
      const backoffMs = Math.max(1, options.cleanerBackoffMs ?? 15_000);
      this.every("log-cleaner", backoffMs, (again) => this.runCleaner(again), 0);
    }
    const expiryCheckMs = options.producerIdExpirationCheckIntervalMs ?? 600_000;
    this.every("producer-expiration", expiryCheckMs, () => this.expireProducers(), expiryCheckMs);
  }

  private expireProducers(): void {
    const nowMs = this.env.clock.wallMs();
    for (const log of this.logs.values()) log.producerState.removeExpired(nowMs, log.config.producerIdExpirationMs);
  }

  /** Deletes what retention no longer keeps. Compacted logs are left to the cleaner: one at a time works on a log. */
  applyRetention(): void {
    for (const log of this.onlineLogs()) {
      if (!log.config.compact && !this.cleanerManager.isCleaning(log)) this.deleteOldSegments(log);
    }
  }

  private deleteOldSegments(log: Log): void {
    if (log.deleteOldSegments() > 0) this.options.onLogStartMoved?.(log);
  }

  /** Flushes logs whose flush.ms has passed. */
  flushDirtyLogs(): void {
    const nowMs = this.env.clock.wallMs();
    for (const log of this.all()) {
      if (log.logEndOffset > log.recoveryPoint && nowMs - log.local.lastFlushMs >= log.config.flushMs) log.flush();
    }
  }

  /** Writes recovery points and log starts. A log start within the first segment's base needs no entry. */
  checkpointOffsets(onDurable?: (result: StorageResult) => void): void {
    const movedStarts = this.all().filter((log) => log.logStartOffset > log.segments.first.baseOffset);
    const logStarts = movedStarts.map((log) => offsetEntry(log, log.logStartOffset));
    writeOffsetCheckpoint(this.env.storage, this.path(LOG_START_CHECKPOINT), logStarts);
    this.checkpointRecoveryPoints(onDurable);
  }

  /** Writes the high watermark of every log known, open or not: what is left out would restart from 0. */
  checkpointHighWatermarks(): void {
    const forgets = this.env.bugs["forget-high-watermark"];
    for (const log of this.logs.values()) {
      if (forgets && !this.inUse.has(log.key)) this.highWatermarks.delete(log.key);
      else this.highWatermarks.set(log.key, offsetEntry(log, log.highWatermark));
    }
    const entries = [...this.highWatermarks.values()];
    writeOffsetCheckpoint(this.env.storage, this.path(HIGH_WATERMARK_CHECKPOINT), entries);
  }

  /**
   * Clean shutdown: flushes all logs, then writes checkpoints and, if nothing failed, the marker.
   * @param onDone called once everything is durable, never before this returns
   */
  shutdown(brokerEpoch: number, onDone: () => void): void {
    this.isShuttingDown = true;
    for (const timer of this.timers) timer.cancel();
    const logs = this.all();
    let outstanding = 1;
    const oneDone = (): void => {
      outstanding -= 1;
      if (outstanding === 0) this.finishShutdown(brokerEpoch, onDone);
    };
    for (const log of logs) {
      if (log.isOffline) continue;
      outstanding += 1;
      log.close();
      log.flush(log.logEndOffset, oneDone);
    }
    oneDone();
  }

  /**
   * One round of the cleaner, over when the log it took is clean: then the next begins at once, as an event of its
   * own, so that others get their turn between. The cleaner rests only when it found nothing to do.
   */
  private runCleaner(again: () => void): void {
    if (this.cleanerManager.isBusy) return;
    const filthiest = this.cleanerManager.grabFilthiestCompactedLog(this.onlineLogs());
    if (filthiest === undefined) {
      this.deleteFromCompactedLogs();
      return;
    }
    cleanLog(this.env, filthiest, (firstUncleanOffset) => {
      this.cleanerManager.doneCleaning(filthiest.log, firstUncleanOffset);
      if (this.isShuttingDown) return;
      this.deleteFromCompactedLogs();
      // Where batches cannot be read, cleaning gets nowhere: tried again at once, it would be tried for ever.
      if (firstUncleanOffset !== filthiest.firstDirtyOffset) again();
    });
  }

  /** Also without cleanup.policy=delete: DeleteRecords may have put segments below the log start. */
  private deleteFromCompactedLogs(): void {
    for (const log of this.onlineLogs()) if (log.config.compact) this.deleteOldSegments(log);
  }

  private onlineLogs(): readonly Log[] {
    return this.all().filter((log) => !log.isOffline);
  }

  private checkpointRecoveryPoints(onDurable?: (result: StorageResult) => void): void {
    const recoveryPoints = this.all().map((log) => offsetEntry(log, log.recoveryPoint));
    writeOffsetCheckpoint(this.env.storage, this.path(RECOVERY_POINT_CHECKPOINT), recoveryPoints, onDurable);
  }

  /**
   * A log was cut: what the checkpoints say of its end may be wrong now. A recovery point left above the cut would
   * spare records that are appended in place of the cut ones from being checked after a crash, though never flushed.
   */
  private onTruncated(key: TopicPartitionKey): void {
    const log = this.logs.get(key);
    if (log === undefined) return;
    this.cleanerManager.maybeTruncateCheckpoint(log);
    this.checkpointRecoveryPoints();
  }

  private finishShutdown(brokerEpoch: number, onDone: () => void): void {
    this.checkpointHighWatermarks();
    this.checkpointOffsets((result) => {
      if (result !== "ok" || this.hasFailed) {
        onDone();
        return;
      }
      const marker = encodeUtf8(`{"version":0,"brokerEpoch":${brokerEpoch}}`);
      this.env.storage.replace(this.path(CLEAN_SHUTDOWN_FILE), marker, () => onDone());
    });
  }

  private open(
    topic: string,
    partition: number,
    topicId: Uuid,
    config: LogConfig,
    hadCleanShutdown: boolean,
    checkpointed: { readonly logStartOffset?: Offset; readonly recoveryPoint?: Offset },
  ): Log {
    const key = `${topic}-${partition}`;
    const log = Log.open({
      env: this.env,
      directory: this.path(key),
      topic,
      partition,
      topicId,
      config,
      hadCleanShutdown,
      ...checkpointed,
      highWatermark: this.highWatermarks.get(key)?.offset ?? 0,
      mayHaveGaps: this.cleanerManager.hasCleaned(key),
      ...(this.options.decompress === undefined ? {} : { decompress: this.options.decompress }),
      onTruncated: () => this.onTruncated(key),
      onStorageError: () => this.onStorageError(),
    });
    this.logs.set(key, log);
    return log;
  }

  /** One failed file condemns the directory: every log in it goes offline (KIP-112). */
  private onStorageError(): void {
    if (this.hasFailed) return;
    this.hasFailed = true;
    for (const log of this.all()) log.local.fail();
    if (this.env.trace.enabled) this.env.trace.emit({ type: "log-dir.failed", directory: this.directory });
    this.options.onStorageError?.();
  }

  private configOf(topic: string): LogConfig {
    return this.options.configFor?.(topic) ?? this.options.defaultConfig;
  }

  /** @param run may ask to be run again at once, in an event of its own, instead of after the interval */
  private every(
    name: string,
    intervalMs: number,
    run: (again: () => void) => void,
    firstDelayMs = INITIAL_TASK_DELAY_MS,
  ): void {
    if (intervalMs >= NEVER) return;
    assert(intervalMs > 0, "housekeeping intervals are positive");
    const { buggify } = this.env;
    const delayMs = (usualMs: number): number =>
      buggify.strikes("early-housekeeping") ? Math.min(EARLY_MS, usualMs) : usualMs;
    const timer = this.env.timers.create(name, () => {
      const isSkipped = this.hasFailed || buggify.strikes("skipped-housekeeping");
      timer.arm(delayMs(intervalMs));
      if (!isSkipped) run(() => timer.arm(0));
    });
    timer.arm(delayMs(Math.min(firstDelayMs, intervalMs)));
    this.timers.push(timer);
  }

  private readCheckpoint(name: string): ReadonlyMap<TopicPartitionKey, PartitionOffset> {
    const entries = readOffsetCheckpoint(this.env.storage, this.path(name)) ?? [];
    return new Map(entries.map((entry) => [`${entry.topic}-${entry.partition}`, entry]));
  }

  private partitionsOnDisk(): readonly { readonly topic: string; readonly partition: number }[] {
    const names = new Set<string>();
    for (const path of this.env.storage.list(this.directory)) {
      const name = path.slice(this.directory.length + 1).split("/")[0]!;
      const isDirectory = path.length > this.directory.length + 1 + name.length;
      if (isDirectory && this.options.ignoredLogs?.includes(name) !== true) names.add(name);
    }
    const partitions = [...names].flatMap((name) => {
      const dash = name.lastIndexOf("-");
      const partition = Number(name.slice(dash + 1));
      return dash > 0 && Number.isSafeInteger(partition) ? [{ topic: name.slice(0, dash), partition }] : [];
    });
    return partitions.sort(compareTopicPartitions);
  }

  private path(name: string): string {
    return `${this.directory}/${name}`;
  }
}

function offsetEntry(log: Log, offset: Offset): PartitionOffset {
  return { topic: log.topic, partition: log.partition, offset };
}

function readBrokerEpoch(env: Environment, path: string): number {
  const file = env.storage.open(path);
  const digits = /"brokerEpoch":(\d+)/.exec(decodeUtf8(file.read(0, file.sizeBytes)))?.[1];
  return digits === undefined ? -1 : Number(digits);
}
