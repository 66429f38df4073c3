// Client metadata: a client's picture of the cluster: which brokers live where, and who leads which partition.
// Clients talk to leaders only, so a stale picture costs a refused request and a refresh. The picture is refreshed
// when it grows old, when a topic is unknown, and whenever an answer shows that it is wrong.
// A leader is adopted only if its leader epoch is at least the known one (KIP-320): brokers learn of elections at
// different times, and a late one must not send the client back to a deposed leader. An epoch can also be heard of
// elsewhere, in a committed offset say: from then on the partition has no known leader until an answer is that new.

import type { Environment, Timer } from "../environment.js";
import { type ErrorCode, Errors, refreshesMetadata } from "../errors.js";
import { APIS, type ResponseBody } from "../protocol/apis.js";
import {
  type LeaderEpoch,
  NO_EPOCH,
  NO_LEADER,
  type NodeEndpoint,
  type NodeId,
  type TopicPartitionKey,
  topicPartitionKey,
  type Uuid,
  ZERO_UUID,
} from "../types.js";
import { ExponentialBackoff } from "./backoff.js";
import { type ClientNetwork, type CommonClientConfig, parseBootstrap } from "./client-network.js";
import { leastLoadedNode } from "./least-loaded-node.js";
import { WantedTopics } from "./wanted-topics.js";

export interface PartitionMetadata {
  readonly topic: string;
  readonly partition: number;
  readonly key: TopicPartitionKey;
  /** −1 while there is none. */
  readonly leader: NodeId;
  /** −1 if the broker did not say. */
  readonly leaderEpoch: LeaderEpoch;
  readonly replicas: readonly NodeId[];
  readonly isr: readonly NodeId[];
  readonly offlineReplicas: readonly NodeId[];
}

export interface TopicMetadata {
  readonly topic: string;
  /** ZERO_UUID if the broker did not say. */
  readonly topicId: Uuid;
  readonly isInternal: boolean;
  /** Indexed by partition. */
  readonly partitions: readonly PartitionMetadata[];
}

type MetadataBody = ResponseBody<"Metadata">;
type TopicBody = MetadataBody["topics"][number];

/** Where an answer says the leader is (KIP-951). */
export interface LeaderHint {
  readonly leaderId: NodeId;
  readonly leaderEpoch: LeaderEpoch;
}
interface EndpointHint {
  readonly nodeId: NodeId;
  readonly host: string;
  readonly port: number;
}

/** `metadata.recovery.rebootstrap.trigger.ms` (KIP-1102): silence after which the bootstrap list is tried again. */
const REBOOTSTRAP_AFTER_MS = 300_000;

export class ClientMetadata {
  /** Counts adopted answers. */
  version = 0;
  controllerId: NodeId = -1;
  clusterId: string | null = null;
  private readonly env: Environment;
  private readonly network: ClientNetwork;
  private readonly bootstrap: readonly NodeEndpoint[];
  private readonly maxAgeMs: number;
  private readonly backoff: ExponentialBackoff;
  private readonly allowAutoTopicCreation: boolean;
  private readonly timer: Timer;
  private readonly listeners: (() => void)[] = [];
  private readonly wanted: WantedTopics;
  private readonly asksForNewAlone: boolean;
  private readonly topics = new Map<string, TopicMetadata>();
  private readonly topicNames = new Map<Uuid, string>();
  private readonly topicErrors = new Map<string, ErrorCode>();
  private nodes = new Map<NodeId, NodeEndpoint>();
  private updateNeeded = true;
  private inFlight = false;
  private closed = false;
  private lastRefreshMs = Number.MIN_SAFE_INTEGER;
  private lastSuccessMs = Number.MIN_SAFE_INTEGER;
  private failingSinceMs: number | undefined;
  private failures = 0;
  private refreshBackoffMs = 0;
  /** Answers in a row that told of no new leader epoch: asking again soon would not tell more (KIP-580). */
  private equivalentResponses = 0;

