// Trial check: is a value read from a file a trial? Only its shape is looked at; settings and targets say for
// themselves what is wrong with them when the trial is run.

import { PLACE_NAMES } from "../../core/buggify.js";
import { BUG_NAMES } from "../../core/bugs.js";
import { OCCASION_WORDS } from "../world/occasions.js";
import type { Trial } from "./trial.js";

const STEP_KINDS: ReadonlySet<unknown> = new Set(["fault", "hold", "admin", "burst", "ask-end-offsets", "seek"]);

/** What is wrong with it, as the end of a sentence; undefined if nothing. */
export function trialProblem(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return "it is not an object";
  const trial = value as Partial<Record<keyof Trial, unknown>>;
  for (const name of ["seed", "durationMs"] as const)
    if (!(typeof trial[name] === "number" && trial[name] >= 0)) return `its ${name} is not a number`;
  for (const name of ["topics", "producers", "consumers", "steps", "bugs", "buggify"] as const)
    if (!Array.isArray(trial[name])) return `its ${name} are not a list`;
  for (const name of ["cluster", "load"] as const)
    if (typeof trial[name] !== "object" || trial[name] === null) return `it has no ${name}`;
  const steps = trial.steps as readonly UncheckedStep[];
  const strange = steps.findIndex(({ kind, atMs }) => !STEP_KINDS.has(kind) || typeof atMs !== "number");
  if (strange >= 0) return `its step ${strange + 1} is none that is known`;
  const waiting = steps.map(waitingProblem).find((problem) => problem !== undefined);
  if (waiting !== undefined) return waiting;
  const bug = (trial.bugs as readonly unknown[]).find((name) => !BUG_NAMES.some((known) => known === name));
  if (bug !== undefined) return `no historic bug is called "${String(bug)}"`;
  const place = (trial.buggify as readonly unknown[]).find((name) => !PLACE_NAMES.some((known) => known === name));
  return place === undefined ? undefined : `no place for rare events is called "${String(place)}"`;
}

type UncheckedStep = Readonly<Partial<Record<"kind" | "atMs" | "once" | "endsOnce", unknown>>>;

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
