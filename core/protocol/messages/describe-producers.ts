// DescribeProducers: the producers a partition remembers.
// Finds hanging transactions (KIP-664).

import { array, int16, int32, int64, message, string } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of DescribeProducers. */
export const DescribeProducersRequest = message({
  name: "DescribeProducersRequest",
  apiKey: 61,
  versions: [0, 0],
  flexibleSince: 0,
  fields: {
    topics: array("0+", "Topics, one entry each.", {
      name: string("0+", "Name of the topic."),
      partitionIndexes: array("0+", "Numbers of the partitions.", "int32"),
    }),
  },
});
export type DescribeProducersRequest = BodyOf<typeof DescribeProducersRequest.fields>;

/** Response of DescribeProducers. */
export const DescribeProducersResponse = message({
  name: "DescribeProducersResponse",
  apiKey: 61,
  versions: [0, 0],
  flexibleSince: 0,
  fields: {
    throttleTimeMs: int32("0+", "How long the client should be silent because of a quota, in ms."),
    topics: array("0+", "Topics, one entry each.", {
      name: string("0+", "Name of the topic."),
      partitions: array("0+", "Partitions, one entry each.", {
        partitionIndex: int32("0+", "Number of the partition."),
        errorCode: int16("0+", "Kafka's error code, 0 for success."),
        errorMessage: string("0+", "The error in words; null if there is none.", { nullable: "0+", default: null }),
        activeProducers: array("0+", "Producers the leader remembers for this partition.", {
          producerId: int64("0+", "Id of the producer."),
          producerEpoch: int32("0+", "Counts the lives of the producer; older ones are fenced."),
          lastSequence: int32("0+", "Sequence number of the producer's last record.", { default: -1 }),
          lastTimestamp: int64("0+", "Timestamp of the producer's last record, in ms since 1970.", { default: -1 }),
          coordinatorEpoch: int32("0+", "Epoch of the coordinator that last wrote a marker for this producer."),
          currentTxnStartOffset: int64("0+", "First offset of the open transaction, -1 if none is open.", {
            default: -1,
          }),
        }),
      }),
    }),
  },
});
export type DescribeProducersResponse = BodyOf<typeof DescribeProducersResponse.fields>;
