// Log loader: from the files of a directory to a consistent row of segments.
// After a clean shutdown the files are trusted. Otherwise everything from the recovery point on is read batch by
// batch: the first that is torn or damaged ends the log, and all later segments go, for an offset gap in the middle
// would look like data that compaction removed. Nothing says afterwards that records were lost: only replication can
// find out, by comparing leader epochs.

import { assertDefined } from "../assert.js";
import type { Environment } from "../environment.js";
import type { Offset } from "../types.js";
import { batchBaseOffset, batchLeaderEpoch } from "./batch-header.js";
import type { LeaderEpochCache } from "./leader-epoch-cache.js";
import type { LogConfig } from "./log-config.js";
import {
  CLEANED_SUFFIX,
  DELETED_SUFFIX,
  LOG_SUFFIX,
  PRODUCER_SNAPSHOT_SUFFIX,
  SWAP_SUFFIX,
  logFilePath,
  offsetOfPath,
} from "./log-files.js";
import { LogSegment } from "./log-segment.js";
import { LogSegments, SEGMENT_SUFFIXES } from "./log-segments.js";

export interface LoadedLog {
  readonly segments: LogSegments;
  readonly logStartOffset: Offset;
  readonly logEndOffset: Offset;
  /** Everything below was durable when the log was opened. */
  readonly recoveryPoint: Offset;
  /** Bytes cut because they were torn or damaged, or stood behind such bytes. */
  readonly droppedBytes: number;
}

export interface LoadOptions {
  readonly env: Environment;
  readonly directory: string;
  readonly config: LogConfig;
  readonly hadCleanShutdown: boolean;
  readonly logStartOffset: Offset;
  readonly recoveryPoint: Offset;
  /** Compaction may have left segments that end before the next begins. */
  readonly mayHaveGaps: boolean;
}

/** Opens, and where needed repairs, the log in `directory`; an absent one becomes empty. */
export function loadLog(options: LoadOptions, epochs: LeaderEpochCache): LoadedLog {
  const { env, directory } = options;
  completeInterruptedSwaps(env, directory);
  const opened: LogSegment[] = [];
  const baseOffsets = segmentBaseOffsets(env, directory);
  let droppedBytes = 0;
  let lastOffsetIsCertain = true;
  for (let i = 0; i < baseOffsets.length; i++) {
    const baseOffset = baseOffsets[i]!;
    if (!lastOffsetIsCertain) {
      droppedBytes += discardSegment(env, directory, baseOffset);
      env.marks.reached("segment-behind-damage-dropped");
      continue;
    }
    // The segment holding the recovery point must be checked too: it was durable only up to there.
    const nextBase = baseOffsets[i + 1];
    const isBelowRecoveryPoint = nextBase !== undefined && nextBase <= options.recoveryPoint;
    const mustCheck = !options.hadCleanShutdown && !isBelowRecoveryPoint;
    const trusted = mustCheck ? undefined : LogSegment.open(env.storage, directory, baseOffset, env.clock.wallMs());
    if (trusted !== undefined) {
      opened.push(trusted);
      continue;
    }
    const { segment, droppedBytes: cutBytes } = recoverSegment(options, baseOffset, epochs);
    droppedBytes += cutBytes;
    opened.push(segment);
    if (cutBytes > 0) env.marks.reached("torn-tail-cut");
    if (cutBytes > 0 || endsShort(options, segment, baseOffsets.slice(i + 1))) lastOffsetIsCertain = false;
  }
  return finish(options, opened, droppedBytes);
}

/**
 * Did the segment lose its tail at a batch boundary, where no CRC can tell? Then the next segment begins beyond its
 * end. Kafka keeps such a gap; here it ends the log like a torn batch would. Compaction makes gaps too: where it may
 * have, the log ends only if nothing is behind the gap. Followers could not get past it: they wait for a batch there,
 * and without them in the ISR none may be written.
 */
function endsShort(
  { env, directory, mayHaveGaps }: LoadOptions,
  segment: LogSegment,
  later: readonly Offset[],
): boolean {
  const [nextBase] = later;
  if (nextBase === undefined || segment.nextOffset >= nextBase) return false;
  return !mayHaveGaps || later.every((base) => env.storage.open(logFilePath(directory, base)).sizeBytes === 0);
}

function recoverSegment(
  { env, directory, config }: LoadOptions,
  baseOffset: Offset,
  epochs: LeaderEpochCache,
): { readonly segment: LogSegment; readonly droppedBytes: number } {
  return LogSegment.recover(env.storage, directory, baseOffset, env.clock.wallMs(), config, (batch) => {
    // The epoch checkpoint may lack what was written last. Older epochs it holds already, and they must stay.
    const epoch = batchLeaderEpoch(batch, 0);
    if (epoch >= 0 && epoch > (epochs.latestEpoch ?? -1)) epochs.assign(epoch, batchBaseOffset(batch, 0));
  });
}

