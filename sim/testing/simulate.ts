// Simulate, as tests call it: a scenario, a drawn trial, or a few parts of one; what is left out is as plain as can be.

import { refuse } from "../mistake.js";
import { simulate as simulateScenario, type RunResult, type SimulateOptions } from "../run.js";
import { trialRunOptions } from "../search/outcome.js";
import { unfittedTrialProblem } from "../search/trial-check.js";
import type { Trial } from "../search/trial.js";
import { trialScenario } from "../search/trial-scenario.js";
import type { Scenario } from "../world/scenario.js";
import { fitTrial } from "./fit-trial.js";
import { GROUP } from "./workloads.js";

/** Any part of a trial. */
export type TrialParts = Partial<Trial>;

/** A run, and the trial it was a run of: what to print, and to keep. */
export interface TrialResult extends RunResult {
  readonly trial: Trial;
}

/**
 * A whole trial of the parts: three brokers, one controller, a topic of one partition, a hundred records.
 * @throws Mistake if a part says what cannot be
 */
export function trialOf(parts: TrialParts): Trial {
  const topics = parts.topics ?? [{ topic: "orders", partitions: 1, replicationFactor: 3 }];
  const reader = {
    name: "consumer-1",
    group: GROUP,
    topics: topics.map(({ topic }) => topic),
    config: { "auto.offset.reset": "earliest" },
    commits: "automatically" as const,
  };
  const whole: Trial = {
    seed: 1,
    cluster: { brokers: 3, controllers: 1 },
    topics,
    producers: [{ name: "producer-1", config: { acks: "all" } }],
    consumers: [reader],
    load: { records: 100, everyMs: 20, keys: 0, valueBytes: 0 },
    steps: [],
    durationMs: 0,
    wire: "objects",
    bugs: [],
    buggify: [],
    excusesUnpromised: false,
    ...parts,
  };
  refuse(unfittedTrialProblem(whole), "this is no trial");
  return fitTrial(whole);
}

/**
 * Runs and judges; never throws for what happens in the simulation.
 * @throws Mistake if the scenario or the trial says what cannot be
 */
export function simulate(scenario: Scenario, options?: SimulateOptions): RunResult;
export function simulate(trial: TrialParts, options?: Omit<SimulateOptions, "seed" | "wire" | "bugs">): TrialResult;
export function simulate(subject: Scenario | TrialParts, options: SimulateOptions = {}): RunResult | TrialResult {
  if ("run" in subject) return simulateScenario(subject, options);
  const trial = trialOf(subject);
  const result = simulateScenario(trialScenario(trial), { ...trialRunOptions(trial), ...options });
  return { ...result, trial };
}
