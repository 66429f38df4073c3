// Remote replica: what a leader knows of one of its followers.
//
// All of it is learned from the follower's fetches: its fetch offset says how far its log reaches, the moment of the
// fetch whether it keeps up. Changed only by the leading Partition, at each accepted fetch and at a new epoch.

import type { NodeId, Offset } from "../types.js";

/** "Never heard of": offsets and broker epochs of a follower that has not fetched in this epoch yet. */
export const UNKNOWN = -1;

/** A moment before every other. Not 0: a monotonic clock may have started just now. */
export const NEVER_MS = -1_000_000_000_000_000;

export class Replica {
  readonly brokerId: NodeId;
  /** The follower's next offset, as of its last accepted fetch. */
  logEndOffset: Offset = UNKNOWN;
  logStartOffset: Offset = UNKNOWN;
  /** The leader's log end when the follower last fetched: reaching it later proves it was caught up then. */
  lastFetchLeaderLogEndOffset: Offset = UNKNOWN;
  lastFetchTimeMs = NEVER_MS;
  /** The last moment at which the follower had everything the leader had. */
  lastCaughtUpTimeMs = NEVER_MS;
  /** Incarnation that sent the last accepted fetch (KIP-903); undefined before the first one. */
  brokerEpoch: Offset | undefined = undefined;

  constructor(brokerId: NodeId) {
    this.brokerId = brokerId;
  }

  /**
   * Takes an accepted fetch in.
   * @param fetchTimeMs monotonic time at which the fetch was handled
   * @param leaderEndOffset the leader's log end before the read of this fetch
   */
  recordFetch(
    fetchOffset: Offset,
    followerLogStartOffset: Offset,
    fetchTimeMs: number,
    leaderEndOffset: Offset,
    brokerEpoch: Offset,
  ): void {
    if (fetchOffset >= leaderEndOffset) {
      this.lastCaughtUpTimeMs = Math.max(this.lastCaughtUpTimeMs, fetchTimeMs);
    } else if (fetchOffset >= this.lastFetchLeaderLogEndOffset) {
      // It now has what the leader had at the previous fetch: it keeps up, one round trip behind.
      this.lastCaughtUpTimeMs = Math.max(this.lastCaughtUpTimeMs, this.lastFetchTimeMs);
    }
    this.logStartOffset = followerLogStartOffset;
    this.logEndOffset = fetchOffset;
    this.lastFetchLeaderLogEndOffset = Math.max(leaderEndOffset, this.lastFetchLeaderLogEndOffset);
    this.lastFetchTimeMs = fetchTimeMs;
    this.brokerEpoch = brokerEpoch;
  }

  /**
   * Begins a new leader epoch of the same or a new leader.
   * A leader that stays keeps what it knew: the followers' logs did not change because the epoch did.
   */
  resetForLeaderEpoch(nowMs: number, leaderEndOffset: Offset, wasLeader: boolean, inIsr: boolean): void {
    this.lastCaughtUpTimeMs = inIsr ? nowMs : NEVER_MS;
    if (wasLeader) {
      this.lastFetchLeaderLogEndOffset = leaderEndOffset;
      this.lastFetchTimeMs = inIsr ? nowMs : NEVER_MS;
    } else {
      this.logEndOffset = UNKNOWN;
      this.logStartOffset = UNKNOWN;
      this.lastFetchLeaderLogEndOffset = UNKNOWN;
      this.lastFetchTimeMs = NEVER_MS;
      this.brokerEpoch = undefined;
    }
  }

  /** Has everything, or had everything within the last `maxLagMs`. Without writes nobody falls behind. */
  isCaughtUp(leaderEndOffset: Offset, nowMs: number, maxLagMs: number): boolean {
    return leaderEndOffset === this.logEndOffset || nowMs - this.lastCaughtUpTimeMs <= maxLagMs;
  }
}
