// ISR maintenance: the leader's side of who is in sync.
//
// A follower joins when its log reaches the high watermark and the start of the leader's epoch; it leaves when it
// could not keep up for replica.lag.time.max.ms. The leader only proposes: the controller decides, so that a leader
// that lost contact cannot declare itself the whole ISR. States and transitions stand in partition-state.ts.
//
// Driven by Partition: by follower fetches, by the isr-expiration task, by answers and by metadata.

import type { Environment } from "../environment.js";
import { Errors, type ErrorCode } from "../errors.js";
import type { MarkName } from "../marks.js";
import type { LeaderEpoch, NodeId, Offset, Uuid } from "../types.js";
import type { AlterPartitionResult, AlterPartitionSubmitter, AlteredPartition } from "./alter-partition-manager.js";
import { aliveBrokerEpoch, type ClusterView, isBrokerActive } from "./cluster-view.js";
import {
  type CommittedIsr,
  committedIsr,
  isInflight,
  maximalIsr,
  type PartitionState,
  type PendingIsr,
  proposeExpand,
  proposeShrink,
} from "./partition-state.js";
import { type Replica, UNKNOWN } from "./replica.js";

/** What the ISR rules ask of the partition they belong to. */
export interface IsrOwner {
  readonly topic: string;
  readonly partition: number;
  readonly topicId: Uuid;
  readonly leaderEpoch: LeaderEpoch;
  readonly isLeader: boolean;
  readonly logEndOffset: Offset;
  readonly highWatermark: Offset;
  /** Where the log ended when this leader's epoch began; undefined while not leading. */
  readonly leaderEpochStartOffset: Offset | undefined;
  getReplica(brokerId: NodeId): Replica | undefined;
  /** The controller's answer changed the ISR: the high watermark may move. */
  onIsrCommitted(): void;
}

export interface IsrManagerOptions {
  readonly env: Environment;
  readonly brokerId: NodeId;
  readonly brokerEpoch: () => Offset;
  readonly cluster: ClusterView;
  readonly alterPartition: AlterPartitionSubmitter;
  readonly maxLagMs: number;
}

const REFUSALS: ReadonlyMap<ErrorCode, MarkName> = new Map<ErrorCode, MarkName>([
  [Errors.OPERATION_NOT_ATTEMPTED, "isr-change-impossible"],
  [Errors.INELIGIBLE_REPLICA, "isr-change-ineligible"],
  [Errors.FENCED_LEADER_EPOCH, "isr-change-of-old-epoch"],
  [Errors.INVALID_UPDATE_VERSION, "isr-change-outdated"],
]);

const NO_ISR: CommittedIsr = { name: "Committed", isr: [], leaderRecoveryState: 0 };

export class IsrManager {
  state: PartitionState = NO_ISR;
  /** Version of what the controller decided; -1 before anything was heard. */
  partitionEpoch = -1;
  private readonly owner: IsrOwner;
  private readonly options: IsrManagerOptions;

  constructor(owner: IsrOwner, options: IsrManagerOptions) {
    this.owner = owner;
    this.options = options;
  }

  get committed(): readonly NodeId[] {
    return committedIsr(this.state);
  }

  get maximal(): readonly NodeId[] {
    return maximalIsr(this.state);
  }

  /** Metadata told the leader its ISR. If it is news, whatever was pending is settled by it. */
  install(isr: readonly NodeId[], partitionEpoch: number): void {
    // Metadata may follow the answer that told the same. What was proposed since then is still on its way, and may be
    // accepted: were it dropped now, the high watermark would pass a replica that is about to be in the ISR. Kafka drops
    // it (KAFKA-13790).
    if (partitionEpoch === this.partitionEpoch && isInflight(this.state) && this.mayBeAccepted(this.state)) {
      this.options.env.marks.reached("isr-change-older-news");
      if (!this.options.env.bugs["forget-proposed-isr"]) return;
    }
    const before = this.committed;
    // KIP-704: a leader declares itself recovered; RECOVERING only marks the unclean election until then.
    this.state = { name: "Committed", isr, leaderRecoveryState: 0 };
    this.partitionEpoch = partitionEpoch;
    if (before.length > 0 && !sameMembers(before, isr)) this.traceCommitted(before);
  }

  /** Not if a member has left the assignment: the controller, which decided that, will refuse it. */
  private mayBeAccepted({ proposed }: PendingIsr): boolean {
    return proposed.every((id) => id === this.options.brokerId || this.owner.getReplica(id) !== undefined);
  }

  /** A follower keeps no ISR. */
  clear(partitionEpoch: number): void {
    this.state = NO_ISR;
    this.partitionEpoch = partitionEpoch;
  }

  /** Proposes the follower for the ISR if it caught up and the controller could accept it. */
  maybeExpand(replica: Replica): void {
    if (isInflight(this.state) || !this.needsExpand(replica)) return;
    const state = proposeExpand(this.state, replica.brokerId);
    this.propose(state, "isr.expand-requested");
  }

  /** Proposes to drop the followers that did not keep up. */
  maybeShrink(nowMs: number): void {
    if (this.state.name !== "Committed" || !this.owner.isLeader) return;
    const outOfSync: NodeId[] = [];
    for (const brokerId of this.state.isr) {
      if (brokerId === this.options.brokerId) continue;
      const replica = this.owner.getReplica(brokerId);
      const keepsUp = replica?.isCaughtUp(this.owner.logEndOffset, nowMs, this.options.maxLagMs) ?? false;
      if (!keepsUp) outOfSync.push(brokerId);
    }
    if (outOfSync.length > 0) this.propose(proposeShrink(this.state, outOfSync), "isr.shrink-requested");
  }

