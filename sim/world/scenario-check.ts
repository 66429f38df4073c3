// Scenario check: does a scenario say what can be? TypeScript refuses most of it where it stands; a script in plain
// JavaScript, or one that computes its cluster, hears of it here, before anything runs.

import { PLACE_NAMES } from "../../core/buggify.js";
import { BUG_NAMES } from "../../core/bugs.js";
import { noneCalled, shown } from "../mistake.js";
import { clusterProblem } from "./node-ids.js";
import type { Scenario } from "./scenario.js";

/** What is wrong with it, in a sentence; undefined if nothing. `claims` are the names that it may expect to be violated. */
export function scenarioProblem(
  { cluster, expect, bugs = [], buggify = [] }: Scenario,
  claims: readonly string[],
): string | undefined {
  return (
    clusterProblem(cluster) ??
    expectProblem(expect, claims) ??
    unknownName("historic bug", bugs, BUG_NAMES) ??
    unknownName("place for rare events", buggify, PLACE_NAMES)
  );
}

/** The sentence for the first of the names that is unknown; undefined if all are known. */
export function unknownName(what: string, names: readonly unknown[], known: readonly string[]): string | undefined {
  const strange = names.find((name) => !known.some((each) => each === name));
  return strange === undefined ? undefined : noneCalled(what, strange, known);
}

function expectProblem(expect: unknown, claims: readonly string[]): string | undefined {
  if (expect === "holds") return undefined;
  const violates = typeof expect === "object" && expect !== null && "violates" in expect ? expect.violates : undefined;
  const names: unknown = typeof violates === "string" ? [violates] : violates;
  if (!Array.isArray(names)) return `expect is "holds" or { violates: […names of claims] }, not ${shown(expect)}`;
  return unknownName("claim", names, claims);
}

const IS_ASYNC = "is async; a script is synchronous: the world moves when it says world.run(…) or world.until(…)";

/**
 * The sentence for a script, or a step of one, that answered with a promise; undefined if it did not. Whatever stands
 * behind its first `await` would come after the run was judged, and prove nothing.
 */
export function promiseProblem(what: string, answer: unknown): string | undefined {
  if (typeof answer !== "object" || answer === null || !("then" in answer)) return undefined;
  // Its rest may fail some time: nobody waits for it, and the process must not end over it.
  if ("catch" in answer && typeof answer.catch === "function") answer.catch(() => {});
  return `${what} ${IS_ASYNC}`;
}
