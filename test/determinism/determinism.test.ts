// One seed, one run: whatever watches a run, and however its messages travel, what happens is the same.

import { beforeAll, describe, expect, test } from "vitest";
import { PLACE_NAMES, type PlaceName } from "../../core/buggify.js";
import { leaderFailover } from "../../scenarios/leader-failover.js";
import { SCENARIOS } from "../../scenarios/index.js";
import { loadDataSet } from "../../sim/cli/files.js";
import { RandomStreams } from "../../sim/kernel/random.js";
import { drawTrial } from "../../sim/search/draw.js";
import { trialScenario } from "../../sim/search/trial-scenario.js";
import { simulate, type SimulateOptions } from "../../sim/run.js";
import { SimulatedWorld } from "../../sim/world/simulated-world.js";

const CASES = [
  ...SCENARIOS.map((scenario) => ({ scenario: () => scenario, name: scenario.name, seed: 1 })),
  ...[1, 2, 3].map((seed) => ({
    scenario: () => trialScenario(drawTrial(seed, "mixed", { durationMs: 10_000 })),
    name: `random-${seed}`,
    seed,
  })),
];

describe.each(CASES)("determinism: $name", ({ scenario: make, seed }) => {
  const run = (options: SimulateOptions): readonly (string | number)[] => {
    const scenario = make();
    const data = scenario.data === undefined ? undefined : loadDataSet(scenario.data);
    const { digest, handledEvents, simulatedMs } = simulate(scenario, { seed, data, ...options });
    return [digest, handledEvents, simulatedMs];
  };
  let plain: readonly (string | number)[];
  beforeAll(() => {
    plain = run({});
  });

  test("a second run is the same", () => expect(run({})).toEqual(plain));
  test("keeping the trace changes nothing", () => expect(run({ trace: true })).toEqual(plain));
  test("leaving out the checkers changes nothing", () => expect(run({ checkers: false })).toEqual(plain));
  test("freezing messages changes nothing", () => expect(run({ freeze: true })).toEqual(plain));
  test("encoding every message changes nothing", () => expect(run({ wire: "encoded" })).toEqual(plain));
  test("logging draws changes nothing", () => expect(run({ onDraw: () => {} })).toEqual(plain));
});

test("determinism: the trace itself is the same twice, event by event", () => {
  const [first, second] = [1, 2].map(() => simulate(leaderFailover, { trace: true }).events);
  expect(first!.length).toBeGreaterThan(1000);
  expect(second).toEqual(first);
});

test("determinism: another seed is another run", () => {
  const digests = [1, 2, 3, 4, 5].map((seed) => simulate(leaderFailover, { seed }).digest);
  expect(new Set(digests).size).toBe(digests.length);
});

test("random streams: a draw added to one moves no other, whichever was asked for first", () => {
  const names = ["node/1", "node/2", "network/1→2", "faults"];
  const draws = (order: readonly string[], extra: number): ReadonlyMap<string, readonly number[]> => {
    const streams = new RandomStreams(7);
    for (const name of order) streams.stream(name);
    for (let index = 0; index < extra; index++) streams.stream("node/1").below(10);
    return new Map(names.map((name) => [name, Array.from({ length: 20 }, () => streams.stream(name).below(1000))]));
  };
  const before = draws(names, 0);
  const after = draws([...names].reverse(), 1);
  expect(after.get("node/1")).not.toEqual(before.get("node/1"));
  for (const name of names.slice(1)) expect(after.get(name)).toEqual(before.get(name));
});

/** What each stream drew while a cluster started, after `extra` draws that broker 3 does not make by itself. */
function drawsOfStart(extra: number, place?: PlaceName): ReadonlyMap<string, readonly string[]> {
  const draws = new Map<string, string[]>();
  const onDraw = (stream: string, bound: number, value: number): void => {
    const soFar = draws.get(stream);
    if (soFar === undefined) draws.set(stream, [`${value} of ${bound}`]);
    else soFar.push(`${value} of ${bound}`);
  };
  const buggify = place === undefined ? [] : PLACE_NAMES;
  const world = new SimulatedWorld({ brokers: 3, controllers: 3 }, { seed: 1, buggify, onDraw });
  const stream = world.cluster.streams.stream("node/3");
  const { parts } = world.cluster.machine(3);
  for (let index = 0; index < extra; index++) {
    if (place === undefined) stream.below(1000);
    else parts.buggify.strikes(place);
  }
  world.start();
  return draws;
}

test.each([
  { added: "a draw", name: "node/3", place: undefined },
  { added: "a pass of a place of buggify", name: "buggify/early-roll/3", place: "early-roll" as const },
])("random streams: $added added to one node of a cluster leaves all other draws as they were", ({ name, place }) => {
  const before = drawsOfStart(0, place);
  const after = drawsOfStart(1, place);
  expect(after.get(name)).not.toEqual(before.get(name));
  const others = [...before.keys()].filter((each) => each !== name);
  expect(others.length).toBeGreaterThan(10);
  for (const other of others) {
    // Broker 3 may start a little earlier or later, so that fewer or more draws were made by the end.
    const [a, b] = [before.get(other)!, after.get(other) ?? []];
    const common = Math.min(a.length, b.length);
    expect(common, other).toBeGreaterThan(0);
    expect(b.slice(0, common), other).toEqual(a.slice(0, common));
  }
});
