// Offsets by timestamp: what ListOffsets asks a log.
// Record timestamps come from producers and need not be in order, so the answer is the first record, in offset
// order, that is at or after the timestamp; not the record closest to it.

import type { LeaderEpoch, Offset } from "../types.js";
import { batchLeaderEpoch, batchMaxTimestamp } from "./batch-header.js";
import { type Decompressor, forEachRecord } from "./batch-records.js";
import type { LogSegments } from "./log-segments.js";

export interface TimestampAndOffset {
  readonly offset: Offset;
  readonly timestampMs: number;
  readonly leaderEpoch: LeaderEpoch;
}

/**
 * The first record with a timestamp of at least `timestampMs` in the first segment that has one. It is not looked for
 * elsewhere: undefined also if the segment's records of that age lie below the log start, though later segments have
 * more of them.
 */
export function offsetForTimestamp(
  segments: LogSegments,
  timestampMs: number,
  logStartOffset: Offset,
  decompress: Decompressor | undefined,
): TimestampAndOffset | undefined {
  const segment = segments.all().find((candidate) => candidate.maxTimestampMs >= timestampMs);
  let found: TimestampAndOffset | undefined;
  segment?.forEachBatchFrom(Math.max(segment.scanStartFor(timestampMs), logStartOffset), (batch) => {
    if (batchMaxTimestamp(batch, 0) >= timestampMs) {
      found = findInBatch(batch, timestampMs, logStartOffset, decompress);
    }
    return found === undefined;
  });
  return found;
}

/**
 * The first of the records with the largest timestamp in the log, even if DeleteRecords has put it below the log
 * start; undefined if no record has a timestamp, or compaction has left only the header of the batch it was in.
 */
export function maxTimestampOffset(
  segments: LogSegments,
  decompress: Decompressor | undefined,
): TimestampAndOffset | undefined {
  const newest = segments.all().reduce((a, b) => (b.maxTimestampMs > a.maxTimestampMs ? b : a));
  if (newest.maxTimestampMs < 0) return undefined;
  let found: TimestampAndOffset | undefined;
  newest.forEachBatchFrom(newest.offsetOfMaxTimestamp, (batch) => {
    found = findInBatch(batch, newest.maxTimestampMs, 0, decompress);
    return false;
  });
  return found;
}

function findInBatch(
  batch: Uint8Array,
  timestampMs: number,
  startOffset: Offset,
  decompress: Decompressor | undefined,
): TimestampAndOffset | undefined {
  let found: TimestampAndOffset | undefined;
  const leaderEpoch = batchLeaderEpoch(batch, 0);
  forEachRecord(
    batch,
    0,
    (offset, recordTimestampMs) => {
      if (recordTimestampMs < timestampMs || offset < startOffset) return true;
      found = { offset, timestampMs: recordTimestampMs, leaderEpoch };
      return false;
    },
    decompress,
  );
  return found;
}
