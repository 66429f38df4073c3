// Fetcher: keeps a consumer supplied with records, a little ahead of the application.
// One fetch at a time goes to each broker, for all partitions to be read there that have nothing buffered; sessions
// keep repeated fetches small (KIP-227). Errors that mean "ask somebody else" refresh the metadata; an offset the
// leader does not have is reset or reported. The consumer calls it; it changes positions only by what was handed over.

import type { ConsumerConfig } from "../config/client-config.js";
import type { Environment, Timer } from "../environment.js";
import { type ErrorCode, Errors } from "../errors.js";
import type { RequestBody, ResponseBody } from "../protocol/apis.js";
import { FetchSessionHandler } from "../protocol/fetch-session-handler.js";
import type { RequestOutcome } from "../protocol/network-client.js";
import { type NodeEndpoint, type NodeId, topicPartitionKey, type TopicPartitionKey, ZERO_UUID } from "../types.js";
import type { ClientMetadata } from "./client-metadata.js";
import type { ClientNetwork } from "./client-network.js";
import { CompletedFetch } from "./completed-fetch.js";
import type { ConsumedRecord, ConsumerError } from "./consumer-record.js";
import type { AssignedPartition, ResetStrategy, SubscriptionState } from "./subscription-state.js";

type FetchResponse = ResponseBody<"Fetch">;
type PartitionData = FetchResponse["responses"][number]["partitions"][number];

/** What one request asked of one partition. */
interface Asked {
  readonly partition: AssignedPartition;
  readonly version: number;
  readonly offset: number;
  readonly fromPreferredReplica: boolean;
}

interface NodeFetch {
  readonly session: FetchSessionHandler;
  isInFlight: boolean;
  asked: ReadonlyMap<TopicPartitionKey, Asked>;
}

/** What one broker is to be asked for. */
interface Wanted {
  readonly node: NodeEndpoint;
  readonly partitions: AssignedPartition[];
}

const NOTHING_ASKED: ReadonlyMap<TopicPartitionKey, Asked> = new Map();

const CONSUMER_REPLICA_ID = -1;

export class Fetcher {
  private readonly env: Environment;
  private readonly network: ClientNetwork;
  private readonly metadata: ClientMetadata;
  private readonly subscription: SubscriptionState;
  private readonly config: ConsumerConfig;
  private readonly isolationLevel: number;
  private readonly resetStrategy: ResetStrategy | undefined;
  private readonly onData: () => void;
  private readonly onNeedsReset: () => void;
  private readonly onError: (error: ConsumerError) => void;
  private readonly timer: Timer;
  private readonly nodes = new Map<NodeId, NodeFetch>();
  private buffered: CompletedFetch[] = [];
  private isClosed = false;

  /**
   * @param onData records arrived
   * @param onNeedsReset a partition waits for a new position
   */
  constructor(
    env: Environment,
    network: ClientNetwork,
    metadata: ClientMetadata,
    subscription: SubscriptionState,
    config: ConsumerConfig,
    hooks: {
      readonly onData: () => void;
      readonly onNeedsReset: () => void;
      readonly onError: (e: ConsumerError) => void;
    },
  ) {
    this.env = env;
    this.network = network;
    this.metadata = metadata;
    this.subscription = subscription;
    this.config = config;
    this.isolationLevel = config["isolation.level"] === "read_committed" ? 1 : 0;
    const strategy = config["auto.offset.reset"];
    this.resetStrategy = strategy === "none" ? undefined : (strategy as ResetStrategy);
    this.onData = hooks.onData;
    this.onNeedsReset = hooks.onNeedsReset;
    this.onError = hooks.onError;
    this.timer = env.timers.create("fetch", () => this.sendFetches());
  }

  /** True if `take` would hand something over. */
  get hasRecords(): boolean {
    return this.buffered.some((fetch) => this.isCurrent(fetch) && fetch.partition.isFetchable && !fetch.isExhausted);
  }

  /** Hands over up to `limit` buffered records, partition by partition, and moves positions behind them. */
  take(limit: number): ConsumedRecord[] {
    const records: ConsumedRecord[] = [];
    for (const fetch of this.buffered) {
      if (records.length >= limit) break;
      const { partition } = fetch;
      if (!this.isCurrent(fetch) || !partition.isFetchable) continue;
      fetch.take(limit - records.length, records);
      partition.offset = fetch.nextOffset;
      if (fetch.lastEpoch >= 0) partition.offsetEpoch = fetch.lastEpoch;
      if (fetch.error === Errors.NONE) continue;
      partition.isHalted = true;
      const { topic, offset } = partition;
      this.onError({ name: "CorruptRecord", topic, partition: partition.partition, offset });
    }
    this.dropFinished();
    return records;
  }

