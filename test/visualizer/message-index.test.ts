import fc from "fast-check";
import { expect, test } from "vitest";
import { indexMessages, progressAt } from "../../visualizer/message-index.js";
import { traceOf } from "../../visualizer/trace-source.js";
import { pageHeader, type TraceEvent } from "../../visualizer/trace-types.js";
import { syntheticRun } from "./synthetic-trace.js";

const { header } = syntheticRun(1, 1);

interface Journey {
  readonly sentUs: number;
  readonly tookUs: number;
  readonly fate: "message.delivered" | "message.lost" | "none";
}

const anyJourney = fc.record({
  sentUs: fc.integer({ min: 0, max: 200 }),
  tookUs: fc.integer({ min: 0, max: 150 }),
  fate: fc.constantFrom("message.delivered" as const, "message.lost" as const, "none" as const),
});

/** The trace in which exactly these journeys happen. */
function traceWith(journeys: readonly Journey[]) {
  const facts: { readonly atUs: number; readonly fact: object }[] = [];
  journeys.forEach(({ sentUs, tookUs, fate }, id) => {
    const common = { id, connection: 1, from: 1, to: 2, apiKey: 0, correlationId: id };
    facts.push({ atUs: sentUs, fact: { type: "message.sent", ...common, kind: "request" } });
    if (fate !== "none") facts.push({ atUs: sentUs + tookUs, fact: { type: fate, ...common } });
  });
  const events = facts
    .sort((a, b) => a.atUs - b.atUs)
    .map(({ atUs, fact }, i) => ({ seq: i + 1, atUs, node: 1, cause: 0, ...fact }) as unknown as TraceEvent);
  return traceOf(pageHeader(header), events);
}

test("messages in flight: the tree finds exactly those with sent ≤ t < arrived", () => {
  fc.assert(
    fc.property(fc.array(anyJourney, { maxLength: 60 }), fc.integer({ min: -5, max: 400 }), (journeys, timeUs) => {
      const found = indexMessages(traceWith(journeys)).inFlight(timeUs);
      const expected = journeys.flatMap(({ sentUs, tookUs, fate }, id) => {
        const endUs = fate === "none" ? Infinity : sentUs + tookUs;
        return sentUs <= timeUs && timeUs < endUs ? [id] : [];
      });
      expect(found.map((flight) => flight.id).sort((a, b) => a - b)).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});

test("messages in flight: the way only goes forward, from the sender to the receiver", () => {
  const run = syntheticRun(15, 2);
  const { flights } = indexMessages(traceOf(pageHeader(run.header), run.events));
  for (const flight of flights) {
    const endUs = Math.min(flight.endUs, flight.sent.atUs + 3_000_000);
    let last = 0;
    for (let step = 0; step <= 20; step++) {
      const { fraction } = progressAt(flight, flight.sent.atUs + ((endUs - flight.sent.atUs) * step) / 20);
      expect(fraction).toBeGreaterThanOrEqual(last);
      expect(fraction).toBeLessThanOrEqual(1);
      last = fraction;
    }
    if (flight.endUs < Infinity) expect(last).toBe(1);
  }
});

test("messages in flight: a held message waits on the way until it is released", () => {
  const run = syntheticRun(120, 7);
  const held = indexMessages(traceOf(pageHeader(run.header), run.events)).flights.filter(
    (flight) => flight.heldUs !== undefined,
  );
  expect(held.length).toBeGreaterThan(0);
  for (const flight of held) {
    expect(progressAt(flight, flight.heldUs! + 100_000)).toMatchObject({ parked: true });
    expect(progressAt(flight, flight.releasedUs + 1).parked).toBe(false);
  }
});

test("links: traffic counts the messages of one stretch of time, either way", () => {
  const journey = { tookUs: 1, fate: "message.delivered" } as const;
  const index = indexMessages(traceWith([10, 20, 20, 30].map((sentUs) => ({ sentUs, ...journey }))));
  expect(index.links).toEqual([[1, 2]]);
  expect(index.sentBetween(2, 1, 10, 20)).toBe(2);
  expect(index.sentBetween(1, 2, -1, 100)).toBe(4);
  expect(index.sentBetween(1, 3, -1, 100)).toBe(0);
});
