// Log cleaner: compaction, for topics that must remember the last value of each key.
// A log with `cleanup.policy=compact` has a clean part, rewritten before, and a dirty part behind it. One cleaning
// maps each key of the dirty part to its last offset, then rewrites the whole log up to there without the records
// that a later one replaces. Offsets never change, so consumers notice nothing but holes.
//
// A tombstone (null value) outlives the cleaning that first meets it by delete.retention.ms, so that a reader that
// began before can still learn of the deletion: the moment is stamped into its batch (KIP-534).

import type { Environment } from "../environment.js";
import { Errors } from "../errors.js";
import type { Offset } from "../types.js";
import { batchBaseOffset, batchIsControl, batchLastOffset } from "./batch-header.js";
import { type RecordFilter, filterBatch } from "./batch-filter.js";
import { forEachRecord } from "./batch-records.js";
import type { Log } from "./log.js";
import type { LogSegment } from "./log-segment.js";
import { OffsetMap } from "./offset-map.js";
import { SegmentSwap } from "./segment-swap.js";

/** Keys in the dedupe buffer: 128 MiB at 24 bytes a key, nine tenths full. */
const DEFAULT_MAX_KEYS = 5_033_164;

export interface CleanableLog {
  readonly log: Log;
  /** First offset never cleaned. */
  readonly firstDirtyOffset: Offset;
  /** First offset that may not be cleaned yet. */
  readonly firstUncleanableOffset: Offset;
  readonly cleanBytes: number;
  readonly dirtyBytes: number;
  /** The oldest dirty record waits longer than max.compaction.lag.ms allows. */
  readonly mustClean: boolean;
}

/**
 * Measures how much of a log there is to clean.
 * @param checkpoint where the last cleaning ended; 0 if there was none
 * @param nowMs wall clock
 */
export function measureCleanable(log: Log, checkpoint: Offset, nowMs: number): CleanableLog {
  const isWithinLog = checkpoint >= log.logStartOffset && checkpoint <= log.logEndOffset;
  const firstDirtyOffset = isWithinLog ? checkpoint : log.logStartOffset;
  // A segment is cleaned as a whole or not at all: records that may still be cut or aborted are not rewritten.
  const limit = log.segments.at(log.segments.floorIndex(uncleanableFrom(log, firstDirtyOffset, nowMs)));
  const firstUncleanableOffset = Math.max(firstDirtyOffset, limit?.baseOffset ?? 0);
  let cleanBytes = 0;
  let dirtyBytes = 0;
  let oldestDirtyMs = nowMs;
  for (const segment of log.segments.all()) {
    if (segment.baseOffset >= firstUncleanableOffset) break;
    if (segment.baseOffset < firstDirtyOffset) cleanBytes += segment.sizeBytes;
    else {
      dirtyBytes += segment.sizeBytes;
      oldestDirtyMs = Math.min(oldestDirtyMs, segment.firstTimestampMs < 0 ? nowMs : segment.firstTimestampMs);
    }
  }
  const mustClean = dirtyBytes > 0 && nowMs - oldestDirtyMs > log.config.maxCompactionLagMs;
  return { log, firstDirtyOffset, firstUncleanableOffset, cleanBytes, dirtyBytes, mustClean };
}

/** Never the active segment, nothing at or above the last stable offset, nothing too young. */
function uncleanableFrom(log: Log, firstDirtyOffset: Offset, nowMs: number): Offset {
  let limit = Math.min(log.lastStableOffset, log.segments.active.baseOffset);
  if (log.config.minCompactionLagMs <= 0) return limit;
  for (const segment of log.segments.all()) {
    if (segment.baseOffset < firstDirtyOffset) continue;
    if (segment.largestTimestampMs > nowMs - log.config.minCompactionLagMs) {
      limit = Math.min(limit, segment.baseOffset);
      break;
    }
  }
  return limit;
}

/** Is it worth the work? Compares dirty/(clean+dirty) with min.cleanable.dirty.ratio, in integers: it must be exceeded. */
export function isWorthCleaning({ log, cleanBytes, dirtyBytes, mustClean }: CleanableLog): boolean {
  if (dirtyBytes === 0) return false;
  return mustClean || dirtyBytes * 100 > log.config.minCleanableDirtyRatioPercent * (cleanBytes + dirtyBytes);
}

/**
 * Cleans a log once. Each rewritten segment must be durable before it replaces others, so this takes time.
 * @param onDone told the first offset not cleaned, to be checkpointed; undefined if the cleaning was given up because
 *   the log was cut meanwhile, or storage failed
 */
export function cleanLog(
  env: Environment,
  cleanable: CleanableLog,
  onDone: (firstUncleanOffset: Offset | undefined) => void,
  maxKeys: number = DEFAULT_MAX_KEYS,
): void {
  const { log } = cleanable;
  const map = buildOffsetMap(cleanable, maxKeys);
  const endOffset = map.latestOffset + 1;
  const limit = Math.min(endOffset, cleanable.firstUncleanableOffset);
  const segments = log.segments.all().filter((segment) => segment.baseOffset < limit);
  const round: CleaningRound = {
    env,
    log,
    map,
    nowMs: env.clock.wallMs(),
    lastBatchEnd: cleanable.firstUncleanableOffset,
    producerLastOffsets: new Set(log.producerState.activeProducers().map((producer) => producer.lastDataOffset)),
    truncations: log.local.truncations,
    groups: groupBySize(segments, log.config.segmentBytes),
    removedRecords: 0,
  };
  rewriteFrom(round, 0, (finished) => {
    onDone(finished ? Math.max(endOffset, cleanable.firstDirtyOffset) : undefined);
  });
}

