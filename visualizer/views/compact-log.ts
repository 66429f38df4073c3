// One partition of an internal topic, small: a thin lane for each replica, without axis and names. There may be
// fifty of them, most of them empty; whoever wants to see more opens one.

import { lanesOf, type LogHit, type LogInput } from "./log-canvas.js";
import { cellsOf, windowOf, type Cell } from "./log-cells.js";

const LANE = 8;
const CELL = 6;
/** Cells narrower than this are joined with their neighbours. */
const MIN_CELL = 3;

/** Height in CSS pixels. */
export function compactHeight(input: LogInput): number {
  return Math.max(1, lanesOf(input.partition).length) * LANE + 2;
}

/** Draws the partition. The context is scaled to CSS pixels already. */
export function drawCompactLog(context: CanvasRenderingContext2D, width: number, input: LogInput): void {
  const { partition, state, theme } = input;
  const scale = scaleOf(input, width);
  context.clearRect(0, 0, width, compactHeight(input));
  lanesOf(partition).forEach((nodeId, i) => {
    const top = i * LANE + (LANE - CELL) / 2;
    const process = state.nodes.get(nodeId)?.process;
    const isAlive = process !== "crashed" && process !== "stopped";
    context.fillStyle = theme.faint;
    context.fillRect(0, top, width, CELL);
    const replica = partition.replicas.get(nodeId);
    if (replica === undefined) return;
    // The metadata log has no ISR: a quorum is enough there.
    const inSync = partition.replicaIds.length === 0 || partition.isr.includes(nodeId);
    const alpha = isAlive ? (inSync ? 1 : 0.62) : 0.32;
    for (const cell of cellsAt(input, nodeId, width)) {
      const left = scale.at(cell.from);
      const right = scale.at(cell.to);
      const committed = Math.max(left, Math.min(right, scale.at(replica.highWatermark)));
      const gap = right - left > MIN_CELL + 1 ? 1 : 0;
      context.fillStyle = theme.epochColour(cell.leaderEpoch);
      context.globalAlpha = alpha;
      context.fillRect(left, top, Math.max(0, committed - left - gap), CELL);
      context.globalAlpha = alpha * 0.4;
      if (right > committed) context.fillRect(committed, top, right - committed - gap, CELL);
    }
    context.globalAlpha = 1;
    if (partition.leader !== nodeId) return;
    context.fillStyle = theme.warn;
    context.fillRect(0, top, 3, CELL);
  });
}

/** Finds the replica and the batch at a point in CSS pixels. */
export function hitCompactLog(input: LogInput, width: number, x: number, y: number): LogHit | undefined {
  const nodeId = lanesOf(input.partition)[Math.floor(y / LANE)];
  const replica = nodeId === undefined ? undefined : input.partition.replicas.get(nodeId);
  if (nodeId === undefined || replica === undefined) return undefined;
  const scale = scaleOf(input, width);
  const cell = cellsAt(input, nodeId, width).find(({ from, to }) => scale.at(from) <= x && x < scale.at(to));
  return { nodeId, replica, cell };
}

function cellsAt(input: LogInput, nodeId: number, width: number): readonly Cell[] {
  const replica = input.partition.replicas.get(nodeId);
  if (replica === undefined) return [];
  const { window, pixelsPerOffset } = scaleOf(input, width);
  return cellsOf(replica, window, MIN_CELL / pixelsPerOffset);
}

/** The leader's mark stands left of the first offset. */
const LEFT = 4;

function scaleOf({ partition, zoom }: LogInput, width: number) {
  const window = windowOf(partition, zoom);
  const pixelsPerOffset = (width - LEFT) / (window.end - window.start);
  return { window, pixelsPerOffset, at: (offset: number) => LEFT + (offset - window.start) * pixelsPerOffset };
}
