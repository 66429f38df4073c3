// Mistakes: what a user wrote cannot be meant, and one sentence says what can.
// A mistake is no outcome of a run: it is thrown, however far the script had come, since what the run would show means
// nothing.

import { ConfigError, nearestNames } from "../core/config/definition.js";

/**
 * A scenario, a trial or a fault that says what cannot be. The message is one sentence with what to do. It is a
 * `ConfigError`, so that the command line answers both alike: with the sentence, and as wrong usage.
 */
export class Mistake extends ConfigError {}

/** @throws Mistake with the problem, if there is one; `where` begins the sentence */
export function refuse(problem: string | undefined, where = ""): void {
  if (problem !== undefined) throw new Mistake(where === "" ? problem : `${where}: ${problem}`);
}

/** The sentence for a name that nothing has: with the nearest ones, or all. */
export function noneCalled(what: string, name: unknown, known: readonly string[]): string {
  const nearest = nearestNames(String(name), known, 3);
  const hint = nearest.length === 0 ? `there are ${known.join(", ")}` : `did you mean ${nearest.join(", or ")}?`;
  return `no ${what} is called ${shown(name)}; ${hint}`;
}

/** The value, if it is a whole number within the bounds; else what is wrong with it. */
export function wholeNumberProblem(name: string, value: unknown, atLeast: number, atMost: number): string | undefined {
  if (Number.isInteger(value) && Number(value) >= atLeast && Number(value) <= atMost) return undefined;
  return `${name} takes a whole number from ${atLeast} to ${atMost}, not ${shown(value)}`;
}

/** A wrong value as its user wrote it. JSON has no word for some: NaN, undefined, a function. */
export function shown(value: unknown): string {
  return typeof value === "object" || typeof value === "string" ? JSON.stringify(value) : String(value);
}
