// Subscription state: which partitions a consumer reads and where it stands in each.
//
//   INITIALIZING ──committed offset──▶ FETCHING ◀──position is in the log── AWAIT_VALIDATION
//        │                                │  ▲                                   ▲
//        │ none committed     out of range│  │ offset found      leader epoch grew│
//        └────────────────▶ AWAIT_RESET ◀─┘──┘                    (from FETCHING) ┘
//   seek: from any state to FETCHING, or to AWAIT_VALIDATION if the leader epoch of the position is known.
//
// Position = next offset to hand to the application. Only FETCHING partitions are fetched.

import { assert } from "../assert.js";
import {
  compareTopicPartitions,
  type LeaderEpoch,
  type NodeId,
  type Offset,
  type TopicPartition,
  type TopicPartitionKey,
  topicPartitionKey,
} from "../types.js";
import type { ClientMetadata } from "./client-metadata.js";

export type FetchState = "INITIALIZING" | "FETCHING" | "AWAIT_RESET" | "AWAIT_VALIDATION";
export type ResetStrategy = "earliest" | "latest";

/** One assigned partition. The subscription state changes it; fetcher and resolver note what they learn. */
export class AssignedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly key: TopicPartitionKey;
  state: FetchState = "INITIALIZING";
  /** −1 until there is a position. */
  offset: Offset = -1;
  /** Epoch of the last record before the position; −1 if unknown. */
  offsetEpoch: LeaderEpoch = -1;
  /** Leader and epoch the position was last validated against; −1 if never. */
  leader: NodeId = -1;
  leaderEpoch: LeaderEpoch = -1;
  resetStrategy: ResetStrategy | undefined;
  isPaused = false;
  /** A rebalance is about to take it away: nothing more is handed over. */
  isPendingRevocation = false;
  /** Waits for the application to seek after an error it was told about. */
  isHalted = false;
  /** False after it was taken away: late answers must not touch it. */
  isAssigned = true;
  /** Fetched records that were not handed over yet. */
  hasBufferedData = false;
  highWatermark: Offset = -1;
  lastStableOffset: Offset = -1;
  logStartOffset: Offset = -1;
  /** KIP-392: read from this replica until the time below; −1 for the leader. */
  preferredReadReplica: NodeId = -1;
  preferredUntilMs = 0;
  /** Not asked about before this monotonic time. */
  retryAtMs = 0;
  /** Counts changes of the position other than by reading: answers to older questions are dropped. */
  version = 0;

  constructor(topic: string, partition: number) {
    this.topic = topic;
    this.partition = partition;
    this.key = topicPartitionKey(topic, partition);
  }

  get isFetchable(): boolean {
    return this.state === "FETCHING" && !this.isPaused && !this.isPendingRevocation && !this.isHalted;
  }

  /** What was read up to the position is known to be in the log: it may be told, and committed. */
  get hasValidPosition(): boolean {
    return this.state === "FETCHING";
  }

  private get hasPosition(): boolean {
    return this.state === "FETCHING" || this.state === "AWAIT_VALIDATION";
  }

  /** Moves to a position the log is known to hold: found by ListOffsets, or asked for without an epoch. */
  seekValidated(offset: Offset, offsetEpoch: LeaderEpoch): void {
    assert(offset >= 0, "positions are at least 0");
    this.offset = offset;
    this.offsetEpoch = offsetEpoch;
    this.state = "FETCHING";
    this.resetStrategy = undefined;
    this.isHalted = false;
    this.preferredReadReplica = -1;
    this.retryAtMs = 0;
    this.version += 1;
  }

  /**
   * Moves to a position that may have been truncated since: it is compared with the leader's log first.
   * @param leaderEpoch the newest known of the partition, with or without a leader to ask
   */
  seekUnvalidated(offset: Offset, offsetEpoch: LeaderEpoch, leaderEpoch: LeaderEpoch): void {
    this.seekValidated(offset, offsetEpoch);
    this.leader = -1;
    this.leaderEpoch = -1;
    if (offsetEpoch >= 0 && leaderEpoch >= 0) this.state = "AWAIT_VALIDATION";
  }

  requestReset(strategy: ResetStrategy): void {
    this.state = "AWAIT_RESET";
    this.resetStrategy = strategy;
    this.isHalted = false;
    this.preferredReadReplica = -1;
    this.retryAtMs = 0;
    this.version += 1;
  }

  /** KIP-320: a leader of a newer epoch may have a shorter or different log. */
  maybeValidate(leader: NodeId, leaderEpoch: LeaderEpoch): void {
    if (!this.hasPosition || leader < 0) return;
    if (leader === this.leader && leaderEpoch === this.leaderEpoch) return;
    this.leader = leader;
    this.leaderEpoch = leaderEpoch;
    this.preferredReadReplica = -1;
    this.retryAtMs = 0;
    this.version += 1;
    this.state = this.offsetEpoch >= 0 && leaderEpoch >= 0 ? "AWAIT_VALIDATION" : "FETCHING";
  }

  completeValidation(): void {
    if (this.state === "AWAIT_VALIDATION") this.state = "FETCHING";
  }
}

export class SubscriptionState {
  /** Who decides the assignment: nobody yet, the group, or the application. */
  mode: "none" | "group" | "manual" = "none";
  /** Topics subscribed to, sorted. */
  topics: readonly string[] = [];
  private partitions = new Map<TopicPartitionKey, AssignedPartition>();
  private sorted: readonly AssignedPartition[] = [];

  /** By topic and partition. */
  get assigned(): readonly AssignedPartition[] {
    return this.sorted;
  }

  get(topic: string, partition: number): AssignedPartition | undefined {
    return this.partitions.get(topicPartitionKey(topic, partition));
  }

  /** Makes `partitions` the assignment. Those kept keep their position; the others forget it. */
  assign(partitions: readonly TopicPartition[]): void {
    const next = new Map<TopicPartitionKey, AssignedPartition>();
    for (const { topic, partition } of partitions) {
      const key = topicPartitionKey(topic, partition);
      next.set(key, this.partitions.get(key) ?? new AssignedPartition(topic, partition));
    }
    for (const [key, partition] of this.partitions) if (!next.has(key)) partition.isAssigned = false;
    this.partitions = next;
    this.sorted = [...next.values()].sort(compareTopicPartitions);
  }

  /** Nothing more of the assignment is handed over until the rebalance is done. */
  markPendingRevocation(): void {
    for (const partition of this.sorted) partition.isPendingRevocation = true;
  }

  /** Compares all positions with the leaders of `metadata`. */
  maybeValidatePositions(metadata: ClientMetadata): void {
    for (const assigned of this.sorted) {
      const known = metadata.partition(assigned.topic, assigned.partition);
      if (known !== undefined) assigned.maybeValidate(known.leader, known.leaderEpoch);
    }
  }
}
