// Hurried shrinking: most trials a shrinker tries come to rest at once or never, and those that never do would each be
// waited for as long as Kafka may need at worst, which is minutes of simulated time and most of the shrinker's.

import { shrinkTrial, type ShrinkOptions } from "../shrink.js";
import type { Trial } from "../trial.js";

/** Simulated time for a healed cluster while its trial is made smaller; most need a second or ten. */
const HURRIED_PATIENCE_MS = 30_000;

/**
 * Makes a failing trial smaller without waiting long for any. If what comes out only seemed stuck for want of patience,
 * it is no failure, and all is done again with as much as it takes.
 * @param stillFails runs a trial with that patience, the usual one if undefined: does it fail in the same way?
 */
export function shrinkInAHurry(
  trial: Trial,
  stillFails: (trial: Trial, patienceMs: number | undefined) => boolean,
  options: ShrinkOptions,
): Trial {
  const shrunk = shrinkTrial(trial, (each) => stillFails(each, HURRIED_PATIENCE_MS), options).trial;
  if (shrunk === trial || stillFails(shrunk, undefined)) return shrunk;
  return shrinkTrial(trial, (each) => stillFails(each, undefined), options).trial;
}
