// The search: seeds a second, what a second worker brings, how long a failure takes to become small, what checkers cost.

import { BUG_NAMES } from "../../core/bugs.js";
import { CampaignWorker } from "../../sim/search/campaign/campaign-worker.js";
import { runCampaign } from "../../sim/search/campaign/campaign.js";
import type { Campaign } from "../../sim/search/campaign/plan.js";
import { isFinding } from "../../sim/search/campaign/results.js";
import { drawTrial } from "../../sim/search/draw.js";
import { runTrial } from "../../sim/search/outcome.js";
import { median, type Measurement } from "./measurement.js";

/** Threads begin cold: so many seeds a worker before the clock starts. */
const WARM_UP = 30;
/** The same seeds, however many workers there are: from this one on. */
const FIRST_TIMED = 1001;
const TIMED = 60;

/** Seeds a second of the mixed profile, when every thread is warm. */
async function seedsPerSecond(workers: number): Promise<number> {
  const campaign: Campaign = {
    samsa: "bench",
    profile: "mixed",
    bugs: [],
    firstSeed: FIRST_TIMED - WARM_UP * workers,
    seeds: WARM_UP * workers + TIMED,
  };
  let told = 0;
  let startedAt = 0;
  let elapsedMs = 0;
  await runCampaign(
    campaign,
    { index: 1, of: 1 },
    {
      workers,
      keepGoing: true,
      onResult: () => {
        told++;
        if (told === WARM_UP * workers) startedAt = performance.now();
        if (told === WARM_UP * workers + TIMED) elapsedMs = performance.now() - startedAt;
      },
    },
  );
  return (TIMED / elapsedMs) * 1000;
}

export async function seedsBench(): Promise<readonly Measurement[]> {
  const one = await seedsPerSecond(1);
  const two = await seedsPerSecond(2);
  return [
    {
      name: "mixed profile, 30 simulated seconds each, all checkers, two workers",
      value: two,
      unit: "seeds a second",
      promised: "at least 25",
      met: two >= 25,
      detail: `${TIMED} seeds in warm threads; one worker: ${one.toFixed(1)}`,
    },
    {
      name: "two workers against one",
      value: two / one,
      unit: "times the seeds",
      promised: "at least 1.8",
      met: two / one >= 1.8,
    },
  ];
}

/** The failures of the first bugs of the museum that the search finds quickly, made small. */
export async function shrinkBench(): Promise<readonly Measurement[]> {
  const WANTED = 5;
  const LIMIT = 60;
  const seconds: number[] = [];
  const runs: number[] = [];
  const steps: string[] = [];
  for (const bug of BUG_NAMES) {
    if (seconds.length === WANTED) break;
    const task = { profile: "mixed", bugs: [bug] };
    const worker = new CampaignWorker({ task });
    for (let seed = 1; seed <= LIMIT; seed++) {
      if (!isFinding(await worker.run(seed))) continue;
      const startedAt = performance.now();
      const shrunk = await worker.shrink(seed, () => undefined);
      if (typeof shrunk === "string") break;
      seconds.push((performance.now() - startedAt) / 1000);
      runs.push(shrunk.runs);
      steps.push(`${bug}: ${shrunk.stepsBefore} → ${shrunk.trial.steps.length} steps`);
      break;
    }
    await worker.close();
  }
  const slowest = Math.max(...seconds);
  const most = Math.max(...runs);
  return [
    {
      name: "shrinking a museum failure, slowest of five",
      value: slowest,
      unit: "s",
      promised: "under 20",
      met: slowest < 20,
      detail: `${steps.join("; ")}; median ${median(seconds).toFixed(1)} s`,
    },
    {
      name: "re-runs it takes, most of five",
      value: most,
      unit: "runs",
      promised: "at most 400",
      met: most <= 400,
    },
  ];
}

export function checkersBench(): readonly Measurement[] {
  const timed = (seed: number, checkers: boolean): number => {
    const trial = drawTrial(seed);
    const startedAt = performance.now();
    runTrial(trial, { checkers, freeze: false });
    return performance.now() - startedAt;
  };
  for (let seed = 1; seed <= 20; seed++) timed(seed, seed % 2 === 0);
  const ratios: number[] = [];
  for (let seed = 21; seed <= 41; seed++) {
    // The faster of two: a collection or a neighbour may fall into either.
    const on = Math.min(timed(seed, true), timed(seed, true));
    const off = Math.min(timed(seed, false), timed(seed, false));
    ratios.push(on / off);
  }
  const value = median(ratios);
  return [
    {
      name: "checkers on, against off",
      value,
      unit: "times the time",
      promised: "at most 1.4",
      met: value <= 1.4,
      detail: `median of ${ratios.length} seeds`,
    },
  ];
}
