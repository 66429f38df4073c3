// Offset lookup: asks leaders for offsets by timestamp (ListOffsets), again and again until each answered or time is up.
// Used for resetting positions, for beginning and end offsets, and by the admin client.

import type { Environment, Timer } from "../environment.js";
import { type ErrorCode, Errors, isRetriable } from "../errors.js";
import type { RequestBody, ResponseBody } from "../protocol/apis.js";
import type { RequestOutcome } from "../protocol/network-client.js";
import type { LeaderEpoch, NodeEndpoint, NodeId, Offset, TopicPartition } from "../types.js";
import { ExponentialBackoff } from "./backoff.js";
import type { ClientMetadata } from "./client-metadata.js";
import type { ClientNetwork, CommonClientConfig } from "./client-network.js";

/** ListOffsets timestamps that are not times. */
export const LATEST_TIMESTAMP = -1;
export const EARLIEST_TIMESTAMP = -2;
export const MAX_TIMESTAMP = -3;

export interface OffsetQuery extends TopicPartition {
  readonly timestamp: number;
}

export interface OffsetAnswer extends TopicPartition {
  readonly error: ErrorCode;
  /** −1 if no record is that young. */
  readonly offset: Offset;
  readonly leaderEpoch: LeaderEpoch;
  readonly timestampMs: number;
}

interface Pending {
  readonly query: OffsetQuery;
  readonly deadlineMs: number;
  readonly onAnswer: (answer: OffsetAnswer) => void;
  failures: number;
  retryAtMs: number;
  isInFlight: boolean;
  lastError: ErrorCode;
}

export class OffsetLookup {
  private readonly env: Environment;
  private readonly network: ClientNetwork;
  private readonly metadata: ClientMetadata;
  private readonly isolationLevel: number;
  private readonly requestTimeoutMs: number;
  private readonly backoff: ExponentialBackoff;
  private readonly timer: Timer;
  private pending: Pending[] = [];

  /** @param isolationLevel 0 read_uncommitted, 1 read_committed: what "latest" means */
  constructor(
    env: Environment,
    network: ClientNetwork,
    metadata: ClientMetadata,
    config: CommonClientConfig,
    isolationLevel: number,
  ) {
    this.env = env;
    this.network = network;
    this.metadata = metadata;
    this.isolationLevel = isolationLevel;
    this.requestTimeoutMs = config["request.timeout.ms"];
    this.backoff = new ExponentialBackoff(env.random, config["retry.backoff.ms"], config["retry.backoff.max.ms"]);
    this.timer = env.timers.create("offset-lookup", () => this.advance());
    metadata.onUpdate(() => this.advance());
  }

  /** Asks for each of `queries`; `onAnswer` is called once for each, with an error after `timeoutMs`. */
  lookup(queries: readonly OffsetQuery[], timeoutMs: number, onAnswer: (answer: OffsetAnswer) => void): void {
    const deadlineMs = this.env.clock.monotonicMs() + timeoutMs;
    for (const query of queries) {
      this.metadata.addTopic(query.topic);
      this.pending.push({
        query,
        deadlineMs,
        onAnswer,
        failures: 0,
        retryAtMs: 0,
        isInFlight: false,
        lastError: Errors.REQUEST_TIMED_OUT,
      });
    }
    this.advance();
  }

  private advance(): void {
    if (this.pending.length === 0) return;
    const nowMs = this.env.clock.monotonicMs();
    const expired = this.pending.filter((pending) => !pending.isInFlight && pending.deadlineMs <= nowMs);
    for (const pending of expired) this.finish(pending, Errors.REQUEST_TIMED_OUT);
    let wakeMs = Number.MAX_SAFE_INTEGER;
    const byLeader = new Map<NodeId, { node: NodeEndpoint; pending: Pending[] }>();
    for (const pending of this.pending) {
      if (pending.isInFlight) continue;
      wakeMs = Math.min(wakeMs, pending.deadlineMs);
      if (pending.retryAtMs > nowMs) {
        wakeMs = Math.min(wakeMs, pending.retryAtMs);
        continue;
      }
      const leader = this.metadata.leaderOf(pending.query.topic, pending.query.partition);
      if (leader === undefined) {
        this.metadata.addTopic(pending.query.topic);
        this.metadata.requestUpdate();
        continue;
      }
      const group = byLeader.get(leader.id);
      if (group === undefined) byLeader.set(leader.id, { node: leader, pending: [pending] });
      else group.pending.push(pending);
    }
    for (const leaderId of [...byLeader.keys()].sort((a, b) => a - b)) {
      const { node, pending } = byLeader.get(leaderId)!;
      this.send(node, pending);
    }
    if (wakeMs < Number.MAX_SAFE_INTEGER) this.timer.arm(Math.max(1, wakeMs - nowMs));
  }

  private send(node: NodeEndpoint, group: readonly Pending[]): void {
    const topics: {
      name: string;
      partitions: { partitionIndex: number; currentLeaderEpoch: number; timestamp: number }[];
    }[] = [];
    for (const pending of group) {
      const { topic, partition, timestamp } = pending.query;
      pending.isInFlight = true;
      const currentLeaderEpoch = this.metadata.partition(topic, partition)?.leaderEpoch ?? -1;
      const entry = { partitionIndex: partition, currentLeaderEpoch, timestamp };
      const known = topics.find((candidate) => candidate.name === topic);
      if (known === undefined) topics.push({ name: topic, partitions: [entry] });
      else known.partitions.push(entry);
    }
    const body: RequestBody<"ListOffsets"> = {
      replicaId: -1,
      isolationLevel: this.isolationLevel,
      topics,
      timeoutMs: this.requestTimeoutMs,
    };
    this.network.send(node, "ListOffsets", body, (outcome) => this.handleOutcome(group, outcome));
  }

  private handleOutcome(group: readonly Pending[], outcome: RequestOutcome<"ListOffsets">): void {
    for (const pending of group) {
      pending.isInFlight = false;
      const answer = outcome.ok ? findAnswer(outcome.body, pending.query) : undefined;
      const error = outcome.ok ? (answer?.errorCode ?? Errors.UNKNOWN_SERVER_ERROR) : Errors.NETWORK_EXCEPTION;
      if (error === Errors.NONE && answer !== undefined) this.finish(pending, error, answer);
      else if (isRetriable(error)) this.retryLater(pending, error);
      else this.finish(pending, error);
    }
    this.advance();
  }

  private retryLater(pending: Pending, error: ErrorCode): void {
    pending.lastError = error;
    pending.retryAtMs = this.env.clock.monotonicMs() + this.backoff.delayMs(pending.failures);
    pending.failures += 1;
    this.metadata.requestUpdate();
  }

  private finish(
    pending: Pending,
    error: ErrorCode,
    answer?: { readonly offset: Offset; readonly leaderEpoch: LeaderEpoch; readonly timestamp: number },
  ): void {
    this.pending = this.pending.filter((candidate) => candidate !== pending);
    const { topic, partition } = pending.query;
    pending.onAnswer({
      topic,
      partition,
      error,
      offset: answer?.offset ?? -1,
      leaderEpoch: answer?.leaderEpoch ?? -1,
      timestampMs: answer?.timestamp ?? -1,
    });
  }
}

function findAnswer(body: ResponseBody<"ListOffsets">, query: OffsetQuery) {
  const topic = body.topics.find((candidate) => candidate.name === query.topic);
  return topic?.partitions.find((candidate) => candidate.partitionIndex === query.partition);
}
