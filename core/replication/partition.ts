// Partition: one replica of one partition on this broker, as leader or as follower.
//
// The metadata image says who leads; this object acts on it. As leader it appends, counts its followers' progress,
// moves the high watermark and maintains the ISR; as follower it only remembers whom it follows, its fetcher writes
// the log. Every request is checked against the leader epoch at the door, because a broker may believe in an old one.
//
//   none --metadata: leader is this broker--> leader (epoch e)
//   none --metadata: leader is another or nobody--> follower (epoch e)
//   leader e / follower e --metadata with partition epoch ≥ known--> leader or follower of e' ≥ e
//   any --log directory failed--> offline, until restart;   any --metadata: not a replica any more--> deleted
//
// Changed by the ReplicaManager (metadata, produce, fetch) and by answers to AlterPartition; nobody else.

import { assertDefined } from "../assert.js";
import type { BugSwitches } from "../bugs.js";
import { type ErrorCode, Errors } from "../errors.js";
import type { AppendOrigin, AppendResult, Log } from "../log/log.js";
import type { PartitionRegistration } from "../metadata/registrations.js";
import { type LeaderEpoch, NO_EPOCH, NO_LEADER, type NodeId, type Offset, topicPartitionKey } from "../types.js";
import type { TopicPartitionKey, Uuid } from "../types.js";
import { isBrokerAlive } from "./cluster-view.js";
import { highWatermarkCandidate, type HighWatermarkInputs } from "./high-watermark.js";
import { IsrManager, type IsrManagerOptions, type IsrOwner } from "./isr-manager.js";
import { checkLeaderEpoch } from "./leader-epoch-check.js";
import { traceHighWatermark, traceRole } from "./partition-trace.js";
import { Replica, UNKNOWN } from "./replica.js";

/** What changed in a partition, so that those who wait for it look again; a set of bits. */
export const PartitionEvent = {
  /** Records were appended: fetches bounded by the log end may have data. */
  APPENDED: 1,
  /** The high watermark moved: produce requests, consumers' fetches and listeners. */
  HIGH_WATERMARK: 2,
  /** The low watermark may have moved: DeleteRecords. */
  LOW_WATERMARK: 4,
  /** Leadership, epoch or availability changed: whoever waits must look again. */
  ROLE: 8,
} as const;

/** What a partition needs of its broker. */
export interface PartitionHost extends IsrManagerOptions {
  /** Notes a change; those who wait are woken after the current step, never within it. */
  partitionChanged(partition: Partition, events: number): void;
}

/** The log to read from, or the error to answer with. */
export type LogOrError = { readonly ok: true; readonly log: Log } | { readonly ok: false; readonly error: ErrorCode };

export class Partition implements IsrOwner, HighWatermarkInputs {
  readonly topic: string;
  readonly topicId: Uuid;
  readonly partition: number;
  readonly key: TopicPartitionKey;
  readonly isrManager: IsrManager;
  readonly maxLagMs: number;
  /** Rules taken away in this run; also for the rules that stand in files of their own. */
  readonly bugs: BugSwitches;
  /** Bits of `PartitionEvent` that wait to be acted upon; kept by the ReplicaManager. */
  pendingEvents = 0;
  /** The replica left this broker: whoever kept the object must look it up again. */
  isDeleted = false;
  /** `min.insync.replicas` of the topic; the ReplicaManager keeps it current. */
  minInsyncReplicas = 1;

  private readonly host: PartitionHost;
  private readonly localBrokerId: NodeId;
  private _log: Log | undefined;
  private _leaderId: NodeId = NO_LEADER;
  private _leaderEpoch: LeaderEpoch = NO_EPOCH;
  private _leaderEpochStartOffset: Offset | undefined;
  private _replicas: readonly Replica[] = [];
  private _addingReplicas: readonly NodeId[] = [];
  private _offline = false;
  /** The clock as read at the last step that asked for the time; the high watermark rule looks at it. */
  private clockMs = 0;
  private truncatedInEpoch: LeaderEpoch | undefined;

  constructor(topic: string, topicId: Uuid, partition: number, host: PartitionHost) {
    this.topic = topic;
    this.topicId = topicId;
    this.partition = partition;
    this.key = topicPartitionKey(topic, partition);
    this.host = host;
    this.localBrokerId = host.brokerId;
    this.maxLagMs = host.maxLagMs;
    this.bugs = host.env.bugs;
    this.isrManager = new IsrManager(this, host);
  }

