// How many seeds it takes to find historic bugs, as `tsx test/canary/measure.ts --profile P` measured it: the median of
// twenty independent starts (sim/search/README.md has the tables). The canary of the day gives ten times as many. A bug
// has its day once it is measured: without a median, not finding it would say nothing. reuse-sequences has none: ten
// times its 887 seeds would take longer than everything else that CI does.

import type { BugName } from "../../core/bugs.js";
import type { ProfileName } from "../../sim/search/profiles.js";

export interface Median {
  readonly bug: BugName;
  readonly profile: ProfileName;
  readonly seeds: number;
}

export const MEDIANS: readonly Median[] = [
  { bug: "elect-outside-isr", profile: "replication", seeds: 3 },
  { bug: "elect-fenced-last-known-leader", profile: "replication", seeds: 4 },
  { bug: "look-at-log-end-twice", profile: "replication", seeds: 3 },
  { bug: "truncate-to-high-watermark", profile: "replication", seeds: 14 },
  { bug: "commit-below-min-isr", profile: "replication", seeds: 23 },
  { bug: "last-replica-standing", profile: "replication", seeds: 12 },
  { bug: "forget-high-watermark", profile: "power", seeds: 25 },
  { bug: "stand-without-asking", profile: "quorum", seeds: 1 },
  { bug: "lead-without-majority", profile: "quorum", seeds: 10 },
  { bug: "ignore-sequences", profile: "network", seeds: 5 },
  { bug: "join-without-revoking", profile: "groups", seeds: 1 },
  { bug: "commit-without-fencing", profile: "groups", seeds: 11 },
  { bug: "commit-what-was-just-returned", profile: "groups", seeds: 28 },
  { bug: "truncate-in-one-round", profile: "replication", seeds: 60 },
  { bug: "unfenced-fetch", profile: "replication", seeds: 61 },
  { bug: "unguarded-list-offsets", profile: "replication", seeds: 134 },
  { bug: "share-static-member-id", profile: "groups", seeds: 198 },
  { bug: "complete-by-offset-alone", profile: "groups", seeds: 226 },
  { bug: "join-isr-at-high-watermark", profile: "replication", seeds: 323 },
  { bug: "forget-proposed-isr", profile: "replication", seeds: 428 },
];

/** What was measured of a bug; undefined if nothing was. */
export function medianOf(bug: BugName): Median | undefined {
  return MEDIANS.find((each) => each.bug === bug);
}

/** The bug whose turn it is: each that was measured has its day. */
export function bugOfDay(dayOfYear: number): BugName {
  return MEDIANS[dayOfYear % MEDIANS.length]!.bug;
}
