// One partition on a canvas: a lane for each replica, the offsets axis they share, and the consumer groups below.
// Cells are batches coloured by leader epoch; full colour below the high watermark, pale above it, because what is
// above it may still be lost and no consumer sees it.

import { MARKS, SIGN_SIZE } from "../marks.js";
import type { ClusterState, PartitionState, ReplicaState } from "../model/state.js";
import type { Theme } from "../theme.js";
import { cellsOf, windowOf, type Cell, type OffsetWindow, type Zoom } from "./log-cells.js";

export interface LogInput {
  readonly state: ClusterState;
  readonly partition: PartitionState;
  readonly timeUs: number;
  readonly zoom: Zoom;
  readonly theme: Theme;
  readonly name: (id: number) => string;
}

/** Cells narrower than this are joined with their neighbours. */
const MIN_CELL = 4;
const LANE = 25;
const CELL = 17;
const AXIS = 15;
const GROUP = 15;
const LABEL = 124;
const END = 78;
/** Cells at least this wide carry their own digit; along narrower ones there is a digit every so many pixels. */
const WIDE_CELL = 15;
const DIGIT_EVERY = 64;
const NARROWEST_RUN = 8;
/** How long a truncation glows. */
export const FLASH_US = 400_000;

/** Height in CSS pixels the partition needs. */
export function logHeight(partition: PartitionState): number {
  return AXIS + lanesOf(partition).length * LANE + groupsOf(partition).length * GROUP + 4;
}

/** Replicas in order of id: those assigned, and those that still have a log. */
export function lanesOf(partition: PartitionState): readonly number[] {
  const ids = new Set([...partition.replicaIds, ...partition.replicas.keys()]);
  return [...ids].sort((a, b) => a - b);
}

/** What lies under a point of the canvas. */
export interface LogHit {
  readonly nodeId: number;
  readonly replica: ReplicaState;
  readonly cell: Cell | undefined;
}

/** Finds the replica and the batch at a point in CSS pixels. */
export function hitLog(input: LogInput, width: number, x: number, y: number): LogHit | undefined {
  const nodeId = lanesOf(input.partition)[Math.floor((y - AXIS) / LANE)];
  const replica = nodeId === undefined ? undefined : input.partition.replicas.get(nodeId);
  if (nodeId === undefined || replica === undefined || y < AXIS) return undefined;
  const scale = scaleOf(windowOf(input.partition, input.zoom), width);
  const cells = cellsOf(replica, scale.window, MIN_CELL / scale.pixelsPerOffset);
  const cell = cells.find(({ from, to }) => scale.at(from) <= x && x < scale.at(to));
  return { nodeId, replica, cell };
}

/** Draws the partition. The context is scaled to CSS pixels already. */
export function drawLog(context: CanvasRenderingContext2D, width: number, input: LogInput): void {
  const { partition, theme, state, name } = input;
  const scale = scaleOf(windowOf(partition, input.zoom), width);
  context.clearRect(0, 0, width, logHeight(partition));
  context.textBaseline = "middle";
  drawAxis(context, scale, theme);
  lanesOf(partition).forEach((nodeId, i) => {
    const y = AXIS + i * LANE;
    const isAlive = state.nodes.get(nodeId)?.process !== "crashed" && state.nodes.get(nodeId)?.process !== "stopped";
    // The metadata log has no ISR: a quorum is enough there.
    const inSync = partition.replicaIds.length === 0 || partition.isr.includes(nodeId);
    const replica = partition.replicas.get(nodeId);
    drawLabel(context, y, { partition, nodeId, replica, inSync, isAlive, name: name(nodeId) }, theme);
    if (replica === undefined) return;
    context.globalAlpha = isAlive ? (inSync ? 1 : 0.62) : 0.32;
    drawCells(context, y, replica, scale, theme);
    context.globalAlpha = 1;
    drawTruncation(context, y, replica, scale, input);
    drawEnds(context, y, replica, scale, theme);
  });
  drawLeaderWatermark(context, partition, scale, theme);
  drawGroups(context, partition, scale, theme);
}

interface Scale {
  readonly window: OffsetWindow;
  readonly pixelsPerOffset: number;
  readonly right: number;
  at(offset: number): number;
}

function scaleOf(window: OffsetWindow, width: number): Scale {
  const right = width - END;
  const pixelsPerOffset = (right - LABEL) / (window.end - window.start);
  return { window, pixelsPerOffset, right, at: (offset) => LABEL + (offset - window.start) * pixelsPerOffset };
}

function font(context: CanvasRenderingContext2D, theme: Theme, px: number, weight = 400): void {
  context.font = `${weight} ${px}px ${theme.fontFamily}`;
}

