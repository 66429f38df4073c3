// The digests of a fixed set of runs: what every Node version and every browser must agree on.
// It runs in all of them, so it touches neither Node's modules nor the DOM.

import { SCENARIOS } from "../../scenarios/index.js";
import { drawTrial } from "../../sim/search/draw.js";
import { trialScenario } from "../../sim/search/trial-scenario.js";
import { simulate } from "../../sim/run.js";

const RANDOM_SEEDS = [1, 2, 3];

/**
 * Runs every scenario and a few random ones.
 * @param data the parsed data set of those scenarios that name one
 * @returns pairs of run and digest, in a fixed order
 */
export function digestsOf(data: unknown): readonly (readonly [run: string, digest: string])[] {
  const digests: (readonly [string, string])[] = SCENARIOS.map((scenario) => [
    scenario.name,
    simulate(scenario, { data }).digest,
  ]);
  for (const seed of RANDOM_SEEDS) {
    const scenario = trialScenario(drawTrial(seed, "mixed", { durationMs: 10_000 }));
    digests.push([scenario.name, simulate(scenario, { seed }).digest]);
    digests.push([`${scenario.name} encoded`, simulate(scenario, { seed, wire: "encoded" }).digest]);
  }
  return digests;
}
