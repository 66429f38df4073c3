// What becomes of a finding: it is made small, told, and written down as a scenario, as data and as a replay.

import { join } from "node:path";
import pc from "picocolors";
import { BUGS } from "../../core/bugs.js";
import type { CampaignWorker } from "../search/campaign/campaign-worker.js";
import { claimOf } from "../search/campaign/fails-alike.js";
import { commandFor, type Campaign } from "../search/campaign/plan.js";
import { plural } from "../search/campaign/report-text.js";
import type { SeedResult } from "../search/campaign/results.js";
import { trialOf } from "../search/campaign/runner.js";
import { tellFailure } from "../search/failure-story.js";
import { runTrial, type TrialOutcome } from "../search/outcome.js";
import { scenarioSource } from "../search/scenario-source.js";
import type { Trial } from "../search/trial.js";
import type { RunResult } from "../run.js";
import type { Scenario } from "../world/scenario.js";
import { writeOutput, writeReplayPage } from "./files.js";
import { UsageError } from "./usage.js";

/** A finding as it is reported. */
export interface Found {
  readonly seed: number;
  readonly signature: string;
  readonly trial: Trial;
  readonly stepsBefore: number;
  /** How many trials were run to make it small. */
  readonly runs: number;
  readonly seconds: number;
  /** Several lines for a person. */
  readonly story: string;
  /** What was written where: "scenario" → path. */
  readonly written: Readonly<Record<string, string>>;
}

/** Makes a finding small and writes it down. Never throws for what happens in the run. */
export async function investigate(
  campaign: Campaign,
  result: SeedResult,
  folder: string,
  worker: CampaignWorker,
  onProgress: (text: string) => void,
): Promise<Found> {
  const { seed, bredFrom = [] } = result;
  const { profile, bugs } = campaign;
  const startedAt = performance.now();
  const drawn = trialOf(campaign, seed, bredFrom);
  const signature = result.signature ?? result.kind;
  const name = [profile, ...bugs, ...(bredFrom.length === 0 ? [] : ["bred"]), String(seed)].join("-");
  const base = join(folder, name);
  const again = `samsa run ${base}.json`;
  const endedItsThread = result.digest === undefined;
  const shrunk = endedItsThread
    ? "every try would end a thread."
    : await worker.shrink(
        seed,
        ({ runs, steps }) =>
          onProgress(`Seed ${seed}: ${plural(runs, "run")}, ${plural(steps, "step")} of ${drawn.steps.length} left`),
        bredFrom,
      );
  const seconds = (performance.now() - startedAt) / 1000;

  // A trial that ends its thread would end this one too: it is written as it was drawn, and not run here.
  if (typeof shrunk === "string") {
    const written = { trial: writeOutput(`${base}.json`, trialText(drawn)) };
    const story = `${result.message ?? signature}\nIt could not be made smaller: ${shrunk}\nAgain: ${again}\n`;
    return { seed, signature, trial: drawn, stepsBefore: drawn.steps.length, runs: 0, seconds, story, written };
  }
  const { trial, stepsBefore, runs } = shrunk;
  let run: RunResult | undefined;
  const outcome = runTrial(trial, { trace: true, onResult: (each) => (run = each) });
  const written: Record<string, string> = {
    trial: writeOutput(`${base}.json`, trialText(trial)),
    scenario: writeOutput(`${base}.ts`, sourceOf(campaign, result, name, trial, outcome)),
  };
  try {
    const page = writeReplayPage(`${base}.html`, { header: run!.header, events: run!.events });
    written["replay"] = `file://${page}#t=${momentOf(outcome)}`;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    written["replay"] = error.message;
  }
  const story = tellFailure(trial, outcome, run!, { commands: { Again: again } });
  return { seed, signature, trial, stepsBefore, runs, seconds, story, written };
}

function trialText(trial: Trial): string {
  return `${JSON.stringify(trial, null, 2)}\n`;
}

/** Simulated microseconds at which the first claim broke; the end of the run if none did. */
function momentOf({ violations, simulatedMs }: TrialOutcome): number {
  const moments = violations.map(({ atUs }) => atUs).filter((atUs) => atUs > 0);
  return moments.length === 0 ? Math.floor(simulatedMs * 1000) : Math.min(...moments);
}

/**
 * The scenario file. With a historic bug on it expects what the bug does, like an exhibit; otherwise that everything
 * holds, so that it fails until the cause is mended and guards it from then on.
 */
function sourceOf(
  campaign: Campaign,
  { seed, bredFrom }: SeedResult,
  name: string,
  trial: Trial,
  outcome: TrialOutcome,
): string {
  const { violations } = outcome;
  const violated = violations.map(({ checker }) => checker);
  const claim = claimOf(outcome, trial.bugs);
  const [bug] = trial.bugs;
  const broken = violations.find(({ checker }) => checker === claim)?.claim;
  const expect: Scenario["expect"] = trial.bugs.length > 0 && violated.length > 0 ? { violates: violated } : "holds";
  return scenarioSource(trial, {
    name,
    teaches: bug === undefined ? (broken ?? "A run that nobody scripted, and that goes wrong.") : BUGS[bug].lesson,
    expect,
    about: `Found by ${commandFor(campaign, seed, bredFrom)}`,
  });
}

/** A finding as text; ends with a line break. */
export function formatFound(
  { seed, stepsBefore, trial, runs, seconds, story, written }: Found,
  colour: boolean,
): string {
  const paint = pc.createColors(colour);
  const small = `${plural(stepsBefore, "step")} made ${trial.steps.length} in ${plural(runs, "run")}`;
  const files = Object.entries(written).map(([what, where]) => `${what[0]!.toUpperCase()}${what.slice(1)}: ${where}\n`);
  return [paint.bold(paint.red(`Seed ${seed}`)), `: ${small}, ${seconds.toFixed(1)} s.\n`, story, ...files].join("");
}