function drawAxis(context: CanvasRenderingContext2D, scale: Scale, theme: Theme): void {
  const { start, end } = scale.window;
  const target = (end - start) / Math.max(2, (scale.right - LABEL) / 70);
  const unit = 10 ** Math.floor(Math.log10(target));
  const step = Math.max(1, [1, 2, 5, 10].map((factor) => factor * unit).find((size) => size >= target) ?? unit);
  font(context, theme, 10.5);
  context.fillStyle = theme.muted;
  context.textAlign = "left";
  for (let offset = Math.ceil(start / step) * step; offset < end; offset += step) {
    const x = Math.round(scale.at(offset));
    context.fillText(String(offset), x + 2, 7);
    context.fillRect(x, 10, 1, 4);
  }
}

interface Label {
  readonly partition: PartitionState;
  readonly nodeId: number;
  readonly replica: ReplicaState | undefined;
  readonly inSync: boolean;
  readonly isAlive: boolean;
  readonly name: string;
}

function drawLabel(context: CanvasRenderingContext2D, y: number, label: Label, theme: Theme): void {
  const { partition, nodeId, replica, inSync, isAlive, name } = label;
  const isLeader = partition.leader === nodeId;
  const believesToLead = replica?.role === "leader" && !isLeader;
  const middle = y + LANE / 2;
  context.textAlign = "left";
  if (isLeader || believesToLead) {
    context.fillStyle = isLeader ? theme.warn : theme.muted;
    drawCrown(context, 0, middle - 6.5, 13);
  }
  font(context, theme, 12.5, isLeader ? 650 : 450);
  context.fillStyle = isAlive ? theme.ink : theme.muted;
  context.fillText(fit(context, name, 72), 17, middle - (believesToLead ? 5 : 0));
  if (believesToLead) {
    font(context, theme, 9.5);
    context.fillStyle = theme.bad;
    context.fillText(`leads epoch ${replica.leaderEpoch}?`, 17, middle + 7);
  }
  if (partition.replicaIds.length === 0) return;
  font(context, theme, 10, 600);
  context.textAlign = "right";
  context.fillStyle = inSync ? theme.accent : theme.muted;
  context.fillText(inSync ? "ISR" : "out", LABEL - 8, middle);
}

function drawCells(
  context: CanvasRenderingContext2D,
  y: number,
  replica: ReplicaState,
  scale: Scale,
  theme: Theme,
): void {
  const top = y + (LANE - CELL) / 2;
  const alpha = context.globalAlpha;
  context.fillStyle = theme.faint;
  context.fillRect(LABEL, top, scale.right - LABEL, CELL);
  const cells = cellsOf(replica, scale.window, MIN_CELL / scale.pixelsPerOffset);
  for (const cell of cells) {
    const left = scale.at(cell.from);
    const gap = (cell.to - cell.from) * scale.pixelsPerOffset > MIN_CELL + 1 ? 1 : 0;
    const committed = Math.max(cell.from, Math.min(cell.to, replica.highWatermark));
    context.fillStyle = theme.epochColour(cell.leaderEpoch);
    context.globalAlpha = alpha;
    if (committed > cell.from) context.fillRect(left, top, scale.at(committed) - left - gap, CELL);
    context.globalAlpha = alpha * 0.42;
    if (committed < cell.to) {
      context.fillRect(scale.at(committed), top, scale.at(cell.to) - scale.at(committed) - gap, CELL);
    }
  }
  context.globalAlpha = alpha;
  drawDigits(context, top, cells, scale, theme);
}

/** The leader epoch as a digit, in every wide cell and every so often along runs of narrow ones. */
function drawDigits(
  context: CanvasRenderingContext2D,
  top: number,
  cells: readonly Cell[],
  scale: Scale,
  theme: Theme,
): void {
  font(context, theme, 11, 600);
  context.textAlign = "center";
  context.lineWidth = 3.5;
  context.lineJoin = "round";
  const put = (cell: Cell, x: number): void => {
    const text = cell.isControl ? "C" : String(cell.leaderEpoch);
    context.strokeStyle = theme.epochColour(cell.leaderEpoch);
    context.strokeText(text, x, top + CELL / 2 + 0.5);
    context.fillStyle = theme.cellInk;
    context.fillText(text, x, top + CELL / 2 + 0.5);
  };
  // Cells come newest first: `right` is where the run of narrow cells began that ends at this one.
  let right = -1;
  cells.forEach((cell, i) => {
    const [from, to] = [scale.at(cell.from), scale.at(cell.to)];
    const isWide = to - from >= WIDE_CELL;
    if (isWide) return put(cell, (from + to) / 2);
    if (right < 0) right = to;
    const next = cells[i + 1];
    const goesOn = next?.leaderEpoch === cell.leaderEpoch && scale.at(next.to) - scale.at(next.from) < WIDE_CELL;
    if (goesOn && right - from < DIGIT_EVERY) return;
    if (right - from >= NARROWEST_RUN) put(cell, (from + right) / 2);
    right = -1;
  });
}

