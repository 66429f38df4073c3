// The search: seeds a second, what a second worker adds, and how long a failure takes to become small.

import { CampaignWorker } from "../../sim/search/campaign/campaign-worker.js";
import { runCampaign } from "../../sim/search/campaign/campaign.js";
import type { SeedResult } from "../../sim/search/campaign/results.js";
import { hunt } from "../canary/hunt.js";
import { median, type Measurement } from "./measurement.js";

const SEEDS = 100;
const PAIRS = 3;
const BUG = "truncate-to-high-watermark";
const SHRUNK = 5;

/** Seconds for the same seeds with so many workers, their start included. */
async function secondsWith(workers: number): Promise<{ readonly seconds: number; readonly records: number }> {
  const results: SeedResult[] = [];
  const startedAt = performance.now();
  const campaign = { samsa: "", profile: "mixed", bugs: [], firstSeed: 1, seeds: SEEDS };
  await runCampaign(
    campaign,
    { index: 1, of: 1 },
    {
      workers,
      keepGoing: true,
      onResult: (result) => results.push(result),
    },
  );
  const records = median(results.map(({ seen }) => seen["recordsSent"] ?? 0));
  return { seconds: (performance.now() - startedAt) / 1000, records };
}

export async function searchBench(): Promise<readonly Measurement[]> {
  const speeds: number[] = [];
  const ratios: number[] = [];
  let records = 0;
  for (let pair = 0; pair < PAIRS; pair++) {
    const one = await secondsWith(1);
    const two = await secondsWith(2);
    records = two.records;
    speeds.push(SEEDS / two.seconds);
    ratios.push(one.seconds / two.seconds);
  }
  const speed = median(speeds);
  const ratio = median(ratios);
  return [
    {
      name: "mixed-profile seeds, 30 simulated seconds each, all checkers, two workers",
      value: speed,
      unit: "a second",
      promised: "at least 25",
      met: speed >= 25,
      detail: `median of ${PAIRS} times ${SEEDS} seeds, ${records} records each in the middle`,
    },
    {
      name: "two workers against one",
      value: ratio,
      unit: "times as fast",
      promised: "at least 1.8",
      met: ratio >= 1.8,
      detail: `median of ${PAIRS} pairs`,
    },
    ...(await shrinkBench()),
  ];
}

/** The slowest of several failures of one historic bug. */
async function shrinkBench(): Promise<readonly Measurement[]> {
  const seconds: number[] = [];
  const runs: number[] = [];
  const steps: number[] = [];
  let firstSeed = 1;
  for (let failure = 0; failure < SHRUNK; failure++) {
    const found = await hunt({ bug: BUG, profile: "replication", firstSeed, seeds: 1000 });
    if (found === undefined) throw new Error(`no seed from ${firstSeed} on shows ${BUG}`);
    firstSeed = found.result.seed + 1;
    const worker = new CampaignWorker({ task: { profile: "replication", bugs: [BUG] } });
    const startedAt = performance.now();
    const shrunk = await worker.shrink(found.result.seed, () => undefined);
    seconds.push((performance.now() - startedAt) / 1000);
    await worker.close();
    if (typeof shrunk === "string") throw new Error(shrunk);
    runs.push(shrunk.runs);
    steps.push(shrunk.trial.steps.length);
  }
  const slowest = Math.max(...seconds);
  const most = Math.max(...runs);
  return [
    {
      name: "shrinking a museum failure",
      value: slowest,
      unit: "s",
      promised: "under 20, at most 400 runs",
      met: slowest < 20 && most <= 400,
      detail: `the slowest of ${SHRUNK}, ${most} runs at most, ${median(steps)} steps in the middle`,
    },
  ];
}
