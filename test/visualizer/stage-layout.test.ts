// Where cards stand: on the stage, apart from each other, wide enough for what they say, however many there are.

import fc from "fast-check";
import { expect, test } from "vitest";
import type { NodeKind, PageHeader } from "../../visualizer/trace-types.js";
import {
  layoutStage,
  layoutTallStage,
  leastStageHeight,
  ROW_NAME_ABOVE,
  type StageLayout,
} from "../../visualizer/views/stage-layout.js";

function headerOf(counts: Readonly<Record<NodeKind, number>>): PageHeader {
  const nodes = (["controller", "broker", "client"] as const).flatMap((kind, row) =>
    Array.from({ length: counts[kind] }, (_, i) => ({
      id: row * 100 + i + 1,
      name: `${kind}-${i + 1}`,
      kind,
      rack: null,
    })),
  );
  return { scenario: "", seed: "1", digest: "", nodes, verdicts: [] };
}

const COUNTS = fc.record({
  controller: fc.integer({ min: 1, max: 5 }),
  broker: fc.integer({ min: 1, max: 9 }),
  client: fc.integer({ min: 1, max: 12 }),
});

/** Every node has a card, all of it on the stage, and no card covers another. */
function expectApart({ places, cardHeight, width, height }: StageLayout, count: Record<NodeKind, number>): void {
  const cards = [...places.values()];
  expect(cards.length).toBe(count.controller + count.broker + count.client);
  cards.forEach((card, i) => {
    expect(card.x - card.width / 2).toBeGreaterThanOrEqual(0);
    expect(card.x + card.width / 2).toBeLessThanOrEqual(width);
    expect(card.y - cardHeight / 2).toBeGreaterThanOrEqual(0);
    expect(card.y + cardHeight / 2).toBeLessThanOrEqual(height);
    for (const other of cards.slice(i + 1)) {
      const isBeside = Math.abs(card.x - other.x) >= (card.width + other.width) / 2;
      expect(isBeside || Math.abs(card.y - other.y) >= cardHeight).toBe(true);
    }
  });
}

test("cards of up to 5 controllers, 9 brokers and 12 clients stay on the stage and apart", () => {
  const sizes = fc.constantFrom([960, 328] as const, [1180, 400] as const, [682, 277] as const);
  fc.assert(
    fc.property(COUNTS, sizes, (count, [width, height]) => {
      expectApart(layoutStage(headerOf(count), width, height), count);
    }),
  );
});

test("a stage that may be tall has room for the same, however narrow: whole letters, rows apart, names in between", () => {
  fc.assert(
    fc.property(COUNTS, fc.constantFrom(320, 390, 640), (count, width) => {
      const layout = layoutTallStage(headerOf(count), width);
      expectApart(layout, count);
      expect(layout.textScale).toBe(1);
      const bottoms = layout.rows.map(({ kind }) =>
        Math.max(...[...layout.places.values()].filter((place) => place.kind === kind).map(({ y }) => y)),
      );
      layout.rows.slice(1).forEach(({ y }, i) => expect(y - bottoms[i]! - layout.cardHeight).toBeGreaterThan(40));
    }),
  );
});

test("a few nodes keep the usual letters in one line a row", () => {
  const layout = layoutStage(headerOf({ controller: 3, broker: 3, client: 3 }), 960, 328);
  expect(layout.textScale).toBe(1);
  expect(new Set([...layout.places.values()].map(({ y }) => y)).size).toBe(3);
});

test("clients that do not fit into one line go on in a second", () => {
  const layout = layoutStage(headerOf({ controller: 5, broker: 9, client: 12 }), 960, 328);
  const lines = (kind: NodeKind) =>
    new Set([...layout.places.values()].filter((place) => place.kind === kind).map(({ y }) => y)).size;
  expect([lines("controller"), lines("broker"), lines("client")]).toEqual([1, 1, 2]);
});

test("as tall as a stage must be: however crowded, no card covers another or the name of a row", () => {
  const counts = fc.record({
    controller: fc.integer({ min: 1, max: 5 }),
    broker: fc.integer({ min: 1, max: 30 }),
    client: fc.integer({ min: 1, max: 30 }),
  });
  fc.assert(
    fc.property(counts, fc.integer({ min: 640, max: 1400 }), (count, width) => {
      const header = headerOf(count);
      const layout = layoutStage(header, width, leastStageHeight(header, width));
      expectApart(layout, count);
      layout.rows.slice(1).forEach(({ kind, y }, i) => {
        const above = [...layout.places.values()].filter((place) => place.kind === layout.rows[i]!.kind);
        const lowest = Math.max(...above.map((place) => place.y)) + layout.cardHeight / 2;
        const nameFoot = y - layout.cardHeight / 2 - ROW_NAME_ABOVE;
        expect(nameFoot - lowest, `the name of ${kind}`).toBeGreaterThan(12);
      });
    }),
  );
});
