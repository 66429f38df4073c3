// Position resolver: gives every assigned partition a position, and proves positions after a change of leader.
//   INITIALIZING: the committed offset, else the reset policy
//   AWAIT_RESET: the beginning or end of the log, asked of the leader (ListOffsets)
//   AWAIT_VALIDATION: does the leader's log still hold what we read? (OffsetForLeaderEpoch, KIP-320)
// Without the last a consumer would read on after an unclean election as if nothing had been lost.

import type { ConsumerConfig } from "../config/client-config.js";
import type { Environment, Timer } from "../environment.js";
import { Errors } from "../errors.js";
import { APIS } from "../protocol/apis.js";
import type { RequestOutcome } from "../protocol/network-client.js";
import { type LeaderEpoch, NO_EPOCH, type NodeEndpoint, type NodeId, type Offset } from "../types.js";
import type { ClientMetadata } from "./client-metadata.js";
import type { ClientNetwork } from "./client-network.js";
import type { ConsumerError, OffsetAndEpoch } from "./consumer-record.js";
import type { OffsetCommits } from "./offset-commits.js";
import { EARLIEST_TIMESTAMP, LATEST_TIMESTAMP, type OffsetLookup } from "./offset-lookup.js";
import type { AssignedPartition, ResetStrategy, SubscriptionState } from "./subscription-state.js";

const FOR_EVER_MS = 1_000_000_000_000;

export interface PositionResolverHooks {
  /** A partition became fetchable. */
  readonly onResolved: () => void;
  readonly onError: (error: ConsumerError) => void;
}

export class PositionResolver {
  private readonly env: Environment;
  private readonly network: ClientNetwork;
  private readonly metadata: ClientMetadata;
  private readonly subscription: SubscriptionState;
  private readonly lookup: OffsetLookup;
  private readonly commits: OffsetCommits | undefined;
  private readonly hooks: PositionResolverHooks;
  private readonly resetStrategy: ResetStrategy | undefined;
  private readonly retryBackoffMs: number;
  private readonly groupId: string;
  private readonly timer: Timer;
  /** Partitions a question is out for. */
  private readonly asking = new Set<AssignedPartition>();

  /** @param commits undefined for a consumer without a group: it has no committed offsets */
  constructor(
    env: Environment,
    network: ClientNetwork,
    metadata: ClientMetadata,
    subscription: SubscriptionState,
    config: ConsumerConfig,
    lookup: OffsetLookup,
    commits: OffsetCommits | undefined,
    hooks: PositionResolverHooks,
  ) {
    this.env = env;
    this.network = network;
    this.metadata = metadata;
    this.subscription = subscription;
    this.lookup = lookup;
    this.commits = commits;
    this.hooks = hooks;
    const strategy = config["auto.offset.reset"];
    this.resetStrategy = strategy === "none" ? undefined : (strategy as ResetStrategy);
    this.retryBackoffMs = config["retry.backoff.ms"];
    this.groupId = config["group.id"];
    this.timer = env.timers.create("position-resolver", () => this.advance());
  }

  /** Looks after the present handler: an application that assigns and then seeks needs no reset in between. */
  schedule(): void {
    this.timer.arm(0);
  }

  /** Does what can be done now for partitions without a proven position. */
  advance(): void {
    const nowMs = this.env.clock.monotonicMs();
    const initializing: AssignedPartition[] = [];
    const validating: AssignedPartition[] = [];
    let wakeMs = Number.MAX_SAFE_INTEGER;
    for (const partition of this.subscription.assigned) {
      if (this.asking.has(partition) || partition.isHalted) continue;
      if (partition.retryAtMs > nowMs) {
        if (partition.state !== "FETCHING") wakeMs = Math.min(wakeMs, partition.retryAtMs);
        continue;
      }
      if (partition.state === "INITIALIZING") initializing.push(partition);
      else if (partition.state === "AWAIT_RESET") this.reset(partition);
      else if (partition.state === "AWAIT_VALIDATION") validating.push(partition);
    }
    if (wakeMs < Number.MAX_SAFE_INTEGER) this.timer.arm(wakeMs - nowMs);
    if (initializing.length > 0) this.initialize(initializing);
    if (validating.length > 0) this.validate(validating);
  }

