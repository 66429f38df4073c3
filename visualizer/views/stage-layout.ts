// Where things stand on the stage: rows of cards, and the ways messages take between them.
// Computed from the header and the size of the stage alone, so the same moment always looks the same.

import type { NodeKind, PageHeader, PageNode } from "../trace-types.js";
import { cardWidthFor, shortName } from "./card-text.js";

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Place extends Point {
  readonly id: number;
  readonly kind: NodeKind;
  /** Width of its card: the same for all of one kind. */
  readonly width: number;
}

export interface StageLayout {
  readonly width: number;
  readonly height: number;
  readonly cardHeight: number;
  /** Size of the letters on cards: 1 as usual, less where many nodes have to find room. */
  readonly textScale: number;
  /** Kinds from top to bottom; `y` is the middle of the first line of cards. */
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
const WIDEST_CARD = 212;
const NARROWEST_CARD = 60;
const NARROWEST_GAP = 10;
const USUAL_GAP = 22;
/** Above the first row, below the last, above every row (its name), and between lines of one row. */
const TOP = 32;
const BOTTOM = 8;
const NAME_ROOM = 24;
/** Between rows of a stage that may be as tall as it likes: the name, and a way on which messages are seen to move. */
const TALL_GAP = 56;
const LINE_GAP = 14;

/** Where the name of a row stands: from the left edge, and above its first card. */
export const ROW_NAME_X = 12;
export const ROW_NAME_ABOVE = 8;

/** Ways to find room, best first: smaller letters, then several lines, then short names. */
const ATTEMPTS: readonly Attempt[] = [
  { textScale: 1, lines: "one", names: "full" },
  { textScale: 0.9, lines: "one", names: "full" },
  { textScale: 0.82, lines: "one", names: "full" },
  { textScale: 0.82, lines: "many", names: "full" },
  { textScale: 0.82, lines: "many", names: "short" },
];

/** On a small screen that scrolls there is height enough: cards keep the usual letters and room for a second line. */
const TALL: Attempt = { textScale: 1, lines: "many", names: "short", narrowestCard: 100 };

interface Attempt {
  readonly textScale: number;
  readonly lines: "one" | "many";
  readonly names: "full" | "short";
  readonly narrowestCard?: number;
}

/** The cards of one kind, broken into lines. */
interface Row {
  readonly kind: NodeKind;
  readonly nodes: readonly PageNode[];
  readonly perLine: number;
  readonly lines: number;
}

/** Lays the nodes out on a stage as tall as they need. */
export function layoutTallStage(header: PageHeader, width: number): StageLayout {
  const rows = rowsOf(header, width - 2 * MARGIN, TALL);
  const cardHeight = leastCardHeight(TALL.textScale);
  return placeRows(rows, width, heightOf(rows, cardHeight, TALL_GAP), cardHeight, TALL.textScale);
}

/** How tall a stage has to be for all of its cards and the names of its rows, once nothing else finds room. */
export function leastStageHeight(header: PageHeader, width: number): number {
  const last = ATTEMPTS[ATTEMPTS.length - 1]!;
  return heightOf(rowsOf(header, width - 2 * MARGIN, last), leastCardHeight(last.textScale), NAME_ROOM);
}

/** Lays the nodes out in rows, in order of id; a row too long for the stage goes on in a second line. */
export function layoutStage(header: PageHeader, width: number, height: number): StageLayout {
  const inner = width - 2 * MARGIN;
  let rows: readonly Row[] = [];
  let textScale = 1;
  for (const attempt of ATTEMPTS) {
    textScale = attempt.textScale;
    rows = rowsOf(header, inner, attempt);
    const isTooLong = attempt.lines === "one" && rows.some((row) => row.lines > 1);
    if (!isTooLong && heightOf(rows, leastCardHeight(textScale), NAME_ROOM) <= height) break;
  }
  const lines = rows.reduce((sum, row) => sum + row.lines, 0);
  const cardHeight = Math.min(58, Math.max(leastCardHeight(textScale), height / (lines * 2.25)));
  return placeRows(rows, width, height, cardHeight, textScale);
}

function placeRows(
  rows: readonly Row[],
  width: number,
  height: number,
  cardHeight: number,
  textScale: number,
): StageLayout {
  const blocks = rows.map((row) => row.lines * cardHeight + (row.lines - 1) * LINE_GAP);
  const free = height - TOP - BOTTOM - blocks.reduce((sum, block) => sum + block, 0);
  const gap = rows.length > 1 ? Math.max(0, free / (rows.length - 1)) : 0;
  const places = new Map<number, Place>();
  let top = rows.length > 1 ? TOP : TOP + free / 2;
  const named = rows.map((row, i) => {
    const y = top + cardHeight / 2;
    placeRow(places, row, width, y, cardHeight);
    top += blocks[i]! + gap;
    return { kind: row.kind, y };
  });
  return { width, height, cardHeight, textScale, rows: named, places };
}

function leastCardHeight(textScale: number): number {
  return Math.round(42 * textScale);
}

function heightOf(rows: readonly Row[], cardHeight: number, gap: number): number {
  const blocks = rows.reduce((sum, row) => sum + row.lines * cardHeight + (row.lines - 1) * LINE_GAP, 0);
  return TOP + blocks + (rows.length - 1) * gap + BOTTOM;
}

function rowsOf(header: PageHeader, inner: number, { textScale, names, narrowestCard }: Attempt): readonly Row[] {
  return ROW_ORDER.flatMap((kind) => {
    const nodes = header.nodes.filter((node) => node.kind === kind).sort((a, b) => a.id - b.id);
    if (nodes.length === 0) return [];
    const widths = nodes.map(({ name }) => cardWidthFor(names === "full" ? name : shortName(name), textScale));
    const needed = Math.min(WIDEST_CARD, Math.max(narrowestCard ?? NARROWEST_CARD, ...widths)) + NARROWEST_GAP;
    const fit = Math.max(1, Math.floor((inner + NARROWEST_GAP) / needed));
    if (nodes.length <= fit) return [{ kind, nodes, perLine: nodes.length, lines: 1 }];
    // Lines are shifted against each other by half a card, which costs half a card's room.
    const lines = Math.ceil(nodes.length / Math.max(1, fit - 1));
    return [{ kind, nodes, perLine: Math.ceil(nodes.length / lines), lines }];
  });
}

function placeRow(places: Map<number, Place>, row: Row, width: number, y: number, cardHeight: number): void {
  const { kind, nodes, perLine, lines } = row;
  const slots = lines > 1 ? perLine + 0.5 : perLine;
  const room = (width - 2 * MARGIN + NARROWEST_GAP) / slots;
  const cardWidth = Math.min(WIDEST_CARD, room - Math.min(USUAL_GAP, Math.max(NARROWEST_GAP, room * 0.15)));
  const pitch = Math.min(room, cardWidth * 2.1);
  nodes.forEach((node, i) => {
    const line = Math.floor(i / perLine);
    const inLine = Math.min(perLine, nodes.length - line * perLine);
    // Ways to the second line pass between the cards of the first.
    const shift = lines > 1 ? (line % 2 === 0 ? -pitch / 4 : pitch / 4) : 0;
    const x = width / 2 + shift + pitch * ((i % perLine) - (inLine - 1) / 2);
    places.set(node.id, { id: node.id, kind, width: cardWidth, x, y: y + line * (cardHeight + LINE_GAP) });
  });
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
  const bend = skipsRow ? side * Math.min(from.width, to.width) * 1.3 : 0;
  return { start, middle: { x: (start.x + end.x) / 2 + bend, y: (start.y + end.y) / 2 }, end };
}

/** Where the way to `other` leaves the card: at its edge, on the side where the other stands. */
function port(layout: StageLayout, place: Place, other: Place): Point {
  const reach = place.width * 0.36;
  const lean = ((other.x - place.x) / layout.width) * place.width;
  const x = place.x + Math.max(-reach, Math.min(reach, lean));
  const y = place.y + (Math.sign(other.y - place.y) * layout.cardHeight) / 2;
  return { x, y };
}

function wayAlongRow(layout: StageLayout, from: Place, to: Place): Way {
  const gap = Math.abs(to.x - from.x) - from.width;
  const isNeighbour = ![...layout.places.values()].some(
    (place) => place.y === from.y && (place.x - from.x) * (place.x - to.x) < 0,
  );
  const direction = Math.sign(to.x - from.x);
  if (isNeighbour) {
    const start = { x: from.x + (direction * from.width) / 2, y: from.y };
    const end = { x: to.x - (direction * from.width) / 2, y: to.y };
    return { start, middle: { x: (start.x + end.x) / 2, y: from.y }, end };
  }
  const lean = from.width * 0.3;
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
