// OffsetForLeaderEpoch: where an epoch ends in the leader's log.
// A reader finds out from it whether its own log or position has diverged (KIP-101, KIP-320).

import { array, int16, int32, int64, message, string } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of OffsetForLeaderEpoch. */
export const OffsetForLeaderEpochRequest = message({
  name: "OffsetForLeaderEpochRequest",
  apiKey: 23,
  versions: [2, 4],
  flexibleSince: 4,
  fields: {
    replicaId: int32("3+", "Id of the follower, -1 for a consumer.", { default: -2, ignorable: true }),
    topics: array("0+", "Topics, one entry each.", {
      topic: string("0+", "Name of the topic."),
      partitions: array("0+", "Partitions, one entry each.", {
        partition: int32("0+", "Number of the partition."),
        currentLeaderEpoch: int32(
          "2+",
          "Leader epoch the sender knows, -1 to skip the check; an older one is fenced, a newer one is unknown yet.",
          { default: -1, ignorable: true },
        ),
        leaderEpoch: int32("0+", "Epoch whose end is sought."),
      }),
    }),
  },
});
export type OffsetForLeaderEpochRequest = BodyOf<typeof OffsetForLeaderEpochRequest.fields>;

/** Response of OffsetForLeaderEpoch. */
export const OffsetForLeaderEpochResponse = message({
  name: "OffsetForLeaderEpochResponse",
  apiKey: 23,
  versions: [2, 4],
  flexibleSince: 4,
  fields: {
    throttleTimeMs: int32("2+", "How long the client should be silent because of a quota, in ms.", { ignorable: true }),
    topics: array("0+", "Topics, one entry each.", {
      topic: string("0+", "Name of the topic."),
      partitions: array("0+", "Partitions, one entry each.", {
        errorCode: int16("0+", "Kafka's error code, 0 for success."),
        partition: int32("0+", "Number of the partition."),
        leaderEpoch: int32("1+", "Largest epoch of the log that is not above the one asked for.", {
          default: -1,
          ignorable: true,
        }),
        endOffset: int64(
          "0+",
          "Offset behind the last record of the largest epoch not above the one asked for, -1 if unknown.",
          { default: -1 },
        ),
      }),
    }),
  },
});
export type OffsetForLeaderEpochResponse = BodyOf<typeof OffsetForLeaderEpochResponse.fields>;
