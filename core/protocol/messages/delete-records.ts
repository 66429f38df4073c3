// DeleteRecords: raises the log start offset.
// Served by the leader of each partition; answered when all replicas have followed.

import { array, int16, int32, int64, message, string } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of DeleteRecords. */
export const DeleteRecordsRequest = message({
  name: "DeleteRecordsRequest",
  apiKey: 21,
  versions: [0, 2],
  flexibleSince: 2,
  fields: {
    topics: array("0+", "Topics, one entry each.", {
      name: string("0+", "Name of the topic."),
      partitions: array("0+", "Partitions, one entry each.", {
        partitionIndex: int32("0+", "Number of the partition."),
        offset: int64("0+", "Records below it are deleted; -1 means the high watermark."),
      }),
    }),
    timeoutMs: int32("0+", "How long the broker may take, in ms."),
  },
});
export type DeleteRecordsRequest = BodyOf<typeof DeleteRecordsRequest.fields>;

/** Response of DeleteRecords. */
export const DeleteRecordsResponse = message({
  name: "DeleteRecordsResponse",
  apiKey: 21,
  versions: [0, 2],
  flexibleSince: 2,
  fields: {
    throttleTimeMs: int32("0+", "How long the client should be silent because of a quota, in ms."),
    topics: array("0+", "Topics, one entry each.", {
      name: string("0+", "Name of the topic."),
      partitions: array("0+", "Partitions, one entry each.", {
        partitionIndex: int32("0+", "Number of the partition."),
        lowWatermark: int64("0+", "First offset still there on every replica, -1 on error."),
        errorCode: int16("0+", "Kafka's error code, 0 for success."),
      }),
    }),
  },
});
export type DeleteRecordsResponse = BodyOf<typeof DeleteRecordsResponse.fields>;
