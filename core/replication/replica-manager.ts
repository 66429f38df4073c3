// Replica manager: all replicas of one broker, and the door to them.
//
// Metadata comes in and makes replicas lead, follow or go; produce and fetch requests come in and reach the replica or
// wait in a purgatory; periodic work looks for followers that fell behind. Every entry point is one step: it changes
// what it must and ends by waking those who waited for it (PendingActions).
//
// It owns everything in this folder; the broker's request handlers, the coordinators and the broker's metadata
// publisher call it.

import type { BrokerConfig } from "../config/broker-config.js";
import type { Environment, Timer } from "../environment.js";
import type { ErrorCode } from "../errors.js";
import type { LogConfig } from "../log/log-config.js";
import type { Log } from "../log/log.js";
import type { LogManager } from "../log/log-manager.js";
import type { ControllerChannel } from "../protocol/controller-channel.js";
import { type LeaderEpoch, NO_LEADER, type NodeId, type Offset, topicPartitionKey } from "../types.js";
import { AlterPartitionManager } from "./alter-partition-manager.js";
import type { ClusterView, PartitionChange, ReplicationDelta } from "./cluster-view.js";
import type { DelayedFetch } from "./delayed-fetch.js";
import type { DelayedProduce } from "./delayed-produce.js";
import type { FetchIsolation, FetchParams, FetchPartition } from "./fetch-partition.js";
import { type ListedOffset, listOffset } from "./list-offsets.js";
import { Partition, type PartitionHost } from "./partition.js";
import { type LeaderEpochEndOffset, lastOffsetForLeaderEpoch } from "./partition-read.js";
import { PartitionRegistry } from "./partition-registry.js";
import { PendingActions, type ReplicaListener } from "./pending-actions.js";
import { isRackAware } from "./preferred-read-replica.js";
import { Purgatory } from "./purgatory.js";
import { type AppendRequest, type CoordinatorAppendResult, RecordAppender } from "./record-appender.js";
import {
  type DelayedDeleteRecords,
  type DeleteRecordsEntry,
  type DeleteRecordsResult,
  RecordDeleter,
} from "./record-deleter.js";
import { RecordReader } from "./record-reader.js";
import { ReplicaFetcherManager } from "./replica-fetcher-manager.js";

/** What a topic's configuration means for its replicas. */
export interface TopicSettings {
  readonly log: LogConfig;
  readonly minInsyncReplicas: number;
}

export interface ReplicaManagerOptions {
  readonly env: Environment;
  readonly brokerId: NodeId;
  readonly config: BrokerConfig;
  readonly logManager: LogManager;
  readonly image: ClusterView;
  readonly controllerChannel: ControllerChannel;
  /** This broker's registration, as last told by the controller. */
  readonly brokerEpoch: () => Offset;
  /** The effective settings of a topic, as the image has them now. */
  readonly topicSettings: (topic: string) => TopicSettings;
  /** The only log directory failed: Kafka halts the broker. */
  readonly onAllLogDirsFailed?: () => void;
}

/** A check of the ISR that comes early, in runs where it may. */
const EARLY_CHECK_MS = 100;

export class ReplicaManager {
  private readonly options: ReplicaManagerOptions;
  private readonly registry: PartitionRegistry;
  private readonly producePurgatory: Purgatory<Partition, DelayedProduce>;
  private readonly fetchPurgatory: Purgatory<Partition, DelayedFetch>;
  private readonly deletePurgatory: Purgatory<Partition, DelayedDeleteRecords>;
  private readonly actions: PendingActions;
  private readonly alterPartitions: AlterPartitionManager;
  private readonly fetchers: ReplicaFetcherManager;
  private readonly appender: RecordAppender;
  private readonly reader: RecordReader;
  private readonly deleter: RecordDeleter;
  private readonly host: PartitionHost;
  private readonly isrExpiration: Timer;
  private readonly logDirFailure: Timer;
  private hasSeenMetadata = false;
  private logDirFailed = false;