  get log(): Log | undefined {
    return this._log;
  }
  get leaderId(): NodeId {
    return this._leaderId;
  }
  get leaderEpoch(): LeaderEpoch {
    return this._leaderEpoch;
  }
  get partitionEpoch(): number {
    return this.isrManager.partitionEpoch;
  }
  get leaderEpochStartOffset(): Offset | undefined {
    return this._leaderEpochStartOffset;
  }
  /** The log directory failed: the log is unusable until the broker restarts. */
  get isOffline(): boolean {
    return this._offline || this._log?.isOffline === true;
  }
  get isLeader(): boolean {
    return this._leaderId === this.localBrokerId && this._log !== undefined;
  }
  /** The followers, in the order of the assignment; empty on a follower. */
  get replicas(): readonly Replica[] {
    return this._replicas;
  }
  get logEndOffset(): Offset {
    return this._log?.logEndOffset ?? UNKNOWN;
  }
  get highWatermark(): Offset {
    return this._log?.highWatermark ?? UNKNOWN;
  }
  /** ISR last known to be committed; empty on a follower. */
  get isr(): readonly NodeId[] {
    return this.isrManager.committed;
  }
  /** A setting above the replication factor cannot mean "never". */
  get effectiveMinIsr(): number {
    return Math.min(this.minInsyncReplicas, this._replicas.length + 1);
  }

  get leaderLogEndOffset(): Offset {
    return this.logEndOffset;
  }
  get committedIsrSize(): number {
    return this.isrManager.committed.length;
  }
  get nowMs(): number {
    return this.clockMs;
  }
  isInMaximalIsr(brokerId: NodeId): boolean {
    return this.isrManager.maximal.includes(brokerId);
  }
  mayJoinIsr(replica: Replica): boolean {
    return this.isrManager.isEligible(replica);
  }

  getReplica(brokerId: NodeId): Replica | undefined {
    for (const replica of this._replicas) if (replica.brokerId === brokerId) return replica;
    return undefined;
  }

  isAddingReplica(brokerId: NodeId): boolean {
    return this._addingReplicas.includes(brokerId);
  }

  /** Gives the replica its log. Called once, before it leads or follows. */
  attachLog(log: Log): void {
    this._log = log;
  }

  /**
   * Metadata says that this broker leads. True if it did not lead before.
   * A lower partition epoch is old news; an equal one completes what the answer to AlterPartition may have told first.
   */
  makeLeader(registration: PartitionRegistration): boolean {
    if (registration.partitionEpoch < this.partitionEpoch) return false;
    const log = assertDefined(this._log, "a leader has a log");
    const wasLeader = this._leaderId === this.localBrokerId;
    const isNewLeaderEpoch = registration.leaderEpoch > this._leaderEpoch;
    // A jump by more than one may hide a leadership of somebody else, under which followers may have truncated.
    const knowsFollowers = wasLeader && registration.leaderEpoch <= this._leaderEpoch + 1;

    this.updateReplicas(registration);
    this.isrManager.install(registration.isr, registration.partitionEpoch);

    if (isNewLeaderEpoch) {
      const startOffset = log.logEndOffset;
      // KIP-101: the epoch is recorded before any write in it, so that a follower with records of an epoch this
      // leader never saw can be told where they diverge.
      log.assignEpochStartOffset(registration.leaderEpoch, startOffset);
      const nowMs = this.host.env.clock.monotonicMs();
      for (const replica of this._replicas) {
        const inIsr = registration.isr.includes(replica.brokerId);
        replica.resetForLeaderEpoch(nowMs, startOffset, knowsFollowers, inIsr);
      }
      this._leaderEpoch = registration.leaderEpoch;
      this._leaderEpochStartOffset = startOffset;
    }
    this._leaderId = this.localBrokerId;
    if (isNewLeaderEpoch) {
      this.host.partitionChanged(this, PartitionEvent.ROLE);
      traceRole(this.host.env.trace, this);
    }
    // The high watermark is not reset: it goes on from what was learned as a follower, which usually lags behind the
    // old leader's. The ISR may be this broker alone, and then it moves at once.
    this.maybeIncrementHighWatermark();
    return !wasLeader;
  }

  /** Metadata says that another broker, or nobody, leads. True if the leader epoch is new: fetchers start again. */
  makeFollower(registration: PartitionRegistration): boolean {
    if (registration.partitionEpoch < this.partitionEpoch) return false;
    assertDefined(this._log, "a follower has a log");
    const isNewLeaderEpoch = registration.leaderEpoch > this._leaderEpoch;
    this._leaderId = registration.leader;
    this._leaderEpoch = registration.leaderEpoch;
    this._leaderEpochStartOffset = undefined;
    this._replicas = [];
    this._addingReplicas = registration.addingReplicas;
    this.isrManager.clear(registration.partitionEpoch);
    if (isNewLeaderEpoch) {
      this.host.partitionChanged(this, PartitionEvent.ROLE);
      traceRole(this.host.env.trace, this);
    }
    return isNewLeaderEpoch;
  }

