import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clusters, FAULT_KINDS, faultSchedules, simulate, trialOf, trials, workloads } from "samsa/testing";
import type { Fault, FaultStep, Trial } from "samsa/testing";
import { runTrial } from "../../../sim/search/outcome.js";

/** The smallest value that fast-check finds of those that fail. */
function smallest<T>(arbitrary: fc.Arbitrary<T>, fails: (value: T) => boolean): T {
  const { counterexample } = fc.check(
    fc.property(arbitrary, (value) => !fails(value)),
    { numRuns: 2000 },
  );
  if (counterexample === null) throw new Error("no drawn value fails");
  return counterexample[0];
}

const kindsIn = ({ steps }: Pick<Trial, "steps">): readonly string[] =>
  steps.flatMap((step) => (step.kind === "fault" ? [step.fault.kind] : []));

/** Every target of a fault that is a node's number. */
function numbersIn(fault: Fault): readonly number[] {
  const targets =
    fault.kind === "partition"
      ? [...fault.from, ...fault.to]
      : fault.kind === "rolling-restart"
        ? fault.targets
        : "from" in fault
          ? [fault.from, fault.to]
          : "target" in fault
            ? [fault.target]
            : [];
  return targets.filter((target) => typeof target === "number");
}

describe("what is drawn", () => {
  test("a trial is plain data, and its parts fit each other", () => {
    const harsh = trials({ cluster: { racks: ["a", "b"] }, faults: { kinds: FAULT_KINDS, maxFaults: 8 } });
    fc.assert(
      fc.property(harsh, (trial) => {
        expect(JSON.parse(JSON.stringify(trial))).toEqual(trial);
        const { brokers, controllers } = trial.cluster;
        const nodes = [...Array(brokers).keys()].map((index) => index + 1);
        nodes.push(...[...Array(controllers).keys()].map((index) => index + 101));
        for (const step of trial.steps) {
          expect(step.atMs).toBeLessThanOrEqual(trial.durationMs);
          if (step.kind === "fault") for (const node of numbersIn(step.fault)) expect(nodes).toContain(node);
        }
        for (const { replicationFactor } of trial.topics) expect(replicationFactor).toBeLessThanOrEqual(brokers);
        expect(trial.durationMs).toBeGreaterThanOrEqual(trial.load.records * trial.load.everyMs);
      }),
    );
  });

  test("options narrow what is drawn", () => {
    const cluster = { brokers: [3, 5], controllers: 3, config: { "replica.lag.time.max.ms": [30_000, 2000] } };
    const drawn = fc.sample(clusters(cluster), 100);
    expect(new Set(drawn.map(({ brokers }) => brokers))).toEqual(new Set([3, 5]));
    expect(new Set(drawn.map(({ config }) => config?.["replica.lag.time.max.ms"]))).toEqual(new Set([30_000, 2000]));

    const loads = fc.sample(workloads({ acks: "1", producers: 2, records: { min: 5, max: 9 } }), 100);
    for (const { producers, load } of loads) {
      expect(producers.map(({ config }) => config["acks"])).toEqual(["1", "1"]);
      expect(load.records).toBeGreaterThanOrEqual(5);
      expect(load.records).toBeLessThanOrEqual(9);
    }

    const choices = { kinds: ["crash", "power-loss"], maxFaults: 4, minFaults: 1, durationMs: 3000 } as const;
    const schedules = fc.sample(faultSchedules(choices), 100);
    expect(new Set(schedules.flatMap((steps) => kindsIn({ steps })))).toEqual(new Set(["crash", "power-loss"]));
    expect(new Set(schedules.map(({ length }) => length))).toEqual(new Set([1, 2, 3, 4]));
    for (const { atMs } of schedules.flat()) expect(atMs).toBeLessThanOrEqual(3000);
  });

  test("no rack loses power in a cluster without racks, and disks are destroyed only when asked for", () => {
    const kinds = new Set(fc.sample(trials({ faults: { maxFaults: 10 } }), 300).flatMap(kindsIn));
    expect(kinds).not.toContain("rack-power-loss");
    expect(kinds).not.toContain("wipe-disk");
    expect(kinds.size).toBe(FAULT_KINDS.length - 3);
  });

  test.each([
    [{ kinds: ["rack-power-loss"], minFaults: 1, maxFaults: 1 }, "so that minFaults 1 cannot be met"],
    [{ kinds: ["rack-power-loss"] }, "so that no fault is ever drawn"],
  ] as const)("racks that were forgotten: %j is refused", (faults, consequence) => {
    const needs = "faults: rack-power-loss needs cluster.racks (or racks of its own), and there are none";
    expect(() => trials({ cluster: { brokers: 6, controllers: 3 }, faults })).toThrow(`${needs}, ${consequence}`);
    expect(() => trials({ cluster: { brokers: 6, controllers: 3, racks: ["a"] }, faults })).not.toThrow();
    expect(() => trials({ cluster: clusters(), faults: { ...faults, racks: ["a"] } })).not.toThrow();
  });

  test("faults that cannot be drawn are refused, when the arbitrary is built", () => {
    const meteor = { kinds: ["meteor" as "crash"] };
    expect(() => trials({ faults: meteor })).toThrow(
      'faults: no fault is called "meteor"; there are crash, power-loss,',
    );
    const lost = { kinds: ["power-los" as "crash", "crash" as const] };
    expect(() => trials({ faults: lost })).toThrow('faults: no fault is called "power-los"; did you mean power-loss');
    const none = { kinds: [], minFaults: 1 };
    expect(() => trials({ faults: none })).toThrow(
      "faults: kinds names no fault, so that minFaults 1 cannot be met; name some",
    );
    expect(() => trials({ faults: { minFaults: 5 } })).toThrow("minFaults 5 is more than maxFaults 4");
  });

  test("clusters that cannot be are refused, when the arbitrary is built", () => {
    expect(() => trials({ cluster: { brokers: [3, 0] } })).toThrow(
      "cluster.brokers takes a whole number from 1 to 100, not 0",
    );
    expect(() => clusters({ controllers: 0 })).toThrow("cluster.controllers takes a whole number from 1 to 900, not 0");
  });

  test("apartMs: a fault strikes only after the one before was healed", () => {
    fc.assert(
      fc.property(faultSchedules({ maxFaults: 6, apartMs: 500 }), (steps) => {
        steps.slice(1).forEach(({ atMs }, index) => {
          expect(atMs).toBeGreaterThanOrEqual((steps[index]?.healAtMs ?? Infinity) + 500);
        });
      }),
    );
  });
});

