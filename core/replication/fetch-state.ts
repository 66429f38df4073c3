// Fetch state: one followed partition as its fetcher sees it.
// Belongs to the ReplicaFetcher, which replaces it, never uses it again, when the leader epoch changes: an answer that
// finds another state is to an old question.

import type { LeaderEpoch, Offset, Uuid } from "../types.js";
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

/** The partitions of one fetcher. */
export class FetchStates {
  /** How many partitions are followed. */
  size = 0;
  private readonly byTopic = new Map<Uuid, Map<number, FetchState>>();

  /** The state of a partition that has none yet. */
  add(state: FetchState): void {
    const { topicId, partition } = state.partition;
    let partitions = this.byTopic.get(topicId);
    if (partitions === undefined) this.byTopic.set(topicId, (partitions = new Map()));
    partitions.set(partition, state);
    this.size++;
  }

  /** @returns false if there was none */
  delete(topicId: Uuid, partition: number): boolean {
    const partitions = this.byTopic.get(topicId);
    if (partitions === undefined || !partitions.delete(partition)) return false;
    if (partitions.size === 0) this.byTopic.delete(topicId);
    this.size--;
    return true;
  }

  of(topicId: Uuid, partition: number): FetchState | undefined {
    return this.byTopic.get(topicId)?.get(partition);
  }

  /** By partition, those of one topic. */
  ofTopic(topicId: Uuid): ReadonlyMap<number, FetchState> | undefined {
    return this.byTopic.get(topicId);
  }

  *[Symbol.iterator](): Iterator<FetchState> {
    for (const partitions of this.byTopic.values()) yield* partitions.values();
  }
}

/** May it be fetched now? */
export function isReady(state: FetchState): boolean {
  return state.delayedUntilMs === NOT_DELAYED && !state.askingOffsets;
}