  constructor(options: ReplicaManagerOptions) {
    const { env, brokerId, config, image, brokerEpoch } = options;
    this.options = options;
    this.registry = new PartitionRegistry(image);
    this.producePurgatory = new Purgatory("produce-purgatory", env.clock, env.timers);
    this.fetchPurgatory = new Purgatory("fetch-purgatory", env.clock, env.timers);
    this.deletePurgatory = new Purgatory("delete-records-purgatory", env.clock, env.timers);
    this.actions = new PendingActions({
      timers: env.timers,
      produce: this.producePurgatory,
      fetch: this.fetchPurgatory,
      deleteRecords: this.deletePurgatory,
      tellsOfFollowers: env.bugs["complete-by-offset-alone"],
    });
    const afterResponse = (): void => this.actions.run();
    this.alterPartitions = new AlterPartitionManager({
      env,
      brokerId,
      brokerEpoch,
      controllerChannel: options.controllerChannel,
      afterResponse,
    });
    const onStorageError = (): void => this.handleLogDirFailure();
    this.fetchers = new ReplicaFetcherManager({
      env,
      brokerId,
      brokerEpoch,
      config,
      cluster: image,
      onStorageError,
      afterResponse,
    });
    this.appender = new RecordAppender({
      trace: env.trace,
      marks: env.marks,
      registry: this.registry,
      purgatory: this.producePurgatory,
      onStorageError,
      afterFlush: afterResponse,
    });
    this.reader = new RecordReader({
      brokerId,
      cluster: image,
      registry: this.registry,
      purgatory: this.fetchPurgatory,
      rackAware: isRackAware(config["replica.selector.class"]),
    });
    this.deleter = new RecordDeleter(this.registry, this.deletePurgatory);
    this.host = {
      env,
      brokerId,
      brokerEpoch,
      cluster: image,
      alterPartition: this.alterPartitions,
      maxLagMs: config["replica.lag.time.max.ms"],
      partitionChanged: (partition, events) => this.actions.partitionChanged(partition, events),
    };
    this.isrExpiration = env.timers.create("isr-expiration", () => this.expireIsrs());
    this.logDirFailure = env.timers.create("log-dir-failure", () => this.takeOffline());
  }

  /** Begins periodic work. */
  start(): void {
    this.isrExpiration.arm(this.nextIsrExpirationMs());
  }

  /** Ends fetching and periodic work; what waits is dropped with its connection. The log manager flushes later. */
  shutdown(): void {
    this.isrExpiration.cancel();
    this.logDirFailure.cancel();
    this.fetchers.shutdown();
    this.alterPartitions.shutdown();
    this.producePurgatory.clear();
    this.fetchPurgatory.clear();
    this.deletePurgatory.clear();
  }

  addListener(listener: ReplicaListener): void {
    this.actions.addListener(listener);
  }

  /** The replica held here, whether online or not. */
  getPartition(topic: string, partition: number): Partition | undefined {
    return this.registry.get(topicPartitionKey(topic, partition));
  }

  /** The replica, or the error a request for it is answered with. */
  findPartition(topic: string, partition: number): Partition | ErrorCode {
    return this.registry.find(topic, partition);
  }

  /** All replicas held here, in the order in which they came. */
  partitions(): readonly Partition[] {
    return [...this.registry.values()];
  }

  /** Does a fetcher follow the leader of this replica? */
  isFetching(partition: Partition): boolean {
    return this.fetchers.isFetching(partition);
  }

  /** Replicas that follow nobody any more, since what the leader sent did not fit their logs (KIP-461). */
  get failedPartitions(): ReadonlySet<Partition> {
    return this.fetchers.failedPartitions;
  }

  /** Retention moved the start of a log. */
  onLogStartMoved(log: Log): void {
    const partition = this.registry.get(log.key);
    if (partition !== undefined) this.fetchers.logStartMoved(partition);
  }

  // ── Requests ──────────────────────────────────────────────────────────────────────────────────────────────────────

  appendRecords(request: AppendRequest): void {
    this.appender.append(request);
    this.actions.run();
  }

  /** Appends a coordinator's batch; whoever waits for it is woken after the coordinator's step, not within. */
  appendForCoordinator(
    topic: string,
    partition: number,
    batch: Uint8Array,
    expectedLeaderEpoch: LeaderEpoch,
  ): CoordinatorAppendResult {
    const result = this.appender.appendForCoordinator(topic, partition, batch, expectedLeaderEpoch);
    this.actions.runLater();
    return result;
  }