  close(): void {
    this.timer.cancel();
  }

  private initialize(partitions: readonly AssignedPartition[]): void {
    const { commits } = this;
    if (commits === undefined) {
      for (const partition of partitions) this.resetByPolicy(partition);
      this.advance();
      return;
    }
    for (const partition of partitions) this.asking.add(partition);
    commits.fetchCommitted(partitions, FOR_EVER_MS, (result) => {
      for (const partition of partitions) {
        this.asking.delete(partition);
        if (!partition.isAssigned || partition.state !== "INITIALIZING") continue;
        const committed = result.ok ? result.offsets.get(partition.key) : undefined;
        if (!result.ok) {
          partition.retryAtMs = this.env.clock.monotonicMs() + this.retryBackoffMs;
        } else if (committed === undefined) {
          this.resetByPolicy(partition);
        } else {
          this.trace(partition, -1, committed.offset, "committed");
          this.seekCommitted(partition, committed);
        }
      }
      this.subscription.maybeValidatePositions(this.metadata);
      this.hooks.onResolved();
      this.advance();
    });
  }

  private seekCommitted(partition: AssignedPartition, { offset, leaderEpoch }: OffsetAndEpoch): void {
    const { topic } = partition;
    // Whoever committed may have read from a leader we have not heard of.
    this.metadata.noteLeaderEpoch(topic, partition.partition, leaderEpoch);
    const known = this.metadata.partition(topic, partition.partition);
    partition.seekUnvalidated(offset, leaderEpoch, known?.leaderEpoch ?? NO_EPOCH);
  }

  private resetByPolicy(partition: AssignedPartition): void {
    if (this.resetStrategy !== undefined) {
      partition.requestReset(this.resetStrategy);
      return;
    }
    partition.isHalted = true;
    this.hooks.onError({ name: "NoOffsetForPartition", topic: partition.topic, partition: partition.partition });
  }

  private reset(partition: AssignedPartition): void {
    const strategy = partition.resetStrategy ?? "latest";
    const { topic, version } = partition;
    const timestamp = strategy === "earliest" ? EARLIEST_TIMESTAMP : LATEST_TIMESTAMP;
    this.asking.add(partition);
    this.lookup.lookup([{ topic, partition: partition.partition, timestamp }], FOR_EVER_MS, (answer) => {
      this.asking.delete(partition);
      if (!partition.isAssigned || partition.version !== version) {
        this.advance();
        return;
      }
      if (answer.error !== Errors.NONE || answer.offset < 0) {
        partition.retryAtMs = this.env.clock.monotonicMs() + this.retryBackoffMs;
        this.advance();
        return;
      }
      if (strategy === "latest" && this.env.trace.enabled) {
        const endOffset = answer.offset;
        this.env.trace.emit({ type: "consumer.end-offset", topic, partition: partition.partition, endOffset });
      }
      this.trace(partition, partition.offset, answer.offset, strategy);
      this.adopt(partition, answer.offset, answer.leaderEpoch);
    });
  }

  /**
   * Takes a position a leader named. Nothing before it was read, so nothing that was read can be truncated: it has no
   * epoch and is not validated. The epoch the leader named only says how new a leader there is.
   */
  private adopt(partition: AssignedPartition, offset: Offset, leaderEpoch: LeaderEpoch): void {
    const known = this.metadata.partition(partition.topic, partition.partition);
    partition.seekValidated(offset, NO_EPOCH);
    partition.leader = known?.leader ?? -1;
    partition.leaderEpoch = known?.leaderEpoch ?? -1;
    this.metadata.noteLeaderEpoch(partition.topic, partition.partition, leaderEpoch);
    this.hooks.onResolved();
  }

