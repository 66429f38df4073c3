// What the inspector tells of a node: its state at the moment, and what it told last.

import { expect, test } from "vitest";
import { traceOf } from "../../visualizer/trace-source.js";
import { pageHeader } from "../../visualizer/trace-types.js";
import { createViewModel } from "../../visualizer/view-model.js";
import { createNodeHistory, nodeFacts } from "../../visualizer/views/node-facts.js";
import { syntheticRun } from "./synthetic-trace.js";

const run = syntheticRun();
const trace = traceOf(pageHeader(run.header), run.events);

function factsAt(nodeId: number, timeUs: number): ReadonlyMap<string, string> {
  const state = createViewModel(trace).stateAt(timeUs);
  return new Map(nodeFacts(state, state.nodes.get(nodeId)!).map(({ term, text }) => [term, text]));
}

function timeOf(type: string): number {
  return run.events.find((event) => event.type === type)!.atUs;
}

test("a broker that lost power is told as crashed and, from its session's end, as fenced and leader of nothing", () => {
  expect(factsAt(1, timeOf("process.crashed") - 1).get("leads")).toBe("orders-0");
  const later = factsAt(1, timeOf("broker.fenced") + 1);
  expect(later.get("process")).toBe("crashed");
  expect(later.get("registered")).toBe("yes, fenced");
  expect(later.get("leads")).toBe("nothing");
  expect(later.get("out of ISR")).toBe("orders-0, orders-1, orders-2");
});

test("a broker's epoch is the one of its last registration", () => {
  expect(factsAt(1, timeOf("broker.fenced") - 1).get("broker epoch")).toBe("11");
  expect(factsAt(1, trace.endUs).get("broker epoch")).toBe("30");
});

test("the last events of a node are at or before the moment, newest first, and leave routine out", () => {
  const history = createNodeHistory(trace);
  const timeUs = Math.round(trace.endUs / 2);
  const last = history.lastOf(1, timeUs, 5);
  expect(last.length).toBe(5);
  const seqs = last.map(({ seq }) => seq);
  expect(seqs).toEqual([...seqs].sort((a, b) => b - a));
  for (const event of last) {
    expect(event.atUs).toBeLessThanOrEqual(timeUs);
    expect(event.type).not.toMatch(/^message\.|^timer\.|^log\.appended/);
  }
});