function drawTruncation(
  context: CanvasRenderingContext2D,
  y: number,
  replica: ReplicaState,
  scale: Scale,
  { timeUs, theme }: LogInput,
): void {
  const age = timeUs - replica.truncatedAtUs;
  if (!(age >= 0 && age < FLASH_US)) return;
  const left = Math.max(LABEL, scale.at(replica.truncatedTo));
  const right = Math.min(scale.right + 6, Math.max(left + 4, scale.at(replica.truncatedFrom)));
  context.globalAlpha = 0.75 * (1 - age / FLASH_US);
  context.fillStyle = theme.bad;
  context.fillRect(left, y + 2, right - left, LANE - 4);
  context.globalAlpha = 1;
}

/** The replica's own high watermark as a tick, and both numbers at the right. */
function drawEnds(
  context: CanvasRenderingContext2D,
  y: number,
  replica: ReplicaState,
  scale: Scale,
  theme: Theme,
): void {
  font(context, theme, 10.5);
  context.textAlign = "left";
  if (replica.logEndOffset < scale.window.start) {
    context.fillStyle = theme.muted;
    context.fillText(`◂ ends ${scale.window.start - replica.logEndOffset} before this`, LABEL + 5, y + LANE / 2);
  }
  const x = Math.min(scale.right, scale.at(replica.highWatermark));
  context.fillStyle = theme.ink;
  if (x >= LABEL) context.fillRect(Math.round(x) - 1, y + 2, 2, LANE - 4);
  context.fillStyle = theme.ink;
  context.fillText(`end ${replica.logEndOffset}`, scale.right + 8, y + LANE / 2 - 5.5);
  context.fillStyle = theme.muted;
  context.fillText(`HW ${replica.highWatermark}`, scale.right + 8, y + LANE / 2 + 6);
}

/** The leader's high watermark through all lanes: what consumers may read ends here. */
function drawLeaderWatermark(
  context: CanvasRenderingContext2D,
  partition: PartitionState,
  scale: Scale,
  theme: Theme,
): void {
  const leader = partition.replicas.get(partition.leader);
  if (leader === undefined || leader.highWatermark < scale.window.start) return;
  const x = Math.round(scale.at(leader.highWatermark));
  if (x > scale.right + 1) return;
  context.strokeStyle = theme.ink;
  context.lineWidth = 1;
  context.setLineDash([2, 3]);
  context.beginPath();
  context.moveTo(x, AXIS - 2);
  context.lineTo(x, AXIS + lanesOf(partition).length * LANE + 2);
  context.stroke();
  context.setLineDash([]);
}

function groupsOf(partition: PartitionState) {
  return [...partition.positions.values()]
    .filter(({ position, committed }) => position >= 0 || committed >= 0)
    .sort((a, b) => (a.group < b.group ? -1 : 1));
}

/** Consumer groups: an open caret where the group reads, a filled one where it committed. */
function drawGroups(context: CanvasRenderingContext2D, partition: PartitionState, scale: Scale, theme: Theme): void {
  const top = AXIS + lanesOf(partition).length * LANE + 3;
  groupsOf(partition).forEach(({ group, position, committed }, i) => {
    const y = top + i * GROUP;
    font(context, theme, 11);
    context.textAlign = "left";
    context.fillStyle = theme.group;
    context.fillText(fit(context, group === "" ? "consumer" : group, LABEL - 26), 17, y + GROUP / 2);
    if (committed >= 0) drawCaret(context, clampX(scale, committed), y, theme.group, true);
    if (position >= 0) drawCaret(context, clampX(scale, position), y, theme.group, false);
    font(context, theme, 10.5);
    const text = position >= 0 && position !== committed ? `${committed} → ${position}` : String(committed);
    context.fillStyle = theme.group;
    context.fillText(text.replace("-1 → ", ""), scale.right + 8, y + GROUP / 2);
  });
}

function clampX(scale: Scale, offset: number): number {
  return Math.max(LABEL, Math.min(scale.right, scale.at(offset)));
}

function drawCaret(context: CanvasRenderingContext2D, x: number, y: number, colour: string, filled: boolean): void {
  context.beginPath();
  context.moveTo(x, y + 1);
  context.lineTo(x - 5, y + 11);
  context.lineTo(x + 5, y + 11);
  context.closePath();
  context.lineWidth = 1.5;
  context.strokeStyle = colour;
  context.fillStyle = colour;
  if (filled) context.fill();
  context.stroke();
}

let crown: Path2D | undefined;

/** The leader's crown. */
function drawCrown(context: CanvasRenderingContext2D, x: number, y: number, size: number): void {
  crown ??= new Path2D(MARKS.election);
  context.save();
  context.translate(x, y);
  context.scale(size / SIGN_SIZE, size / SIGN_SIZE);
  context.fill(crown);
  context.restore();
}

/** The text, shortened with an ellipsis to fit. */
function fit(context: CanvasRenderingContext2D, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  let length = text.length - 1;
  while (length > 1 && context.measureText(`${text.slice(0, length)}…`).width > width) length -= 1;
  return `${text.slice(0, length)}…`;
}