  private validate(partitions: readonly AssignedPartition[]): void {
    const byLeader = new Map<NodeId, { node: NodeEndpoint; partitions: AssignedPartition[] }>();
    for (const partition of partitions) {
      const leader = this.metadata.leaderOf(partition.topic, partition.partition);
      if (leader === undefined) {
        this.metadata.requestUpdate();
        continue;
      }
      const group = byLeader.get(leader.id);
      if (group === undefined) byLeader.set(leader.id, { node: leader, partitions: [partition] });
      else group.partitions.push(partition);
    }
    for (const leaderId of [...byLeader.keys()].sort((a, b) => a - b)) {
      const group = byLeader.get(leaderId)!;
      this.sendEpochRequest(group.node, group.partitions);
    }
  }

  private sendEpochRequest(node: NodeEndpoint, partitions: readonly AssignedPartition[]): void {
    const topics: {
      topic: string;
      partitions: { partition: number; currentLeaderEpoch: number; leaderEpoch: number }[];
    }[] = [];
    const versions = partitions.map((partition) => partition.version);
    for (const { topic, partition, leaderEpoch, offsetEpoch } of partitions) {
      const entry = { partition, currentLeaderEpoch: leaderEpoch, leaderEpoch: offsetEpoch };
      const last = topics[topics.length - 1];
      if (last !== undefined && last.topic === topic) last.partitions.push(entry);
      else topics.push({ topic, partitions: [entry] });
    }
    for (const partition of partitions) this.asking.add(partition);
    const body = APIS.OffsetForLeaderEpoch.request.create({ replicaId: -1, topics });
    this.network.send(node, "OffsetForLeaderEpoch", body, (outcome) => {
      partitions.forEach((partition, index) => {
        this.asking.delete(partition);
        if (!partition.isAssigned || partition.version !== versions[index]) return;
        this.handleEpochAnswer(partition, outcome);
      });
      this.hooks.onResolved();
      this.advance();
    });
  }

  private handleEpochAnswer(partition: AssignedPartition, outcome: RequestOutcome<"OffsetForLeaderEpoch">): void {
    const topic = outcome.ok ? outcome.body.topics.find((entry) => entry.topic === partition.topic) : undefined;
    const answer = topic?.partitions.find((entry) => entry.partition === partition.partition);
    if (answer === undefined || answer.errorCode !== Errors.NONE) {
      // Fenced or unknown epoch, not the leader, no answer: the picture of the cluster is wrong.
      partition.retryAtMs = this.env.clock.monotonicMs() + this.retryBackoffMs;
      this.metadata.requestUpdate();
      return;
    }
    const hasDiverged = answer.leaderEpoch < 0 || answer.endOffset < 0;
    if (hasDiverged) this.handleTruncation(partition, undefined);
    else if (answer.endOffset < partition.offset) this.handleTruncation(partition, answer);
    else partition.completeValidation();
  }

  /** The log of the leader ends, for our epoch, before our position: records we read are gone. */
  private handleTruncation(
    partition: AssignedPartition,
    divergent: { readonly endOffset: Offset; readonly leaderEpoch: LeaderEpoch } | undefined,
  ): void {
    const { topic, offset } = partition;
    this.env.marks.reached("consumer-position-truncated");
    if (this.resetStrategy === undefined) {
      partition.isHalted = true;
      const divergentOffset = divergent?.endOffset;
      this.hooks.onError({ name: "LogTruncation", topic, partition: partition.partition, offset, divergentOffset });
    } else if (divergent === undefined) {
      partition.requestReset(this.resetStrategy);
    } else {
      this.trace(partition, offset, divergent.endOffset, "truncation");
      const { leader, leaderEpoch } = partition;
      partition.seekValidated(divergent.endOffset, divergent.leaderEpoch);
      partition.leader = leader;
      partition.leaderEpoch = leaderEpoch;
    }
  }

  private trace(
    partition: AssignedPartition,
    from: Offset,
    to: Offset,
    reason: "committed" | ResetStrategy | "truncation",
  ): void {
    if (!this.env.trace.enabled) return;
    const { topic } = partition;
    this.env.trace.emit({
      type: "consumer.position-reset",
      group: this.groupId,
      topic,
      partition: partition.partition,
      from,
      to,
      reason,
    });
  }
}