  /** Reads `entries`; `onComplete` is called once, now or within the wait, with the results in the entries. */
  fetchMessages(params: FetchParams, entries: readonly FetchPartition[], onComplete: () => void): void {
    this.reader.fetch(params, entries, onComplete);
    this.actions.run();
  }

  lastOffsetForLeaderEpoch(
    topic: string,
    partition: number,
    currentLeaderEpoch: LeaderEpoch,
    leaderEpoch: LeaderEpoch,
  ): LeaderEpochEndOffset {
    const found = this.registry.find(topic, partition);
    if (typeof found === "number") return { error: found, leaderEpoch: -1, endOffset: -1 };
    return lastOffsetForLeaderEpoch(found, currentLeaderEpoch, leaderEpoch);
  }

  /** See `listOffset`: `isolation` undefined is a follower's view. */
  listOffset(
    topic: string,
    partition: number,
    timestamp: number,
    isolation: Exclude<FetchIsolation, "log-end"> | undefined,
    currentLeaderEpoch: LeaderEpoch,
    requireLeader = true,
  ): ListedOffset {
    const found = this.registry.find(topic, partition);
    if (typeof found === "number") return { error: found, timestampMs: -1, offset: -1, leaderEpoch: -1 };
    return listOffset(found, timestamp, isolation, currentLeaderEpoch, requireLeader);
  }

  deleteRecords(
    timeoutMs: number,
    entries: readonly DeleteRecordsEntry[],
    onComplete: (results: readonly DeleteRecordsResult[]) => void,
  ): void {
    this.deleter.delete(timeoutMs, entries, onComplete);
    this.actions.run();
  }

  // ── Metadata ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Acts on what changed in the image, which must hold the changes already. */
  applyDelta(delta: ReplicationDelta): void {
    if (!this.hasSeenMetadata) this.deleteStrayLogs();
    this.hasSeenMetadata = true;
    const { brokerId } = this.options;
    const leading: PartitionChange[] = [];
    const following: PartitionChange[] = [];
    // Replicas that leave go first: a topic created again under the same name needs their place.
    for (const change of delta.changedPartitions) {
      const after = change.after;
      if (after === undefined || !after.replicas.includes(brokerId)) this.removeReplica(change);
      else if (after.leader === brokerId) leading.push(change);
      else following.push(change);
    }
    for (const change of leading) this.becomeLeader(change);
    for (const change of following) this.becomeFollower(change);
    this.fetchers.startFetching();
    this.applyConfigs(delta.changedConfigs);
    this.actions.run();
  }

  /** A disk failed: nothing more can be trusted to be written in the only log directory. Safe to call anywhere. */
  handleLogDirFailure(): void {
    if (this.logDirFailed) return;
    this.logDirFailed = true;
    // The failure is noticed deep inside an append or a flush: act when that step is over.
    this.logDirFailure.arm(0);
  }

  private becomeLeader(change: PartitionChange): void {
    const partition = this.getOrCreate(change);
    const registration = change.after;
    if (partition === undefined || registration === undefined) return;
    this.fetchers.remove(partition);
    const epochBefore = partition.leaderEpoch;
    partition.makeLeader(registration);
    const log = partition.log;
    if (partition.leaderEpoch === epochBefore || log === undefined) return;
    const { topic, leaderEpoch } = partition;
    this.actions.notify((listener) => listener.onLeadership?.(topic, partition.partition, leaderEpoch, log));
  }

  private becomeFollower(change: PartitionChange): void {
    // Also with a dead leader: the replica's high watermark must stay in the checkpoint file (KAFKA-1647).
    if (this.options.env.bugs["forget-high-watermark"] && change.after?.leader === NO_LEADER) {
      if (this.getPartition(change.topic, change.partition) === undefined) return;
    }
    const partition = this.getOrCreate(change);
    const registration = change.after;
    if (partition === undefined || registration === undefined) return;
    const wasLeader = partition.isLeader;
    const isNewLeaderEpoch = partition.makeFollower(registration);
    if (wasLeader && !partition.isLeader) this.notifyResigned(partition);
    const isLeaving = this.options.image.brokers.get(this.options.brokerId)?.inControlledShutdown === true;
    const isOutOfIsr = registration.leader === NO_LEADER || !registration.isr.includes(this.options.brokerId);
    // A broker on its way out that has been dropped from the ISR need not keep up any more.
    if (registration.leader === NO_LEADER || (isLeaving && isOutOfIsr)) this.fetchers.remove(partition);
    else if (isNewLeaderEpoch) this.fetchers.add(partition);
  }

