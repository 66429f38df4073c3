// OffsetCommit: stores how far a group has consumed.
// The coordinator refuses commits of members that are no longer part of the group.

import { array, int16, int32, int64, message, string } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of OffsetCommit. */
export const OffsetCommitRequest = message({
  name: "OffsetCommitRequest",
  apiKey: 8,
  versions: [2, 9],
  flexibleSince: 8,
  fields: {
    groupId: string("0+", "Id of the group."),
    generationIdOrMemberEpoch: int32(
      "1+",
      "Generation (classic groups) or member epoch (new ones) of the sender, -1 for commits from outside a group.",
      { default: -1, ignorable: true },
    ),
    memberId: string("1+", "Id the coordinator gave the member; empty when it joins for the first time.", {
      ignorable: true,
    }),
    groupInstanceId: string(
      "7+",
      "Name of a static member, which survives its restarts; null for a dynamic one (KIP-345).",
      { nullable: "7+", default: null },
    ),
    retentionTimeMs: int64("2-4", "How long to keep the offset, in ms; -1 for the broker's setting.", {
      default: -1,
      ignorable: true,
    }),
    topics: array("0+", "Topics, one entry each.", {
      name: string("0+", "Name of the topic."),
      partitions: array("0+", "Partitions, one entry each.", {
        partitionIndex: int32("0+", "Number of the partition."),
        committedOffset: int64("0+", "Offset of the next record to consume, -1 if none was committed."),
        committedLeaderEpoch: int32(
          "6+",
          "Leader epoch of the last record consumed, -1 if unknown; lets the next reader notice a truncation.",
          { default: -1, ignorable: true },
        ),
        committedMetadata: string("0+", "Free text kept with the offset.", { nullable: "0+" }),
      }),
    }),
  },
});
export type OffsetCommitRequest = BodyOf<typeof OffsetCommitRequest.fields>;

/** Response of OffsetCommit. */
export const OffsetCommitResponse = message({
  name: "OffsetCommitResponse",
  apiKey: 8,
  versions: [2, 9],
  flexibleSince: 8,
  fields: {
    throttleTimeMs: int32("3+", "How long the client should be silent because of a quota, in ms.", { ignorable: true }),
    topics: array("0+", "Topics, one entry each.", {
      name: string("0+", "Name of the topic."),
      partitions: array("0+", "Partitions, one entry each.", {
        partitionIndex: int32("0+", "Number of the partition."),
        errorCode: int16("0+", "Kafka's error code, 0 for success."),
      }),
    }),
  },
});
export type OffsetCommitResponse = BodyOf<typeof OffsetCommitResponse.fields>;
