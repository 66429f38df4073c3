import fc from "fast-check";
import { expect, test } from "vitest";
import { batchesFrom } from "../../visualizer/model/batches.js";
import { copyState, initialState, type ClusterState } from "../../visualizer/model/state.js";
import { traceOf, type Trace } from "../../visualizer/trace-source.js";
import { pageHeader, type TraceEvent } from "../../visualizer/trace-types.js";
import { applyEvent, createViewModel } from "../../visualizer/view-model.js";
import { syntheticRun } from "./synthetic-trace.js";

function syntheticTrace(rounds: number, seed: number): Trace {
  const run = syntheticRun(rounds, seed);
  return traceOf(pageHeader(run.header), run.events);
}

/** The state by the plainest way: every event up to the time, from the start, nothing saved. */
function foldedAt(trace: Trace, timeUs: number): ClusterState {
  const state = initialState(trace.header);
  for (const event of trace.events) if (event.atUs <= timeUs) applyEvent(state, event);
  return state;
}

/** The state as plain data, chains of batches as lists, so that all of it is compared. */
function plain(state: ClusterState): unknown {
  return {
    ...state,
    nodes: [...state.nodes.values()],
    groups: [...state.groups.values()],
    faults: [...state.faults.values()],
    partitions: [...state.partitions.values()].map((partition) => ({
      ...partition,
      positions: [...partition.positions.values()],
      replicas: [...partition.replicas.values()].map((replica) => ({
        ...replica,
        tail: [...batchesFrom(replica.tail, 0)].map((batch) => ({ ...batch, previous: null })),
      })),
    })),
  };
}

test("view model: seeking anywhere, in any order, equals folding from the start (made-up run)", () => {
  const trace = syntheticTrace(60, 3);
  const anyTime = fc.integer({ min: trace.startUs - 10, max: trace.endUs + 10 });
  fc.assert(
    fc.property(fc.array(anyTime, { minLength: 1, maxLength: 8 }), fc.integer({ min: 1, max: 500 }), (times, every) => {
      const viewModel = createViewModel(trace, every);
      for (const timeUs of times) expect(plain(viewModel.stateAt(timeUs))).toEqual(plain(foldedAt(trace, timeUs)));
    }),
    { numRuns: 60 },
  );
});

test("view model: playing frame by frame shows at every frame what seeking shows", () => {
  const trace = syntheticTrace(24, 11);
  const playing = createViewModel(trace, 256);
  for (let timeUs = trace.startUs; timeUs <= trace.endUs; timeUs += 16_667) {
    const seeking = createViewModel(trace, 100);
    seeking.stateAt(trace.endUs);
    expect(plain(playing.stateAt(timeUs))).toEqual(plain(seeking.stateAt(timeUs)));
  }
});

const nodeId = fc.integer({ min: 1, max: 3 });
const where = { topic: fc.constant("t"), partition: fc.integer({ min: 0, max: 1 }) };
const offset = fc.integer({ min: 0, max: 40 });
const anyFact = fc.oneof(
  fc.record({
    type: fc.constant("log.appended"),
    ...where,
    baseOffset: offset,
    lastOffset: offset,
    leaderEpoch: nodeId,
  }),
  fc.record({ type: fc.constant("log.truncated"), ...where, fromOffset: offset, toOffset: offset }),
  fc.record({ type: fc.constant("log.opened"), ...where, logStartOffset: offset, logEndOffset: offset }),
  fc.record({ type: fc.constant("log.deleted"), ...where }),
  fc.record({ type: fc.constant("high-watermark.advanced"), ...where, highWatermark: offset }),
  fc.record({ type: fc.constant("partition.became-leader"), ...where, leaderEpoch: nodeId, logEndOffset: offset }),
  fc.record({ type: fc.constant("isr.shrunk"), ...where, partitionEpoch: offset, isr: fc.array(nodeId) }),
  fc.record({ type: fc.constant("consumer.delivered"), ...where, group: fc.constant("g"), offset }),
  fc.record({ type: fc.constantFrom("process.crashed", "process.started", "process.paused") }),
);
const anyEvents = fc
  .array(fc.tuple(anyFact, nodeId, fc.integer({ min: 0, max: 3 })), { minLength: 40, maxLength: 120 })
  .map((facts) => {
    let atUs = 0;
    return facts.map(([fact, node, delta], i) => {
      atUs += delta;
      return { seq: i + 1, atUs, node, cause: 0, ...fact } as unknown as TraceEvent;
    });
  });

test("view model: seeking equals folding for any order of facts, even ones no cluster would tell", () => {
  const { header } = syntheticRun(1, 1);
  fc.assert(
    fc.property(
      anyEvents,
      fc.array(fc.integer({ min: 0, max: 250 }), { minLength: 2, maxLength: 6 }),
      (events, times) => {
        const trace = traceOf(pageHeader(header), events);
        const viewModel = createViewModel(trace, 7);
        for (const timeUs of times) expect(plain(viewModel.stateAt(timeUs))).toEqual(plain(foldedAt(trace, timeUs)));
      },
    ),
    { numRuns: 200 },
  );
});

test("view model: a copied state does not change when the original goes on", () => {
  const trace = syntheticTrace(30, 5);
  const half = Math.floor(trace.events.length / 2);
  const state = initialState(trace.header);
  for (const event of trace.events.slice(0, half)) applyEvent(state, event);
  const copy = copyState(state);
  const before = JSON.stringify(plain(copy));
  for (const event of trace.events.slice(half)) applyEvent(state, event);
  expect(JSON.stringify(plain(copy))).toBe(before);
  expect(JSON.stringify(plain(state))).not.toBe(before);
});

test("view model: after the failover the zombie's extra records are cut and the new epoch follows", () => {
  const trace = syntheticTrace(120, 7);
  const truncated = trace.events.find((event) => event.type === "log.truncated")!;
  const viewModel = createViewModel(trace);
  const before = viewModel
    .stateAt(truncated.atUs - 1)
    .partitions.get("orders-0")!
    .replicas.get(1)!.logEndOffset;
  const after = viewModel.stateAt(truncated.atUs).partitions.get("orders-0")!.replicas.get(1)!;
  expect(after.logEndOffset).toBeLessThan(before);
  const end = viewModel.stateAt(trace.endUs).partitions.get("orders-0")!;
  expect(end.leaderEpoch).toBe(1);
  for (const replica of end.replicas.values()) {
    const epochs = [...batchesFrom(replica.tail, 0)].map((batch) => batch.leaderEpoch);
    expect(epochs).toEqual(epochs.toSorted((a, b) => b - a));
    expect(replica.highWatermark).toBeLessThanOrEqual(replica.logEndOffset);
  }
});