  /** The replica is gone: deleted, moved away, or its directory failed. Whoever waits learns it. */
  release(reason: "deleted" | "offline"): void {
    this._offline = reason === "offline";
    this.isDeleted = reason === "deleted";
    this._log = undefined;
    this._replicas = [];
    this._leaderEpochStartOffset = undefined;
    this._leaderId = NO_LEADER;
    this.isrManager.clear(this.partitionEpoch);
    this.host.partitionChanged(this, PartitionEvent.ROLE);
  }

  /** The log, if the asker's leader epoch is this broker's and, where required, this broker leads. */
  localLog(currentLeaderEpoch: LeaderEpoch, requireLeader: boolean): LogOrError {
    if (this.isOffline) return { ok: false, error: Errors.KAFKA_STORAGE_ERROR };
    const error = this.checkLeaderEpoch(currentLeaderEpoch);
    if (error !== Errors.NONE) return { ok: false, error };
    if (this._log === undefined || (requireLeader && !this.isLeader)) {
      return { ok: false, error: Errors.NOT_LEADER_OR_FOLLOWER };
    }
    return { ok: true, log: this._log };
  }

  /** KIP-320: whichever side is behind is told so. -1 is not checked. */
  checkLeaderEpoch(currentLeaderEpoch: LeaderEpoch): ErrorCode {
    return checkLeaderEpoch(currentLeaderEpoch, this._leaderEpoch, this.bugs);
  }

  /** Appends a batch as leader. With `requiredAcks` -1 the ISR must be large enough beforehand ("check A"). */
  append(batch: Uint8Array, origin: AppendOrigin, requiredAcks: number): AppendResult {
    if (this.isOffline) return refused(Errors.KAFKA_STORAGE_ERROR, "the log directory failed");
    const log = this._log;
    if (log === undefined || this._leaderId !== this.localBrokerId) {
      return refused(Errors.NOT_LEADER_OR_FOLLOWER, "this broker does not lead the partition");
    }
    // The committed ISR, not the maximal one: a member that is about to join cannot be relied upon yet.
    if (requiredAcks === -1 && this.isrManager.committed.length < this.effectiveMinIsr) {
      return refused(Errors.NOT_ENOUGH_REPLICAS, "the ISR is smaller than min.insync.replicas");
    }
    const result = log.appendAsLeader(batch, this._leaderEpoch, origin);
    if (result.ok && !result.duplicate) {
      this.host.partitionChanged(this, PartitionEvent.APPENDED);
      if (!log.local.isHoldingBack) this.maybeIncrementHighWatermark(); // else RecordAppender does, later
    }
    return result;
  }

  /**
   * May a produce with acks=all that ends before `requiredOffset` be answered, and how? Undefined: not yet.
   * "Check B": the records are in the log and replicated, but on fewer replicas than promised.
   */
  checkEnoughReplicas(requiredOffset: Offset): ErrorCode | undefined {
    if (this.isOffline) return Errors.KAFKA_STORAGE_ERROR;
    if (!this.isLeader) {
      // Moved away, or gone with its topic: a producer that knows the difference need not look for a new leader.
      const isGone = this.isDeleted && this.host.cluster.partition(this.topic, this.partition) === undefined;
      return isGone ? Errors.UNKNOWN_TOPIC_OR_PARTITION : Errors.NOT_LEADER_OR_FOLLOWER;
    }
    if (this.highWatermark < requiredOffset) return undefined;
    const isLargeEnough = this.isrManager.maximal.length >= this.effectiveMinIsr;
    return isLargeEnough ? Errors.NONE : Errors.NOT_ENOUGH_REPLICAS_AFTER_APPEND;
  }

  /**
   * Takes a follower's accepted fetch in: its offset says what it has.
   * @param leaderEndOffset this log's end before the read, so that later appends do not make the follower look slow
   */
  updateFollower(
    replica: Replica,
    fetchOffset: Offset,
    followerLogStartOffset: Offset,
    leaderEndOffset: Offset,
    brokerEpoch: Offset,
  ): ErrorCode {
    // KIP-903, KAFKA-15221: a fetch of an earlier incarnation says nothing about the log of the present one.
    const broker = this.host.cluster.brokers.get(replica.brokerId);
    const registeredEpoch = broker !== undefined && !broker.fenced ? broker.epoch : UNKNOWN;
    const isOfEarlierLife = brokerEpoch !== UNKNOWN && registeredEpoch > brokerEpoch;
    if (isOfEarlierLife) this.host.env.marks.reached("fetch-of-earlier-life");
    if (isOfEarlierLife && !this.bugs["count-fetches-of-earlier-lives"]) return Errors.NOT_LEADER_OR_FOLLOWER;

    const endOffsetBefore = replica.logEndOffset;
    const startOffsetBefore = replica.logStartOffset;
    this.clockMs = this.host.env.clock.monotonicMs();
    replica.recordFetch(fetchOffset, followerLogStartOffset, this.clockMs, leaderEndOffset, brokerEpoch);
    this.isrManager.maybeExpand(replica);
    if (replica.logEndOffset !== endOffsetBefore) this.maybeIncrementHighWatermark();
    if (replica.logStartOffset !== startOffsetBefore) this.host.partitionChanged(this, PartitionEvent.LOW_WATERMARK);
    return Errors.NONE;
  }

