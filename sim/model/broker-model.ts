// Broker model: the same question as the replication models', asked of the code that runs.
//
// Each replica is core's Partition with its IsrManager and Replicas; leaders answer with core's readPartition; the
// controller decides with core's PartitionChangeBuilder and AlterPartition; the switches of core/bugs.ts take rules
// away, as in the museum. The model's own are the steps and their order: metadata is replayed late and with gaps,
// a proposed ISR is accepted before or after other things happen, and a leader learns of it by metadata alone.
//
// Simplified: a fetch is asked, answered and worked in as one step, unless its answer is lost or its sender went on to
// another epoch before it arrived; the follower's side of it (ReplicaFetcher, which is made of connections and
// sessions) is retold in live-broker.ts; nobody crashes.

import { type BugName, bugSwitches } from "../../core/bugs.js";
import type { PartitionRegistration } from "../../core/metadata/registrations.js";
import { NO_LEADER } from "../../core/types.js";
import { LogContents } from "./broker-log.js";
import {
  type BrokerBounds,
  type BrokerState,
  ClusterCodec,
  type ClusterState,
  initialCluster,
} from "./broker-state.js";
import { rowInForce, rowOf, setOf } from "./broker-state.js";
import type { Model, Visit } from "./explore.js";
import { brokerWorld, type BrokerWorld, LiveBroker } from "./live-broker.js";
import { elect, fence, handleProposal } from "./live-controller.js";
import { recordName } from "./model-log.js";
import { membersOf, nameOf, namesOf, NOBODY } from "./replica-set.js";

export class BrokerModel implements Model<ClusterState> {
  readonly name: string;
  readonly bounds: string;
  readonly initial: ClusterState;
  readonly widthBytes: number;
  private readonly limits: BrokerBounds;
  private readonly contents = new LogContents();
  private readonly world: BrokerWorld;
  private readonly codec: ClusterCodec;

  constructor(limits: BrokerBounds, bugs: readonly BugName[] = []) {
    const { replicas, records, maxLeaderEpoch, maxPartitionEpoch, answers = false } = limits;
    this.name = bugs.length === 0 ? "core" : `core with ${bugs.join(", ")}`;
    const epochs = `leader epochs to ${maxLeaderEpoch}, partition epochs to ${maxPartitionEpoch}`;
    this.bounds = `${replicas} replicas, ${records} records, ${epochs}${answers ? ", answers" : ""}`;
    this.limits = limits;
    this.world = brokerWorld(this.contents, replicas, bugSwitches(bugs), answers);
    this.codec = new ClusterCodec(limits, this.contents);
    this.widthBytes = this.codec.widthBytes;
    this.initial = initialCluster(replicas, this.contents);
  }

  encode(state: ClusterState, into: Uint8Array): void {
    this.codec.encode(state, into);
  }
  decode(from: Uint8Array): ClusterState {
    return this.codec.decode(from);
  }

  next(state: ClusterState, visit: Visit<ClusterState>): void {
    this.decide(state, visit);
    for (let broker = 0; broker < this.limits.replicas; broker++) {
      this.replay(state, broker, visit);
      this.hearAnswer(state, broker, visit);
      this.arriveLate(state, broker, visit);
      const row = rowOf(state, broker);
      if (row === undefined) continue;
      if (row.leader === broker) this.lead(state, row, visit);
      else if (row.leader !== NO_LEADER) this.fetch(state, row.leader, broker, visit);
    }
  }

