// Leader epoch check: does who asks believe in the epoch that who answers believes in (KIP-320)?
//
// Both may be late: a follower that slept through an election, and a leader that has not heard that it was deposed.
// Whoever is behind is told, and nothing of the request is acted upon. A rule without state; Partition applies it.

import type { BugSwitches } from "../bugs.js";
import { type ErrorCode, Errors } from "../errors.js";
import { type LeaderEpoch, NO_EPOCH } from "../types.js";

/** NONE if the epochs agree or the asker named none, else which side is behind. */
export function checkLeaderEpoch(asked: LeaderEpoch, own: LeaderEpoch, bugs: BugSwitches): ErrorCode {
  if (asked === NO_EPOCH || asked === own) return Errors.NONE;
  if (bugs["unfenced-fetch"]) return Errors.NONE;
  return asked < own ? Errors.FENCED_LEADER_EPOCH : Errors.UNKNOWN_LEADER_EPOCH;
}
