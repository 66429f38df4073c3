// Flights on the stage: a dot for every message on its way, and counts where several wait at one place.

import { apiOf } from "../apis.js";
import { progressAt, type Flight } from "../message-index.js";
import { detailWidth } from "./card-text.js";
import type { Layer, StageEvents, StageInput } from "./stage.js";
import {
  ROW_NAME_ABOVE,
  ROW_NAME_X,
  pointOn,
  round,
  wayBetween,
  type Point,
  type StageLayout,
} from "./stage-layout.js";

interface DrawnMessage {
  readonly flight: Flight;
  readonly x: number;
  readonly y: number;
  readonly parked: boolean;
  /** Further messages waiting at the same place. */
  more: number;
}

/** Dots and counts are in layers of their own: within a layer d3 keeps the order of the data, between kinds it cannot. */
export function drawMessages(target: Layer, counts: Layer, input: StageInput, events: StageEvents): void {
  const drawn = placeMessages(input);
  const cards = textBoxes(input.layout);
  target
    .selectAll<SVGCircleElement, DrawnMessage>("circle")
    .data(drawn, ({ flight }) => flight.id)
    .join("circle")
    .attr("class", ({ flight, parked, x, y }) => {
      const isSelected = flight.sent.seq === input.selectedSeq;
      const isPassing = !isSelected && isOverText({ x, y }, cards);
      return [
        "message",
        flight.sent.kind,
        parked ? "parked" : "",
        isSelected ? "selected" : "",
        isPassing ? "passing" : "",
      ]
        .filter((name) => name !== "")
        .join(" ");
    })
    .attr("r", ({ flight, parked }) => (flight.sent.kind === "request" ? 5 : 4.5) + (parked ? 1 : 0))
    .attr("cx", ({ x }) => round(x))
    .attr("cy", ({ y }) => round(y))
    .attr("fill", ({ flight }) => (flight.sent.kind === "request" ? colourOf(flight) : "var(--panel)"))
    .attr("stroke", ({ flight }) => (flight.lost ? "var(--bad)" : colourOf(flight)))
    .on("pointermove", (pointer: PointerEvent, { flight }) => events.hoverMessage(flight, pointer))
    .on("pointerleave", (pointer: PointerEvent) => events.hoverMessage(undefined, pointer))
    .on("click", (_, { flight }) => events.pickMessage(flight));
  counts
    .selectAll<SVGTextElement, PlacedCount>("text")
    .data(placeCounts(drawn, input.layout), ({ id }) => id)
    .join("text")
    .attr("class", "parked-count")
    .attr("x", ({ x }) => round(x))
    .attr("y", ({ y }) => round(y))
    .text(({ text }) => text);
}

interface PlacedCount extends Point {
  readonly id: number;
  readonly text: string;
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

const COUNT_HEIGHT = 13;
const COUNT_CHARACTER = 7.8;
/** A count may cover the edge of a card, not its text. */
const CARD_EDGE = 4;

/** Counts beside their dots, where they cover no other text; one that has no such place is left out. */
function placeCounts(drawn: readonly DrawnMessage[], layout: StageLayout): readonly PlacedCount[] {
  const taken: Box[] = textBoxes(layout);
  const placed: PlacedCount[] = [];
  for (const { flight, x, y, more } of drawn) {
    if (more === 0) continue;
    const text = `×${more + 1}`;
    const width = text.length * COUNT_CHARACTER;
    const corners = [
      [x + 8, y + 4],
      [x - 8 - width, y + 4],
      [x - width / 2, y + 18],
      [x - width / 2, y - 9],
    ] as const;
    for (const [left, baseline] of corners) {
      const top = baseline - COUNT_HEIGHT + 2;
      const box = { left, top, right: left + width, bottom: top + COUNT_HEIGHT };
      if (left < 0 || box.right > layout.width || taken.some((other) => areOver(box, other))) continue;
      taken.push(box);
      placed.push({ id: flight.id, text, x: left, y: baseline });
      break;
    }
  }
  return placed;
}

/** Where cards and names of rows have their text. */
function textBoxes({ places, rows, cardHeight }: StageLayout): Box[] {
  const cards = [...places.values()].map(({ x, y, width }) => ({
    left: x - width / 2 + CARD_EDGE,
    top: y - cardHeight / 2 + CARD_EDGE,
    right: x + width / 2 - CARD_EDGE,
    bottom: y + cardHeight / 2 - CARD_EDGE,
  }));
  const names = rows.map(({ kind, y }) => {
    const bottom = y - cardHeight / 2 - ROW_NAME_ABOVE + 3;
    return { left: ROW_NAME_X, top: bottom - 15, right: ROW_NAME_X + detailWidth(kind) * 2, bottom };
  });
  return [...cards, ...names];
}

/** Dots on their way to a second line pass over cards: these are drawn faintly, for the text to be read. */
function isOverText({ x, y }: Point, boxes: readonly Box[]): boolean {
  return boxes.some(({ left, top, right, bottom }) => left < x && x < right && top < y && y < bottom);
}

function areOver(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

function colourOf(flight: Flight): string {
  return `var(--api-${apiOf(flight.sent.apiKey).family})`;
}

/** Every message at its place; those that wait together on one link are drawn as one, with a count. */
function placeMessages({ messages, timeUs, layout }: StageInput): readonly DrawnMessage[] {
  const drawn: DrawnMessage[] = [];
  const waiting = new Map<string, DrawnMessage>();
  for (const flight of messages.inFlight(timeUs)) {
    const way = wayBetween(layout, flight.sent.from, flight.sent.to);
    if (way === undefined) continue;
    const { fraction, parked } = progressAt(flight, timeUs);
    const key = `${flight.sent.from}→${flight.sent.to} ${fraction}`;
    const same = parked ? waiting.get(key) : undefined;
    if (same !== undefined) {
      same.more += 1;
      continue;
    }
    const message = { flight, ...pointOn(way, fraction, 5), parked, more: 0 };
    drawn.push(message);
    if (parked) waiting.set(key, message);
  }
  return drawn;
}
