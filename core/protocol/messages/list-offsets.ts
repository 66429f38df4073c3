// ListOffsets: finds the offset for a timestamp, or the ends of the log.
// Consumers ask it where to begin, followers how far to go.

import { array, int16, int32, int64, int8, message, string } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of ListOffsets. */
export const ListOffsetsRequest = message({
  name: "ListOffsetsRequest",
  apiKey: 2,
  versions: [1, 10],
  flexibleSince: 6,
  fields: {
    replicaId: int32("0+", "Id of the follower, -1 for a consumer, -2 for debugging."),
    isolationLevel: int8(
      "2+",
      "0 read_uncommitted: up to the high watermark; 1 read_committed: up to the last stable offset.",
    ),
    topics: array("0+", "Topics, one entry each.", {
      name: string("0+", "Name of the topic."),
      partitions: array("0+", "Partitions, one entry each.", {
        partitionIndex: int32("0+", "Number of the partition."),
        currentLeaderEpoch: int32(
          "4+",
          "Leader epoch the sender knows, -1 to skip the check; an older one is fenced, a newer one is unknown yet.",
          { default: -1, ignorable: true },
        ),
        timestamp: int64(
          "0+",
          "Timestamp sought in ms since 1970; -1 the log end, -2 the log start, -3 the largest timestamp.",
        ),
      }),
    }),
    timeoutMs: int32("10+", "How long the broker may take, in ms.", { ignorable: true }),
  },
});
export type ListOffsetsRequest = BodyOf<typeof ListOffsetsRequest.fields>;

/** Response of ListOffsets. */
export const ListOffsetsResponse = message({
  name: "ListOffsetsResponse",
  apiKey: 2,
  versions: [1, 10],
  flexibleSince: 6,
  fields: {
    throttleTimeMs: int32("2+", "How long the client should be silent because of a quota, in ms.", { ignorable: true }),
    topics: array("0+", "Topics, one entry each.", {
      name: string("0+", "Name of the topic."),
      partitions: array("0+", "Partitions, one entry each.", {
        partitionIndex: int32("0+", "Number of the partition."),
        errorCode: int16("0+", "Kafka's error code, 0 for success."),
        timestamp: int64("1+", "Timestamp of the record found, in ms since 1970; -1 if there is none.", {
          default: -1,
        }),
        offset: int64("1+", "Offset of the record found, -1 if there is none.", { default: -1 }),
        leaderEpoch: int32("4+", "Leader epoch of the record found, -1 if unknown.", { default: -1 }),
      }),
    }),
  },
});
export type ListOffsetsResponse = BodyOf<typeof ListOffsetsResponse.fields>;