interface CleaningRound {
  readonly env: Environment;
  readonly log: Log;
  readonly map: OffsetMap;
  readonly nowMs: number;
  /** The batch that ends here is kept, if only as a header: it says where the cleaned part ends. */
  readonly lastBatchEnd: Offset;
  /** Batches with an active producer's last sequence are kept too, or its next batch would be refused. */
  readonly producerLastOffsets: ReadonlySet<Offset>;
  readonly truncations: number;
  readonly groups: readonly (readonly LogSegment[])[];
  /** Removed from the group at hand. */
  removedRecords: number;
}

function buildOffsetMap({ log, firstDirtyOffset, firstUncleanableOffset }: CleanableLog, maxKeys: number): OffsetMap {
  const map = new OffsetMap(maxKeys);
  log.forEachBatchFrom(firstDirtyOffset, (batch) => {
    if (batchBaseOffset(batch, 0) >= firstUncleanableOffset || map.isFull) return false;
    // Keys of a batch that cannot be read stay out of the map: nothing before them is replaced.
    if (!batchIsControl(batch, 0)) {
      forEachRecord(
        batch,
        0,
        (offset, _timestampMs, key) => {
          if (key !== null && offset >= firstDirtyOffset) map.put(key, offset);
        },
        log.decompress,
      );
    }
    map.latestOffset = batchLastOffset(batch, 0);
    return true;
  });
  return map;
}

/** Neighbouring segments that together fit into one: otherwise cleaning would leave ever smaller files. */
function groupBySize(segments: readonly LogSegment[], maxBytes: number): readonly (readonly LogSegment[])[] {
  const groups: LogSegment[][] = [];
  let group: LogSegment[] = [];
  let groupBytes = 0;
  for (const segment of segments) {
    const spansTooMuch = group.length > 0 && segment.baseOffset - group[0]!.baseOffset > 1_000_000_000;
    if (group.length > 0 && (groupBytes + segment.sizeBytes > maxBytes || spansTooMuch)) {
      groups.push(group);
      group = [];
      groupBytes = 0;
    }
    group.push(segment);
    groupBytes += segment.sizeBytes;
  }
  if (group.length > 0) groups.push(group);
  return groups;
}

/** Rewrites the groups from `index` on, one after the other. */
function rewriteFrom(round: CleaningRound, index: number, onDone: (finished: boolean) => void): void {
  const group = round.groups[index];
  if (group === undefined) {
    onDone(true);
    return;
  }
  const { log } = round;
  // After a cut the map may name offsets that hold other records now, or none: dropping by it would lose data.
  const mayStillSwap = (): boolean => log.local.truncations === round.truncations && !log.isOffline;
  if (!mayStillSwap()) {
    onDone(false);
    return;
  }
  const swap = new SegmentSwap(round.env, log.segments, group);
  for (const segment of group) {
    segment.forEachBatchFrom(segment.baseOffset, (batch) => {
      const kept = cleanBatch(round, batch);
      if (kept !== undefined) swap.append(kept);
    });
  }
  swap.commit(
    () => log.config,
    mayStillSwap,
    () => tellSwapping(round, index),
    (outcome) => {
      if (outcome === "io-error") log.local.fail();
      if (outcome === "swapped") rewriteFrom(round, index + 1, onDone);
      else onDone(false);
    },
  );
}

/** Told for each group: its readers see the result at once, while the next may still take long. */
function tellSwapping(round: CleaningRound, index: number): void {
  const { env, log, map, groups, removedRecords } = round;
  round.removedRecords = 0;
  if (!env.trace.enabled) return;
  const { topic, partition } = log;
  const upToOffset = Math.min(groups[index + 1]?.[0]?.baseOffset ?? Infinity, map.latestOffset + 1);
  env.trace.emit({ type: "log.compacted", topic, partition, upToOffset, removedRecords });
}

function cleanBatch(round: CleaningRound, batch: Uint8Array): Uint8Array | undefined {
  const lastOffset = batchLastOffset(batch, 0);
  const filter: RecordFilter = {
    nowMs: round.nowMs,
    deleteHorizonMs: round.nowMs + round.log.config.deleteRetentionMs,
    keepsEmptyBatch: lastOffset + 1 === round.lastBatchEnd || round.producerLastOffsets.has(lastOffset),
    keepsRecord: (offset, key, value, horizonPassed) => keepsRecord(round.map, offset, key, value, horizonPassed),
  };
  const result = filterBatch(batch, filter, round.log.decompress);
  round.removedRecords += result.removedRecords;
  // A batch that cannot be taken apart is kept whole. Storage keeps what it is given: hand over a copy.
  return result.error === Errors.NONE && result.batch !== batch ? result.batch : batch.slice();
}

/** The rule of compaction, for one record. */
function keepsRecord(
  map: OffsetMap,
  offset: Offset,
  key: Uint8Array | null,
  value: Uint8Array | null,
  horizonPassed: boolean,
): boolean {
  if (offset > map.latestOffset) return true;
  // Only a topic that became compacted later can hold records without key; compaction cannot keep them.
  if (key === null) return false;
  const replacedBy = map.get(key);
  if (replacedBy !== undefined && offset < replacedBy) return false;
  const isExpiredTombstone = value === null && horizonPassed;
  return !isExpiredTombstone;
}
