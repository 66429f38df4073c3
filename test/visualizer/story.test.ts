import { expect, test } from "vitest";
import { indexMessages } from "../../visualizer/message-index.js";
import { sentenceOf } from "../../visualizer/sentences.js";
import { faultSpans, tellStory } from "../../visualizer/story.js";
import { traceOf } from "../../visualizer/trace-source.js";
import { pageHeader, type TraceEvent } from "../../visualizer/trace-types.js";
import { causesOf } from "../../visualizer/why.js";
import { nodeNamer } from "../../visualizer/words.js";
import { syntheticRun } from "./synthetic-trace.js";

const run = syntheticRun(120, 7);
const trace = traceOf(pageHeader(run.header), run.events);
const name = nodeNamer(trace.header);

test("story: tells notes, faults, election, fencing, ISR changes, truncation and rebalance in order of time", () => {
  const story = tellStory(trace);
  const kinds = new Set(story.map((item) => item.kind));
  for (const kind of ["note", "fault", "heal", "election", "controller", "fencing", "isr", "truncation", "group"]) {
    expect(kinds).toContain(kind);
  }
  expect(story.map((item) => item.index)).toEqual(story.map((item) => item.index).toSorted((a, b) => a - b));
  expect(story.map((item) => item.text)).toContain("broker-2 is elected leader of orders-0 (epoch 1)");
});

test("story: a fault lasts from its injection to the healing with the same data", () => {
  const spans = faultSpans(trace);
  expect(spans.map((span) => span.sentence)).toEqual([
    "The disk of broker-3 turns slow.",
    "The leader of orders-0 loses power.",
    "The active controller is cut off from everyone.",
  ]);
  for (const span of spans) expect(span.toUs).toBeGreaterThan(span.fromUs);
  expect(spans.every((span) => span.toUs < trace.endUs)).toBe(true);
});

test("story: an unhealed fault lasts to the end", () => {
  const events = run.events.filter((event) => event.type !== "fault.healed");
  for (const span of faultSpans(traceOf(trace.header, events))) expect(span.toUs).toBe(trace.endUs);
});

test("story: many partitions of an internal topic that change at once are one sentence", () => {
  const state = { leader: 2, leaderEpoch: 1, partitionEpoch: 2, replicas: [1, 2, 3], isr: [2, 3], elr: [] };
  const fact = { type: "partition.changed", topic: "__consumer_offsets", reason: "clean-election", ...state };
  const events = Array.from({ length: 50 }, (_, partition) => {
    return { seq: partition + 1, atUs: 10, node: 101, cause: 0, partition, ...fact };
  }) as unknown as TraceEvent[];
  const story = tellStory(traceOf(trace.header, events));
  expect(story.map((item) => item.text)).toEqual(["50 partitions of __consumer_offsets change leader or ISR"]);
});

/** Events of broker-2 and of the script, numbered from 1, all at one moment unless told. */
function storyOf(...events: readonly object[]): readonly string[] {
  const stamped = events.map((event, i) => ({ seq: i + 1, atUs: 10, node: 2, cause: 1, ...event }));
  return tellStory(traceOf(trace.header, stamped as unknown as TraceEvent[])).map((item) => item.text);
}

function lost(path: string, lostBytes: number): object {
  return { type: "disk.damaged", loss: "unflushed", path, lostBytes };
}

test("story: a fault and what it does to its node at once are one sentence", () => {
  const fault = { kind: "power-loss", target: 2 };
  const injected = { type: "fault.injected", node: -1, cause: 0, fault, nodes: [2], sentence: "broker-2 loses power" };
  const healed = { ...injected, type: "fault.healed", atUs: 20, sentence: "broker-2 has power again" };
  const story = storyOf(
    injected,
    { type: "process.crashed", how: "power-loss" },
    lost("logs/__consumer_offsets-13/00000000000000000000.log", 7),
    lost("logs/flights-0/00000000000000000000.index", 40),
    lost("logs/flights-0/00000000000000000000.log", 17313),
    lost("logs/flights-1/leader-epoch-checkpoint", 5),
    healed,
    { type: "process.started", cause: 7, atUs: 20, name: "broker-2", incarnation: 2 },
  );
  expect(story).toEqual([
    "Broker-2 loses power; unflushed bytes lost: flights-0 (index 40, log 17313), flights-1 (leader-epoch-checkpoint 5)",
    "Broker-2 has power again",
  ]);
});

test("story: the outage of a rack names no node, so each tells of itself; a start of its own accord is told", () => {
  const fault = { kind: "rack-power-loss", rack: "a" };
  const story = storyOf(
    { type: "fault.injected", node: -1, cause: 0, fault, nodes: [2], sentence: "rack a loses power" },
    { type: "process.crashed", how: "power-loss" },
    lost("logs/flights-0/00000000000000000000.log", 9),
    { type: "process.started", cause: 0, atUs: 20, name: "broker-2", incarnation: 2 },
  );
  expect(story).toEqual([
    "Rack a loses power",
    "broker-2 loses power; unflushed bytes lost: flights-0 (log 9)",
    "broker-2 starts again",
  ]);
});

test("story: a machine whose process was down already tells of its files in one sentence", () => {
  const story = storyOf(
    lost("logs/flights-0/00000000000000000000.index", 40),
    lost("logs/flights-0/00000000000000000000.log", 300),
  );
  expect(story).toEqual(["broker-2: unflushed bytes lost: flights-0 (index 40, log 300)"]);
});

test("story: a violation stands at the event where the checker saw it", () => {
  const seq = trace.events[500]!.seq;
  const verdict = { checker: "x", claim: "A holds.", ok: false, message: "It did not.", seq };
  const story = tellStory(traceOf({ ...trace.header, verdicts: [verdict] }, run.events));
  const violation = story.find((item) => item.kind === "violation")!;
  expect(violation).toMatchObject({ index: 500, text: "Violated: A holds. It did not.", major: true });
});

test("sentences: every event of a run is told without undefined or NaN", () => {
  for (const event of trace.events) expect(sentenceOf(event, name)).not.toMatch(/undefined|NaN|\[object/);
});

test("why: the walk from an acknowledgement passes the produce request and ends at the script", () => {
  const acknowledged = trace.events.find((event) => event.type === "producer.acknowledged")!;
  const causes = causesOf(trace, indexMessages(trace), acknowledged.seq);
  expect(causes.map((event) => event.type)).toEqual([
    "producer.acknowledged",
    "message.delivered",
    "message.sent",
    "message.delivered",
    "message.sent",
    "producer.send",
  ]);
  expect(causes.at(-1)!.cause).toBe(0);
});
