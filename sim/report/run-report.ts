// The report of a run as text: story, verdicts, what was seen, and how to see it again.

import pc from "picocolors";
import { BUGS, type Bug, type BugName } from "../../core/bugs.js";
import type { Verdict } from "../checkers/index.js";
import type { RunResult } from "../run.js";
import type { Scenario } from "../world/scenario.js";
import { excuseLines } from "./excuses.js";
import { secondsText } from "./seconds.js";
import type { Seen } from "./seen.js";
import type { StoryLine } from "./story.js";

export interface ReportOptions {
  readonly wallMs: number;
  /** What was written where: "replay" → path. */
  readonly written: Readonly<Record<string, string>>;
  readonly quiet: boolean;
  readonly colour: boolean;
  /** Options besides the seed that the run was given, as they are typed: " --wire". */
  readonly flags?: string;
  /** What was given to samsa run: the scenario's name unless told, or a file. */
  readonly command?: string;
  /** What is played, a line each, where that is data and no script. */
  readonly plays?: string;
}

/** The story, one event a line: simulated seconds, then the sentence. Notes stand out. */
export function formatStory(lines: readonly StoryLine[], colour = false): string {
  const paint = pc.createColors(colour);
  return lines
    .map(({ atUs, kind, text }) => {
      const time = paint.dim(`${secondsText(atUs).padStart(9)} s  `);
      if (kind === "note") return `${time}${paint.bold(text)}`;
      if (kind === "fault") return `${time}${paint.red(`✗ ${text}`)}`;
      if (kind === "heal") return `${time}${paint.green(`✓ ${text}`)}`;
      return `${time}· ${text}`;
    })
    .map((line) => `${line}\n`)
    .join("");
}

/** What each count counts: one of it, and several. */
const SEEN_NAMES: Readonly<Record<keyof Seen, readonly [one: string, several: string]>> = {
  faults: ["fault", "faults"],
  leaderElections: ["leader election", "leader elections"],
  quorumElections: ["quorum election", "quorum elections"],
  isrShrinks: ["ISR shrink", "ISR shrinks"],
  isrExpansions: ["ISR expansion", "ISR expansions"],
  truncations: ["truncation", "truncations"],
  rebalances: ["rebalance", "rebalances"],
  fencedRequests: ["fenced request", "fenced requests"],
  brokersFenced: ["broker fenced", "brokers fenced"],
  recordsSent: ["record sent", "records sent"],
  recordsAcknowledged: ["acknowledged", "acknowledged"],
  recordsFailed: ["failed", "failed"],
  recordsDelivered: ["delivered", "delivered"],
  messages: ["message", "messages"],
};

/** What was seen, in one paragraph; zeros are left out. */
export function formatSeen(seen: Partial<Seen>): string {
  const parts = (Object.keys(SEEN_NAMES) as (keyof Seen)[]).flatMap((key) => {
    const count = seen[key] ?? 0;
    return count === 0 ? [] : [`${count} ${SEEN_NAMES[key][count === 1 ? 0 : 1]}`];
  });
  return `Seen: ${parts.length === 0 ? "nothing; this run proves nothing" : parts.join(", ")}.`;
}

/** A line a checker: held, violated as expected, violated, or not violated although it should have been. */
export function formatVerdicts(expected: readonly string[], verdicts: readonly Verdict[], colour = false): string {
  const paint = pc.createColors(colour);
  return verdicts
    .map(({ checker, claim, violations, excused, first }) => {
      const isExpected = expected.includes(checker);
      if (violations === 0) {
        const mark = isExpected ? paint.red("✗ should have been violated:") : paint.green("✓");
        if (excused === 0) return `${mark} ${checker}: ${claim}\n`;
        const times = excused === 1 ? "once" : `${excused} times`;
        return `${paint.yellow("○")} ${checker}: ${claim}\n    Not so ${times}, where nothing promised it.\n`;
      }
      const mark = isExpected ? paint.yellow("✗ violated, as expected:") : paint.red("✗ VIOLATED:");
      const count = violations > 1 ? ` (and ${violations - 1} more)` : "";
      return `${mark} ${checker}: ${claim}\n    ${first?.message ?? ""}${count}\n`;
    })
    .join("");
}

/** Which rules were taken away, and what that teaches; nothing for Kafka as it is. */
export function formatBugs(bugs: readonly BugName[]): string {
  return bugs
    .map((name) => {
      const { references, rule, lesson }: Bug = BUGS[name];
      const before = references.length === 0 ? "" : `, as before ${references.join(", ")}`;
      return `Without this rule${before}: ${rule}\n    ${lesson}\n`;
    })
    .join("");
}

/** The whole report. */
export function formatRun(scenario: Scenario, result: RunResult, options: ReportOptions): string {
  const paint = pc.createColors(options.colour);
  const parts: string[] = [];
  if (!options.quiet) {
    parts.push(`${paint.bold(scenario.name)} (seed ${result.seed}): ${scenario.teaches}\n${formatBugs(result.bugs)}`);
    if (options.plays !== undefined)
      parts.push(`What is done (times count from the first record on):\n${options.plays}`);
    parts.push(formatStory(result.story, options.colour));
  }
  const { verdicts: all, unexpected, missing } = result;
  const shown = all.filter(
    ({ checker }) => !options.quiet || unexpected.includes(checker) || missing.includes(checker),
  );
  const verdicts = formatVerdicts(result.expected, shown, options.colour);
  if (verdicts.length > 0) parts.push(verdicts);
  if (!options.quiet) {
    if (result.excuses.length > 0) parts.push(`${excuseLines(result.excuses).join("\n")}\n`);
    parts.push(`${formatSeen(result.seen)}\n`);
    const ratio = result.simulatedMs / Math.max(1, options.wallMs);
    parts.push(
      `${(result.simulatedMs / 1000).toFixed(3)} s simulated in ${(options.wallMs / 1000).toFixed(2)} s (${ratio.toFixed(0)} times as fast), ` +
        `${result.handledEvents} events. Digest ${result.digest}, seed ${result.seed}.\n`,
    );
    for (const [what, path] of Object.entries(options.written)) {
      parts.push(`${what.charAt(0).toUpperCase()}${what.slice(1)}: ${path}\n`);
    }
  }
  if (!result.ok) parts.push(formatFailure(scenario, result, options));
  return parts.join(options.quiet ? "" : "\n");
}

function formatFailure(scenario: Scenario, result: RunResult, options: ReportOptions): string {
  const paint = pc.createColors(options.colour);
  const reasons: string[] = [];
  if (result.failure !== undefined) reasons.push(result.failure);
  if (result.unexpected.length > 0) reasons.push(`violated: ${result.unexpected.join(", ")}`);
  if (result.missing.length > 0) reasons.push(`not violated although expected: ${result.missing.join(", ")}`);
  return (
    `${paint.red(paint.bold("Not as expected:"))} ${reasons.join("; ")}\n` +
    `Seed ${result.seed}. To see it again: samsa run ${options.command ?? scenario.name} --seed ${result.seed}${options.flags ?? ""} --html replay.html\n`
  );
}
