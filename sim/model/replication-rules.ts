// Rule sets: how five versions of Kafka's replication differ, as the TLA+ modules of the same names have it.
//
// Each is a stage of one story. Truncating to one's high watermark lost records (KIP-101), asking where an epoch ended
// only once was not enough (KIP-279), and nothing helps while a follower and a leader of different epochs work
// together (KIP-320). What they have in common stands in replication-model.ts.
//
// From core/: where a leader's and a follower's logs part (LeaderEpochCache, checkDivergence, truncationOffset), and
// whether both are in one epoch (checkLeaderEpoch). The model's own: what follows from the answers.

import { NO_BUGS } from "../../core/bugs.js";
import { Errors } from "../../core/errors.js";
import { checkLeaderEpoch } from "../../core/replication/leader-epoch-check.js";
import { checkDivergence } from "../../core/replication/partition-read.js";
import { UNKNOWN } from "../../core/replication/replica.js";
import { truncationOffset } from "../../core/replication/truncation.js";
import { type LeaderEpoch, NO_EPOCH, type Offset } from "../../core/types.js";
import type { ModelLog, ModelLogs } from "./model-log.js";
import type { ReplicaIndex } from "./replica-set.js";
import { leaderOf, presumesLeadership, type ReplicationState } from "./replication-state.js";

export interface Rules {
  /** The TLA+ module. */
  readonly name: string;
  /** What it does about followers that differ from their leader. */
  readonly idea: string;
  /** Where a replica told to follow `leader` in `epoch` cuts its log; undefined if it cannot begin to follow yet. */
  cutWhenTold(asks: Question, epoch: LeaderEpoch): Offset | undefined;
  /** Where a follower must cut before it may fetch, if it must; undefined in rule sets that never ask so late. */
  readonly cutWhenFetching?: (asks: Question) => Offset | undefined;
  mayFetch(asks: Question): boolean;
  /** How far the leader may count the follower for the high watermark; UNKNOWN if not at all. */
  acknowledged(asks: Question): Offset;
  mayLeaveIsr(asks: Question): boolean;
  mayJoinIsr(asks: Question): boolean;
}

/** A leader (or who takes itself for one) and a follower, in a state. */
export interface Question {
  readonly state: ReplicationState;
  readonly logs: ModelLogs;
  readonly leader: ReplicaIndex;
  readonly follower: ReplicaIndex;
}

const leaderLog = ({ state, leader }: Question): ModelLog => state.replicas[leader]!.log;
const followerLog = ({ state, follower }: Question): ModelLog => state.replicas[follower]!.log;
const leaderHighWatermark = ({ state, leader }: Question): Offset => state.replicas[leader]!.highWatermark;

/** The leader leads, and the follower follows it: of what epoch, nobody asks. */
function isFollowing({ state, leader, follower }: Question): boolean {
  return presumesLeadership(state, leader) && leaderOf(state, follower) === leader;
}

/** Rules 2 and 3 of KIP-320: both are in one epoch, too. */
function isFollowingInEpoch(asks: Question): boolean {
  const { state, leader, follower } = asks;
  const { leaderEpoch } = state.replicas[follower]!;
  return (
    isFollowing(asks) && checkLeaderEpoch(leaderEpoch, state.replicas[leader]!.leaderEpoch, NO_BUGS) === Errors.NONE
  );
}

/** KIP-101: one question, "where did the epoch of my last record end?"; the high watermark if nobody can tell. */
function cutInOneRound(asks: Question): Offset {
  const log = followerLog(asks);
  if (log.latestEpoch === undefined) return 0;
  const answer = leaderLog(asks).endOffsetForEpoch(log.latestEpoch);
  return Math.min(answer?.endOffset ?? asks.state.replicas[asks.follower]!.highWatermark, log.logEndOffset);
}

/** KIP-279 as the module has it: keeps everything up to the last offset at which both hold the same record. */
function cutAfterLastMatch(asks: Question): Offset {
  const log = followerLog(asks);
  let end = log.logEndOffset;
  while (end > 0 && !log.agreesAt(end - 1, leaderLog(asks))) end--;
  return end;
}

/** KIP-279 as it was built, and as core/ has it: where epochs end is all that is compared, again after each cut. */
function cutUntilEpochsAgree(asks: Question): Offset {
  const leader = leaderLog(asks);
  let log = followerLog(asks);
  for (;;) {
    const found = checkDivergence(leader, log.logEndOffset, log.latestEpoch ?? NO_EPOCH);
    if (found.kind === "agrees") return log.logEndOffset;
    // A leader that never heard of the follower's epoch is behind it; all it can offer is its own last one.
    const end =
      found.kind === "diverges"
        ? found.divergingEpoch
        : { epoch: leader.latestEpoch ?? NO_EPOCH, endOffset: leader.logEndOffset };
    log = asks.logs.truncate(log, truncationOffset(log, end));
  }
}

