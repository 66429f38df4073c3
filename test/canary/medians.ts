// How many seeds it takes to find each historic bug, as `tsx test/canary/measure.ts` measured it: the median of twenty
// independent starts. The canary of the day gives ten times as many.

import { BUG_NAMES, type BugName } from "../../core/bugs.js";
import type { ProfileName } from "../../sim/search/profiles.js";

export interface Median {
  readonly profile: ProfileName;
  readonly seeds: number;
}

/** What a bug that nobody has measured yet is given. */
const UNMEASURED: Median = { profile: "mixed", seeds: 500 };

const MEDIANS: Readonly<Partial<Record<BugName, Median>>> = {};

export function medianOf(bug: BugName): Median {
  return MEDIANS[bug] ?? UNMEASURED;
}

/** The bug whose turn it is: each has its day. */
export function bugOfDay(dayOfYear: number): BugName {
  return BUG_NAMES[dayOfYear % BUG_NAMES.length]!;
}
