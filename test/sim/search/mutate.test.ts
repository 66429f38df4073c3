// Neighbours of a trial: always trials themselves, the same for a seed, and seldom the trial they come from.

import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { drawTrial } from "../../../sim/search/draw.js";
import { mutateTrial } from "../../../sim/search/mutate.js";
import { runTrial } from "../../../sim/search/outcome.js";
import { PROFILE_NAMES } from "../../../sim/search/profiles.js";
import { retargeted } from "../../../sim/search/retarget.js";
import { trialProblem } from "../../../sim/search/trial-check.js";
import type { Trial } from "../../../sim/search/trial.js";

const seeds = fc.integer({ min: 1, max: 1_000_000 });
const lines = fc.record({
  profile: fc.constantFrom(...PROFILE_NAMES),
  first: seeds,
  line: fc.array(seeds, { minLength: 1, maxLength: 12 }),
});

const descendant = (drawn: Trial, line: readonly number[]): Trial => line.reduce(mutateTrial, drawn);

describe("a neighbour of a neighbour", () => {
  test.prop([lines])("is a trial: plain data, in order of time, aimed at what there is", ({ profile, first, line }) => {
    const trial = descendant(drawTrial(first, profile), line);
    expect(trialProblem(trial)).toBeUndefined();
    expect(JSON.parse(JSON.stringify(trial))).toEqual(trial);
    const times = trial.steps.map(({ atMs }) => atMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times.every((atMs) => Number.isInteger(atMs) && atMs >= 0 && atMs < trial.durationMs)).toBe(true);
    for (const step of trial.steps) {
      if (step.kind === "fault" && step.healAtMs !== undefined) expect(step.healAtMs).toBeGreaterThanOrEqual(step.atMs);
    }
    expect(retargeted(trial)).toEqual(trial);
    expect(new Set(trial.buggify).size).toBe(trial.buggify.length);
  });

  test.prop([lines])("keeps its cluster's size, its clients and its bugs", ({ profile, first, line }) => {
    const drawn = drawTrial(first, profile, { bugs: ["unfenced-fetch"] });
    const trial = descendant(drawn, line);
    expect(trial.bugs).toEqual(["unfenced-fetch"]);
    expect(trial.profile).toBe(profile);
    expect([trial.cluster.brokers, trial.cluster.controllers]).toEqual([
      drawn.cluster.brokers,
      drawn.cluster.controllers,
    ]);
    expect(trial.producers.map(({ name }) => name)).toEqual(drawn.producers.map(({ name }) => name));
    expect(trial.consumers.map(({ name }) => name)).toEqual(drawn.consumers.map(({ name }) => name));
  });

  test.prop([lines])("is the same for the same line of seeds", ({ profile, first, line }) => {
    const drawn = drawTrial(first, profile);
    expect(descendant(drawn, line)).toEqual(descendant(drawn, line));
  });
});

test("seeds make different neighbours, of many kinds, and hardly ever the trial itself", () => {
  const parent = drawTrial(1, "mixed");
  const neighbours = Array.from({ length: 300 }, (_, seed) => mutateTrial(parent, seed));
  const texts = neighbours.map((trial) => JSON.stringify(trial));
  expect(new Set(texts).size).toBeGreaterThan(270);
  expect(texts.filter((text) => text === JSON.stringify(parent)).length).toBeLessThan(15);
  const some = (differs: (trial: Trial) => boolean): boolean => neighbours.some(differs);
  const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
  expect(some(({ steps }) => steps.length < parent.steps.length)).toBe(true);
  expect(some(({ steps }) => steps.length > parent.steps.length)).toBe(true);
  expect(some(({ seed }) => seed === parent.seed)).toBe(true);
  expect(some(({ seed }) => seed !== parent.seed)).toBe(true);
  for (const part of ["cluster", "topics", "producers", "consumers", "buggify"] as const)
    expect(
      some((trial) => !same(trial[part], parent[part])),
      part,
    ).toBe(true);
});

test("a crowded trial is thinned out, not crowded more", () => {
  const parent = drawTrial(1, "mixed");
  const step = { kind: "ask-end-offsets" as const };
  const crowded = { ...parent, steps: Array.from({ length: 100 }, (_, atMs) => ({ ...step, atMs })) };
  for (let seed = 0; seed < 50; seed++) expect(mutateTrial(crowded, seed).steps.length).toBeLessThan(100);
});

test("neighbours run as drawn trials do: none fails by what it is", { timeout: 120_000 }, () => {
  for (const profile of ["replication", "groups"] as const) {
    for (let seed = 1; seed <= 6; seed++) {
      const trial = mutateTrial(mutateTrial(drawTrial(seed, profile), seed + 100), seed + 200);
      const { kind, failure, violations } = runTrial(trial);
      expect({ seed, kind, failure, violations }).toMatchObject({ kind: expect.stringMatching(/^(passed|idle)$/) });
    }
  }
});
