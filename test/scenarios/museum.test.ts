// The bug museum: each exhibit breaks exactly the claims it names while its rule is taken away, and none when the rule
// is back, whatever the seed draws. The registry, the exhibits and the README's table speak of the same bugs.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { BUG_NAMES, BUGS, bugSwitches, NO_BUGS, type Bug } from "../../core/bugs.js";
import { exhibitOf, MUSEUM } from "../../scenarios/museum/index.js";
import { SCENARIOS } from "../../scenarios/index.js";
import { CHECKERS } from "../../sim/checkers/index.js";
import { simulate, type RunResult } from "../../sim/run.js";
import { expectedViolations } from "../../sim/world/scenario.js";

const ROOT = join(import.meta.dirname, "../..");
const SEEDS = [1, 2, 3];

/** What a failed run should say in a test report. */
function outcome({ failure, verdicts }: RunResult): unknown {
  const violated = verdicts.filter(({ violations }) => violations > 0);
  return { failure, violated: violated.map(({ checker, first }) => [checker, first?.message]) };
}

function violatedIn({ verdicts }: RunResult): readonly string[] {
  return verdicts.filter(({ violations }) => violations > 0).map(({ checker }) => checker);
}

/** Bugs that Kafka still has need no switch: their stories run as Kafka is, and say themselves what is wrong. */
const OPEN = MUSEUM.filter(({ bugs = [] }) => bugs.length === 0);
const SWITCHED = MUSEUM.filter((scenario) => !OPEN.includes(scenario));

describe.each(SWITCHED)("exhibit $name", (scenario) => {
  test.each(SEEDS)("seed %i: without the rule it breaks exactly the claims it names", (seed) => {
    const result = simulate(scenario, { seed, freeze: true });
    expect(result.failure).toBeUndefined();
    expect([...violatedIn(result)].sort()).toEqual([...expectedViolations(scenario, scenario.bugs ?? [])].sort());
    expect(result.ok).toBe(true);
  });

  test.each(SEEDS)("seed %i: with the rule back every claim holds", (seed) => {
    const result = simulate(scenario, { seed, freeze: true, bugs: [] });
    expect(outcome(result)).toEqual({ failure: undefined, violated: [] });
    expect(result.ok).toBe(true);
  });

  test("names its bugs, and the number it has in the catalogue", () => {
    const bugs = scenario.bugs ?? [];
    expect(bugs.length).toBeGreaterThan(0);
    expect(bugs.flatMap((bug): readonly string[] => BUGS[bug].exhibits)).toContain(exhibitOf(scenario));
  });
});

describe.each(OPEN)("exhibit $name", (scenario) => {
  test.each(SEEDS)("seed %i: Kafka as it is does what the story says", (seed) => {
    const result = simulate(scenario, { seed, freeze: true });
    expect(outcome(result)).toEqual({ failure: undefined, violated: [] });
    expect(result.ok).toBe(true);
  });
});

test.each(MUSEUM)("exhibit $name: says what it teaches, and names files of core/ to read on", ({ teaches, read }) => {
  expect(teaches).toMatch(/\.$/);
  expect(read.length).toBeGreaterThan(0);
  for (const file of read) expect(existsSync(join(ROOT, file)), file).toBe(true);
});

test("every switch is exhibited, with every number it has in the catalogue", () => {
  const exhibited = new Set(SWITCHED.map(exhibitOf));
  expect(exhibited).toEqual(new Set(BUG_NAMES.flatMap((bug): readonly string[] => BUGS[bug].exhibits)));
});

test.each(BUG_NAMES)("%s breaks the claim its entry in the registry speaks of, in an exhibit", (bug) => {
  const exhibits = MUSEUM.filter(({ bugs }) => bugs?.includes(bug));
  expect(exhibits.flatMap((scenario) => expectedViolations(scenario, [bug]))).toContain(BUGS[bug].violates);
});

test("exhibits stand in the order of their numbers, under names of their own", () => {
  const numbers = MUSEUM.map((scenario) => exhibitOf(scenario));
  expect(numbers).toEqual([...numbers].sort(new Intl.Collator("en", { numeric: true }).compare));
  const names = [...SCENARIOS, ...MUSEUM].map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

test.each(Object.entries<Bug>(BUGS))("registry: %s says what a reader needs, and names a checker", (name, bug) => {
  expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
  expect(bug.exhibits.length).toBeGreaterThan(0);
  for (const exhibit of bug.exhibits) expect(exhibit).toMatch(/^[MS]\d+$/);
  for (const reference of bug.references) expect(reference).toMatch(/^(KIP|KAFKA)-\d+$/);
  expect(bug.rule).toMatch(/\.$/);
  expect(bug.lesson).toMatch(/\.$/);
  expect(CHECKERS.map((checker) => checker.name)).toContain(bug.violates);
});

test("switches: all off in Kafka as it is; the named ones on; always one shape", () => {
  for (const bug of BUG_NAMES) {
    expect(NO_BUGS[bug]).toBe(false);
    const switches = bugSwitches([bug]);
    expect(BUG_NAMES.filter((name) => switches[name])).toEqual([bug]);
    expect(Object.keys(switches)).toEqual(BUG_NAMES);
  }
});

test("README: its table of the museum has a row for every exhibit, with the bug's references and a claim it breaks", () => {
  const readme = readFileSync(join(ROOT, "README.md"), "utf8");
  expect(readme).toMatch(/exactly the claims its script expects .*, of which the table shows one/);
  const rows = readme.split("\n").filter((line) => /^\| [MS]\d+ /.test(line));
  const listed = rows.map((row) => row.split("|").map((cell) => cell.trim().replaceAll("`", "")));
  expect(listed.map(([, exhibit, name]) => [exhibit, name])).toEqual(
    MUSEUM.map((scenario) => [exhibitOf(scenario), scenario.name]),
  );
  for (const [index, scenario] of MUSEUM.entries()) {
    if (OPEN.includes(scenario)) continue;
    expect(expectedViolations(scenario, scenario.bugs ?? [])).toContain(listed[index]?.[4]);
    for (const name of scenario.bugs ?? []) {
      const bug: Bug = BUGS[name];
      for (const reference of bug.references) expect(listed[index]?.[3]).toContain(reference);
    }
  }
});
