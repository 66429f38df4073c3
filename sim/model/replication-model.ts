// Replication model: one partition, a few replicas, and everything that may happen to them in any order.
//
// The actions are those of the TLA+ module KafkaReplication (hachikuji/kafka-specification): the controller elects and
// drops, replicas are told of its decisions late and in any order, leaders write, count and change the ISR, followers
// copy. The rule set says what of it is allowed. As in the module, an action looks at both sides at once, the quorum is
// written in no time, records are fetched one by one, nothing is lost in a crash, and any replica of the ISR may lead.
//
// From core/: how far a high watermark may rise (model-high-watermark.ts); the rest in replication-rules.ts.

import { Replica } from "../../core/replication/replica.js";
import type { Offset } from "../../core/types.js";
import type { Model, Visit } from "./explore.js";
import { highWatermarkOver } from "./model-high-watermark.js";
import { ModelLogs, recordName } from "./model-log.js";
import { everybody, has, NOBODY, nameOf, namesOf, type ReplicaIndex, type ReplicaSet } from "./replica-set.js";
import { withMember, withoutMember } from "./replica-set.js";
import type { Question, Rules } from "./replication-rules.js";
import { type Bounds, leaderOf, presumesLeadership, quorumLeader } from "./replication-state.js";
import { ReplicationCodec, type ReplicationState, withReplica } from "./replication-state.js";

export class ReplicationModel implements Model<ReplicationState> {
  readonly name: string;
  readonly bounds: string;
  readonly initial: ReplicationState;
  readonly widthBytes: number;
  private readonly rules: Rules;
  private readonly limits: Bounds;
  private readonly logs = new ModelLogs();
  private readonly codec: ReplicationCodec;

  constructor(rules: Rules, limits: Bounds) {
    this.name = rules.name;
    this.bounds = `${limits.replicas} replicas, ${limits.records} records, epochs to ${limits.maxEpoch}`;
    this.rules = rules;
    this.limits = limits;
    this.codec = new ReplicationCodec(limits, this.logs);
    this.widthBytes = this.codec.widthBytes;
    const replica = { log: this.logs.empty, highWatermark: 0, leaderEpoch: -1, isr: 0 };
    this.initial = {
      replicas: Array.from({ length: limits.replicas }, () => replica),
      decisions: [],
      quorumIsr: everybody(limits.replicas),
      nextRecord: 0,
    };
  }

  encode(state: ReplicationState, into: Uint8Array): void {
    this.codec.encode(state, into);
  }
  decode(from: Uint8Array): ReplicationState {
    return this.codec.decode(from);
  }

  next(state: ReplicationState, visit: Visit<ReplicationState>): void {
    this.decide(state, visit);
    for (let replica = 0; replica < this.limits.replicas; replica++) {
      this.tell(state, replica, visit);
      if (presumesLeadership(state, replica)) this.lead(state, replica, visit);
      const leader = leaderOf(state, replica);
      if (leader !== NOBODY && leader !== replica) this.follow(state, leader, replica, visit);
    }
  }

  /** The controller elects any member of the ISR, and drops any: it may have failed, or have been stopped. */
  private decide(state: ReplicationState, visit: Visit<ReplicationState>): void {
    const epoch = state.decisions.length;
    if (epoch > this.limits.maxEpoch) return;
    const { quorumIsr } = state;
    const leader = quorumLeader(state);
    const decided = (newLeader: ReplicaIndex, isr: ReplicaSet): ReplicationState => ({
      ...state,
      decisions: [...state.decisions, { leader: newLeader, isr }],
      quorumIsr: isr,
    });
    for (let replica = 0; replica < this.limits.replicas; replica++) {
      if (has(quorumIsr, replica) && replica !== leader) {
        visit(decided(replica, quorumIsr), () => `The controller elects ${nameOf(replica)} for e${epoch}.`);
      }
      if (!has(quorumIsr, replica)) continue;
      const rest = withoutMember(quorumIsr, replica);
      // The last member stays, though it cannot lead: who else could have all the records?
      if (replica === leader) {
        const isr = rest === 0 ? quorumIsr : rest;
        visit(decided(NOBODY, isr), () => `The controller drops the leader ${nameOf(replica)}: e${epoch} has none.`);
      } else {
        const isr = namesOf(rest);
        visit(decided(leader, rest), () => `The controller drops ${nameOf(replica)}: e${epoch}, ISR ${isr}.`);
      }
    }
  }

