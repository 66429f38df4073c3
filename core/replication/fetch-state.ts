// Fetch state: one followed partition as its fetcher sees it.
// Belongs to the ReplicaFetcher, which replaces it, never uses it again, when the leader epoch changes: an answer that
// finds another state is to an old question.

import type { LeaderEpoch, Offset } from "../types.js";
import type { Partition } from "./partition.js";

export const NOT_DELAYED = -1;
const NOTHING_ASKED = -1;

export interface FetchState {
  readonly partition: Partition;
  readonly leaderEpoch: LeaderEpoch;
  fetchOffset: Offset;
  lastFetchedEpoch: LeaderEpoch;
  /** What the outstanding request asked for: an answer to anything else is stale. */
  requestedOffset: Offset;
  /** Left out of fetches until then, on the monotonic clock; or `NOT_DELAYED`. */
  delayedUntilMs: number;
  askingOffsets: boolean;
}

/** A partition that is to be fetched from `fetchOffset` on. */
export function newFetchState(partition: Partition, fetchOffset: Offset, lastFetchedEpoch: LeaderEpoch): FetchState {
  return {
    partition,
    leaderEpoch: partition.leaderEpoch,
    fetchOffset,
    lastFetchedEpoch,
    requestedOffset: NOTHING_ASKED,
    delayedUntilMs: NOT_DELAYED,
    askingOffsets: false,
  };
}

/** May it be fetched now? */
export function isReady(state: FetchState): boolean {
  return state.delayedUntilMs === NOT_DELAYED && !state.askingOffsets;
}
