// Replication state: what the TLA+ models of KafkaReplication remember of one partition.
//
// The controller's decisions (a leader and an ISR for each epoch) stay for ever, so a replica may be told any of them
// at any time: late, twice or not at all. The quorum's state is the last decision, but for its ISR, which the leader
// changes too.

import type { LeaderEpoch, Offset } from "../../core/types.js";
import type { ModelLog, ModelLogs } from "./model-log.js";
import { NOBODY, type ReplicaIndex, type ReplicaSet } from "./replica-set.js";

/** Bounds of a model. Record numbers and offsets end at `records`; epochs go from 0 to `maxEpoch`. */
export interface Bounds {
  readonly replicas: number;
  readonly records: number;
  readonly maxEpoch: LeaderEpoch;
}

export interface ReplicaState {
  readonly log: ModelLog;
  readonly highWatermark: Offset;
  /** Of the last decision it was told; -1 before the first. */
  readonly leaderEpoch: LeaderEpoch;
  /** Its own idea of the ISR. */
  readonly isr: ReplicaSet;
}

/** What the controller decided, and tells the replicas (LeaderAndIsr). */
export interface Decision {
  readonly leader: ReplicaIndex;
  readonly isr: ReplicaSet;
}

export interface ReplicationState {
  readonly replicas: readonly ReplicaState[];
  /** By epoch. */
  readonly decisions: readonly Decision[];
  /** The ISR in force, from which leaders are elected. */
  readonly quorumIsr: ReplicaSet;
  readonly nextRecord: number;
}

export function quorumLeader(state: ReplicationState): ReplicaIndex {
  return state.decisions[state.decisions.length - 1]?.leader ?? NOBODY;
}

/** Whom a replica takes for the leader: epochs have one leader each. */
export function leaderOf(state: ReplicationState, replica: ReplicaIndex): ReplicaIndex {
  return state.decisions[state.replicas[replica]!.leaderEpoch]?.leader ?? NOBODY;
}

export function presumesLeadership(state: ReplicationState, replica: ReplicaIndex): boolean {
  return leaderOf(state, replica) === replica;
}

/** The state with one replica changed. */
export function withReplica(
  state: ReplicationState,
  replica: ReplicaIndex,
  change: Partial<ReplicaState>,
): ReplicationState {
  const { log, highWatermark, leaderEpoch, isr } = state.replicas[replica]!;
  const replicas = state.replicas.slice();
  replicas[replica] = {
    log: change.log ?? log,
    highWatermark: change.highWatermark ?? highWatermark,
    leaderEpoch: change.leaderEpoch ?? leaderEpoch,
    isr: change.isr ?? isr,
  };
  const { decisions, quorumIsr, nextRecord } = state;
  return { replicas, decisions, quorumIsr, nextRecord };
}

const REPLICA_BYTES = 5;

/** Five bytes a replica, one an epoch, two for the rest. */
export class ReplicationCodec {
  readonly widthBytes: number;
  private readonly bounds: Bounds;
  private readonly logs: ModelLogs;

  constructor(bounds: Bounds, logs: ModelLogs) {
    this.bounds = bounds;
    this.logs = logs;
    this.widthBytes = bounds.replicas * REPLICA_BYTES + bounds.maxEpoch + 1 + 2;
  }

  encode(state: ReplicationState, into: Uint8Array): void {
    let at = 0;
    for (const { log, highWatermark, leaderEpoch, isr } of state.replicas) {
      into[at] = log.number & 0xff;
      into[at + 1] = log.number >> 8;
      into[at + 2] = highWatermark;
      into[at + 3] = leaderEpoch + 1;
      into[at + 4] = isr;
      at += REPLICA_BYTES;
    }
    // Never 0, which says that the epoch is still to come.
    for (const { leader, isr } of state.decisions) into[at++] = ((leader + 2) << 4) | isr;
    into[this.widthBytes - 2] = state.quorumIsr;
    into[this.widthBytes - 1] = state.nextRecord;
  }

  decode(from: Uint8Array): ReplicationState {
    const replicas: ReplicaState[] = [];
    let at = 0;
    for (let replica = 0; replica < this.bounds.replicas; replica++, at += REPLICA_BYTES) {
      replicas.push({
        log: this.logs.at(from[at]! | (from[at + 1]! << 8)),
        highWatermark: from[at + 2]!,
        leaderEpoch: from[at + 3]! - 1,
        isr: from[at + 4]!,
      });
    }
    const decisions: Decision[] = [];
    for (; at < this.widthBytes - 2 && from[at] !== 0; at++) {
      decisions.push({ leader: (from[at]! >> 4) - 2, isr: from[at]! & 0xf });
    }
    return {
      replicas,
      decisions,
      quorumIsr: from[this.widthBytes - 2]!,
      nextRecord: from[this.widthBytes - 1]!,
    };
  }
}