  /** A replica is told a decision newer than the last it was told; those between it may never hear of. */
  private tell(state: ReplicationState, replica: ReplicaIndex, visit: Visit<ReplicationState>): void {
    const { leaderEpoch, highWatermark, log } = state.replicas[replica]!;
    for (let epoch = leaderEpoch + 1; epoch < state.decisions.length; epoch++) {
      const { leader, isr } = state.decisions[epoch]!;
      if (leader === NOBODY) {
        const told = withReplica(state, replica, { leaderEpoch: epoch, isr });
        visit(told, () => `${nameOf(replica)} hears of e${epoch}, which has no leader.`);
        continue;
      }
      if (leader === replica) {
        const told = withReplica(state, replica, { leaderEpoch: epoch, isr });
        visit(told, () => `${nameOf(replica)} hears of e${epoch} and leads.`);
        continue;
      }
      const cut = this.rules.cutWhenTold(this.asks(state, leader, replica), epoch);
      if (cut === undefined) continue;
      const kept = this.logs.truncate(log, cut);
      const change = { leaderEpoch: epoch, isr, log: kept, highWatermark: Math.min(cut, highWatermark) };
      const truncates = kept === log ? "" : `, and truncates from ${log.logEndOffset} to ${cut}`;
      const hears = `${nameOf(replica)} hears of e${epoch}, follows ${nameOf(leader)}`;
      visit(withReplica(state, replica, change), () => `${hears}${truncates}.`);
    }
  }

  /** Whoever takes itself for the leader writes, counts, and, if the quorum agrees, changes the ISR. */
  private lead(state: ReplicationState, leader: ReplicaIndex, visit: Visit<ReplicationState>): void {
    const own = state.replicas[leader]!;
    const name = nameOf(leader);
    const { records } = this.limits;
    if (state.nextRecord < records && own.log.logEndOffset < records) {
      const record = { id: state.nextRecord, epoch: own.leaderEpoch };
      const wrote = withReplica(state, leader, { log: this.logs.append(own.log, record) });
      const written = `${recordName(record.id)} at offset ${own.log.logEndOffset} in e${record.epoch}`;
      visit({ ...wrote, nextRecord: state.nextRecord + 1 }, () => `${name} writes ${written}.`);
    }
    const highWatermark = own.highWatermark + 1;
    if (this.highWatermarkLimit(state, leader) >= highWatermark) {
      const raised = withReplica(state, leader, { highWatermark });
      visit(raised, () => `${name} raises its high watermark to ${highWatermark}.`);
    }
    const isTrueLeader = quorumLeader(state) === leader && own.leaderEpoch === state.decisions.length - 1;
    if (!isTrueLeader) return;
    for (let follower = 0; follower < this.limits.replicas; follower++) {
      if (follower === leader) continue;
      const isMember = has(own.isr, follower);
      const asks = this.asks(state, leader, follower);
      if (isMember ? !this.rules.mayLeaveIsr(asks) : !this.rules.mayJoinIsr(asks)) continue;
      const isr = isMember ? withoutMember(own.isr, follower) : withMember(own.isr, follower);
      const change = isMember ? `drops ${nameOf(follower)} from` : `takes ${nameOf(follower)} into`;
      visit({ ...withReplica(state, leader, { isr }), quorumIsr: isr }, () => `${name} ${change} the ISR.`);
    }
  }

  /** core's rule over what each follower has acknowledged; one record at a time. */
  private highWatermarkLimit(state: ReplicationState, leader: ReplicaIndex): Offset {
    const { log, isr } = state.replicas[leader]!;
    const replicas: Replica[] = [];
    for (let follower = 0; follower < this.limits.replicas; follower++) {
      if (follower === leader) continue;
      const replica = new Replica(follower);
      replica.logEndOffset = this.rules.acknowledged(this.asks(state, leader, follower));
      replicas.push(replica);
    }
    return highWatermarkOver(isr, log.logEndOffset, replicas);
  }

  /** A follower copies the next record and learns the high watermark, or truncates if its rules ask so late. */
  private follow(
    state: ReplicationState,
    leader: ReplicaIndex,
    follower: ReplicaIndex,
    visit: Visit<ReplicationState>,
  ): void {
    const asks = this.asks(state, leader, follower);
    const { log, highWatermark } = state.replicas[follower]!;
    const end = log.logEndOffset;
    const cut = this.rules.cutWhenFetching?.(asks);
    if (cut !== undefined) {
      const change = { log: this.logs.truncate(log, cut), highWatermark: Math.min(cut, highWatermark) };
      const story = `${nameOf(follower)} differs from ${nameOf(leader)}, and truncates from ${end} to ${cut}.`;
      visit(withReplica(state, follower, change), () => story);
    }
    const record = state.replicas[leader]!.log.records[end];
    if (record === undefined || !this.rules.mayFetch(asks)) return;
    const learned = Math.min(state.replicas[leader]!.highWatermark, end + 1);
    const fetched = withReplica(state, follower, { log: this.logs.append(log, record), highWatermark: learned });
    visit(fetched, () => `${nameOf(follower)} fetches ${recordName(record.id)} from ${nameOf(leader)}.`);
  }

  private asks(state: ReplicationState, leader: ReplicaIndex, follower: ReplicaIndex): Question {
    return { state, logs: this.logs, leader, follower };
  }
}
