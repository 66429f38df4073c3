// Outcome: what came of a trial, as plain data: passed, idle, failed, crashed or hung, with a signature by which
// failures of one kind are grouped.

import { BUGS } from "../../core/bugs.js";
import { GoalNotReached, TooManyEvents } from "../kernel/simulation.js";
import type { Reached } from "../coverage/reached.js";
import type { Excuse } from "../faults/budget.js";
import type { Seen } from "../report/seen.js";
import { simulate, type RunResult, type SimulateOptions, withoutExcuses } from "../run.js";
import { ExpectationFailed } from "../world/expectation.js";
import { streamOf } from "./draw-tools.js";
import { exceptionSite } from "./exception-site.js";
import { PROFILES } from "./profiles.js";
import { trialScenario } from "./trial-scenario.js";
import type { Trial } from "./trial.js";

/** A claim that did not hold. */
export interface TrialViolation {
  readonly checker: string;
  readonly claim: string;
  readonly message: string;
  /** Sequence number of the trace event at which it showed; 0 at the end of the run. */
  readonly seq: number;
  readonly atUs: number;
  /** The partition it is about, where there is one. */
  readonly partition: string | undefined;
}

export interface TrialOutcome {
  /**
   * "passed": every claim held. "idle": it did too little for its profile to prove anything. "failed": a claim was
   * violated, or a healed cluster made no progress. "crashed": an exception in a node. "hung": it would not end.
   */
  readonly kind: "passed" | "idle" | "failed" | "crashed" | "hung";
  /** The same for failures of one kind; absent unless one. */
  readonly signature?: string;
  /** What stopped the run, in a sentence. */
  readonly failure?: string;
  /** The first of each violated claim, in order of time. */
  readonly violations: readonly TrialViolation[];
  readonly excuses: readonly Excuse[];
  readonly seen: Seen;
  /** Where in the protocol it has been; absent if nobody asked. */
  readonly reached?: Reached;
  readonly simulatedMs: number;
  readonly handledEvents: number;
  readonly digest: string;
  /** Where it did less than its profile demands: "0 of 1 leaderElections". */
  readonly workMissing: readonly string[];
}

export interface RunTrialOptions extends Pick<
  SimulateOptions,
  "trace" | "checkers" | "coverage" | "onProgress" | "maxEvents"
> {
  /** Freeze messages, or not; drawn from the trial's seed unless told. It changes nothing that happens. */
  readonly freeze?: boolean;
  /** As of `trialScenario`. */
  readonly patienceMs?: number;
  /** Told of the whole result, trace and all. */
  readonly onResult?: (result: RunResult) => void;
}

/** Forty times what a mixed run of 30 simulated seconds handles. */
export const MAX_EVENTS = 20_000_000;

/** How a trial is simulated: give these to `simulate` together with `trialScenario`. */
export function trialRunOptions({ seed, wire, bugs, buggify }: Trial): SimulateOptions {
  return { seed, wire, bugs, buggify, maxEvents: MAX_EVENTS };
}

/** Runs a trial and judges it. Never throws for what happens in the run. */
export function runTrial(trial: Trial, options: RunTrialOptions = {}): TrialOutcome {
  const { onResult, patienceMs, ...rest } = options;
  const freeze = options.freeze ?? streamOf(trial.seed, "freeze").chance(1, 8);
  const result = simulate(trialScenario(trial, patienceMs), { ...trialRunOptions(trial), freeze, ...rest });
  const outcome = outcomeOf(trial, result);
  const judged = outcome.kind === "passed" || outcome.kind === "idle" ? blamingBugs(trial, outcome, result) : undefined;
  onResult?.(judged?.result ?? result);
  return judged?.outcome ?? outcome;
}

/**
 * The fault budget knows what Kafka promises, but not what a rule that is switched off would have saved: it may excuse
 * the very loss that rule prevents. So an excused violation of the claim a bug breaks counts after all, if the same
 * trial without the bug keeps that claim.
 */
