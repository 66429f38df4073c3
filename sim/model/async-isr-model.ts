// Asynchronous ISR model (KIP-497): ISR changes travel as messages between a leader and the controller.
//
// The TLA+ module AsyncIsr (hachikuji/kafka-specification). One leader for ever; followers only copy. What is at stake
// is the time between a leader's proposal and the news of what became of it: the controller may have let a follower in
// or dropped one already. A version orders the controller's decisions; a proposal counts only for the version it
// starts from. Messages stay for ever: each may be handled late, again, or never.
//
// From core/: how far the high watermark may rise (highWatermarkCandidate over Replica), told that whoever may be in
// the ISR must be waited for. The rest is the model's; core's own keeper of the ISR is in broker-model.ts.

import { Replica } from "../../core/replication/replica.js";
import type { Offset } from "../../core/types.js";
import type { Invariant, Model, Visit } from "./explore.js";
import { highWatermarkOver } from "./model-high-watermark.js";
import { everybody, everyMember, has, membersOf, nameOf, namesOf, type ReplicaSet } from "./replica-set.js";
import { withMember, withoutMember } from "./replica-set.js";

const LEADER = 0;

export interface AsyncIsrBounds {
  readonly replicas: number;
  readonly maxOffset: Offset;
  readonly maxVersion: number;
}

export interface AsyncIsrState {
  /** The controller's decisions by version; the last is in force. */
  readonly updates: readonly ReplicaSet[];
  /** The version the leader knows, and whom it may have proposed since: all of them together. */
  readonly leaderVersion: number;
  readonly pendingIsr: ReplicaSet;
  /** Proposals by the version they start from: bit n is on if the set n was proposed. */
  readonly requests: readonly number[];
  readonly offsets: readonly Offset[];
}

/** Whom the leader waits for. AsyncIsr's rule: who is in the ISR, and who may be by now. */
export type AwaitedIsr = (state: AsyncIsrState) => ReplicaSet;

export const AWAIT_MAXIMAL_ISR: AwaitedIsr = (state) => state.updates[state.leaderVersion]! | state.pendingIsr;
/** What goes wrong otherwise: a leader that waits only for whom it knows to be in the ISR. */
export const AWAIT_KNOWN_ISR: AwaitedIsr = (state) => state.updates[state.leaderVersion]!;

function highWatermark(state: AsyncIsrState, awaited: AwaitedIsr): Offset {
  const isr = awaited(state);
  const replicas = state.offsets.map((offset, replica) => {
    const follower = new Replica(replica);
    follower.logEndOffset = offset;
    return follower;
  });
  return highWatermarkOver(isr, state.offsets[LEADER]!, replicas);
}

export function validHighWatermark(awaited: AwaitedIsr): Invariant<AsyncIsrState> {
  return {
    name: "ValidHighWatermark",
    claim: "Every member of the controller's ISR has reached the leader's high watermark.",
    holds: (state) => {
      const limit = highWatermark(state, awaited);
      return everyMember(state.updates[state.updates.length - 1]!, (member) => state.offsets[member]! >= limit);
    },
  };
}

export class AsyncIsrModel implements Model<AsyncIsrState> {
  readonly name: string;
  readonly bounds: string;
  readonly initial: AsyncIsrState;
  readonly widthBytes: number;
  private readonly limits: AsyncIsrBounds;
  private readonly awaited: AwaitedIsr;

  constructor(limits: AsyncIsrBounds, awaited: AwaitedIsr = AWAIT_MAXIMAL_ISR) {
    this.name = awaited === AWAIT_MAXIMAL_ISR ? "AsyncIsr" : "AsyncIsr, waiting for the known ISR";
    this.bounds = `${limits.replicas} replicas, offsets to ${limits.maxOffset}, versions to ${limits.maxVersion}`;
    this.limits = limits;
    this.awaited = awaited;
    this.widthBytes = 2 + limits.replicas + 2 * (limits.maxVersion + 1);
    this.initial = {
      updates: [everybody(limits.replicas)],
      leaderVersion: 0,
      pendingIsr: 0,
      requests: Array.from({ length: limits.maxVersion + 1 }, () => 0),
      offsets: Array.from({ length: limits.replicas }, () => 0),
    };
  }

