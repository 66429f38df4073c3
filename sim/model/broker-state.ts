// Broker state: what a cluster of a few real partitions remembers between two steps.
//
// The controller's rows stay for ever, one a partition epoch: a broker may replay them late, and skip some, but never
// goes back. Everything else is what core's Partition, IsrManager and Replica hold and would act upon.

import type { PartitionRegistration } from "../../core/metadata/registrations.js";
import { UNKNOWN } from "../../core/replication/replica.js";
import type { LeaderEpoch, Offset } from "../../core/types.js";
import type { LogContent, LogContents } from "./broker-log.js";
import { everybody, membersOf, type ReplicaSet } from "./replica-set.js";

export interface BrokerBounds {
  readonly replicas: number;
  readonly records: number;
  readonly maxLeaderEpoch: number;
  readonly maxPartitionEpoch: number;
  /** Do leaders hear the controller's answers, too? Else only metadata tells them what became of a proposal. */
  readonly answers?: boolean;
}

/** A leader's AlterPartition, until it is answered. */
export interface UnansweredProposal {
  readonly isr: ReplicaSet;
  /** The partition epoch it was made in. */
  readonly partitionEpoch: number;
  /** That of the row with which the controller accepted it; undefined: it has not, or not yet. */
  readonly acceptedIn: number | undefined;
}

/** A follower's fetch, as its leader will read it. */
export interface FetchQuestion {
  /** Epoch in which it was asked; the leader of that epoch is the one to read it. */
  readonly leaderEpoch: LeaderEpoch;
  readonly fetchOffset: Offset;
  readonly lastFetchedEpoch: LeaderEpoch;
}

export interface BrokerState {
  readonly log: LogContent;
  readonly highWatermark: Offset;
  /** Partition epoch of the newest row it knows, by metadata or by an answer. */
  readonly partitionEpoch: number;
  /** The newest row it knows was told by an answer: metadata will tell it again. */
  readonly awaitsMetadata: boolean;
  /** As leader: the ISR it proposed and has not heard about yet; 0 if none. */
  readonly proposedIsr: ReplicaSet;
  /** The proposal in its AlterPartitionManager; kept only where there are answers. */
  readonly unanswered: UnansweredProposal | undefined;
  /** As leader: how far each replica's log reaches, to its knowledge. As follower: all UNKNOWN. */
  readonly known: readonly Offset[];
  /** As follower: does its next fetch tell the last epoch of its log? Always, in Kafka as it is. */
  readonly compares: boolean;
  /** A fetch it sent before it went on to another epoch, and which may still arrive. */
  readonly straggler: FetchQuestion | undefined;
}

export interface ClusterState {
  readonly brokers: readonly BrokerState[];
  /** By partition epoch; the last is in force. */
  readonly rows: readonly PartitionRegistration[];
  readonly nextRecord: number;
}

export function setOf(brokerIds: readonly number[]): ReplicaSet {
  return brokerIds.reduce((set, id) => set | (1 << id), 0);
}

export function rowInForce(state: ClusterState): PartitionRegistration {
  return state.rows[state.rows.length - 1]!;
}

/** The row a broker acts on; undefined before it heard of the partition. */
export function rowOf(state: ClusterState, broker: number): PartitionRegistration | undefined {
  return state.rows[state.brokers[broker]!.partitionEpoch];
}

/** The row a partition is created with: the first replica leads, all are in sync. */
export function firstRow(replicas: number): PartitionRegistration {
  const all = membersOf(everybody(replicas));
  return {
    replicas: all,
    isr: all,
    removingReplicas: [],
    addingReplicas: [],
    elr: [],
    lastKnownElr: [],
    leader: 0,
    leaderRecoveryState: 0,
    leaderEpoch: 0,
    partitionEpoch: 0,
  };
}

/** Fixed bytes of a broker, before a byte for each replica it knows. */
const BROKER_BYTES = 13;
/** Keeps codes above 0, which says "not there". */
const SHIFT = 2;

export class ClusterCodec {
  readonly widthBytes: number;
  private readonly bounds: BrokerBounds;
  private readonly contents: LogContents;

