// Cells of a log: a replica's batches cut to a window of offsets and joined where they would be too narrow to see.
// Joining keeps drawing proportional to the pixels, however many batches there are.

import { batchesFrom, type Batch } from "../model/batches.js";
import type { PartitionState, ReplicaState } from "../model/state.js";

/** A window of offsets, end exclusive. */
export interface OffsetWindow {
  readonly start: number;
  readonly end: number;
}

/** One rectangle: a batch, or several neighbours of one leader epoch. */
export interface Cell {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  readonly leaderEpoch: number;
  readonly isControl: boolean;
  readonly batches: number;
  /** The newest batch in it. */
  readonly batch: Batch;
}

/** How much of the log to show: a factor on the usual window, or everything. */
export type Zoom = number | "all";

const USUAL_BATCHES = 28;
const STEPS = [1, 2, 5];

/** The window for a partition: the tail of its longest log, its length a round number so that it does not breathe. */
export function windowOf(partition: PartitionState, zoom: Zoom): OffsetWindow {
  const replicas = [...partition.replicas.values()];
  const longest = replicas.reduce<ReplicaState | undefined>(
    (best, replica) => (best === undefined || replica.logEndOffset > best.logEndOffset ? replica : best),
    undefined,
  );
  const endOffset = longest?.logEndOffset ?? 0;
  const logStart = Math.min(endOffset, ...replicas.map((replica) => replica.logStartOffset));
  if (zoom === "all") return { start: logStart, end: Math.max(logStart + 10, endOffset) };
  const usual = usualLength(longest?.tail ?? null);
  const length = roundLength(Math.max(10, usual * zoom));
  return endOffset - logStart <= length
    ? { start: logStart, end: logStart + length }
    : { start: endOffset - length, end: endOffset };
}

/** Cells of the replica inside the window, newest first; neighbours narrower than `minOffsets` are joined. */
export function cellsOf(replica: ReplicaState, window: OffsetWindow, minOffsets: number): readonly Cell[] {
  const cells: Cell[] = [];
  const start = Math.max(window.start, replica.logStartOffset);
  let current: Cell | undefined;
  for (const batch of batchesFrom(replica.tail, start)) {
    const from = Math.max(batch.baseOffset, start);
    const to = Math.min(batch.lastOffset + 1, window.end);
    if (to <= from) continue;
    const joins =
      current !== undefined &&
      current.leaderEpoch === batch.leaderEpoch &&
      current.from === to &&
      current.isControl === batch.isControl &&
      Math.max(to - from, current.to - current.from) < minOffsets;
    if (joins) {
      current = { ...current!, from, batches: current!.batches + 1 };
      cells[cells.length - 1] = current;
    } else {
      current = { from, to, leaderEpoch: batch.leaderEpoch, isControl: batch.isControl, batches: 1, batch };
      cells.push(current);
    }
  }
  return cells;
}

function usualLength(tail: Batch | null): number {
  const newest = tail;
  let oldest = tail;
  for (let i = 1; i < USUAL_BATCHES && oldest?.previous; i++) oldest = oldest.previous;
  return newest === null || oldest === null ? 10 : newest.lastOffset - oldest.baseOffset + 1;
}

/** The next length of the series 10, 20, 50, 100 … */
function roundLength(length: number): number {
  for (let unit = 10; ; unit *= 10) {
    for (const step of STEPS) {
      if (unit * step >= length) return unit * step;
    }
  }
}
