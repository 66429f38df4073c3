// Retention: which segments a log with `cleanup.policy=delete` may forget.
// Whole segments only, oldest first, while a reason holds for each: behind the log start, more bytes than
// retention.bytes, or all records older than retention.ms. Nothing at or above the high watermark goes, for the log
// start may not pass it. One record with a timestamp far in the future keeps its segment, and all later ones, alive.

import type { Offset } from "../types.js";
import type { LogConfig } from "./log-config.js";
import type { LogSegment } from "./log-segment.js";
import type { LogSegments } from "./log-segments.js";
import type { LogStartReason } from "./log-trace.js";
import type { ProducerStateManager } from "./producer-state-manager.js";

/** What retention needs of a `Log`. */
export interface RetainedLog {
  readonly config: LogConfig;
  readonly segments: LogSegments;
  readonly sizeBytes: number;
  readonly logStartOffset: Offset;
  readonly logEndOffset: Offset;
  readonly highWatermark: Offset;
  readonly producerState: ProducerStateManager;
  roll(): void;
  maybeIncrementLogStartOffset(offset: Offset, reason: LogStartReason): boolean;
}

type Predicate = (segment: LogSegment, nextBaseOffset: Offset | undefined) => boolean;

/**
 * Applies every reason to delete that the log's configuration knows; the log start follows.
 * @param nowMs wall clock, since record timestamps are
 * @returns how many segments were removed
 */
export function deleteOldSegments(log: RetainedLog, nowMs: number): number {
  const behindStart: Predicate = (_segment, nextBaseOffset) =>
    nextBaseOffset !== undefined && nextBaseOffset <= log.logStartOffset;
  if (!log.config.delete) return deleteWhile(log, behindStart);
  return deleteWhile(log, tooOld(log, nowMs)) + deleteWhile(log, tooMuch(log)) + deleteWhile(log, behindStart);
}

function tooOld(log: RetainedLog, nowMs: number): Predicate {
  const { retentionMs } = log.config;
  return (segment) => retentionMs >= 0 && nowMs - segment.largestTimestampMs > retentionMs;
}

function tooMuch(log: RetainedLog): Predicate {
  const { retentionBytes } = log.config;
  let excessBytes = log.sizeBytes - retentionBytes;
  return (segment) => {
    if (retentionBytes < 0 || excessBytes < segment.sizeBytes) return false;
    excessBytes -= segment.sizeBytes;
    return true;
  };
}

function deleteWhile(log: RetainedLog, predicate: Predicate): number {
  const doomed: LogSegment[] = [];
  const all = log.segments.all();
  for (let i = 0; i < all.length; i++) {
    const segment = all[i]!;
    const nextBaseOffset = all[i + 1]?.baseOffset;
    const isEmptyActive = nextBaseOffset === undefined && segment.sizeBytes === 0;
    const isCommitted = log.highWatermark >= (nextBaseOffset ?? log.logEndOffset);
    if (isEmptyActive || !isCommitted || !predicate(segment, nextBaseOffset)) break;
    doomed.push(segment);
  }
  if (doomed.length === 0) return 0;
  // A log never is without a segment: if the active one goes too, an empty one takes its place first.
  if (doomed.length === all.length) log.roll();
  log.segments.remove(doomed, log.config.fileDeleteDelayMs);
  log.maybeIncrementLogStartOffset(log.segments.first.baseOffset, "retention");
  log.producerState.removeSnapshotsBefore(log.segments.first.baseOffset);
  return doomed.length;
}
