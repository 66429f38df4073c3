// Shrinking, with failures that are made up: a predicate says what a trial needs in order to fail.

import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { drawTrial } from "../../../sim/search/draw.js";
import { milderSteps } from "../../../sim/search/milder.js";
import { retargeted } from "../../../sim/search/retarget.js";
import { shrinkTrial } from "../../../sim/search/shrink.js";
import type { Step, Trial } from "../../../sim/search/trial.js";

/** A drawn trial with steps of all kinds. */
const busy = (): Trial => drawTrial(7, "mixed", { allFaults: true });

const faultsOf = ({ steps }: Trial, kind: string): readonly Step[] =>
  steps.filter((step) => step.kind === "fault" && step.fault.kind === kind);

test("a failure that needs nothing shrinks to almost nothing", () => {
  const { trial } = shrinkTrial(busy(), () => true);
  expect(trial.steps).toEqual([]);
  expect([trial.topics, trial.producers, trial.consumers]).toEqual([[], [], []]);
  expect(trial.cluster).toEqual({ brokers: 1, controllers: 1, config: {} });
  expect(trial.load.records).toBe(0);
  expect(trial.durationMs).toBe(1000);
  expect(trial.wire).toBe("objects");
});

test("clients do no work and records come one by one, unless that matters", () => {
  const drawn = busy();
  const before: Trial = {
    ...drawn,
    load: { ...drawn.load, atOnce: 20 },
    consumers: drawn.consumers.map((consumer) => ({ ...consumer, workMs: 50 })),
  };
  const needsConsumerAndRecords = ({ consumers, load }: Trial): boolean => consumers.length > 0 && load.records > 0;
  const plain = shrinkTrial(before, needsConsumerAndRecords).trial;
  expect([plain.consumers.map(({ workMs }) => workMs), plain.load.atOnce]).toEqual([[0], 1]);
  const working = shrinkTrial(before, ({ consumers }) => (consumers[0]?.workMs ?? 0) >= 10).trial;
  expect(working.consumers.map(({ workMs }) => workMs)).toEqual([10]);
});

test("a step waits for an occasion only if that matters, and for no more of it than matters", () => {
  const occasion = { event: "isr.shrunk", topic: "orders", partition: 0, afterMs: 700 } as const;
  const before: Trial = {
    ...busy(),
    steps: [
      { kind: "fault", atMs: 1000, once: occasion, fault: { kind: "crash", target: 1 }, healAtMs: 2000 },
      { kind: "hold", atMs: 1000, releaseAtMs: 2000, endsOnce: occasion, api: "Fetch", message: "request", to: 1 },
    ],
  };
  const waits = ({ steps }: Trial): boolean => steps.some((step) => step.kind === "fault" && step.once !== undefined);
  const [needsNone, needsOne] = [({ steps }: Trial) => steps.length === 2, waits].map(
    (fails) => shrinkTrial(before, fails).trial.steps,
  );
  expect(needsNone!.map((step) => "once" in step || "endsOnce" in step)).toEqual([false, false]);
  expect(needsOne!.map((step) => (step.kind === "fault" ? step.once : step))).toEqual([{ event: "isr.shrunk" }]);
});

test("a failure that is never found again stays as it was", () => {
  const before = busy();
  const { trial, runs } = shrinkTrial(before, () => false);
  expect(trial).toBe(before);
  expect(runs).toBeGreaterThan(0);
});

test("two steps that matter are found among all others, whichever they are", () => {
  const before = busy();
  for (const [first, second] of [
    [0, 1],
    [0, before.steps.length - 1],
    [Math.floor(before.steps.length / 2), before.steps.length - 1],
  ] as const) {
    const wanted = [before.steps[first]!.kind, before.steps[second]!.kind];
    const { trial } = shrinkTrial(before, ({ steps }) => {
      const kinds = steps.map(({ kind }) => kind);
      return wanted.every(
        (kind) => kinds.filter((each) => each === kind).length >= wanted.filter((w) => w === kind).length,
      );
    });
    expect(trial.steps.map(({ kind }) => kind).sort()).toEqual([...wanted].sort());
  }
});

