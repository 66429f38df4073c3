// OffsetDelete: forgets committed offsets of a group.
// Refused for topics the group still subscribes to.

import { array, int16, int32, message, string } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of OffsetDelete. */
export const OffsetDeleteRequest = message({
  name: "OffsetDeleteRequest",
  apiKey: 47,
  versions: [0, 0],
  flexibleSince: null,
  fields: {
    groupId: string("0+", "Id of the group."),
    topics: array("0+", "Topics, one entry each.", {
      name: string("0+", "Name of the topic."),
      partitions: array("0+", "Partitions, one entry each.", {
        partitionIndex: int32("0+", "Number of the partition."),
      }),
    }),
  },
});
export type OffsetDeleteRequest = BodyOf<typeof OffsetDeleteRequest.fields>;

/** Response of OffsetDelete. */
export const OffsetDeleteResponse = message({
  name: "OffsetDeleteResponse",
  apiKey: 47,
  versions: [0, 0],
  flexibleSince: null,
  fields: {
    errorCode: int16("0+", "Kafka's error code, 0 for success."),
    throttleTimeMs: int32("0+", "How long the client should be silent because of a quota, in ms.", { ignorable: true }),
    topics: array("0+", "Topics, one entry each.", {
      name: string("0+", "Name of the topic."),
      partitions: array("0+", "Partitions, one entry each.", {
        partitionIndex: int32("0+", "Number of the partition."),
        errorCode: int16("0+", "Kafka's error code, 0 for success."),
      }),
    }),
  },
});
export type OffsetDeleteResponse = BodyOf<typeof OffsetDeleteResponse.fields>;
