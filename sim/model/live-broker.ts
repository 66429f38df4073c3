// Live broker: a real Partition of core/, brought back to life from a state and put to rest in the next.
//
// What a partition remembers that the state does not is time: here it stands still, and only who "fell behind" is told
// so by the model. All brokers are registered, unfenced and in their first life.

import { NO_BUGS, type BugSwitches } from "../../core/bugs.js";
import { NO_MARKS } from "../../core/marks.js";
import type { Environment } from "../../core/environment.js";
import { Errors } from "../../core/errors.js";
import type { PartitionRegistration } from "../../core/metadata/registrations.js";
import type { ClusterView } from "../../core/replication/cluster-view.js";
import { FetchPartition } from "../../core/replication/fetch-partition.js";
import { Partition, type PartitionHost } from "../../core/replication/partition.js";
import type { AlterPartitionItem } from "../../core/replication/alter-partition-manager.js";
import { committedIsr, isInflight, proposeExpand, proposeShrink } from "../../core/replication/partition-state.js";
import { readPartition } from "../../core/replication/partition-read.js";
import { NEVER_MS, UNKNOWN } from "../../core/replication/replica.js";
import { truncationOffset } from "../../core/replication/truncation.js";
import { NO_EPOCH, NO_LEADER, ZERO_UUID } from "../../core/types.js";
import { BrokerLog, encodeRecord, type LogContents } from "./broker-log.js";
import { type BrokerState, type FetchQuestion, setOf, type UnansweredProposal } from "./broker-state.js";

/** What live brokers of one model share. */
export interface BrokerWorld {
  /** See BrokerBounds. */
  readonly answers: boolean;
  readonly contents: LogContents;
  readonly bugs: BugSwitches;
  readonly cluster: ClusterView;
}

/** Every broker is in its first life. */
export const BROKER_EPOCH = 100;

export function brokerWorld(
  contents: LogContents,
  replicas: number,
  bugs: BugSwitches = NO_BUGS,
  answers = false,
): BrokerWorld {
  const brokers = Array.from({ length: replicas }, (_, id) => ({
    id,
    epoch: BROKER_EPOCH,
    incarnationId: ZERO_UUID,
    host: `broker-${id}`,
    port: 9092,
    rack: null,
    fenced: false,
    inControlledShutdown: false,
  }));
  const cluster: ClusterView = {
    brokers: new Map(brokers.map((broker) => [broker.id, broker])),
    topics: new Map(),
    topicsById: new Map(),
    partition: () => undefined,
  };
  return { answers, contents, bugs, cluster };
}

export class LiveBroker {
  readonly log: BrokerLog;
  readonly partition: Partition;
  private readonly id: number;
  private readonly world: BrokerWorld;
  private readonly replicas: number;
  private partitionEpoch: number;
  private awaitsMetadata: boolean;
  private unanswered: UnansweredProposal | undefined;
  private compares: boolean;
  private straggler: FetchQuestion | undefined;

  /** @param row what the broker replayed last; undefined before the first */
  constructor(world: BrokerWorld, id: number, state: BrokerState, row: PartitionRegistration | undefined) {
    this.world = world;
    this.id = id;
    this.replicas = state.known.length;
    this.partitionEpoch = state.partitionEpoch;
    this.awaitsMetadata = state.awaitsMetadata;
    this.unanswered = state.unanswered;
    this.compares = state.compares;
    this.straggler = state.straggler;
    this.partition = new Partition(
      "orders",
      ZERO_UUID,
      0,
      hostOf(world, id, (item) => this.submit(item)),
    );
    this.log = new BrokerLog(state.log);
    if (row?.leader !== id) {
      this.partition.attachLog(this.log.asLog());
      if (row !== undefined) this.partition.makeFollower(row);
    } else {
      this.lead(state, row);
    }
    this.log.highWatermark = state.highWatermark;
  }

