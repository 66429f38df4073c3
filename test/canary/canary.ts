// The canary: `tsx test/canary/canary.ts [--day N | --bug NAME]`.
// A search that finds nothing proves something only if it would have found a bug, had there been one. So each day one
// historic bug is switched on, and the search must find it within ten times the seeds it usually takes.

import { parseArgs } from "node:util";
import { BUGS } from "../../core/bugs.js";
import { bugsNamed } from "../../sim/cli/run.js";
import { hunt } from "./hunt.js";
import { bugOfDay, medianOf } from "./medians.js";

const PATIENCE = 10;

const { values } = parseArgs({ options: { day: { type: "string" }, bug: { type: "string" } } });
const now = new Date();
const today = Math.floor((now.getTime() - Date.UTC(now.getUTCFullYear(), 0, 1)) / 86_400_000) + 1;
const day = values.day === undefined ? today : Number(values.day);
const bug = values.bug === undefined ? bugOfDay(day) : bugsNamed([values.bug])[0]!;
const median = medianOf(bug);
if (median === undefined) {
  console.error(`Nobody has measured how many seeds ${bug} takes: tsx test/canary/measure.ts --bug ${bug}.`);
  process.exit(2);
}
const { profile, seeds } = median;

console.log(`The canary of day ${day}: ${bug} (${BUGS[bug].references.join(", ")}) in ${profile}.`);
const startedAt = performance.now();
// Seeds of the day, so that a year of canaries tries many.
const found = await hunt({ bug, profile, firstSeed: day * 1_000_000, seeds: PATIENCE * seeds });
const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
if (found === undefined) {
  console.log(`NOT found within ${PATIENCE * seeds} seeds, ${seconds} s: the search has gone blind to it.`);
  process.exitCode = 1;
} else {
  console.log(`Found after ${found.seeds} seeds, ${seconds} s: ${found.result.message}`);
}