describe("shrinking", () => {
  test("fewer faults, the mildest kind that still fails, early and short", () => {
    const destroys = (steps: readonly FaultStep[]): boolean =>
      kindsIn({ steps }).some((kind) => ["crash", "power-loss", "wipe-disk"].includes(kind));
    expect(smallest(faultSchedules({ kinds: FAULT_KINDS, maxFaults: 8 }), destroys)).toEqual([
      {
        kind: "fault",
        atMs: 0,
        fault: { kind: "crash", target: { role: "client", name: "consumer-1" } },
        healAtMs: 100,
      },
    ]);
  });

  test("a symbolic target becomes a plain one, unless it matters", () => {
    const schedules = faultSchedules({ kinds: ["crash"], targets: ["broker", "leader"] });
    const strikes = (steps: readonly FaultStep[], leads: boolean): boolean =>
      steps.some(({ fault }) => fault.kind === "crash" && (!leads || typeof fault.target === "object"));
    expect(smallest(schedules, (steps) => strikes(steps, false))[0]?.fault).toEqual({ kind: "crash", target: 1 });
    const leader = { role: "leader", topic: "orders", partition: 0 };
    expect(smallest(schedules, (steps) => strikes(steps, true))[0]?.fault).toEqual({ kind: "crash", target: leader });
  });

  test("a death in the midst of a handler becomes one at once, unless it matters where", () => {
    const schedules = faultSchedules({ kinds: ["crash"], targets: ["broker"] });
    const dies = (steps: readonly FaultStep[], nth: number): boolean =>
      steps.some(({ fault }) => fault.kind === "crash" && (fault.midway?.nth ?? 0) >= nth);
    expect(smallest(schedules, (steps) => dies(steps, 0))[0]?.fault).toEqual({ kind: "crash", target: 1 });
    expect(smallest(schedules, (steps) => dies(steps, 7))[0]?.fault).toEqual({
      kind: "crash",
      target: 1,
      midway: { operation: "any", nth: 7 },
    });
  });

  test("a trial shrinks in every part: three brokers, one record, no clients to spare, plain settings", () => {
    const choices = {
      cluster: { config: { "replica.lag.time.max.ms": [30_000, 2000] } },
      workload: { topics: [{ topic: "orders", config: { "min.insync.replicas": [2, 1] } }] },
    };
    const trial = smallest(trials(choices), (each) => each.steps.length >= 2 && each.load.records >= 3);
    expect({ ...trial, seed: 0, steps: trial.steps.length }).toEqual({
      seed: 0,
      cluster: {
        brokers: 3,
        controllers: 1,
        config: { "offsets.topic.num.partitions": 4, "replica.lag.time.max.ms": 30_000 },
      },
      topics: [{ topic: "orders", partitions: 1, replicationFactor: 3, config: { "min.insync.replicas": 2 } }],
      producers: [{ name: "producer-1", config: { acks: "all" } }],
      consumers: [],
      load: { records: 3, everyMs: 20, keys: 0, valueBytes: 0 },
      steps: 2,
      durationMs: 100,
      wire: "objects",
      bugs: [],
      buggify: [],
      excusesUnpromised: false,
    });
  });

  test("a counterexample is printed as sentences", () => {
    const only = trials({ seeds: fc.constant(7), workload: { records: 1 }, faults: fc.constant([]) });
    const report = fc.check(
      fc.property(only, () => false),
      { numRuns: 1 },
    );
    expect(fc.defaultReportMessage(report)).toContain(
      "\n  3 brokers, 1 controller (offsets.topic.num.partitions=4)\n  topic orders: 1 partition, 3 replicas\n",
    );
  });
});