  /**
   * Could the controller let this replica in? Its broker is neither fenced nor shutting down, and its last fetch came
   * from the broker's present incarnation: an older one may have lost its log since (KIP-903).
   */
  isEligible(replica: Replica): boolean {
    if (!isBrokerActive(this.options.cluster, replica.brokerId)) return false;
    const fetchedAs = replica.brokerEpoch;
    const registeredAs = aliveBrokerEpoch(this.options.cluster, replica.brokerId);
    if (fetchedAs === undefined || registeredAs === undefined) return false;
    return fetchedAs === UNKNOWN || fetchedAs === registeredAs;
  }

  private needsExpand(replica: Replica): boolean {
    const epochStartOffset = this.owner.leaderEpochStartOffset;
    if (!this.owner.isLeader || epochStartOffset === undefined) return false;
    if (replica.logEndOffset < this.owner.highWatermark) return false;
    // KAFKA-7128: a new leader's watermark lags behind what was committed before it. A follower that reached only
    // the watermark may lack committed records; all of them lie below the start of the new epoch.
    if (replica.logEndOffset < epochStartOffset) {
      this.options.env.marks.reached("behind-epoch-start");
      if (!this.options.env.bugs["join-isr-at-high-watermark"]) return false;
    }
    return !this.committed.includes(replica.brokerId) && this.isEligible(replica);
  }

  private propose(state: PendingIsr, type: "isr.expand-requested" | "isr.shrink-requested"): void {
    this.state = state;
    const { trace } = this.options.env;
    if (trace.enabled) {
      trace.emit({
        type,
        topic: this.owner.topic,
        partition: this.owner.partition,
        leaderEpoch: this.owner.leaderEpoch,
        isr: state.committed.isr,
        proposed: state.proposed,
      });
    }
    this.submit(state);
  }

  private submit(state: PendingIsr): void {
    this.options.alterPartition.submit({
      topic: this.owner.topic,
      topicId: this.owner.topicId,
      partition: this.owner.partition,
      leaderEpoch: this.owner.leaderEpoch,
      partitionEpoch: this.partitionEpoch,
      newIsr: state.proposed.map((brokerId) => ({ brokerId, brokerEpoch: this.epochOf(brokerId) })),
      leaderRecoveryState: state.committed.leaderRecoveryState,
      onResult: (result) => this.handleResult(state, result),
    });
  }

  private epochOf(brokerId: NodeId): Offset {
    if (brokerId === this.options.brokerId) return this.options.brokerEpoch();
    // -1 skips the check for a member that has not fetched yet. Safe: were it to crash, the controller would change
    // the partition itself and refuse this request by its partition epoch.
    return this.owner.getReplica(brokerId)?.brokerEpoch ?? UNKNOWN;
  }

  private handleResult(proposed: PendingIsr, result: AlterPartitionResult): void {
    // Metadata or an election overtook the answer: what it says is old.
    if (this.state !== proposed) return this.options.env.marks.reached("isr-answer-overtaken");
    if (result.ok) this.handleSuccess(result.partition);
    else this.handleError(proposed, result.error);
  }

  private handleSuccess(partition: AlteredPartition): void {
    if (partition.leaderEpoch !== this.owner.leaderEpoch) return;
    if (partition.partitionEpoch < this.partitionEpoch) return;
    const before = this.committed;
    // An equal epoch means that nothing had to change; that settles the proposal too.
    this.state = { name: "Committed", isr: partition.isr, leaderRecoveryState: partition.leaderRecoveryState };
    this.partitionEpoch = partition.partitionEpoch;
    if (!sameMembers(before, partition.isr)) this.traceCommitted(before);
    this.owner.onIsrCommitted();
  }

  private handleError(proposed: PendingIsr, error: ErrorCode): void {
    const refusal = REFUSALS.get(error);
    if (refusal !== undefined) this.options.env.marks.reached(refusal);
    this.traceRefused(error);
    switch (error) {
      case Errors.OPERATION_NOT_ATTEMPTED:
      case Errors.INELIGIBLE_REPLICA:
        // The only answers which prove that the change was not and will not be applied: go back.
        this.state = proposed.committed;
        return;
      case Errors.UNKNOWN_TOPIC_OR_PARTITION:
      case Errors.UNKNOWN_TOPIC_ID:
      case Errors.FENCED_LEADER_EPOCH:
      case Errors.INVALID_UPDATE_VERSION:
      case Errors.INVALID_REQUEST:
      case Errors.NEW_LEADER_ELECTED:
        // An earlier attempt whose answer was lost may have been applied: both sets stay possible until metadata
        // tells, so the state stays pending.
        return;
      default:
        this.options.env.marks.reached("isr-change-repeated");
        this.submit(proposed);
    }
  }

  private traceRefused(error: ErrorCode): void {
    const { trace } = this.options.env;
    // One change at a time: that this one has to wait for the one before is no answer of the controller's.
    if (!trace.enabled || error === Errors.OPERATION_NOT_ATTEMPTED) return;
    const { topic, partition, leaderEpoch } = this.owner;
    trace.emit({
      type: "isr.change-refused",
      topic,
      partition,
      leaderEpoch,
      partitionEpoch: this.partitionEpoch,
      error,
    });
  }

  private traceCommitted(before: readonly NodeId[]): void {
    const { trace } = this.options.env;
    if (!trace.enabled) return;
    const isr = this.committed;
    trace.emit({
      type: isr.some((id) => !before.includes(id)) ? "isr.expanded" : "isr.shrunk",
      topic: this.owner.topic,
      partition: this.owner.partition,
      leaderEpoch: this.owner.leaderEpoch,
      partitionEpoch: this.partitionEpoch,
      isr,
    });
  }
}

function sameMembers(a: readonly NodeId[], b: readonly NodeId[]): boolean {
  return a.length === b.length && a.every((id) => b.includes(id));
}
