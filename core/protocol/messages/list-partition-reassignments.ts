// ListPartitionReassignments: the moves that are still running.
// Served by the active controller (KIP-455).

import { array, int16, int32, message, string } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of ListPartitionReassignments. */
export const ListPartitionReassignmentsRequest = message({
  name: "ListPartitionReassignmentsRequest",
  apiKey: 46,
  versions: [0, 0],
  flexibleSince: 0,
  fields: {
    timeoutMs: int32("0+", "How long the broker may take, in ms.", { default: 60000 }),
    topics: array(
      "0+",
      "Partitions of interest, by topic; null for all.",
      {
        name: string("0+", "Name of the topic."),
        partitionIndexes: array("0+", "Numbers of the partitions.", "int32"),
      },
      { nullable: "0+", default: null },
    ),
  },
});
export type ListPartitionReassignmentsRequest = BodyOf<typeof ListPartitionReassignmentsRequest.fields>;

/** Response of ListPartitionReassignments. */
export const ListPartitionReassignmentsResponse = message({
  name: "ListPartitionReassignmentsResponse",
  apiKey: 46,
  versions: [0, 0],
  flexibleSince: 0,
  fields: {
    throttleTimeMs: int32("0+", "How long the client should be silent because of a quota, in ms."),
    errorCode: int16("0+", "Kafka's error code, 0 for success."),
    errorMessage: string("0+", "The error in words; null if there is none.", { nullable: "0+" }),
    topics: array("0+", "Topics, one entry each.", {
      name: string("0+", "Name of the topic."),
      partitions: array("0+", "Partitions, one entry each.", {
        partitionIndex: int32("0+", "Number of the partition."),
        replicas: array("0+", "All replicas, the preferred leader first.", "int32"),
        addingReplicas: array("0+", "Replicas being added by a running reassignment.", "int32"),
        removingReplicas: array("0+", "Replicas being removed by a running reassignment.", "int32"),
      }),
    }),
  },
});
export type ListPartitionReassignmentsResponse = BodyOf<typeof ListPartitionReassignmentsResponse.fields>;