function blamingBugs(
  trial: Trial,
  outcome: TrialOutcome,
  judged: RunResult,
): { readonly outcome: TrialOutcome; readonly result: RunResult } | undefined {
  const broken = new Set<string>(trial.bugs.map((bug) => BUGS[bug].violates));
  const excused = judged.verdicts.filter(({ checker, excused }) => excused > 0 && broken.has(checker));
  if (excused.length === 0) return undefined;
  const cured = withoutExcuses(simulate(trialScenario(trial), { ...trialRunOptions(trial), bugs: [] }));
  const blamed = excused
    .map(({ checker }) => checker)
    .filter((name) => cured.failure === undefined && !cured.unexpected.includes(name));
  if (blamed.length === 0) return undefined;
  const strict = withoutExcuses(judged);
  const result = { ...strict, unexpected: strict.unexpected.filter((name) => blamed.includes(name)) };
  const { excuses, reached } = outcome;
  return { outcome: { ...outcomeOf(trial, result), excuses, ...(reached === undefined ? {} : { reached }) }, result };
}

/** What a result means for the trial it came from. */
export function outcomeOf(trial: Trial, result: RunResult): TrialOutcome {
  const { verdicts, unexpected, failure, excuses, seen, reached, simulatedMs, handledEvents, digest } = result;
  const violations = verdicts
    .filter(({ checker }) => unexpected.includes(checker))
    .map(({ checker, claim, first }) => ({
      checker,
      claim,
      message: first?.message ?? "",
      seq: first?.seq ?? 0,
      atUs: first?.atUs ?? 0,
      partition: first?.partition,
    }))
    .sort((a, b) => (a.seq || Infinity) - (b.seq || Infinity));
  const workMissing = missingWork(trial, seen);
  const kind = kindOf(result, workMissing);
  const signature = signatureOf(result);
  return {
    kind,
    ...(signature === undefined ? {} : { signature }),
    ...(failure === undefined ? {} : { failure }),
    violations,
    excuses,
    seen,
    ...(reached === undefined ? {} : { reached }),
    simulatedMs,
    handledEvents,
    digest,
    workMissing,
  };
}

/** Is the outcome a finding: something to shrink and to show? */
export function isFinding({ kind }: TrialOutcome): boolean {
  return kind === "failed" || kind === "crashed" || kind === "hung";
}

function kindOf({ ok, error }: RunResult, workMissing: readonly string[]): TrialOutcome["kind"] {
  if (error instanceof TooManyEvents) return "hung";
  if (error !== undefined && !(error instanceof GoalNotReached || error instanceof ExpectationFailed)) return "crashed";
  if (!ok) return "failed";
  return workMissing.length === 0 ? "passed" : "idle";
}

/**
 * An exception and a run without end count before everything; then violated claims; then a goal that was not reached
 * or a claim of the script, with what was open, but without its numbers.
 */
function signatureOf({ ok, error, unexpected, failure }: RunResult): string | undefined {
  if (ok) return undefined;
  if (error instanceof TooManyEvents) return "hung";
  const isScripts = error instanceof GoalNotReached || error instanceof ExpectationFailed;
  if (error !== undefined && !isScripts) return `exception: ${exceptionSite(error) ?? generalised(String(error))}`;
  if (unexpected.length > 0) return [...unexpected].sort().join(" + ");
  if (error instanceof GoalNotReached) {
    const open = failure?.split("): ")[1];
    return `not reached: ${error.goal}${open === undefined ? "" : `: ${generalised(open)}`}`;
  }
  return `not so: ${generalised(failure ?? "")}`;
}

/** A sentence without what differs from run to run: names with numbers, numbers, lists of them. */
function generalised(sentence: string): string {
  return sentence.replace(/[\w-]*\d[\w-]*(?:, [\w-]*\d[\w-]*)*/g, "#");
}

function missingWork({ profile }: Trial, seen: Seen): readonly string[] {
  if (profile === undefined) return [];
  return Object.entries(PROFILES[profile].minimumWork)
    .filter(([name, atLeast]) => seen[name as keyof Seen] < atLeast)
    .map(([name, atLeast]) => `${seen[name as keyof Seen]} of ${atLeast} ${name}`);
}