  /** It led before: its epoch began where it had begun, and it knows of its followers what it knew. */
  private lead(state: BrokerState, row: PartitionRegistration): void {
    const { records, epochs } = state.log;
    const written = records.slice();
    const start = epochs.find(({ epoch }) => epoch === row.leaderEpoch)?.startOffset ?? written.length;
    this.partition.attachLog(this.log.asLog());
    this.log.truncateTo(start);
    this.partition.makeLeader(row);
    for (const { id, epoch } of written.slice(start)) this.log.appendAsLeader(encodeRecord(id), epoch);
    for (const replica of this.partition.replicas) {
      replica.logEndOffset = state.known[replica.brokerId]!;
      replica.brokerEpoch = replica.logEndOffset === UNKNOWN ? undefined : BROKER_EPOCH;
      replica.lastCaughtUpTimeMs = NEVER_MS;
    }
    if (state.proposedIsr === 0) return;
    const { isrManager } = this.partition;
    const committed = { name: "Committed", isr: committedIsr(isrManager.state), leaderRecoveryState: 0 } as const;
    const adding = this.partition.replicas.find(
      ({ brokerId }) => !committed.isr.includes(brokerId) && ((state.proposedIsr >> brokerId) & 1) === 1,
    );
    const removing = committed.isr.filter((id) => ((state.proposedIsr >> id) & 1) === 0);
    isrManager.state =
      adding === undefined ? proposeShrink(committed, removing) : proposeExpand(committed, adding.brokerId);
  }

  /**
   * As the ReplicaManager does when metadata changed, and the ReplicaFetcher when a partition is added to it.
   * @param leavesFetch a fetch of the epoch it goes on from is under way, and may arrive
   */
  replay(row: PartitionRegistration, leavesFetch: boolean): void {
    if (leavesFetch) this.straggler = this.question();
    this.partitionEpoch = row.partitionEpoch;
    this.awaitsMetadata = false;
    if (row.leader === this.id) {
      this.partition.makeLeader(row);
      return;
    }
    const isNewEpoch = this.partition.makeFollower(row);
    if (!isNewEpoch || row.leader === NO_LEADER) return;
    const lastEpoch = this.world.bugs["truncate-to-high-watermark"] ? undefined : this.log.latestEpoch;
    if (lastEpoch === undefined) this.partition.truncateTo(this.log.highWatermark);
    this.compares = lastEpoch !== undefined;
  }

  /** As the AlterPartitionManager does: one proposal at a time. */
  private submit(item: AlterPartitionItem): void {
    if (!this.world.answers) return;
    if (this.unanswered !== undefined) item.onResult({ ok: false, error: Errors.OPERATION_NOT_ATTEMPTED });
    else {
      const isr = setOf(item.newIsr.map(({ brokerId }) => brokerId));
      this.unanswered = { isr, partitionEpoch: item.partitionEpoch, acceptedIn: undefined };
    }
  }

  /** The answer to its proposal: the row it was accepted with, or a refusal. It counts if it still waits for it. */
  hearAnswer(accepted: PartitionRegistration | undefined): void {
    const { isrManager } = this.partition;
    const { state } = isrManager;
    this.unanswered = undefined;
    if (accepted === undefined || !isInflight(state)) return;
    const { leader, leaderEpoch, isr, leaderRecoveryState, partitionEpoch } = accepted;
    const partition = { leaderId: leader, leaderEpoch, isr, leaderRecoveryState, partitionEpoch };
    isrManager["handleResult"](state, { ok: true, partition });
    if (this.partition.partitionEpoch === this.partitionEpoch) return;
    this.partitionEpoch = this.partition.partitionEpoch;
    this.awaitsMetadata = true;
  }

  forgetStraggler(): void {
    this.straggler = undefined;
  }

  write(id: number): void {
    this.partition.append(encodeRecord(id), "client", 1);
  }

  /** Time passes for one follower: it has not been heard of for too long. The others just were. */
  findBehind(follower: number): void {
    for (const replica of this.partition.replicas) {
      replica.lastCaughtUpTimeMs = replica.brokerId === follower ? NEVER_MS : 0;
    }
    this.partition.maybeShrinkIsr();
  }

