// WriteTxnMarkers: ends transactions in partitions.
// Sent by the transaction coordinator to the partitions' leaders.

import { array, bool, int16, int32, int64, message, string } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of WriteTxnMarkers. */
export const WriteTxnMarkersRequest = message({
  name: "WriteTxnMarkersRequest",
  apiKey: 27,
  versions: [1, 1],
  flexibleSince: 1,
  fields: {
    markers: array("0+", "Ends of transactions, one entry a producer.", {
      producerId: int64("0+", "Id of the producer."),
      producerEpoch: int16("0+", "Counts the lives of the producer; older ones are fenced."),
      transactionResult: bool("0+", "True for commit, false for abort."),
      topics: array("0+", "Topics, one entry each.", {
        name: string("0+", "Name of the topic."),
        partitionIndexes: array("0+", "Numbers of the partitions.", "int32"),
      }),
      coordinatorEpoch: int32("0+", "Epoch of the transaction coordinator that writes the marker."),
    }),
  },
});
export type WriteTxnMarkersRequest = BodyOf<typeof WriteTxnMarkersRequest.fields>;

/** Response of WriteTxnMarkers. */
export const WriteTxnMarkersResponse = message({
  name: "WriteTxnMarkersResponse",
  apiKey: 27,
  versions: [1, 1],
  flexibleSince: 1,
  fields: {
    markers: array("0+", "Ends of transactions, one entry a producer.", {
      producerId: int64("0+", "Id of the producer."),
      topics: array("0+", "Topics, one entry each.", {
        name: string("0+", "Name of the topic."),
        partitions: array("0+", "Partitions, one entry each.", {
          partitionIndex: int32("0+", "Number of the partition."),
          errorCode: int16("0+", "Kafka's error code, 0 for success."),
        }),
      }),
    }),
  },
});
export type WriteTxnMarkersResponse = BodyOf<typeof WriteTxnMarkersResponse.fields>;
