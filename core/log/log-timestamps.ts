// Offsets by timestamp: what ListOffsets asks a log.
// Record timestamps come from producers and need not be in order, so the answer is the first record, in offset
// order, that is at or after the timestamp; not the record closest to it.

import type { LeaderEpoch, Offset } from "../types.js";
import { batchLastOffset, batchLeaderEpoch, batchMaxTimestamp } from "./batch-header.js";
import { type Decompressor, forEachRecord } from "./batch-records.js";
import type { LogSegment } from "./log-segment.js";
import type { LogSegments } from "./log-segments.js";

export interface TimestampAndOffset {
  readonly offset: Offset;
  readonly timestampMs: number;
  readonly leaderEpoch: LeaderEpoch;
}

/** The first record at or after `logStartOffset` with a timestamp of at least `timestampMs`; undefined if none. */
export function offsetForTimestamp(
  segments: LogSegments,
  timestampMs: number,
  logStartOffset: Offset,
  decompress: Decompressor | undefined,
): TimestampAndOffset | undefined {
  for (const segment of segments.all()) {
    if (segment.maxTimestampMs < timestampMs) continue;
    const from = Math.max(segment.scanStartFor(timestampMs), logStartOffset);
    const found = findFirst(segment, from, timestampMs, logStartOffset, decompress);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The first of the records with the largest timestamp in the log; undefined if no record has a timestamp. */
export function maxTimestampOffset(
  segments: LogSegments,
  logStartOffset: Offset,
  decompress: Decompressor | undefined,
): TimestampAndOffset | undefined {
  let newest: LogSegment | undefined;
  for (const segment of segments.all()) {
    if (segment.maxTimestampMs >= 0 && segment.maxTimestampMs > (newest?.maxTimestampMs ?? -1)) newest = segment;
  }
  if (newest === undefined) return undefined;
  return findFirst(newest, newest.baseOffset, newest.maxTimestampMs, logStartOffset, decompress);
}

function findFirst(
  segment: LogSegment,
  from: Offset,
  timestampMs: number,
  logStartOffset: Offset,
  decompress: Decompressor | undefined,
): TimestampAndOffset | undefined {
  let found: TimestampAndOffset | undefined;
  segment.forEachBatchFrom(from, (batch) => {
    if (batchMaxTimestamp(batch, 0) < timestampMs || batchLastOffset(batch, 0) < logStartOffset) return true;
    const leaderEpoch = batchLeaderEpoch(batch, 0);
    forEachRecord(
      batch,
      0,
      (offset, recordTimestampMs) => {
        if (recordTimestampMs < timestampMs || offset < logStartOffset) return true;
        found = { offset, timestampMs: recordTimestampMs, leaderEpoch };
        return false;
      },
      decompress,
    );
    return found === undefined;
  });
  return found;
}
