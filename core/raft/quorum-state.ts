// Quorum state: what one node believes of the election, and every legal change of it.
//
//   Unattached   knows an epoch, no leader. May hold a vote it gave in that epoch.
//     → Unattached    on a higher epoch, or on giving its vote
//     → Prospective   when the election timeout passes (voters)
//     → Follower      on learning the epoch's leader
//   Follower     knows the leader and fetches from it.
//     → Prospective   when the fetch timeout passes (voters)
//     → Unattached, Follower   on a higher epoch
//   Prospective  asks whether it would be elected, without raising its epoch (KIP-996). A voter that was cut off for
//                minutes comes back in the epoch it left with, instead of deposing a healthy leader.
//     → Candidate     when a majority says yes
//     → Follower, Unattached   when it is refused or time passes; on a higher epoch; on learning the leader
//   Candidate    raised the epoch by one and voted for itself.
//     → Leader        when a majority granted its vote
//     → Prospective   after losing or timing out, and a pause
//     → Unattached, Follower   on a higher epoch, or on learning the epoch's leader
//   Leader
//     → Resigned      on graceful stop, or when a majority has not fetched for too long
//     → Unattached, Follower   on a higher epoch
//   Resigned     was leader of its epoch and will not be again, even after a restart.
//     → Unattached    in the next epoch when the election timeout passes, or on a higher epoch
//     → Follower      on learning the leader of a higher epoch
//
// Observers know only Unattached and Follower. Epoch, leader and vote survive a restart: whoever forgets its vote
// can vote twice and elect two leaders in one epoch. So whatever tells others of a change waits for `whenDurable`.

import { assert } from "../assert.js";
import type { Environment } from "../environment.js";
import { NO_LEADER, type NodeId } from "../types.js";
import { ElectionStore, type ElectionState } from "./election-store.js";
import type { LeaderState } from "./leader-state.js";
import type { VoteTally } from "./vote-tally.js";

/** Nobody got this node's vote. */
export const NO_VOTE = -1;

export type EpochState =
  | { readonly name: "Unattached"; readonly epoch: number; readonly votedId: NodeId }
  | {
      readonly name: "Follower";
      readonly epoch: number;
      readonly leaderId: NodeId;
      readonly votedId: NodeId;
      /** Has the leader answered a fetch since? A follower that hears its leader refuses pre-votes. */
      hasFetchedFromLeader: boolean;
    }
  | {
      readonly name: "Prospective";
      readonly epoch: number;
      /** The leader it lost contact with; `NO_LEADER` if it had none. */
      readonly leaderId: NodeId;
      votedId: NodeId;
      readonly tally: VoteTally;
    }
  | {
      readonly name: "Candidate";
      readonly epoch: number;
      readonly tally: VoteTally;
      /** It lost and pauses before it stands again. */
      isBackingOff: boolean;
    }
  | { readonly name: "Leader"; readonly epoch: number; readonly leader: LeaderState }
  | {
      readonly name: "Resigned";
      readonly epoch: number;
      /** Voters by descending log end: who should stand first. */
      readonly preferredSuccessors: readonly NodeId[];
      readonly unacknowledged: Set<NodeId>;
    };

export type StateName = EpochState["name"];

export class QuorumState {
  readonly #env: Environment;
  readonly #store: ElectionStore;
  #state: EpochState;
  #stored: ElectionState;
  #lastWrite = 0;
  #durableWrite = 0;
  readonly #waiting: { readonly write: number; readonly run: () => void }[] = [];
  readonly #onStorageFailure: () => void;

  /** Reads what an earlier process left. `logEndEpoch` is the epoch of the last batch in the log. */
  constructor(env: Environment, logEndEpoch: number, voterIds: readonly NodeId[], onStorageFailure: () => void) {
    this.#env = env;
    this.#store = new ElectionStore(env.storage);
    this.#onStorageFailure = onStorageFailure;
    this.#stored = this.#store.read() ?? { leaderEpoch: 0, leaderId: NO_LEADER, votedId: NO_VOTE };
    const { leaderEpoch: epoch, leaderId, votedId } = this.#stored;
    if (epoch < logEndEpoch) this.#state = { name: "Unattached", epoch: logEndEpoch, votedId: NO_VOTE };
    else if (voterIds.includes(env.nodeId) && leaderId === env.nodeId) {
      // It cannot lead on, for what it wrote last may be lost; the others need not wait until they find out.
      const unacknowledged = new Set(voterIds.filter((id) => id !== env.nodeId));
      this.#state = { name: "Resigned", epoch, preferredSuccessors: [], unacknowledged };
    } else if (leaderId !== NO_LEADER) {
      this.#state = { name: "Follower", epoch, leaderId, votedId, hasFetchedFromLeader: false };
    } else this.#state = { name: "Unattached", epoch, votedId };
  }