  private removeReplica(change: PartitionChange): void {
    const partition = this.getPartition(change.topic, change.partition);
    if (partition === undefined || partition.topicId !== change.topicId) return;
    const wasLeader = partition.isLeader;
    this.fetchers.remove(partition);
    this.registry.delete(partition);
    partition.release("deleted");
    if (!this.logDirFailed) this.options.logManager.delete(partition.key);
    if (wasLeader) this.notifyResigned(partition);
    this.actions.notify((listener) => listener.onDeleted?.(partition.topic, partition.partition));
  }

  private notifyResigned(partition: Partition): void {
    const { topic, leaderEpoch } = partition;
    this.actions.notify((listener) => listener.onResigned?.(topic, partition.partition, leaderEpoch));
  }

  /** The replica with its log; undefined if it is offline. */
  private getOrCreate(change: PartitionChange): Partition | undefined {
    const existing = this.getPartition(change.topic, change.partition);
    if (existing !== undefined) return existing.isOffline ? undefined : existing;
    const partition = new Partition(change.topic, change.topicId, change.partition, this.host);
    const settings = this.options.topicSettings(change.topic);
    partition.minInsyncReplicas = settings.minInsyncReplicas;
    this.registry.put(partition);
    if (this.logDirFailed) {
      partition.release("offline");
      return undefined;
    }
    const { logManager } = this.options;
    partition.attachLog(logManager.getOrCreate(change.topic, change.partition, change.topicId, settings.log));
    return partition;
  }

  private applyConfigs(changed: readonly string[]): void {
    if (changed.length === 0) return;
    const affectsAll = changed.some((resource) => resource.startsWith("broker:"));
    const resources = new Set(changed);
    for (const partition of this.registry.values()) {
      if (!affectsAll && !resources.has(`topic:${partition.topic}`)) continue;
      const settings = this.options.topicSettings(partition.topic);
      partition.minInsyncReplicas = settings.minInsyncReplicas;
      // The high watermark does not move for it, as in Kafka: a lower minimum counts from the next append, fetch or
      // change of the ISR on.
      partition.log?.updateConfig(settings.log);
    }
  }

  /** Logs of topics deleted, or replicas moved away, while this broker was down. */
  private deleteStrayLogs(): void {
    const { logManager, image, brokerId } = this.options;
    for (const log of logManager.all()) {
      const isOurs = image.partition(log.topic, log.partition)?.replicas.includes(brokerId) === true;
      const topicId = image.topics.get(log.topic)?.topicId;
      if (!isOurs || topicId !== log.topicId) logManager.delete(log.key);
    }
  }

  private takeOffline(): void {
    for (const partition of this.registry.values()) {
      const wasLeader = partition.isLeader;
      this.fetchers.remove(partition);
      partition.release("offline");
      if (wasLeader) this.notifyResigned(partition);
    }
    this.fetchers.shutdown();
    this.actions.run();
    this.options.onAllLogDirsFailed?.();
  }

  // ── Periodic work ─────────────────────────────────────────────────────────────────────────────────────────────────

  private nextIsrExpirationMs(): number {
    // Half the allowed lag: a follower is dropped between once and one and a half times of it.
    const intervalMs = Math.max(1, Math.floor(this.options.config["replica.lag.time.max.ms"] / 2));
    return this.options.env.buggify.strikes("early-isr-check") ? Math.min(EARLY_CHECK_MS, intervalMs) : intervalMs;
  }

  private expireIsrs(): void {
    for (const partition of this.registry.values()) partition.maybeShrinkIsr();
    this.isrExpiration.arm(this.nextIsrExpirationMs());
    this.actions.run();
  }
}