  /** The controller elects, takes a broker for dead, or handles what a leader proposed. */
  private decide(state: ClusterState, visit: Visit<ClusterState>): void {
    const row = rowInForce(state);
    const decided = (
      next: PartitionRegistration | undefined,
      what: string,
      brokers: readonly BrokerState[] = state.brokers,
    ): void => {
      if (next === undefined) return;
      if (next.leaderEpoch > this.limits.maxLeaderEpoch || next.partitionEpoch > this.limits.maxPartitionEpoch) return;
      const leads = next.leader === NO_LEADER ? nameOf(NOBODY) : nameOf(next.leader);
      visit(
        { ...state, brokers, rows: [...state.rows, next] },
        () => `The controller ${what}: ${leads} leads e${next.leaderEpoch}, ISR ${namesOf(setOf(next.isr))}.`,
      );
    };
    const { bugs } = this.world;
    for (const broker of row.isr) {
      if (broker !== row.leader) decided(elect(row, broker, bugs), `elects ${nameOf(broker)}`);
      decided(fence(row, broker, bugs), `takes ${nameOf(broker)} for dead`);
    }
    state.brokers.forEach(({ proposedIsr, unanswered }, broker) => {
      const isr = this.world.answers ? (unanswered?.isr ?? 0) : proposedIsr;
      const known = this.world.answers ? state.rows[unanswered?.partitionEpoch ?? -1] : rowOf(state, broker);
      if (isr === 0 || known === undefined || unanswered?.acceptedIn !== undefined) return;
      const next = handleProposal(this.world, row, known, membersOf(isr));
      const told =
        next === undefined || unanswered === undefined
          ? state.brokers
          : state.brokers.with(broker, {
              ...state.brokers[broker]!,
              unanswered: { ...unanswered, acceptedIn: next.partitionEpoch },
            });
      decided(next, `accepts the ISR that ${nameOf(broker)} proposed`, told);
    });
  }

  /** A leader hears that its proposal was accepted, or that it came too late. */
  private hearAnswer(state: ClusterState, broker: number, visit: Visit<ClusterState>): void {
    const { unanswered } = state.brokers[broker]!;
    if (unanswered === undefined) return;
    const { acceptedIn, partitionEpoch } = unanswered;
    const accepted = acceptedIn === undefined ? undefined : state.rows[acceptedIn];
    if (accepted === undefined && partitionEpoch === state.rows.length - 1) return;
    const live = this.wake(state, broker);
    live.hearAnswer(accepted);
    const what = accepted === undefined ? "is refused" : "is accepted";
    visit(this.withRested(state, [live], [broker]), () => `${nameOf(broker)} is told that its proposal ${what}.`);
  }

  /** A broker replays any newer row; those between it may never see, as after a snapshot. */
  private replay(state: ClusterState, broker: number, visit: Visit<ClusterState>): void {
    const before = rowOf(state, broker);
    const follows = before !== undefined && before.leader !== NO_LEADER && before.leader !== broker;
    const { partitionEpoch, awaitsMetadata } = state.brokers[broker]!;
    for (let epoch = partitionEpoch + (awaitsMetadata ? 0 : 1); epoch < state.rows.length; epoch++) {
      const row = state.rows[epoch]!;
      this.replayRow(state, broker, row, false, visit);
      if (follows && row.leaderEpoch > before.leaderEpoch) this.replayRow(state, broker, row, true, visit);
    }
  }

  private replayRow(
    state: ClusterState,
    broker: number,
    row: PartitionRegistration,
    leavesFetch: boolean,
    visit: Visit<ClusterState>,
  ): void {
    const live = this.wake(state, broker);
    const endBefore = live.log.logEndOffset;
    live.replay(row, leavesFetch);
    const end = live.log.logEndOffset;
    const role = row.leader === broker ? "leads" : `follows ${nameOf(row.leader)}`;
    const truncates = end < endBefore ? `, and truncates from ${endBefore} to ${end}` : "";
    const leaves = leavesFetch ? `; its fetch at ${endBefore} is still under way` : "";
    const isr = namesOf(setOf(row.isr));
    const told = () => `${nameOf(broker)} hears of e${row.leaderEpoch} with ISR ${isr}, ${role}${truncates}${leaves}.`;
    visit(this.withRested(state, [live], [broker]), told);
  }