test("what is needed of numbers is kept, and little more: brokers, records, length, partitions", () => {
  const before = busy();
  const needs = ({ cluster, load, durationMs, topics }: Trial): boolean =>
    cluster.brokers >= 2 && load.records >= 100 && durationMs >= 4000 && (topics[0]?.partitions ?? 0) >= 1;
  const { trial } = shrinkTrial(before, needs);
  expect(trial.cluster.brokers).toBe(2);
  expect(trial.topics).toHaveLength(1);
  expect(trial.topics[0]?.partitions).toBe(1);
  expect(trial.load.records).toBeGreaterThanOrEqual(100);
  expect(trial.load.records).toBeLessThan(125);
  expect(trial.durationMs).toBeLessThan(5000);
});

test("a setting that matters is kept, the others go back to Kafka's defaults", () => {
  const { trial } = shrinkTrial(
    busy(),
    ({ cluster }) => cluster.config?.["group.initial.rebalance.delay.ms"] !== undefined,
  );
  expect(Object.keys(trial.cluster.config ?? {})).toEqual(["group.initial.rebalance.delay.ms"]);
});

test("power loss becomes a crash where a crash is enough, and its time a round one", () => {
  const step: Step = {
    kind: "fault",
    atMs: 4321,
    healAtMs: 9876,
    fault: { kind: "power-loss", target: { role: "leader", topic: "orders", partition: 0 } },
  };
  const before = { ...busy(), steps: [step] };
  const { trial } = shrinkTrial(
    before,
    (each) => faultsOf(each, "crash").length + faultsOf(each, "power-loss").length === 1,
  );
  expect(trial.steps).toEqual([
    {
      kind: "fault",
      atMs: expect.any(Number),
      fault: { kind: "crash", target: { role: "leader", topic: "orders", partition: 0 } },
    },
  ]);
  expect(trial.steps[0]!.atMs % 100).toBe(0);
});

test("at most so many runs, none of one trial twice, and progress is told of each that still fails", () => {
  const ran: string[] = [];
  const told: number[] = [];
  const { runs } = shrinkTrial(
    busy(),
    (trial) => {
      ran.push(JSON.stringify(trial));
      return trial.steps.length >= 3;
    },
    { maxRuns: 20, onProgress: (_, runs) => told.push(runs) },
  );
  expect(runs).toBe(20);
  expect(new Set(ran).size).toBe(ran.length);
  expect(told.length).toBeGreaterThan(0);
  expect(told).toEqual([...told].sort((a, b) => a - b));
});

describe("whatever is cut, what is left means something", () => {
  const TARGETED = /"topic":"(orders|payments|accounts)"/g;

  property.prop([fc.nat(2000), fc.array(fc.boolean(), { minLength: 1, maxLength: 40 })], { numRuns: 60 })(
    "every trial that is run aims at brokers, partitions and clients that it has, whatever the predicate answers",
    (seed, answers) => {
      let turn = 0;
      const { trial, runs } = shrinkTrial(
        drawTrial(seed),
        (candidate) => {
          expect(retargeted(candidate)).toEqual(candidate);
          const topics = new Set(candidate.topics.map(({ topic }) => topic));
          for (const [, topic] of JSON.stringify(candidate.steps).matchAll(TARGETED)) expect(topics).toContain(topic);
          return answers[turn++ % answers.length]!;
        },
        { maxRuns: 150 },
      );
      expect(runs).toBeLessThanOrEqual(150);
      expect(trial.steps.length).toBeLessThanOrEqual(drawTrial(seed).steps.length);
    },
  );

  property.prop([fc.nat(2000)], { numRuns: 40 })(
    "a milder step is another one of the same time, and ends somewhere",
    (seed) => {
      for (const step of drawTrial(seed).steps) {
        let current = step;
        for (let round = 0; ; round++) {
          expect(round).toBeLessThan(60);
          const [next] = milderSteps(current);
          if (next === undefined) break;
          expect(next).not.toEqual(current);
          expect(next.atMs).toBe(step.atMs);
          current = next;
        }
      }
    },
  );
});

test("shrinking what was shrunk changes nothing", () => {
  const needs = (trial: Trial): boolean => trial.steps.filter(({ kind }) => kind === "fault").length >= 2;
  const once = shrinkTrial(busy(), needs).trial;
  expect(shrinkTrial(once, needs).trial).toEqual(once);
});
