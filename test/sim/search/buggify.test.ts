// Rare events in trials: drawn place by place, shrunk away, printed and kept.

import { expect, test } from "vitest";
import { PLACE_NAMES } from "../../../core/buggify.js";
import { drawTrial } from "../../../sim/search/draw.js";
import { describeTrial } from "../../../sim/search/failure-story.js";
import { scenarioSource } from "../../../sim/search/scenario-source.js";
import { shrinkTrial } from "../../../sim/search/shrink.js";
import { trialProblem } from "../../../sim/search/trial-check.js";
import { trialScenario } from "../../../sim/search/trial-scenario.js";

const TRIALS = Array.from({ length: 400 }, (_, index) => drawTrial(index + 1));

test("about half of the trials have no rare events; in the others each place is on in about a quarter", () => {
  const some = TRIALS.filter(({ buggify }) => buggify.length > 0);
  expect(some.length).toBeGreaterThan(150);
  expect(some.length).toBeLessThan(250);
  for (const place of PLACE_NAMES) {
    const on = some.filter(({ buggify }) => buggify.includes(place)).length;
    expect(on, place).toBeGreaterThan(some.length / 8);
    expect(on, place).toBeLessThan((some.length * 3) / 8);
  }
});

test("whether rare events are drawn or told changes nothing else of a trial", () => {
  for (const trial of TRIALS.slice(0, 20)) {
    expect(drawTrial(trial.seed, "mixed", { buggify: ["early-roll"] })).toEqual({ ...trial, buggify: ["early-roll"] });
  }
});

test("shrinking leaves out the places that the failure does not need", () => {
  const trial = drawTrial(1, "mixed", { buggify: PLACE_NAMES });
  const needed = ["small-batch", "early-roll"] as const;
  const { trial: shrunk } = shrinkTrial(trial, ({ buggify }) => needed.every((place) => buggify.includes(place)));
  expect(shrunk.buggify).toEqual(needed);
  expect(shrinkTrial(trial, () => true).trial.buggify).toEqual([]);
});

test("the story, the scenario and its file name the places, and say nothing where there are none", () => {
  const trial = drawTrial(1, "mixed", { buggify: ["early-roll", "poll-of-one"] });
  const source = { name: "found", teaches: "It breaks.", expect: "holds" } as const;
  expect(describeTrial(trial)).toContain("early-roll, poll-of-one");
  expect(scenarioSource(trial, source)).toContain('buggify: ["early-roll", "poll-of-one"]');
  expect(trialScenario(trial).buggify).toEqual(["early-roll", "poll-of-one"]);
  const calm = { ...trial, buggify: [] };
  expect(describeTrial(calm)).not.toContain("unlikely");
  expect(scenarioSource(calm, source)).not.toContain("buggify");
});

test("a file with a place that does not exist is no trial", () => {
  const trial = drawTrial(1, "mixed", { buggify: ["early-roll"] });
  expect(trialProblem(trial)).toBeUndefined();
  expect(trialProblem({ ...trial, buggify: ["late-roll"] })).toContain("late-roll");
  expect(trialProblem({ ...trial, buggify: "early-roll" })).toContain("buggify");
});
