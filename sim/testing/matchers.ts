// Matchers for vitest's `expect.extend`, which print the story of a run. They are plain functions that know nothing of
// vitest; "samsa/testing/vitest" registers them.

import { CHECKERS } from "../checkers/index.js";
import { describeRun, violatedOf, type JudgedRun } from "./describe-run.js";

/** What `expect.extend` wants back. */
export interface MatcherResult {
  readonly pass: boolean;
  message(): string;
}

/** @throws RangeError naming the claims there are */
function expectKnown(names: readonly string[]): void {
  const known = CHECKERS.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new RangeError(`"${unknown}" is no claim; there are ${known.join(", ")}`);
}

/** Every claim held to the end, or those that are named. A run that stopped half-way held nothing. */
function toHold(result: JudgedRun, ...claims: readonly string[]): MatcherResult {
  expectKnown(claims);
  const broken = violatedOf(result).filter(({ checker }) => claims.length === 0 || claims.includes(checker));
  const what = claims.length === 0 ? "every claim" : claims.join(", ");
  return {
    pass: result.failure === undefined && broken.length === 0,
    message: () =>
      broken.length === 0 && result.failure === undefined
        ? `expected ${what} to be violated, and it held\n\n${describeRun(result)}`
        : `expected ${what} to hold\n\n${describeRun(result, broken[0])}`,
  };
}

/** The named claims were violated. */
function toViolate(result: JudgedRun, ...claims: readonly string[]): MatcherResult {
  expectKnown(claims);
  const violated = violatedOf(result);
  const broken = violated.filter(({ checker }) => claims.includes(checker));
  const pass = claims.length === 0 ? violated.length > 0 : broken.length === claims.length;
  const what = claims.length === 0 ? "some claim" : claims.join(", ");
  return {
    pass,
    message: () =>
      `expected ${what} ${pass ? "not to be violated" : "to be violated, and it held"}\n\n${describeRun(result, broken[0])}`,
  };
}

/** Once everything had healed the cluster came to rest, and the script reached its end. */
function toConverge(result: JudgedRun): MatcherResult {
  const open = violatedOf(result).find(({ checker }) => checker === "converges");
  const pass = result.failure === undefined && open === undefined;
  return {
    pass,
    message: () =>
      `expected the cluster ${pass ? "not " : ""}to come to rest once it healed\n\n${describeRun(result, open)}`,
  };
}

/** For `expect.extend`. */
export const matchers = { toHold, toViolate, toConverge };

/** The matchers as `expect(result)` offers them. */
export interface RunMatchers {
  /** Every claim held to the end, or those that are named. */
  toHold(...claims: readonly string[]): void;
  /** The named claims were violated; without a name, any was. */
  toViolate(...claims: readonly string[]): void;
  /** Once everything had healed the cluster came to rest, and the script reached its end. */
  toConverge(): void;
}