  get state(): EpochState {
    return this.#state;
  }
  get epoch(): number {
    return this.#state.epoch;
  }
  /** The leader of the current epoch as far as this node knows; `NO_LEADER` otherwise. */
  get leaderId(): NodeId {
    const state = this.#state;
    if (state.name === "Follower" || state.name === "Prospective") return state.leaderId;
    // A resigned leader names itself still: it tells peers that the epoch has had its leader.
    return state.name === "Leader" || state.name === "Resigned" ? this.#env.nodeId : NO_LEADER;
  }
  get votedId(): NodeId {
    const state = this.#state;
    if (state.name === "Candidate" || state.name === "Leader" || state.name === "Resigned") return this.#env.nodeId;
    return state.votedId;
  }

  /** Runs `action` once everything decided so far survives a power loss; at once if it already does. */
  whenDurable(action: () => void): void {
    if (this.#durableWrite === this.#lastWrite) action();
    else this.#waiting.push({ write: this.#lastWrite, run: action });
  }

  /** The one assignment of the state. */
  transitionTo(next: EpochState): void {
    const from = this.#state;
    assert(next.epoch >= from.epoch, "the epoch of a quorum member never goes back");
    if (next.name === "Leader") assert(from.name === "Candidate", "only a candidate becomes leader");
    if (next.name === "Resigned") assert(from.name === "Leader", "only a leader resigns");
    this.#state = next;
    this.#persist();
    const { trace } = this.#env;
    if (trace.enabled) {
      trace.emit({
        type: "quorum.transitioned",
        from: from.name,
        to: next.name,
        epoch: next.epoch,
        leaderId: this.leaderId,
        votedId: this.votedId,
      });
    }
  }

  /** Gives this node's vote in the current epoch. Only Unattached and Prospective still have one to give. */
  giveVote(candidateId: NodeId): void {
    const state = this.#state;
    if (state.name === "Unattached") {
      if (state.votedId !== candidateId) this.transitionTo({ ...state, votedId: candidateId });
      return;
    }
    assert(state.name === "Prospective", "only an unattached or prospective voter gives a vote");
    state.votedId = candidateId;
    this.#persist();
  }

  /**
   * May `candidateId` have this node's vote in the current epoch?
   * @param isUpToDate the candidate's log end is at least ours, by (epoch, offset)
   */
  canGrantVote(candidateId: NodeId, isUpToDate: boolean, preVote: boolean): boolean {
    const state = this.#state;
    switch (state.name) {
      case "Unattached":
      case "Prospective": {
        if (preVote) return isUpToDate;
        if (state.votedId !== NO_VOTE) return state.votedId === candidateId;
        const knowsLeader = state.name === "Prospective" && state.leaderId !== NO_LEADER;
        return !knowsLeader && isUpToDate;
      }
      case "Follower":
        return preVote && isUpToDate && !state.hasFetchedFromLeader;
      case "Candidate":
      case "Resigned":
        return preVote && isUpToDate;
      case "Leader":
        return false;
    }
  }

  #persist(): void {
    const next: ElectionState = { leaderEpoch: this.epoch, leaderId: this.leaderId, votedId: this.votedId };
    const { leaderEpoch, leaderId, votedId } = this.#stored;
    if (next.leaderEpoch === leaderEpoch && next.leaderId === leaderId && next.votedId === votedId) return;
    this.#stored = next;
    const write = ++this.#lastWrite;
    this.#store.write(next, (result) => {
      if (result !== "ok") return this.#onStorageFailure();
      this.#durableWrite = Math.max(this.#durableWrite, write);
      this.#runDurable();
    });
  }

  #runDurable(): void {
    while (this.#waiting.length > 0 && this.#waiting[0]!.write <= this.#durableWrite) this.#waiting.shift()!.run();
  }
}
