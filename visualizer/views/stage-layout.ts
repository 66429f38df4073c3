// Where things stand on the stage: three rows of cards, and the ways messages take between them.
// Computed from the header and the size of the stage alone, so the same moment always looks the same.

import type { NodeKind, PageHeader } from "../trace-types.js";

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Place extends Point {
  readonly id: number;
  readonly kind: NodeKind;
}

export interface StageLayout {
  readonly width: number;
  readonly height: number;
  readonly cardWidth: number;
  readonly cardHeight: number;
  readonly rows: readonly { readonly kind: NodeKind; readonly y: number }[];
  readonly places: ReadonlyMap<number, Place>;
}

/** A quadratic curve from one card to another; straight when the middle lies between the ends. */
export interface Way {
  readonly start: Point;
  readonly middle: Point;
  readonly end: Point;
}

const ROW_ORDER: readonly NodeKind[] = ["controller", "broker", "client"];
const MARGIN = 18;

/** Lays the nodes out in rows, in order of id. */
export function layoutStage(header: PageHeader, width: number, height: number): StageLayout {
  const kinds = ROW_ORDER.filter((kind) => header.nodes.some((node) => node.kind === kind));
  const most = Math.max(1, ...kinds.map((kind) => header.nodes.filter((node) => node.kind === kind).length));
  const cardWidth = Math.min(212, (width - 2 * MARGIN) / most - 22);
  const cardHeight = Math.min(58, Math.max(42, height / (kinds.length * 2.4)));
  const top = 32 + cardHeight / 2;
  const bottom = height - 30 - cardHeight / 2;
  const places = new Map<number, Place>();
  const rows = kinds.map((kind, row) => {
    const y = kinds.length === 1 ? height / 2 : top + ((bottom - top) * row) / (kinds.length - 1);
    const nodes = header.nodes.filter((node) => node.kind === kind).sort((a, b) => a.id - b.id);
    const pitch = Math.min((width - 2 * MARGIN) / nodes.length, cardWidth * 2.1);
    const left = width / 2 - (pitch * (nodes.length - 1)) / 2;
    nodes.forEach((node, i) => places.set(node.id, { id: node.id, kind, x: left + pitch * i, y }));
    return { kind, y };
  });
  return { width, height, cardWidth, cardHeight, rows, places };
}

/** The way from one node to another; undefined if either has no place. Either direction takes the same curve. */
export function wayBetween(layout: StageLayout, fromId: number, toId: number): Way | undefined {
  const from = layout.places.get(fromId);
  const to = layout.places.get(toId);
  if (from === undefined || to === undefined || from === to) return undefined;
  return from.y === to.y ? wayAlongRow(layout, from, to) : wayAcrossRows(layout, from, to);
}

/** The point a fraction of the way along, moved aside so that the two directions do not cover each other. */
export function pointOn({ start, middle, end }: Way, fraction: number, aside: number): Point {
  const rest = 1 - fraction;
  const x = rest * rest * start.x + 2 * rest * fraction * middle.x + fraction * fraction * end.x;
  const y = rest * rest * start.y + 2 * rest * fraction * middle.y + fraction * fraction * end.y;
  const [dx, dy] = [end.x - start.x, end.y - start.y];
  const length = Math.hypot(dx, dy) || 1;
  return { x: x - (dy / length) * aside, y: y + (dx / length) * aside };
}

/** The way as SVG path data. */
export function pathOf({ start, middle, end }: Way): string {
  return `M${round(start.x)},${round(start.y)}Q${round(middle.x)},${round(middle.y)} ${round(end.x)},${round(end.y)}`;
}

/** Coordinates to a tenth of a pixel: enough to look at, and free of noise. */
export function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function wayAcrossRows(layout: StageLayout, from: Place, to: Place): Way {
  const start = port(layout, from, to);
  const end = port(layout, to, from);
  // Past a row in between, the way bends aside instead of crossing its cards.
  const skipsRow = Math.abs(rowOf(layout, from) - rowOf(layout, to)) > 1;
  const side = (from.x + to.x) / 2 < layout.width / 2 ? -1 : 1;
  const bend = skipsRow ? side * layout.cardWidth * 1.3 : 0;
  return { start, middle: { x: (start.x + end.x) / 2 + bend, y: (start.y + end.y) / 2 }, end };
}

/** Where the way to `other` leaves the card: at its edge, on the side where the other stands. */
function port(layout: StageLayout, place: Place, other: Place): Point {
  const reach = layout.cardWidth * 0.36;
  const lean = ((other.x - place.x) / layout.width) * layout.cardWidth;
  const x = place.x + Math.max(-reach, Math.min(reach, lean));
  const y = place.y + (Math.sign(other.y - place.y) * layout.cardHeight) / 2;
  return { x, y };
}

function wayAlongRow(layout: StageLayout, from: Place, to: Place): Way {
  const gap = Math.abs(to.x - from.x) - layout.cardWidth;
  const isNeighbour = ![...layout.places.values()].some(
    (place) => place.y === from.y && (place.x - from.x) * (place.x - to.x) < 0,
  );
  const direction = Math.sign(to.x - from.x);
  if (isNeighbour) {
    const start = { x: from.x + (direction * layout.cardWidth) / 2, y: from.y };
    const end = { x: to.x - (direction * layout.cardWidth) / 2, y: to.y };
    return { start, middle: { x: (start.x + end.x) / 2, y: from.y }, end };
  }
  const lean = layout.cardWidth * 0.3;
  const y = from.y - layout.cardHeight / 2;
  // The curve rises half as high as its middle; it has to stay on the stage, with room for a mark on it.
  const rise = Math.min(52, 26 + gap * 0.05, (y - 12) * 2);
  return {
    start: { x: from.x + direction * lean, y },
    middle: { x: (from.x + to.x) / 2, y: y - rise },
    end: { x: to.x - direction * lean, y },
  };
}

function rowOf(layout: StageLayout, place: Place): number {
  return layout.rows.findIndex((row) => row.kind === place.kind);
}