  /** Sends a fetch to every broker that has none in flight and something we want. */
  sendFetches(): void {
    if (this.isClosed) return;
    const nowMs = this.env.clock.monotonicMs();
    this.dropFinished();
    let wakeMs = Number.MAX_SAFE_INTEGER;
    const wanted: Wanted[] = [];
    for (const partition of this.subscription.assigned) {
      if (!partition.isFetchable || partition.hasBufferedData) continue;
      if (partition.retryAtMs > nowMs) {
        wakeMs = Math.min(wakeMs, partition.retryAtMs);
        continue;
      }
      const node = this.nodeFor(partition, nowMs);
      if (node === undefined) {
        this.metadata.requestUpdate();
        continue;
      }
      if (this.nodes.get(node.id)?.isInFlight === true) continue;
      if (this.network.isBackingOff(node.id)) {
        wakeMs = Math.min(wakeMs, nowMs + Math.max(1, this.network.backoffRemainingMs(node.id)));
        continue;
      }
      const group = wanted.find((each) => each.node.id === node.id);
      if (group === undefined) wanted.push({ node, partitions: [partition] });
      else group.partitions.push(partition);
    }
    wanted.sort((a, b) => a.node.id - b.node.id);
    for (const { node, partitions } of wanted) this.sendFetch(node, partitions);
    if (wakeMs < Number.MAX_SAFE_INTEGER) this.timer.arm(wakeMs - nowMs);
  }

  /** Forgets what was buffered of partitions that are no longer assigned or moved. */
  dropStale(): void {
    this.dropFinished();
  }

  /** Stops, and tells the brokers to drop our sessions. */
  close(): void {
    this.isClosed = true;
    this.timer.cancel();
    this.buffered = [];
    for (const nodeId of [...this.nodes.keys()].sort((a, b) => a - b)) {
      const node = this.metadata.node(nodeId);
      const { session, isInFlight } = this.nodes.get(nodeId)!;
      if (node === undefined || isInFlight || session.size === 0) continue;
      session.retain(new Set());
      session.notifyClose();
      this.network.send(node, "Fetch", this.createRequest(session), () => {});
    }
  }

  private nodeFor(partition: AssignedPartition, nowMs: number): NodeEndpoint | undefined {
    if (partition.preferredReadReplica >= 0) {
      const preferred = this.preferredNode(partition);
      const hasExpired = nowMs >= partition.preferredUntilMs;
      if (preferred !== undefined && !hasExpired) return preferred;
      partition.preferredReadReplica = -1;
      // Else the leader, which knows the replica, would send us there again and again.
      if (!hasExpired) this.metadata.requestUpdate();
    }
    return this.metadata.leaderOf(partition.topic, partition.partition);
  }

  /** Where the preferred replica listens; undefined if metadata does not know it there, or says it is offline. */
  private preferredNode({ topic, partition, preferredReadReplica }: AssignedPartition): NodeEndpoint | undefined {
    const known = this.metadata.partition(topic, partition);
    const isOnline =
      known?.replicas.includes(preferredReadReplica) && !known.offlineReplicas.includes(preferredReadReplica);
    return isOnline ? this.metadata.node(preferredReadReplica) : undefined;
  }

  private sendFetch(node: NodeEndpoint, partitions: readonly AssignedPartition[]): void {
    let nodeFetch = this.nodes.get(node.id);
    if (nodeFetch === undefined) {
      nodeFetch = { session: new FetchSessionHandler(), isInFlight: false, asked: NOTHING_ASKED };
      this.nodes.set(node.id, nodeFetch);
    }
    const asked = new Map<TopicPartitionKey, Asked>();
    for (const partition of partitions) {
      const { topic, key, offset, version } = partition;
      const fromPreferredReplica = partition.preferredReadReplica === node.id;
      asked.set(key, { partition, version, offset, fromPreferredReplica });
      const position = {
        topic,
        topicId: this.metadata.topic(topic)?.topicId ?? ZERO_UUID,
        partition: partition.partition,
        fetchOffset: offset,
        currentLeaderEpoch: partition.leaderEpoch,
        lastFetchedEpoch: -1,
        logStartOffset: -1,
        maxBytes: this.config["max.partition.fetch.bytes"],
      };
      nodeFetch.session.put(position, key);
    }
    nodeFetch.session.retain(asked);
    nodeFetch.isInFlight = true;
    nodeFetch.asked = asked;
    const sentTo = nodeFetch;
    const request = this.createRequest(nodeFetch.session);
    this.network.send(node, "Fetch", request, (outcome) => this.handleOutcome(sentTo, outcome));
  }

  private createRequest(session: FetchSessionHandler): RequestBody<"Fetch"> {
    const { sessionId, sessionEpoch, topics, forgottenTopicsData } = session.build();
    return {
      clusterId: null,
      replicaId: CONSUMER_REPLICA_ID,
      replicaState: { replicaId: CONSUMER_REPLICA_ID, replicaEpoch: -1 },
      maxWaitMs: this.config["fetch.max.wait.ms"],
      minBytes: this.config["fetch.min.bytes"],
      maxBytes: this.config["fetch.max.bytes"],
      isolationLevel: this.isolationLevel,
      sessionId,
      sessionEpoch,
      topics,
      forgottenTopicsData,
      rackId: this.config["client.rack"],
    };
  }

