// Every scenario that ships does what it says: its claims hold, and what it expects to be violated is, whatever the
// seed draws. Messages are frozen, so that a node that changes one it received fails here.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { SCENARIOS } from "../scenarios/index.js";
import { scaleOut } from "../scenarios/scale-out.js";
import { loadDataSet } from "../sim/cli/files.js";
import { simulate, type RunResult } from "../sim/run.js";
import type { Scenario } from "../sim/world/scenario.js";

/** What a failed run should say in a test report. */
function outcome({ failure, unexpected, missing, verdicts }: RunResult): unknown {
  const messages = verdicts.filter(({ checker }) => unexpected.includes(checker)).map(({ first }) => first?.message);
  return { failure, unexpected, missing, messages };
}

const AS_EXPECTED = { failure: undefined, unexpected: [], missing: [], messages: [] };

function run(scenario: Scenario, seed: number, wire: "objects" | "encoded"): RunResult {
  const data = scenario.data === undefined ? undefined : loadDataSet(scenario.data);
  return simulate(scenario, { seed, wire, freeze: true, data });
}

// Five thousand flights take seconds; the others take a fifth of one.
const seedsOf = (scenario: Scenario): readonly number[] => (scenario.data === undefined ? [1, 2, 3] : [1]);

describe.each(SCENARIOS)("scenario $name", (scenario) => {
  test.each(seedsOf(scenario))("seed %i: does what it expects, on frozen messages", (seed) => {
    const result = run(scenario, seed, "objects");
    expect(outcome(result)).toEqual(AS_EXPECTED);
    expect(result.ok).toBe(true);
  });

  test("does what it expects when every message passes through Kafka's wire format", () => {
    expect(outcome(run(scenario, 4, "encoded"))).toEqual(AS_EXPECTED);
  });

  test("says what it teaches, and names files of core/ to read on", () => {
    expect(scenario.teaches).toMatch(/\.$/);
    expect(scenario.read.length).toBeGreaterThan(0);
    for (const file of scenario.read) expect(existsSync(join(import.meta.dirname, "..", file)), file).toBe(true);
  });
});

test("scenario names are distinct", () => {
  expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(SCENARIOS.length);
});

// The new replica joins the ISR and leads by one decision; called unclean, it would excuse every loss that follows.
test("scale-out: the election that ends a reassignment is no unclean one, and excuses nothing", () => {
  const { events, excuses } = simulate({ ...scaleOut, excusesUnpromised: true }, { trace: true });
  const reasons = events.flatMap((event) => (event.type === "partition.changed" ? [event.reason] : []));
  expect(reasons).toContain("reassignment");
  expect(reasons).not.toContain("unclean-election");
  expect(excuses).toEqual([]);
});
