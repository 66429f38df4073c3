// The bug museum: one scripted story for each bug Kafka once had, in the order of the catalogue.
// Each switches its bug on and breaks a claim; run with `--cured` the same script keeps every claim.

import { BUGS, type Scenario } from "../../sim/index.js";
import { assignedBeforeRevoked } from "./assigned-before-revoked.js";
import { autoCommitTooSoon } from "./auto-commit-too-soon.js";
import { commitOfAnotherEpoch } from "./commit-of-another-epoch.js";
import { endOffsetGoesBack } from "./end-offset-goes-back.js";
import { fastLeaderChanges } from "./fast-leader-changes.js";
import { fencedLeader } from "./fenced-leader.js";
import { fetchFromThePast } from "./fetch-from-the-past.js";
import { forgottenHighWatermark } from "./forgotten-high-watermark.js";
import { forgottenProposal } from "./forgotten-proposal.js";
import { highWatermarkDivergence } from "./high-watermark-divergence.js";
import { highWatermarkTruncation } from "./high-watermark-truncation.js";
import { isrFlapping } from "./isr-flapping.js";
import { lastReplicaStanding } from "./last-replica-standing.js";
import { leaderOfNobody } from "./leader-of-nobody.js";
import { lonelyCandidate } from "./lonely-candidate.js";
import { lonelyCommit } from "./lonely-commit.js";
import { newerLeaderRefused } from "./newer-leader-refused.js";
import { prematureIsrJoin } from "./premature-isr-join.js";
import { readBeyondHighWatermark } from "./read-beyond-high-watermark.js";
import { retryAppendedTwice } from "./retry-appended-twice.js";
import { retryOvertaken } from "./retry-overtaken.js";
import { sequencesReused } from "./sequences-reused.js";
import { staleBrokerInIsr } from "./stale-broker-in-isr.js";
import { stoppedBrokerWaitedFor } from "./stopped-broker-waited-for.js";
import { troubledLeader } from "./troubled-leader.js";
import { twoOfOneName } from "./two-of-one-name.js";
import { uncleanLeader } from "./unclean-leader.js";
import { unfencedFetch } from "./unfenced-fetch.js";
import { zombieCommit } from "./zombie-commit.js";

/** Every exhibit: Kafka's historic bugs by number (M), then what samsa's own search found (S). */
export const MUSEUM: readonly Scenario[] = [
  highWatermarkTruncation,
  highWatermarkDivergence,
  fastLeaderChanges,
  unfencedFetch,
  prematureIsrJoin,
  forgottenHighWatermark,
  endOffsetGoesBack,
  uncleanLeader,
  lastReplicaStanding,
  lonelyCommit,
  troubledLeader,
  staleBrokerInIsr,
  fetchFromThePast,
  stoppedBrokerWaitedFor,
  isrFlapping,
  fencedLeader,
  newerLeaderRefused,
  lonelyCandidate,
  leaderOfNobody,
  retryAppendedTwice,
  retryOvertaken,
  sequencesReused,
  readBeyondHighWatermark,
  zombieCommit,
  autoCommitTooSoon,
  twoOfOneName,
  commitOfAnotherEpoch,
  assignedBeforeRevoked,
  forgottenProposal,
];

/** The exhibit's number in the catalogue, "M1": its own, or that of its bug, which then has only one. */
export function exhibitOf({ exhibit, bugs = [] }: Scenario): string {
  const first = bugs[0];
  return exhibit ?? (first === undefined ? "" : (BUGS[first].exhibits[0] ?? ""));
}
