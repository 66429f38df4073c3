// Seeds: the numbers that decide what a run draws, the same wherever one is given.

import { wholeNumberProblem } from "../mistake.js";

export const MAX_SEED = 0xffffffff;

/** What is wrong with a seed; undefined if nothing. */
export function seedProblem(seed: unknown): string | undefined {
  return wholeNumberProblem("seed", seed, 0, MAX_SEED);
}