function finish(options: LoadOptions, opened: LogSegment[], droppedBytes: number): LoadedLog {
  const { env, directory, config } = options;
  const nowMs = env.clock.wallMs();
  if (opened.length === 0) opened.push(LogSegment.create(env.storage, directory, options.logStartOffset, nowMs));
  const segments = new LogSegments(env, directory, opened);
  let logEndOffset = segments.active.nextOffset;
  // The log ends before it should begin: what is left is older than anything that may be read.
  if (logEndOffset < options.logStartOffset) {
    for (const segment of segments.all()) droppedBytes += segment.sizeBytes;
    segments.restartAt(options.logStartOffset, config.fileDeleteDelayMs);
    env.marks.reached("log-ended-before-its-start");
    logEndOffset = options.logStartOffset;
  }
  const logStartOffset = Math.max(options.logStartOffset, segments.first.baseOffset);
  const recoveryPoint = options.hadCleanShutdown ? logEndOffset : Math.min(options.recoveryPoint, logEndOffset);
  return { segments, logStartOffset, logEndOffset, recoveryPoint, droppedBytes };
}

function segmentBaseOffsets(env: Environment, directory: string): readonly Offset[] {
  const paths = env.storage.list(directory);
  const logs = new Set(paths.filter((path) => path.endsWith(LOG_SUFFIX)));
  const baseOffsets: Offset[] = [];
  for (const path of paths) {
    const offset = offsetOfPath(path);
    if (offset === undefined) continue;
    if (logs.has(path)) baseOffsets.push(offset);
    // An index without its log: the crash came between creating the two.
    const suffix = SEGMENT_SUFFIXES.find((candidate) => path.endsWith(candidate));
    const isOrphan = suffix !== undefined && !logs.has(path.slice(0, -suffix.length) + LOG_SUFFIX);
    if (isOrphan) env.storage.remove(path);
  }
  return baseOffsets.sort((a, b) => a - b);
}

function discardSegment(env: Environment, directory: string, baseOffset: Offset): number {
  let bytes = 0;
  for (const path of env.storage.list(directory)) {
    if (offsetOfPath(path) !== baseOffset) continue;
    if (path.endsWith(LOG_SUFFIX)) bytes = env.storage.open(path).sizeBytes;
    if (isSegmentFile(path)) env.storage.remove(path);
  }
  return bytes;
}

function isSegmentFile(path: string): boolean {
  return SEGMENT_SUFFIXES.some((suffix) => path.endsWith(suffix));
}

/**
 * Finishes or undoes what a crash interrupted in the cleaner's exchange of segments. The renaming of all ".cleaned"
 * to ".swap" is the commit point: with a ".cleaned" left it did not happen, without one it must be completed.
 */
function completeInterruptedSwaps(env: Environment, directory: string): void {
  const { storage } = env;
  let firstCleaned = Number.MAX_SAFE_INTEGER;
  for (const path of storage.list(directory)) {
    if (path.endsWith(DELETED_SUFFIX)) {
      const wasOurs = [...SEGMENT_SUFFIXES, PRODUCER_SNAPSHOT_SUFFIX].some((suffix) =>
        path.endsWith(suffix + DELETED_SUFFIX),
      );
      if (wasOurs && offsetOfPath(path) !== undefined) storage.remove(path);
    } else if (path.endsWith(CLEANED_SUFFIX)) {
      const offset = offsetOfPath(path);
      if (offset === undefined) continue;
      firstCleaned = Math.min(firstCleaned, offset);
      storage.remove(path);
    }
  }
  const swaps: string[] = [];
  for (const path of storage.list(directory)) {
    if (!path.endsWith(SWAP_SUFFIX)) continue;
    if (offsetOfPath(path)! >= firstCleaned) storage.remove(path);
    else swaps.push(path);
  }
  if (swaps.length > 0) env.marks.reached("interrupted-compaction-completed");
  for (const swap of swaps) {
    if (swap.endsWith(LOG_SUFFIX + SWAP_SUFFIX)) removeReplacedSegments(env, directory, swap);
  }
  for (const swap of swaps) storage.rename(swap, swap.slice(0, -SWAP_SUFFIX.length));
}

function removeReplacedSegments(env: Environment, directory: string, swapPath: string): void {
  const first = assertDefined(offsetOfPath(swapPath), "a swap file is named by an offset");
  const end = LogSegment.nextOffsetOfFile(env.storage.open(swapPath), first);
  for (const path of env.storage.list(directory)) {
    const offset = offsetOfPath(path);
    if (offset !== undefined && offset >= first && offset < end && isSegmentFile(path)) env.storage.remove(path);
  }
}