  /** A fetch of an epoch its sender has left arrives at the leader of that epoch. Nobody waits for the answer. */
  private arriveLate(state: ClusterState, follower: number, visit: Visit<ClusterState>): void {
    const { straggler } = state.brokers[follower]!;
    const leader = state.rows.find(({ leaderEpoch }) => leaderEpoch === straggler?.leaderEpoch)?.leader;
    if (straggler === undefined || leader === undefined) return;
    const serving = this.wake(state, leader);
    const sender = this.wake(state, follower);
    serving.answer(follower, straggler);
    sender.forgetStraggler();
    const next = this.withRested(state, [serving, sender], [leader, follower]);
    const { leaderEpoch, fetchOffset } = straggler;
    const facts = tellLeader(state, next, leader);
    visit(next, () => `${nameOf(follower)}'s fetch at ${fetchOffset} in e${leaderEpoch} arrives at last${facts}.`);
  }

  private lead(state: ClusterState, row: PartitionRegistration, visit: Visit<ClusterState>): void {
    const { leader, isr } = row;
    const { log, proposedIsr } = state.brokers[leader]!;
    if (state.nextRecord < this.limits.records) {
      const live = this.wake(state, leader);
      live.write(state.nextRecord);
      const wrote = this.withRested(state, [live], [leader]);
      const written = `${recordName(state.nextRecord)} at offset ${log.records.length}`;
      const epoch = live.partition.leaderEpoch;
      visit({ ...wrote, nextRecord: state.nextRecord + 1 }, () => `${nameOf(leader)} writes ${written} in e${epoch}.`);
    }
    if (proposedIsr !== 0) return;
    for (const follower of isr) {
      if (follower === leader) continue;
      const live = this.wake(state, leader);
      live.findBehind(follower);
      const proposed = this.withRested(state, [live], [leader]);
      visit(proposed, () => `${nameOf(leader)} finds ${nameOf(follower)} behind and proposes an ISR without it.`);
    }
  }

  private fetch(state: ClusterState, leader: number, follower: number, visit: Visit<ClusterState>): void {
    if (rowOf(state, leader)?.leader !== leader) return;
    const serving = this.wake(state, leader);
    const asking = this.wake(state, follower);
    asking.fetchFrom(serving);
    const answered = this.withRested(state, [serving, asking], [leader, follower]);
    visit(answered, () => tellFetch(state, answered, leader, follower));
    const unanswered = this.withRested(state, [serving], [leader]);
    visit(unanswered, () => `${tellFetch(state, unanswered, leader, follower)} The answer is lost.`);
  }

  private wake(state: ClusterState, broker: number): LiveBroker {
    return new LiveBroker(this.world, broker, state.brokers[broker]!, rowOf(state, broker));
  }

  private withRested(state: ClusterState, live: readonly LiveBroker[], at: readonly number[]): ClusterState {
    const brokers = state.brokers.slice();
    at.forEach((broker, index) => (brokers[broker] = live[index]!.rest()));
    return { ...state, brokers };
  }
}

function tellFetch(before: ClusterState, after: ClusterState, leader: number, follower: number): string {
  const was = before.brokers[follower]!.log.records;
  const is = after.brokers[follower]!.log.records;
  const gets = is.length > was.length ? `; gets ${recordName(is.at(-1)!.id)}` : "";
  const truncates = is.length < was.length ? `; truncates to ${is.length}` : "";
  const facts = `${gets}${truncates}${tellLeader(before, after, leader)}`;
  return `${nameOf(follower)} fetches from ${nameOf(leader)} at ${was.length}${facts}.`;
}

/** What a fetch changed on the leader's side. */
function tellLeader(before: ClusterState, after: ClusterState, leader: number): string {
  const was = before.brokers[leader]!;
  const is = after.brokers[leader]!;
  const isRaised = is.highWatermark !== was.highWatermark;
  const raises = isRaised ? `; ${nameOf(leader)} raises its high watermark to ${is.highWatermark}` : "";
  return `${raises}${is.proposedIsr === was.proposedIsr ? "" : `; ${nameOf(leader)} proposes to take it in`}`;
}
