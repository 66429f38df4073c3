// How hard each historic bug is to find: `tsx test/canary/measure.ts [--bug NAME]… [--profile NAME] [--starts 20]
// [--from 0] [--limit 5000] [--workers N] [--steer] [--shrink]`. From independent starts (--from 5 leaves the first five
// out): seeds needed, time, and with --shrink the steps that are left of the failure once it is small. One row of a
// Markdown table a bug; the medians go to medians.ts.

import { parseArgs } from "node:util";
import { BUG_NAMES, type BugName } from "../../core/bugs.js";
import { bugsNamed } from "../../sim/cli/run.js";
import { CampaignWorker } from "../../sim/search/campaign/campaign-worker.js";
import type { SeedResult } from "../../sim/search/campaign/results.js";
import { PROFILE_NAMES, type ProfileName } from "../../sim/search/profiles.js";
import { hunt } from "./hunt.js";

/** Seeds between two starts; more than the limit of a hunt. */
const STRIDE = 100_000;

const { values } = parseArgs({
  options: {
    bug: { type: "string", multiple: true },
    profile: { type: "string" },
    starts: { type: "string" },
    from: { type: "string" },
    limit: { type: "string" },
    workers: { type: "string" },
    steer: { type: "boolean" },
    shrink: { type: "boolean" },
  },
});
const bugs = values.bug === undefined ? BUG_NAMES : bugsNamed(values.bug);
const profile: ProfileName = PROFILE_NAMES.find((name) => name === values.profile) ?? "mixed";
const starts = Number(values.starts ?? 20);
const from = Number(values.from ?? 0);
const limit = Number(values.limit ?? 5000);
const steers = values.steer === true;
const workers = values.workers === undefined ? {} : { workers: Number(values.workers) };

/** Of an even number of values the lower of the middle ones. */
function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[(numbers.length - 1) >> 1] ?? NaN;
}

/** Steps of the failure of a seed, made small. */
async function smallestSteps(bug: BugName, { seed, bredFrom }: SeedResult): Promise<number> {
  const worker = new CampaignWorker({ task: { profile, bugs: [bug] } });
  const shrunk = await worker.shrink(seed, () => undefined, bredFrom);
  await worker.close();
  return typeof shrunk === "string" ? NaN : shrunk.trial.steps.length;
}

console.log(
  `| bug (${profile}${steers ? ", steered" : ""}) | median seeds | most | not found | median s | median steps | each start |`,
);
console.log("| --- | ---: | ---: | ---: | ---: | ---: | --- |");
for (const bug of bugs) {
  const seeds: number[] = [];
  const seconds: number[] = [];
  const steps: number[] = [];
  for (let start = from; start < starts; start++) {
    const startedAt = performance.now();
    const found = await hunt({ bug, profile, firstSeed: 1 + start * STRIDE, seeds: limit, steers, ...workers });
    seconds.push((performance.now() - startedAt) / 1000);
    seeds.push(found?.seeds ?? Infinity);
    if (found !== undefined && values.shrink === true) steps.push(await smallestSteps(bug, found.result));
  }
  const missed = seeds.filter((count) => count === Infinity).length;
  const most = Math.max(...seeds.filter((count) => count < Infinity));
  const row = [bug, median(seeds), most, missed, median(seconds).toFixed(1), median(steps), seeds.join(" ")];
  console.log(`| ${row.join(" | ")} |`);
}
