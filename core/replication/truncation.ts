// Truncation: how far a follower must cut its log so that it agrees with its leader's.
//
// The leader answers a fetch whose history diverges with the largest epoch it shares, at most, and where that epoch
// ended. A follower that knows the epoch cuts to the smaller of both ends. One that does not (leaders changed fast, it
// never heard of that one) cuts to the end of its largest epoch below and asks again: cutting to the leader's offset
// alone would keep records of an epoch the leader never had (KIP-279, KAFKA-6361).
//
// A rule without state; the replica fetcher applies it.

import type { EpochEndOffset } from "../log/leader-epoch-cache.js";
import type { Offset } from "../types.js";

/** What the rule looks at in the follower's log. */
export interface TruncatableLog {
  readonly logEndOffset: Offset;
  /** As the log defines it: the floor epoch and the start of the next one. */
  endOffsetForEpoch(epoch: number): EpochEndOffset | undefined;
}

/** Where to cut, given what the leader answered. Below, fetching goes on; if it still diverges the leader says so. */
export function truncationOffset(log: TruncatableLog, leader: EpochEndOffset): Offset {
  const own = log.endOffsetForEpoch(leader.epoch);
  // No epochs known up to that one: the leader's end is all there is to go by.
  if (own === undefined) return Math.min(leader.endOffset, log.logEndOffset);
  if (own.epoch !== leader.epoch) return Math.min(own.endOffset, log.logEndOffset);
  return Math.min(own.endOffset, leader.endOffset, log.logEndOffset);
}
