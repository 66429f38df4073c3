// OffsetFetch: reads how far a group has consumed.
// A consumer asks it after an assignment, to go on where its predecessor stopped.

import { array, bool, int16, int32, int64, message, string } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of OffsetFetch. */
export const OffsetFetchRequest = message({
  name: "OffsetFetchRequest",
  apiKey: 9,
  versions: [1, 9],
  flexibleSince: 6,
  fields: {
    groupId: string("0-7", "Id of the group."),
    topics: array(
      "0-7",
      "Partitions of interest, by topic; null for all.",
      {
        name: string("0-7", "Name of the topic."),
        partitionIndexes: array("0-7", "Numbers of the partitions.", "int32"),
      },
      { nullable: "2-7" },
    ),
    groups: array("8+", "Groups, one entry each.", {
      groupId: string("8+", "Id of the group."),
      memberId: string("9+", "Member that asks, in the new group protocol; null otherwise.", {
        nullable: "9+",
        default: null,
        ignorable: true,
      }),
      memberEpoch: int32("9+", "Epoch of the member in the new group protocol, -1 if it does not use it.", {
        default: -1,
        ignorable: true,
      }),
      topics: array(
        "8+",
        "Partitions of interest, by topic; null for all.",
        {
          name: string("8+", "Name of the topic."),
          partitionIndexes: array("8+", "Numbers of the partitions.", "int32"),
        },
        { nullable: "8+" },
      ),
    }),
    requireStable: bool(
      "7+",
      "Shall partitions with offsets of an undecided transaction be refused until it is decided?",
    ),
  },
});
export type OffsetFetchRequest = BodyOf<typeof OffsetFetchRequest.fields>;

/** Response of OffsetFetch. */
export const OffsetFetchResponse = message({
  name: "OffsetFetchResponse",
  apiKey: 9,
  versions: [1, 9],
  flexibleSince: 6,
  fields: {
    throttleTimeMs: int32("3+", "How long the client should be silent because of a quota, in ms.", { ignorable: true }),
    topics: array("0-7", "Topics, one entry each.", {
      name: string("0-7", "Name of the topic."),
      partitions: array("0-7", "Partitions, one entry each.", {
        partitionIndex: int32("0-7", "Number of the partition."),
        committedOffset: int64("0-7", "Offset of the next record to consume, -1 if none was committed."),
        committedLeaderEpoch: int32(
          "5-7",
          "Leader epoch of the last record consumed, -1 if unknown; lets the next reader notice a truncation.",
          { default: -1, ignorable: true },
        ),
        metadata: string("0-7", "Free text kept with the offset.", { nullable: "0-7" }),
        errorCode: int16("0-7", "Kafka's error code, 0 for success."),
      }),
    }),
    errorCode: int16("2-7", "Kafka's error code, 0 for success.", { ignorable: true }),
    groups: array("8+", "Groups, one entry each.", {
      groupId: string("8+", "Id of the group."),
      topics: array("8+", "Topics, one entry each.", {
        name: string("8+", "Name of the topic."),
        partitions: array("8+", "Partitions, one entry each.", {
          partitionIndex: int32("8+", "Number of the partition."),
          committedOffset: int64("8+", "Offset of the next record to consume, -1 if none was committed."),
          committedLeaderEpoch: int32(
            "8+",
            "Leader epoch of the last record consumed, -1 if unknown; lets the next reader notice a truncation.",
            { default: -1, ignorable: true },
          ),
          metadata: string("8+", "Free text kept with the offset.", { nullable: "8+" }),
          errorCode: int16("8+", "Kafka's error code, 0 for success."),
        }),
      }),
      errorCode: int16("8+", "Kafka's error code, 0 for success."),
    }),
  },
});
export type OffsetFetchResponse = BodyOf<typeof OffsetFetchResponse.fields>;