  encode(state: AsyncIsrState, into: Uint8Array): void {
    into[0] = state.leaderVersion;
    into[1] = state.pendingIsr;
    let at = 2;
    for (const offset of state.offsets) into[at++] = offset;
    // Sets of three replicas are eight, one bit each.
    for (const proposed of state.requests) into[at++] = proposed;
    for (const isr of state.updates) into[at++] = isr;
  }

  decode(from: Uint8Array): AsyncIsrState {
    const { replicas, maxVersion } = this.limits;
    const requestsAt = 2 + replicas;
    const updatesAt = requestsAt + maxVersion + 1;
    return {
      leaderVersion: from[0]!,
      pendingIsr: from[1]!,
      offsets: [...from.subarray(2, requestsAt)],
      requests: [...from.subarray(requestsAt, updatesAt)],
      // The leader never leaves the ISR, so an empty set is a version still to come.
      updates: [...from.subarray(updatesAt)].filter((isr) => isr !== 0),
    };
  }

  next(state: AsyncIsrState, visit: Visit<AsyncIsrState>): void {
    this.decide(state, visit);
    this.propose(state, visit);
    for (let version = state.leaderVersion + 1; version < state.updates.length; version++) {
      const heard = { ...state, leaderVersion: version, pendingIsr: 0 };
      visit(heard, () => `The leader hears of version ${version}: ISR ${namesOf(state.updates[version]!)}.`);
    }
    for (let replica = 0; replica < this.limits.replicas; replica++) {
      const offset = state.offsets[replica]!;
      const limit = replica === LEADER ? this.limits.maxOffset : state.offsets[LEADER]!;
      if (offset >= limit) continue;
      const offsets = state.offsets.map((old, index) => (index === replica ? old + 1 : old));
      const does = replica === LEADER ? "writes" : "copies";
      visit({ ...state, offsets }, () => `${nameOf(replica)} ${does} offset ${offset}.`);
    }
  }

  /** The controller drops a follower, or handles a proposal made from the version in force. */
  private decide(state: AsyncIsrState, visit: Visit<AsyncIsrState>): void {
    const version = state.updates.length;
    if (version > this.limits.maxVersion) return;
    const current = state.updates[version - 1]!;
    for (const replica of membersOf(current)) {
      if (replica === LEADER) continue;
      const updates = [...state.updates, withoutMember(current, replica)];
      visit({ ...state, updates }, () => `The controller drops ${nameOf(replica)}: version ${version}.`);
    }
    for (const isr of membersOf(state.requests[version - 1]!)) {
      const updates = [...state.updates, isr];
      visit({ ...state, updates }, () => `The controller accepts ISR ${namesOf(isr)}: version ${version}.`);
    }
  }

  /** The leader proposes to drop anyone but itself, or to take in who has reached the high watermark. */
  private propose(state: AsyncIsrState, visit: Visit<AsyncIsrState>): void {
    const version = state.leaderVersion;
    const known = state.updates[version]!;
    const limit = highWatermark(state, this.awaited);
    for (let replica = 0; replica < this.limits.replicas; replica++) {
      const isMember = has(known, replica);
      if (replica === LEADER || (!isMember && state.offsets[replica]! < limit)) continue;
      const isr = isMember ? withoutMember(known, replica) : withMember(known, replica);
      const requests = state.requests.map((sets, from) => (from === version ? sets | (1 << isr) : sets));
      const proposed = { ...state, requests, pendingIsr: state.pendingIsr | isr };
      visit(proposed, () => `The leader proposes ISR ${namesOf(isr)} from version ${version}.`);
    }
  }
}