  constructor(bounds: BrokerBounds, contents: LogContents) {
    this.bounds = bounds;
    this.contents = contents;
    this.widthBytes = bounds.replicas * (BROKER_BYTES + bounds.replicas) + 2 * (bounds.maxPartitionEpoch + 1) + 1;
  }

  encode(state: ClusterState, into: Uint8Array): void {
    let at = 0;
    for (const broker of state.brokers) {
      into[at++] = broker.log.number & 0xff;
      into[at++] = broker.log.number >> 8;
      into[at++] = broker.highWatermark;
      into[at++] = broker.partitionEpoch + 1;
      into[at++] = broker.proposedIsr;
      into[at++] = broker.compares ? 1 : 0;
      into[at++] = broker.straggler === undefined ? 0 : broker.straggler.leaderEpoch + SHIFT;
      into[at++] = broker.straggler?.fetchOffset ?? 0;
      into[at++] = (broker.straggler?.lastFetchedEpoch ?? -SHIFT) + SHIFT;
      into[at++] = broker.awaitsMetadata ? 1 : 0;
      into[at++] = broker.unanswered?.isr ?? 0;
      into[at++] = broker.unanswered?.partitionEpoch ?? 0;
      into[at++] = broker.unanswered?.acceptedIn ?? 0;
      for (const offset of broker.known) into[at++] = offset + SHIFT;
    }
    into[at++] = state.nextRecord;
    for (const { leader, isr, leaderEpoch } of state.rows) {
      into[at++] = ((leader + SHIFT) << 4) | setOf(isr);
      into[at++] = leaderEpoch;
    }
  }

  decode(from: Uint8Array): ClusterState {
    const { replicas } = this.bounds;
    const brokers: BrokerState[] = [];
    let at = 0;
    for (let broker = 0; broker < replicas; broker++, at += BROKER_BYTES + replicas) {
      brokers.push({
        log: this.contents.at(from[at]! | (from[at + 1]! << 8)),
        highWatermark: from[at + 2]!,
        partitionEpoch: from[at + 3]! - 1,
        proposedIsr: from[at + 4]!,
        compares: from[at + 5] === 1,
        straggler: stragglerOf(from[at + 6]!, from[at + 7]!, from[at + 8]!),
        awaitsMetadata: from[at + 9] === 1,
        unanswered: unansweredOf(from[at + 10]!, from[at + 11]!, from[at + 12]!),
        known: Array.from(from.subarray(at + BROKER_BYTES, at + BROKER_BYTES + replicas), (code) => code - SHIFT),
      });
    }
    const nextRecord = from[at++]!;
    const rows: PartitionRegistration[] = [];
    const first = firstRow(replicas);
    for (; at < this.widthBytes && from[at] !== 0; at += 2) {
      const leader = (from[at]! >> 4) - SHIFT;
      const isr = membersOf(from[at]! & 0xf);
      rows.push({ ...first, leader, isr, leaderEpoch: from[at + 1]!, partitionEpoch: rows.length });
    }
    return { brokers, rows, nextRecord };
  }
}

function stragglerOf(epochCode: number, fetchOffset: Offset, lastEpochCode: number): FetchQuestion | undefined {
  if (epochCode === 0) return undefined;
  return { leaderEpoch: epochCode - SHIFT, fetchOffset, lastFetchedEpoch: lastEpochCode - SHIFT };
}

/** Epoch 0 is that of the creation: no proposal was accepted in it. */
function unansweredOf(isr: ReplicaSet, partitionEpoch: number, accepted: number): UnansweredProposal | undefined {
  return isr === 0 ? undefined : { isr, partitionEpoch, acceptedIn: accepted === 0 ? undefined : accepted };
}

/** Before anything was heard or written. */
export function initialCluster(replicas: number, contents: LogContents): ClusterState {
  const known = Array.from({ length: replicas }, () => UNKNOWN);
  const broker: BrokerState = {
    log: contents.empty,
    highWatermark: 0,
    partitionEpoch: -1,
    awaitsMetadata: false,
    proposedIsr: 0,
    unanswered: undefined,
    known,
    compares: true,
    straggler: undefined,
  };
  return { brokers: known.map(() => broker), rows: [firstRow(replicas)], nextRecord: 0 };
}