describe("running", () => {
  test("a drawn trial runs to its end, the same every time, and as the search would run it", () => {
    for (const trial of fc.sample(trials(), 3)) {
      const { digest, failureCause } = simulate(trial);
      expect(failureCause).toBeUndefined();
      expect(simulate(trial).digest).toBe(digest);
      expect(runTrial(JSON.parse(JSON.stringify(trial)) as Trial).digest).toBe(digest);
    }
  });

  test("what is left out of a trial is plain: three brokers, a hundred acknowledged records, all of them read", () => {
    const result = simulate({ seed: 3 });
    expect(result.trial).toEqual({ ...trialOf({}), seed: 3 });
    expect(result.ok).toBe(true);
    expect(result.seen).toMatchObject({ recordsAcknowledged: 100, recordsDelivered: 100, faults: 0 });
  });

  test("parts that were drawn apart are run together", () => {
    const parts = fc.tuple(clusters({ brokers: 3 }), workloads({ records: 5 }), faultSchedules({ kinds: ["crash"] }));
    for (const [cluster, workload, steps] of fc.sample(parts, 2)) {
      const { ok, trial, seen } = simulate({ seed: 2, cluster, ...workload, steps });
      expect(ok).toBe(true);
      expect(seen.faults).toBe(steps.length);
      expect(trial).toMatchObject({ seed: 2, cluster: { brokers: 3 }, load: { records: 5 } });
      expect(trial.steps).toHaveLength(steps.length);
    }
  });

  test("a loss that Kafka never promised to prevent counts, unless it is asked to be excused", () => {
    const lost = {
      topics: [{ topic: "orders", partitions: 1, replicationFactor: 2, assignment: [[1, 2]] }],
      consumers: [],
      steps: [
        { kind: "fault", atMs: 500, fault: { kind: "power-loss", target: 1 } },
        { kind: "fault", atMs: 500, fault: { kind: "power-loss", target: 2 } },
      ],
      durationMs: 1000,
    } as const;
    const strict = simulate(lost).verdicts.find(({ checker }) => checker === "acknowledged-records-survive");
    expect(strict).toMatchObject({ violations: 1, excused: 0 });
    const excused = simulate({ ...lost, excusesUnpromised: true });
    expect(excused.verdicts.find(({ checker }) => checker === "acknowledged-records-survive")).toMatchObject({
      violations: 0,
      excused: 1,
    });
    expect(excused.excuses[0]?.sentence).toContain("every in-sync replica of orders-0 (1, 2) lost bytes");
  });
});