  /** Proposes to drop followers that fell behind; the isr-expiration task calls it. */
  maybeShrinkIsr(): void {
    if (this.isLeader) this.isrManager.maybeShrink(this.host.env.clock.monotonicMs());
  }

  onIsrCommitted(): void {
    this.maybeIncrementHighWatermark();
  }

  /** Raises the high watermark as far as the rule allows; the leader never lowers it. */
  maybeIncrementHighWatermark(): void {
    if (!this.isLeader) return;
    const log = assertDefined(this._log, "a leader has a log");
    this.clockMs = this.host.env.clock.monotonicMs();
    const candidate = highWatermarkCandidate(this);
    const before = log.highWatermark;
    if (candidate === undefined || candidate <= before || !log.setHighWatermark(candidate)) return;
    traceHighWatermark(this.host.env.trace, this, before);
    this.host.partitionChanged(this, PartitionEvent.HIGH_WATERMARK);
  }

  /**
   * A follower takes over what its leader told: clamped to its own log. It may go down, when this follower knew more
   * than the leader that was elected after it learned it.
   */
  updateFollowerHighWatermark(leaderHighWatermark: Offset): void {
    const log = this._log;
    if (log === undefined || this._leaderId === this.localBrokerId) return;
    const before = log.highWatermark;
    if (leaderHighWatermark === before || !log.setHighWatermark(leaderHighWatermark)) return;
    if (leaderHighWatermark < before) this.host.env.marks.reached("high-watermark-went-back");
    traceHighWatermark(this.host.env.trace, this, before);
    this.host.partitionChanged(this, PartitionEvent.HIGH_WATERMARK);
  }

  /** The follower's history diverges from its leader's: cuts it. The high watermark is cut with the log. */
  truncateTo(offset: Offset): void {
    const log = assertDefined(this._log, "a truncated replica has a log");
    const before = log.highWatermark;
    const { marks } = this.host.env;
    if (offset < log.logEndOffset) {
      if (this.truncatedInEpoch === this._leaderEpoch) marks.reached("truncated-again-in-epoch");
      this.truncatedInEpoch = this._leaderEpoch;
    }
    if (offset < before) marks.reached("truncated-below-high-watermark");
    log.truncateTo(offset);
    this.afterTruncation(before);
  }

  /** Nothing the follower has is of use: empties the log, which goes on at `offset`. */
  truncateFullyAndStartAt(offset: Offset): void {
    const log = assertDefined(this._log, "a truncated replica has a log");
    const before = log.highWatermark;
    log.truncateFullyAndStartAt(offset);
    this.host.env.marks.reached("log-started-over");
    this.afterTruncation(before);
  }

  /** The log start every live replica has reached: what DeleteRecords waits for. */
  lowWatermark(): Offset {
    let lowWatermark = this._log?.logStartOffset ?? UNKNOWN;
    for (const replica of this._replicas) {
      if (replica.logStartOffset < lowWatermark && isBrokerAlive(this.host.cluster, replica.brokerId)) {
        lowWatermark = replica.logStartOffset;
      }
    }
    return lowWatermark;
  }

  private afterTruncation(highWatermarkBefore: Offset): void {
    if (this.highWatermark !== highWatermarkBefore) {
      traceHighWatermark(this.host.env.trace, this, highWatermarkBefore);
    }
    // Consumers that wait here beyond the cut must be told that the offset is gone.
    this.host.partitionChanged(this, PartitionEvent.ROLE);
  }

  private updateReplicas(registration: PartitionRegistration): void {
    const known = this._replicas;
    const followers: Replica[] = [];
    for (const brokerId of registration.replicas) {
      if (brokerId === this.localBrokerId) continue;
      followers.push(known.find((replica) => replica.brokerId === brokerId) ?? new Replica(brokerId));
    }
    this._replicas = followers;
    this._addingReplicas = registration.addingReplicas;
  }
}

function refused(error: ErrorCode, message: string): AppendResult {
  return { ok: false, error, message };
}
