// How many seeds it takes to find historic bugs, as `tsx test/canary/measure.ts --starts 7 --limit 60` measured it: the
// median of seven independent starts. The canary of the day gives ten times as many. A bug has its day once it is
// measured: without a median, not finding it would say nothing.

import type { BugName } from "../../core/bugs.js";
import type { ProfileName } from "../../sim/search/profiles.js";

export interface Median {
  readonly bug: BugName;
  readonly profile: ProfileName;
  readonly seeds: number;
}

export const MEDIANS: readonly Median[] = [
  { bug: "elect-outside-isr", profile: "replication", seeds: 4 },
  { bug: "elect-fenced-last-known-leader", profile: "replication", seeds: 3 },
  { bug: "stand-without-asking", profile: "quorum", seeds: 1 },
  { bug: "ignore-sequences", profile: "network", seeds: 2 },
  { bug: "commit-without-fencing", profile: "groups", seeds: 25 },
];

/** What was measured of a bug; undefined if nothing was. */
export function medianOf(bug: BugName): Median | undefined {
  return MEDIANS.find((each) => each.bug === bug);
}

/** The bug whose turn it is: each that was measured has its day. */
export function bugOfDay(dayOfYear: number): BugName {
  return MEDIANS[dayOfYear % MEDIANS.length]!.bug;
}