  /** @param maxIdleMs a producer's `metadata.max.idle.ms`; others want a topic until they say otherwise */
  constructor(
    env: Environment,
    network: ClientNetwork,
    config: CommonClientConfig,
    allowAutoTopicCreation: boolean,
    maxIdleMs = Infinity,
  ) {
    this.env = env;
    this.network = network;
    this.bootstrap = parseBootstrap(config["bootstrap.servers"]);
    this.maxAgeMs = config["metadata.max.age.ms"];
    this.backoff = new ExponentialBackoff(env.random, config["retry.backoff.ms"], config["retry.backoff.max.ms"]);
    this.allowAutoTopicCreation = allowAutoTopicCreation;
    this.wanted = new WantedTopics(maxIdleMs);
    this.asksForNewAlone = maxIdleMs < Infinity;
    this.timer = env.timers.create("metadata-refresh", () => this.maybeUpdate());
    // Whoever closed the connection may no longer be what we think it is.
    network.observe({ onDisconnected: () => this.requestUpdate() });
  }

  /** Begins: learns the brokers from the bootstrap list. */
  start(): void {
    this.maybeUpdate();
  }

  /** Calls `listener` after every adopted answer or leader hint, in the order of registration. */
  onUpdate(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** Asks for `topic` from now on, at once if it was not asked for before; in a producer: it is used now. */
  addTopic(topic: string): void {
    if (!this.wanted.use(topic, this.env.clock.monotonicMs())) return;
    this.topicErrors.delete(topic);
    this.requestUpdateForNewTopics();
  }

  /** Asks for exactly these topics from now on. */
  setTopics(topics: readonly string[]): void {
    this.wanted.keepOnly(new Set(topics));
    const added = topics.filter((topic) => this.wanted.use(topic, this.env.clock.monotonicMs()));
    // An error told before the topic was dropped is no answer to asking again.
    for (const topic of added) this.topicErrors.delete(topic);
    if (added.length > 0) this.requestUpdateForNewTopics();
  }

  topic(topic: string): TopicMetadata | undefined {
    return this.topics.get(topic);
  }

  /** The name of a topic id, "" if unknown. */
  topicName(topicId: Uuid): string {
    return this.topicNames.get(topicId) ?? "";
  }

  partition(topic: string, partition: number): PartitionMetadata | undefined {
    return this.topics.get(topic)?.partitions[partition];
  }

  /** What the last answer said about the topic: NONE, or why it is not known. */
  topicError(topic: string): ErrorCode {
    return this.topicErrors.get(topic) ?? Errors.NONE;
  }

  /** True once an answer told of the topic: its partitions, or why there are none. */
  isAnswered(topic: string): boolean {
    return this.topics.has(topic) || this.topicError(topic) !== Errors.NONE;
  }

  node(id: NodeId): NodeEndpoint | undefined {
    return this.nodes.get(id);
  }

  /** All known brokers by id. */
  allNodes(): readonly NodeEndpoint[] {
    return [...this.nodes.values()].sort((a, b) => a.id - b.id);
  }

  /** The leader of a partition if it and its endpoint are known. */
  leaderOf(topic: string, partition: number): NodeEndpoint | undefined {
    const leader = this.partition(topic, partition)?.leader ?? NO_LEADER;
    return leader === NO_LEADER ? undefined : this.nodes.get(leader);
  }

  /** The picture is known to be wrong: refresh it as soon as the backoff allows. */
  requestUpdate(): void {
    this.updateNeeded = true;
    this.maybeUpdate();
  }

  /** The picture lacks the topic, or some of its partitions: as `requestUpdate`, at once if it was never asked for. */
  requestUpdateForTopic(topic: string): void {
    if (this.wanted.isNew(topic)) this.requestUpdateForNewTopics();
    else this.requestUpdate();
  }

  /**
   * Adopts a leader named by a Produce or Fetch answer (KIP-951), if its epoch is newer than the known one.
   * @returns true if the picture changed
   */
  applyLeaderHint(topic: string, partition: number, hint: LeaderHint, endpoints: readonly EndpointHint[]): boolean {
    const known = this.topics.get(topic);
    const current = known?.partitions[partition];
    if (known === undefined || current === undefined) return false;
    if (hint.leaderId < 0 || hint.leaderEpoch <= current.leaderEpoch) return false;
    const endpoint = endpoints.find((candidate) => candidate.nodeId === hint.leaderId);
    if (endpoint !== undefined) {
      this.nodes.set(hint.leaderId, { id: hint.leaderId, host: endpoint.host, port: endpoint.port });
    }
    if (!this.nodes.has(hint.leaderId)) return false;
    const partitions = known.partitions.slice();
    partitions[partition] = { ...current, leader: hint.leaderId, leaderEpoch: hint.leaderEpoch };
    this.topics.set(topic, { ...known, partitions });
    this.version += 1;
    return true;
  }

  /**
   * A leader of `leaderEpoch` exists or existed (KIP-320). If we have not heard of it, the leader we know is a deposed
   * one: it would not know the epoch of an offset committed since, and deny that such a record ever was.
   */
  noteLeaderEpoch(topic: string, partition: number, leaderEpoch: LeaderEpoch): void {
    const known = this.topics.get(topic);
    const current = known?.partitions[partition];
    // Without any known epoch, the next answer is taken as it is, as in Kafka.
    if (known === undefined || current === undefined || current.leaderEpoch === NO_EPOCH) return;
    if (leaderEpoch <= current.leaderEpoch) return;
    const partitions = known.partitions.slice();
    partitions[partition] = { ...current, leader: NO_LEADER, leaderEpoch };
    this.topics.set(topic, { ...known, partitions });
    this.requestUpdate();
  }

  /** Tells the listeners; call it after a round of `applyLeaderHint` that changed something. */
  notifyListeners(): void {
    for (const listener of this.listeners) listener();
  }

  /** A broker for requests any broker may answer; undefined if there is none to be had now. */
  leastLoadedNode(): NodeEndpoint | undefined {
    return leastLoadedNode(this.network, this.candidates, this.env.random).node;
  }

  /** Milliseconds until `leastLoadedNode` may find one again. */
  nodeBackoffRemainingMs(): number {
    let waitMs = 1000;
    for (const node of this.candidates) {
      const remainingMs = this.network.backoffRemainingMs(node.id);
      if (remainingMs > 0) waitMs = Math.min(waitMs, remainingMs);
    }
    return Math.max(waitMs, 1);
  }

  close(): void {
    this.closed = true;
    this.timer.cancel();
  }

  private get candidates(): readonly NodeEndpoint[] {
    return this.nodes.size > 0 ? this.allNodes() : this.bootstrap;
  }

  private requestUpdateForNewTopics(): void {
    // A topic nobody asked about before is not a repeated failure: no backoff.
    this.lastRefreshMs = Number.MIN_SAFE_INTEGER;
    this.equivalentResponses = 0;
    this.maybeUpdate();
  }

  private maybeUpdate(): void {
    if (this.closed || this.inFlight) return;
    const nowMs = this.env.clock.monotonicMs();
    const isRequested = this.updateNeeded || this.wanted.hasNew;
    const expiresInMs = isRequested ? 0 : Math.max(0, this.lastSuccessMs + this.maxAgeMs - nowMs);
    const allowedInMs = Math.max(0, this.lastRefreshMs + this.refreshBackoffMs - nowMs);
    const waitMs = Math.max(expiresInMs, allowedInMs);
    if (waitMs > 0) {
      this.timer.arm(waitMs);
      return;
    }
    let found = leastLoadedNode(this.network, this.candidates, this.env.random);
    if (found.node === undefined && !found.isAnyReady && this.nodes.size > 0) {
      // KIP-899: none of the brokers we know can be reached, and those of the bootstrap list may.
      this.nodes.clear();
      found = leastLoadedNode(this.network, this.candidates, this.env.random);
    }
    if (found.node === undefined) this.timer.arm(this.nodeBackoffRemainingMs());
    else this.send(found.node);
  }

  private send(node: NodeEndpoint): void {
    this.inFlight = true;
    const isAged = this.env.clock.monotonicMs() >= this.lastSuccessMs + this.maxAgeMs;
    // Of old age: what was learnt, or not, the last time says nothing about this one.
    if (isAged) this.equivalentResponses = 0;
    const isPartial = this.asksForNewAlone && !this.updateNeeded && !isAged;
    const asked = isPartial ? this.wanted.newNames() : this.wanted.names();
    const body = APIS.Metadata.request.create({
      topics: asked.map((name) => ({ topicId: ZERO_UUID, name })),
      allowAutoTopicCreation: this.allowAutoTopicCreation,
    });
    this.network.send(node, "Metadata", body, (outcome) => {
      this.inFlight = false;
      if (this.closed) return;
      if (outcome.ok && outcome.body.errorCode !== Errors.REBOOTSTRAP_REQUIRED)
        this.handleResponse(outcome.body, asked, isPartial);
      else this.handleFailure(outcome.ok);
      this.maybeUpdate();
    });
  }

  private handleFailure(mustRebootstrap: boolean): void {
    const nowMs = this.env.clock.monotonicMs();
    this.lastRefreshMs = nowMs;
    this.updateNeeded = true;
    this.refreshBackoffMs = this.backoff.delayMs(this.failures);
    this.failures += 1;
    this.equivalentResponses = 0;
    if (mustRebootstrap) this.nodes.clear();
    else this.maybeRebootstrap(nowMs);
  }

  /** KIP-1102: brokers that all went silent may have moved; the bootstrap list is the only other source. */
  private maybeRebootstrap(nowMs: number): void {
    this.failingSinceMs ??= nowMs;
    if (nowMs - this.failingSinceMs < REBOOTSTRAP_AFTER_MS) return;
    this.failingSinceMs = nowMs;
    this.nodes.clear();
  }

  private handleResponse(body: MetadataBody, asked: readonly string[], isPartial: boolean): void {
    // A broker that is starting may know of none.
    if (body.brokers.length === 0) return this.handleFailure(false);
    const nowMs = this.env.clock.monotonicMs();
    this.lastRefreshMs = nowMs;
    this.failures = 0;
    this.failingSinceMs = undefined;
    if (!isPartial) {
      this.lastSuccessMs = nowMs;
      // Also what was asked for meanwhile: the answer is taken as one to that, as in Kafka.
      this.updateNeeded = false;
    }
    this.wanted.forgetIdle(nowMs);
    this.wanted.answered(asked);
    this.equivalentResponses += 1;
    this.nodes = new Map(
      body.brokers.map((broker) => [broker.nodeId, { id: broker.nodeId, host: broker.host, port: broker.port }]),
    );
    this.controllerId = body.controllerId;
    this.clusterId = body.clusterId;
    let isComplete = true;
    for (const topic of body.topics) {
      if (topic.name !== null && this.wanted.has(topic.name) && !this.adoptTopic(topic.name, topic)) isComplete = false;
    }
    for (const name of this.topics.keys()) if (!this.wanted.has(name)) this.topics.delete(name);
    if (!isComplete || this.env.buggify.strikes("extra-metadata-refresh")) this.updateNeeded = true;
    this.refreshBackoffMs = this.backoff.delayMs(Math.max(0, this.equivalentResponses - 1));
    this.version += 1;
    this.notifyListeners();
  }

  /** @returns false if the answer leaves something to ask again soon */
  private adoptTopic(name: string, body: TopicBody): boolean {
    this.topicErrors.set(name, body.errorCode);
    if (body.errorCode !== Errors.NONE) {
      this.topics.delete(name);
      return !refreshesMetadata(body.errorCode);
    }
    const known = this.topics.get(name);
    // A new id is a new topic under an old name: its epochs start over.
    const isSameTopic = known !== undefined && known.topicId === body.topicId;
    let isComplete = true;
    const partitions: PartitionMetadata[] = [];
    for (const fresh of body.partitions) {
      const current = isSameTopic ? known.partitions[fresh.partitionIndex] : undefined;
      const isNews = current === undefined || fresh.leaderEpoch === NO_EPOCH || fresh.leaderEpoch > current.leaderEpoch;
      if (isNews) this.equivalentResponses = 0;
      const isStale =
        current !== undefined && fresh.leaderEpoch !== NO_EPOCH && fresh.leaderEpoch < current.leaderEpoch;
      const adopted = isStale
        ? current
        : {
            topic: name,
            partition: fresh.partitionIndex,
            key: current?.key ?? topicPartitionKey(name, fresh.partitionIndex),
            leader: fresh.leaderId < 0 ? NO_LEADER : fresh.leaderId,
            leaderEpoch: fresh.leaderEpoch,
            replicas: fresh.replicaNodes,
            isr: fresh.isrNodes,
            offlineReplicas: fresh.offlineReplicas,
          };
      partitions[fresh.partitionIndex] = adopted;
      const hasLeader = fresh.leaderId >= 0 && adopted.leader !== NO_LEADER;
      if (refreshesMetadata(fresh.errorCode) || !hasLeader) isComplete = false;
    }
    if (known !== undefined && !isSameTopic) this.topicNames.delete(known.topicId);
    if (body.topicId !== ZERO_UUID) this.topicNames.set(body.topicId, name);
    this.topics.set(name, { topic: name, topicId: body.topicId, isInternal: body.isInternal, partitions });
    return isComplete;
  }
}
