// ListOffsets: the offset of the log's start, its end as the asker may see it, or of a point in time.
//
// A new leader's high watermark lags behind its predecessor's until its followers have fetched. A client that asked for
// the end in that moment would see it go back; it is told to ask again instead (KIP-207, KAFKA-2334).

import { type ErrorCode, Errors } from "../errors.js";
import type { Log } from "../log/log.js";
import { type LeaderEpoch, NO_EPOCH, type Offset } from "../types.js";
import type { FetchIsolation } from "./fetch-partition.js";
import type { Partition } from "./partition.js";
import { upperBound } from "./partition-read.js";

/** Timestamps with a meaning of their own. */
export const ListOffsetsTimestamp = {
  LATEST: -1,
  EARLIEST: -2,
  MAX_TIMESTAMP: -3,
  EARLIEST_LOCAL: -4,
  LATEST_TIERED: -5,
} as const;

export interface ListedOffset {
  readonly error: ErrorCode;
  /** -1 when the offset was not found by time. */
  readonly timestampMs: number;
  readonly offset: Offset;
  readonly leaderEpoch: LeaderEpoch;
}

function failed(error: ErrorCode): ListedOffset {
  return { error, timestampMs: -1, offset: -1, leaderEpoch: NO_EPOCH };
}

/**
 * Looks an offset up.
 * @param isolation a client's bound; undefined for a follower, which sees to the log end and needs no guard
 * @param requireLeader false only for debugging clients (replica id -2)
 */
export function listOffset(
  partition: Partition,
  timestamp: number,
  isolation: Exclude<FetchIsolation, "log-end"> | undefined,
  currentLeaderEpoch: LeaderEpoch,
  requireLeader: boolean,
): ListedOffset {
  const found = partition.localLog(currentLeaderEpoch, requireLeader);
  if (!found.ok) return failed(found.error);
  const log = found.log;
  const lastFetchableOffset = upperBound(log, isolation ?? "log-end");
  const epochStartOffset = partition.leaderEpochStartOffset;
  const isBehindEpoch =
    isolation !== undefined &&
    epochStartOffset !== undefined &&
    epochStartOffset > log.highWatermark &&
    !partition.bugs["unguarded-list-offsets"];

  switch (timestamp) {
    case ListOffsetsTimestamp.LATEST:
      if (isBehindEpoch) return failed(Errors.OFFSET_NOT_AVAILABLE);
      return { error: Errors.NONE, timestampMs: -1, offset: lastFetchableOffset, leaderEpoch: partition.leaderEpoch };
    case ListOffsetsTimestamp.EARLIEST:
    case ListOffsetsTimestamp.EARLIEST_LOCAL:
      return {
        error: Errors.NONE,
        timestampMs: -1,
        offset: log.logStartOffset,
        leaderEpoch: epochOfStart(log),
      };
    case ListOffsetsTimestamp.LATEST_TIERED:
      // Nothing is tiered here: no such offset.
      return { error: Errors.NONE, timestampMs: -1, offset: -1, leaderEpoch: NO_EPOCH };
    default:
      return byTimestamp(log, timestamp, lastFetchableOffset, isBehindEpoch);
  }
}

function byTimestamp(log: Log, timestamp: number, lastFetchableOffset: Offset, isBehindEpoch: boolean): ListedOffset {
  const found =
    timestamp === ListOffsetsTimestamp.MAX_TIMESTAMP ? log.maxTimestampOffset() : log.offsetForTimestamp(timestamp);
  if (found !== undefined && found.offset < lastFetchableOffset) {
    const { timestampMs, offset, leaderEpoch } = found;
    return { error: Errors.NONE, timestampMs, offset, leaderEpoch };
  }
  // The answer lies beyond what may be seen: while the bound lags, "there is none" would be a lie.
  if (isBehindEpoch) return failed(Errors.OFFSET_NOT_AVAILABLE);
  return { error: Errors.NONE, timestampMs: -1, offset: -1, leaderEpoch: NO_EPOCH };
}

/** The epoch of the first record kept, if that is known. */
function epochOfStart(log: Log): LeaderEpoch {
  return log.epochForOffset(log.logStartOffset) ?? NO_EPOCH;
}