  /** What it would ask its leader now. */
  question(): FetchQuestion {
    return {
      leaderEpoch: this.partition.leaderEpoch,
      fetchOffset: this.log.logEndOffset,
      lastFetchedEpoch: this.compares ? (this.log.latestEpoch ?? NO_EPOCH) : NO_EPOCH,
    };
  }

  /** As leader: reads what a follower asks for, and counts it. */
  answer(follower: number, question: FetchQuestion): FetchPartition {
    const asked = new FetchPartition("orders", ZERO_UUID, 0);
    asked.fetchOffset = question.fetchOffset;
    asked.currentLeaderEpoch = question.leaderEpoch;
    asked.lastFetchedEpoch = question.lastFetchedEpoch;
    asked.logStartOffset = 0;
    asked.maxBytes = 1;
    const params = { replicaId: follower, brokerEpoch: BROKER_EPOCH, maxWaitMs: 0, minBytes: 0, maxBytes: 1 } as const;
    readPartition(this.partition, { ...params, isolation: "log-end", rack: "", apiVersion: 17 }, asked, 1, true, true);
    return asked;
  }

  /** One fetch: the leader reads and counts, this follower works the answer in, as the ReplicaFetcher does. */
  fetchFrom(leader: LiveBroker): void {
    const { bugs } = this.world;
    const asked = leader.answer(this.id, this.question());
    const comparesAgain = !bugs["truncate-to-high-watermark"] && !bugs["truncate-in-one-round"];
    const comparesAlways = comparesAgain && !bugs["unfenced-fetch"];
    if (asked.errorCode === Errors.OFFSET_OUT_OF_RANGE) {
      // What ListOffsets answers; the logs of the model all begin at 0.
      if (leader.log.logEndOffset < this.log.logEndOffset) this.partition.truncateTo(leader.log.logEndOffset);
      this.compares = comparesAlways;
    } else if (asked.errorCode === Errors.NONE && asked.divergingEpoch !== undefined) {
      const end = asked.divergingEpoch;
      const inOneRound = bugs["truncate-in-one-round"];
      this.partition.truncateTo(inOneRound ? end.endOffset : truncationOffset(this.log, end));
      this.compares = comparesAgain;
    } else if (asked.errorCode === Errors.NONE) {
      this.log.appendAsFollower(asked.records);
      this.partition.updateFollowerHighWatermark(asked.highWatermark);
      this.compares = comparesAlways;
    }
  }

  rest(): BrokerState {
    const { partition, partitionEpoch } = this;
    const known = Array.from({ length: this.replicas }, () => UNKNOWN);
    for (const replica of partition.replicas) known[replica.brokerId] = replica.logEndOffset;
    const { state } = partition.isrManager;
    return {
      log: this.log.content(this.world.contents),
      highWatermark: this.log.highWatermark,
      partitionEpoch,
      awaitsMetadata: this.awaitsMetadata,
      unanswered: this.unanswered,
      proposedIsr: state.name === "Committed" ? 0 : setOf(state.proposed),
      known,
      compares: partition.isLeader || this.compares,
      straggler: this.straggler,
    };
  }
}

/** Time stands still; a proposal is remembered as the state of the ISR, and delivered by the model. */
function hostOf(
  { bugs, cluster }: BrokerWorld,
  brokerId: number,
  submit: (item: AlterPartitionItem) => void,
): PartitionHost {
  const env = {
    nodeId: brokerId,
    bugs,
    marks: NO_MARKS,
    clock: { monotonicMs: () => 0, wallMs: () => 0 },
    trace: { enabled: false, emit: () => undefined },
  };
  return {
    env: env as unknown as Environment,
    brokerId,
    brokerEpoch: () => BROKER_EPOCH,
    cluster,
    alterPartition: { submit },
    maxLagMs: 0,
    partitionChanged: () => undefined,
  };
}