  private handleOutcome(nodeFetch: NodeFetch, outcome: RequestOutcome<"Fetch">): void {
    nodeFetch.isInFlight = false;
    const { asked } = nodeFetch;
    nodeFetch.asked = NOTHING_ASKED;
    if (this.isClosed) return;
    if (!outcome.ok) {
      nodeFetch.session.handleError();
      for (const { partition } of asked.values()) partition.preferredReadReplica = -1;
      this.metadata.requestUpdate();
    } else if (nodeFetch.session.handleResponse(outcome.body)) {
      this.handleResponse(asked, outcome.body);
    } else if (outcome.body.errorCode === Errors.FETCH_SESSION_TOPIC_ID_ERROR) {
      this.metadata.requestUpdate();
    }
    this.sendFetches();
    if (this.hasRecords) this.onData();
  }

  private handleResponse(asked: ReadonlyMap<TopicPartitionKey, Asked>, body: FetchResponse): void {
    let hasNewLeader = false;
    for (const topicData of body.responses) {
      const topic = topicData.topic !== "" ? topicData.topic : this.metadata.topicName(topicData.topicId);
      for (const data of topicData.partitions) {
        const question = asked.get(topicPartitionKey(topic, data.partitionIndex));
        if (question === undefined) continue;
        const { partition } = question;
        // A late answer: the position moved, or the partition was taken away, while it was on its way.
        const isLate = !partition.isAssigned || partition.version !== question.version;
        if (isLate || partition.offset !== question.offset) continue;
        if (data.errorCode === Errors.NONE) this.handleData(partition, data);
        else this.handleError(question, data.errorCode);
        const leader = data.currentLeader;
        if (leader.leaderId < 0) continue;
        if (this.metadata.applyLeaderHint(topic, data.partitionIndex, leader, body.nodeEndpoints)) hasNewLeader = true;
      }
    }
    if (hasNewLeader) this.metadata.notifyListeners();
  }

  private handleData(partition: AssignedPartition, data: PartitionData): void {
    if (data.highWatermark >= 0) partition.highWatermark = data.highWatermark;
    if (data.lastStableOffset >= 0) partition.lastStableOffset = data.lastStableOffset;
    if (data.logStartOffset >= 0) partition.logStartOffset = data.logStartOffset;
    if (data.preferredReadReplica >= 0) {
      partition.preferredReadReplica = data.preferredReadReplica;
      partition.preferredUntilMs = this.env.clock.monotonicMs() + this.config["metadata.max.age.ms"];
    }
    if (data.records === null || data.records.length === 0) return;
    const aborted = this.isolationLevel === 1 ? (data.abortedTransactions ?? []) : [];
    this.buffered.push(new CompletedFetch(partition, data.records, this.config["check.crcs"], aborted));
    partition.hasBufferedData = true;
  }

  private handleError(question: Asked, error: ErrorCode): void {
    const { partition } = question;
    const { topic, offset } = partition;
    const retryAtMs = this.env.clock.monotonicMs() + this.config["retry.backoff.ms"];
    switch (error) {
      case Errors.OFFSET_OUT_OF_RANGE:
        // A follower may merely be behind: the leader decides.
        if (question.fromPreferredReplica) partition.preferredReadReplica = -1;
        else if (this.resetStrategy !== undefined) {
          partition.requestReset(this.resetStrategy);
          this.onNeedsReset();
        } else {
          partition.isHalted = true;
          this.onError({ name: "OffsetOutOfRange", topic, partition: partition.partition, offset });
        }
        return;
      case Errors.CORRUPT_MESSAGE:
        partition.isHalted = true;
        this.onError({ name: "CorruptRecord", topic, partition: partition.partition, offset });
        return;
      case Errors.UNKNOWN_LEADER_EPOCH:
        // The broker has not heard of the election we know of: it soon will.
        partition.retryAtMs = retryAtMs;
        return;
      default:
        partition.retryAtMs = retryAtMs;
        partition.preferredReadReplica = -1;
        this.metadata.requestUpdate();
    }
  }

  private isCurrent(fetch: CompletedFetch): boolean {
    const { partition } = fetch;
    return partition.isAssigned && partition.version === fetch.version && partition.offset === fetch.nextOffset;
  }

  private dropFinished(): void {
    if (this.buffered.length === 0) return;
    const kept: CompletedFetch[] = [];
    for (const fetch of this.buffered) {
      if (this.isCurrent(fetch) && !fetch.isExhausted) kept.push(fetch);
      else fetch.partition.hasBufferedData = false;
    }
    this.buffered = kept;
  }
}
