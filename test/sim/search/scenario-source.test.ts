// A trial as a scenario file: the file reads well, stands on "samsa" alone, and does what the trial does.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import prettier from "prettier";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Scenario } from "samsa";
import { drawTrial } from "../../../sim/search/draw.js";
import { trialRunOptions } from "../../../sim/search/outcome.js";
import { PROFILE_NAMES } from "../../../sim/search/profiles.js";
import { scenarioSource, type SourceOptions } from "../../../sim/search/scenario-source.js";
import { identifier, literal } from "../../../sim/search/source-literal.js";
import { shrinkTrial } from "../../../sim/search/shrink.js";
import { trialScenario } from "../../../sim/search/trial-scenario.js";
import type { Trial } from "../../../sim/search/trial.js";
import { simulate } from "../../../sim/run.js";

/** Inside the project, so that "samsa" is found. */
const FOLDER = join(import.meta.dirname, "../../../out/scenario-source");
const OPTIONS: SourceOptions = { name: "found-by-search", teaches: "What a search found.", expect: "holds" };

beforeAll(() => mkdirSync(FOLDER, { recursive: true }));
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

async function imported(trial: Trial, name: string): Promise<Scenario> {
  const path = join(FOLDER, `${name}.ts`);
  writeFileSync(path, scenarioSource(trial, OPTIONS));
  const module = (await import(/* @vite-ignore */ path)) as { readonly foundBySearch: Scenario };
  return module.foundBySearch;
}

const SHORT = { durationMs: 8000, recordsPerSecond: 20 };

describe.each(PROFILE_NAMES)("profile %s", (profile) => {
  test.each([11, 12])("seed %i: the scenario file runs to the digest of the trial", async (seed) => {
    const trial = drawTrial(seed, profile, SHORT);
    const scenario = await imported(trial, `${profile}-${seed}`);
    expect(scenario.seed).toBe(seed);
    const file = simulate(scenario, { checkers: false });
    const played = simulate(trialScenario(trial), { ...trialRunOptions(trial), checkers: false });
    expect(file.failure).toBe(played.failure);
    expect(file.digest).toBe(played.digest);
  });
});

test("a shrunk trial too, with the bugs it needs", async () => {
  const drawn = drawTrial(4, "replication", { ...SHORT, bugs: ["truncate-to-high-watermark"] });
  const { trial } = shrinkTrial(drawn, ({ steps, topics }) => steps.length >= 2 && topics.length > 0);
  const scenario = await imported(trial, "shrunk");
  expect(scenario.bugs).toEqual(["truncate-to-high-watermark"]);
  const options = { ...trialRunOptions(trial), checkers: false };
  expect(simulate(scenario, { checkers: false }).digest).toBe(simulate(trialScenario(trial), options).digest);
});

test("the text is laid out as the project's formatter lays it out", async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const source = scenarioSource(drawTrial(seed), OPTIONS);
    expect(await prettier.format(source, { parser: "typescript", printWidth: 120 })).toBe(source);
  }
});

test("it imports from samsa alone and has no loops and no helpers: a straight line", () => {
  const source = scenarioSource(drawTrial(3), OPTIONS);
  expect([...source.matchAll(/from "([^"]+)"/g)].map(([, from]) => from)).toEqual(["samsa"]);
  expect(source).not.toMatch(/\bfor\b \(|\bwhile\b|function/);
});

test("names become identifiers, and amounts are set apart by thousands", () => {
  expect(identifier("worker-1")).toBe("worker1");
  expect(identifier("Orders.EU")).toBe("ordersEU");
  expect(identifier("1st")).toBe("its1st");
  expect(literal({ "retention.ms": 12_500, keys: [1, 2] }, 0, 0)).toBe('{ "retention.ms": 12_500, keys: [1, 2] }');
});
