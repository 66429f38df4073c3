// Reading a partition for a fetch: is the asker's history ours, and what may it see?
//
// Before any record is handed out the asker's last epoch is compared with the leader's: if the leader's history left
// that epoch earlier than the asker did, the asker holds records that never were, and must truncate before it goes on
// (KIP-595 form of KIP-101, KIP-279 and KIP-320). How far a reader sees depends on who it is: a follower to the log
// end, a consumer to the high watermark.

import { type ErrorCode, Errors } from "../errors.js";
import type { EpochEndOffset } from "../log/leader-epoch-cache.js";
import type { Log } from "../log/log.js";
import type { LeaderEpoch, Offset } from "../types.js";
import {
  type FetchIsolation,
  type FetchParams,
  type FetchPartition,
  isFromFollower,
  NO_RECORDS,
  NONE,
  requiresLeader,
} from "./fetch-partition.js";
import type { Partition } from "./partition.js";

/** Exclusive end of what a reader may see. */
export function upperBound(log: Log, isolation: FetchIsolation): Offset {
  switch (isolation) {
    case "log-end":
      return log.logEndOffset;
    case "high-watermark":
      return log.highWatermark;
    case "last-stable-offset":
      return log.lastStableOffset;
  }
}

export type DivergenceCheck =
  | { readonly kind: "agrees" }
  /** The asker must truncate: its records of that epoch end here, at the latest. */
  | { readonly kind: "diverges"; readonly divergingEpoch: EpochEndOffset }
  /** The log cannot say: the epoch is newer than any it knows. */
  | { readonly kind: "unknown" };

const AGREES: DivergenceCheck = { kind: "agrees" };
const UNKNOWN_HISTORY: DivergenceCheck = { kind: "unknown" };

/** What the comparison looks at in the leader's log. */
export type ComparableLog = Pick<Log, "latestEpoch" | "logEndOffset" | "endOffsetForEpoch">;

/** Compares the asker's history, records up to `fetchOffset` of which the last is of `lastFetchedEpoch`, with ours. */
export function checkDivergence(
  log: ComparableLog,
  fetchOffset: Offset,
  lastFetchedEpoch: LeaderEpoch,
): DivergenceCheck {
  if (lastFetchedEpoch === NONE) return AGREES;
  // The common case, a reader within the epoch being written, needs no lookup.
  if (lastFetchedEpoch === log.latestEpoch && fetchOffset <= log.logEndOffset) return AGREES;
  const ours = log.endOffsetForEpoch(lastFetchedEpoch);
  if (ours === undefined) return UNKNOWN_HISTORY;
  const diverges = ours.epoch < lastFetchedEpoch || ours.endOffset < fetchOffset;
  return diverges ? { kind: "diverges", divergingEpoch: ours } : AGREES;
}

/**
 * Reads one partition of a fetch into `entry`.
 * @param limitBytes what is left of the response's size
 * @param minOneBatch give at least one whole batch, whatever its size (KIP-74)
 * @param updateFollower false when a parked fetch is read again: its offset was taken in before
 */
export function readPartition(
  partition: Partition,
  params: FetchParams,
  entry: FetchPartition,
  limitBytes: number,
  minOneBatch: boolean,
  updateFollower: boolean,
): void {
  const found = partition.localLog(entry.currentLeaderEpoch, requiresLeader(params));
  if (!found.ok) return entry.fail(found.error);
  const log = found.log;
  const replica = isFromFollower(params) ? partition.getReplica(params.replicaId) : undefined;
  if (isFromFollower(params) && replica === undefined) {
    // Not (yet) in the assignment as this leader knows it. With an epoch the follower may be ahead of us.
    const knowsEpoch = entry.currentLeaderEpoch !== NONE;
    return entry.fail(knowsEpoch ? Errors.UNKNOWN_LEADER_EPOCH : Errors.NOT_LEADER_OR_FOLLOWER);
  }
  const leaderEndOffset = log.logEndOffset;
  let bound = upperBound(log, params.isolation);
  if (partition.bugs["look-at-log-end-twice"]) bound = boundAfterTwoLooks(log, bound, entry, updateFollower);
  readLog(log, bound, entry, limitBytes, minOneBatch);
  const accepted = entry.errorCode === Errors.NONE && entry.divergingEpoch === undefined;
  if (!accepted || replica === undefined || !updateFollower) return;
  const error = partition.updateFollower(
    replica,
    entry.fetchOffset,
    entry.logStartOffset,
    leaderEndOffset,
    params.brokerEpoch,
  );
  if (error !== Errors.NONE) entry.fail(error);
}

/**
 * M30: a bound that was not below the log's end when the fetch arrived means "to the end", and where that is is looked
 * up anew when the fetch is answered. What was appended between the two looks is read, committed or not.
 */
function boundAfterTwoLooks(log: Log, bound: Offset, entry: FetchPartition, isFirstLook: boolean): Offset {
  if (isFirstLook) entry.logEndAtArrival = log.logEndOffset;
  return bound >= entry.logEndAtArrival ? log.logEndOffset : bound;
}

function readLog(log: Log, bound: Offset, entry: FetchPartition, limitBytes: number, minOneBatch: boolean): void {
  const fetchOffset = entry.fetchOffset;
  // One look at every bound, before the read (M30): a bound taken later could lie above what was checked.
  entry.errorCode = Errors.NONE;
  entry.highWatermark = log.highWatermark;
  entry.lastStableOffset = log.lastStableOffset;
  entry.localLogStartOffset = log.logStartOffset;
  entry.divergingEpoch = undefined;
  entry.preferredReadReplica = NONE;
  entry.records = NO_RECORDS;

  const divergence = checkDivergence(log, fetchOffset, entry.lastFetchedEpoch);
  if (divergence.kind === "unknown") return entry.fail(Errors.OFFSET_OUT_OF_RANGE);
  if (fetchOffset < log.logStartOffset) return entry.fail(Errors.OFFSET_OUT_OF_RANGE);
  if (divergence.kind === "diverges") {
    entry.divergingEpoch = divergence.divergingEpoch;
    return;
  }
  if (fetchOffset > log.logEndOffset) return entry.fail(Errors.OFFSET_OUT_OF_RANGE);
  const maxBytes = Math.min(entry.maxBytes, limitBytes);
  // Between the bound and the log end an offset is not out of range: there is only nothing to see yet.
  if (fetchOffset >= bound || (maxBytes <= 0 && !minOneBatch)) return;
  entry.records = log.read(fetchOffset, maxBytes, bound, minOneBatch).records;
}

/** What OffsetsForLeaderEpoch answers: -1, -1 when the log cannot say. */
export interface LeaderEpochEndOffset {
  readonly error: ErrorCode;
  readonly leaderEpoch: LeaderEpoch;
  readonly endOffset: Offset;
}

/** Where the largest epoch at or below `leaderEpoch` ended, as this leader knows it (KIP-101, KIP-279). */
export function lastOffsetForLeaderEpoch(
  partition: Partition,
  currentLeaderEpoch: LeaderEpoch,
  leaderEpoch: LeaderEpoch,
): LeaderEpochEndOffset {
  const found = partition.localLog(currentLeaderEpoch, true);
  if (!found.ok) return { error: found.error, leaderEpoch: NONE, endOffset: NONE };
  const end = found.log.endOffsetForEpoch(leaderEpoch);
  if (end === undefined) return { error: Errors.NONE, leaderEpoch: NONE, endOffset: NONE };
  return { error: Errors.NONE, leaderEpoch: end.epoch, endOffset: end.endOffset };
}
