// Trial check: is a value, from a file or from plain JavaScript, a trial? Its shape is looked at, and whether its faults
// can strike; settings say for themselves what is wrong with them when the trial is run.

import { PLACE_NAMES } from "../../core/buggify.js";
import { BUG_NAMES } from "../../core/bugs.js";
import { faultProblem } from "../faults/fault-check.js";
import type { Target } from "../faults/fault.js";
import { clusterProblem, nodeIdProblem } from "../world/node-ids.js";
import { OCCASION_WORDS } from "../world/occasions.js";
import { unknownName } from "../world/scenario-check.js";
import { seedProblem } from "../world/seed.js";
import type { ClusterOptions } from "../world/world.js";
import { mapTargets } from "./retarget.js";
import type { Trial } from "./trial.js";

const STEP_KINDS: ReadonlySet<unknown> = new Set(["fault", "hold", "admin", "burst", "ask-end-offsets", "seek"]);

/** What is wrong with it, as the end of a sentence; undefined if nothing. */
export function trialProblem(value: unknown): string | undefined {
  return unfittedTrialProblem(value) ?? strayTargetProblem(value as Trial);
}

/** The same of a trial whose targets are yet to be fitted to its cluster: they may be any nodes. */
export function unfittedTrialProblem(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return "it is not an object";
  const trial = value as Partial<Record<keyof Trial, unknown>>;
  const { seed, durationMs } = trial;
  const badSeed = seedProblem(seed);
  if (badSeed !== undefined) return badSeed;
  if (!(typeof durationMs === "number" && durationMs >= 0)) return "its durationMs is not a number";
  for (const name of ["topics", "producers", "consumers", "steps", "bugs", "buggify"] as const)
    if (!Array.isArray(trial[name])) return `its ${name} are not a list`;
  for (const name of ["cluster", "load"] as const)
    if (typeof trial[name] !== "object" || trial[name] === null) return `it has no ${name}`;
  const badCluster = clusterProblem(trial.cluster as ClusterOptions);
  if (badCluster !== undefined) return badCluster;
  const steps = trial.steps as readonly UncheckedStep[];
  return (
    steps.map(stepProblem).find((problem) => problem !== undefined) ??
    unknownName("historic bug", trial.bugs as readonly unknown[], BUG_NAMES) ??
    unknownName("place for rare events", trial.buggify as readonly unknown[], PLACE_NAMES)
  );
}

/** The sentence for a fault that names a broker or controller the trial does not have; undefined if none does. */
function strayTargetProblem({ cluster, steps }: Trial): string | undefined {
  const problems: string[] = [];
  const look = (target: Target): Target => {
    const { brokers, controllers } = cluster;
    const problem = typeof target === "number" ? nodeIdProblem(target, brokers, controllers) : undefined;
    if (problem !== undefined) problems.push(problem);
    return target;
  };
  for (const step of steps) if (step.kind === "fault") mapTargets(step.fault, look);
  return problems[0];
}

function stepProblem(step: UncheckedStep, index: number): string | undefined {
  const { kind, atMs, fault } = step;
  if (!STEP_KINDS.has(kind) || typeof atMs !== "number") return `its step ${index + 1} is none that is known`;
  return waitingProblem(step) ?? (kind === "fault" ? faultProblem(fault) : undefined);
}

type UncheckedStep = Readonly<Partial<Record<"kind" | "atMs" | "fault" | "once" | "endsOnce", unknown>>>;

/** Which steps may wait for an occasion to begin, and to end. */
const MAY_WAIT = {
  once: new Set<unknown>(["fault", "burst", "ask-end-offsets"]),
  endsOnce: new Set<unknown>(["fault", "hold"]),
} as const;

function waitingProblem(step: UncheckedStep): string | undefined {
  for (const name of ["once", "endsOnce"] as const) {
    const occasion = step[name];
    if (occasion === undefined) continue;
    if (!MAY_WAIT[name].has(step.kind)) return `a step of kind "${String(step.kind)}" has no "${name}"`;
    if (!isOccasion(occasion)) return `nothing can be waited for that is called ${JSON.stringify(occasion)}`;
  }
  return undefined;
}

function isOccasion(value: unknown): boolean {
  if (typeof value !== "object" || value === null || !("event" in value)) return false;
  return typeof value.event === "string" && Object.hasOwn(OCCASION_WORDS, value.event);
}
