// What a failed assertion prints: the broken claim, what led to it, and how to see it again. Short, since a person reads
// it among other output; the replay shows the rest.

import type { Verdict } from "../checkers/index.js";
import { excuseLines } from "../report/excuses.js";
import { formatSeen, formatStory } from "../report/run-report.js";
import type { StoryLine } from "../report/story.js";
import type { RunResult } from "../run.js";
import type { Trial } from "../search/trial.js";

/** A run that may know its trial. */
export type JudgedRun = RunResult & { readonly trial?: Trial };

/** At most so many lines of story: the last ones, which are nearest to the violation. */
const MOST_LINES = 16;

/** The verdicts that say "violated". */
export function violatedOf({ verdicts }: RunResult): readonly Verdict[] {
  return verdicts.filter(({ violations }) => violations > 0);
}

/** Faults and notes always; of what the cluster did, only what concerns the partition. */
function linesThatMatter(story: readonly StoryLine[], verdict: Verdict | undefined): readonly StoryLine[] {
  const { atUs = -1, partition } = verdict?.first ?? {};
  const untilUs = atUs < 0 ? Infinity : atUs;
  return story
    .filter((line) => line.atUs <= untilUs)
    .filter(({ kind, text }) => kind !== "event" || (partition !== undefined && mentions(text, partition)));
}

/** Is the partition named, and not one whose name only begins with it ("orders-1" in "orders-12")? */
function mentions(text: string, partition: string): boolean {
  return text.split(/[\s,.;:]+/).includes(partition);
}

function indented(text: string): string {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => `  ${line}`)
    .join("\n");
}

function describeStory(story: readonly StoryLine[], verdict: Verdict | undefined): readonly string[] {
  const lines = linesThatMatter(story, verdict);
  if (lines.length === 0) return [];
  const shown = lines.slice(-MOST_LINES);
  const left = lines.length - shown.length;
  return ["", "What led to it:", ...(left === 0 ? [] : [`  (${left} lines before)`]), indented(formatStory(shown))];
}

function describeReplay({ trial, scenario, seed, bugs }: JudgedRun): readonly string[] {
  if (trial !== undefined)
    return ["To see it, save the next line as trial.json: npx samsa run trial.json --html replay.html", asJson(trial)];
  const switches = bugs.length === 0 ? "" : ` and bugs ${bugs.join(", ")}`;
  return [`The same script (${scenario}) with seed ${seed}${switches} does it again.`];
}

/** A trial as one line of JSON. */
export function asJson(trial: Trial): string {
  return JSON.stringify(trial);
}

/** What happened in a run, for the one who has to find out why. `verdict`: what it is about. */
export function describeRun(result: JudgedRun, verdict: Verdict | undefined = violatedOf(result)[0]): string {
  const { failure, story, seen, excuses } = result;
  return [
    ...(failure === undefined ? [] : [`The run stopped: ${failure}`]),
    ...violatedOf(result).map(({ checker, claim, first }) => `✗ ${checker}: ${claim}\n    ${first?.message ?? ""}`),
    ...excuseLines(excuses),
    ...describeStory(story, verdict),
    "",
    ...(failure === undefined && verdict === undefined ? [formatSeen(seen)] : []),
    ...describeReplay(result),
  ].join("\n");
}