/** The record before `endOffset` is of one epoch on both sides: all that the first idea for KIP-320 asked. */
function sharesEpochBefore(asks: Question, endOffset: Offset): boolean {
  if (endOffset === 0) return true;
  const epoch = leaderLog(asks).records[endOffset - 1]?.epoch;
  return epoch !== undefined && followerLog(asks).records[endOffset - 1]?.epoch === epoch;
}

/** KAFKA-7128: what was committed before the leader's time lies below the first record of its epoch. */
function hasCommittedInItsEpoch({ state, leader }: Question): boolean {
  const { log, highWatermark, leaderEpoch } = state.replicas[leader]!;
  return highWatermark === log.logEndOffset || log.records[highWatermark]?.epoch === leaderEpoch;
}

const hasReached = (asks: Question, endOffset: Offset): boolean => followerLog(asks).logEndOffset >= endOffset;

/** What held before KIP-320: whoever follows is taken at its word, whatever its epoch. */
const UNFENCED = {
  mayFetch: isFollowing,
  acknowledged: (asks: Question) => (isFollowing(asks) ? followerLog(asks).logEndOffset : UNKNOWN),
  mayLeaveIsr: (asks: Question) => !isFollowing(asks) || !hasReached(asks, leaderLog(asks).logEndOffset),
  mayJoinIsr: (asks: Question) => isFollowing(asks) && hasReached(asks, leaderHighWatermark(asks)),
} as const;

export const TRUNCATE_TO_HIGH_WATERMARK: Rules = {
  ...UNFENCED,
  name: "KafkaTruncateToHighWatermark",
  idea: "a new follower truncates to its own high watermark",
  cutWhenTold: ({ state, follower }) => state.replicas[follower]!.highWatermark,
};

export const KIP_101: Rules = {
  ...UNFENCED,
  name: "Kip101",
  idea: "a new follower asks once where the epoch of its last record ended",
  cutWhenTold: cutInOneRound,
};

export const KIP_279: Rules = {
  ...UNFENCED,
  name: "Kip279",
  idea: "a new follower truncates to the last record that both have",
  cutWhenTold: cutAfterLastMatch,
};

export const KIP_279_BY_EPOCHS: Rules = {
  ...UNFENCED,
  name: "Kip279, by epochs",
  idea: "a new follower asks where epochs ended until the logs agree",
  cutWhenTold: cutUntilEpochsAgree,
};

export const KIP_320_FIRST_TRY: Rules = {
  name: "Kip320FirstTry",
  idea: "followers truncate when a fetch shows that their last record's epoch is another; leaders compare it too",
  cutWhenTold: (asks) => followerLog(asks).logEndOffset,
  cutWhenFetching: (asks) => {
    if (!isFollowing(asks)) return undefined;
    const end = followerLog(asks).logEndOffset;
    const isBeyond = end > leaderLog(asks).logEndOffset;
    return isBeyond || !sharesEpochBefore(asks, end) ? cutAfterLastMatch(asks) : undefined;
  },
  mayFetch: (asks) => isFollowing(asks) && sharesEpochBefore(asks, followerLog(asks).logEndOffset),
  acknowledged: (asks) =>
    isFollowing(asks) && sharesEpochBefore(asks, leaderHighWatermark(asks) + 1)
      ? followerLog(asks).logEndOffset
      : UNKNOWN,
  mayLeaveIsr: (asks) => !isFollowing(asks) || !sharesEpochBefore(asks, leaderLog(asks).logEndOffset),
  mayJoinIsr: (asks) =>
    isFollowing(asks) && sharesEpochBefore(asks, leaderHighWatermark(asks)) && hasCommittedInItsEpoch(asks),
};

export const KIP_320: Rules = {
  name: "Kip320",
  idea: "followers and leaders deal only with each other's present epoch; joining needs that epoch's start",
  cutWhenTold: (asks, epoch) => {
    const { state, leader } = asks;
    const leads = presumesLeadership(state, leader) && state.replicas[leader]!.leaderEpoch === epoch;
    return leads ? cutUntilEpochsAgree(asks) : undefined;
  },
  mayFetch: isFollowingInEpoch,
  acknowledged: (asks) => (isFollowingInEpoch(asks) ? followerLog(asks).logEndOffset : UNKNOWN),
  mayLeaveIsr: (asks) => !isFollowingInEpoch(asks) || !hasReached(asks, leaderLog(asks).logEndOffset),
  mayJoinIsr: (asks) =>
    isFollowingInEpoch(asks) && hasReached(asks, leaderHighWatermark(asks)) && hasCommittedInItsEpoch(asks),
};

/** Rule 2 taken away: who begins to follow compares its log with whoever will lead, told of it or not. */
export const KIP_320_UNFENCED_TRUNCATION: Rules = {
  ...KIP_320,
  name: "Kip320, truncation unfenced",
  idea: "as Kip320, but a new follower truncates before its leader knows that it leads",
  cutWhenTold: cutAfterLastMatch,
};
