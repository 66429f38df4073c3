// AlterPartitionReassignments: moves partitions to other replicas.
// Served by the active controller (KIP-455).

import { array, int16, int32, message, string } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of AlterPartitionReassignments. */
export const AlterPartitionReassignmentsRequest = message({
  name: "AlterPartitionReassignmentsRequest",
  apiKey: 45,
  versions: [0, 0],
  flexibleSince: 0,
  fields: {
    timeoutMs: int32("0+", "How long the broker may take, in ms.", { default: 60000 }),
    topics: array("0+", "Topics, one entry each.", {
      name: string("0+", "Name of the topic."),
      partitions: array("0+", "Partitions, one entry each.", {
        partitionIndex: int32("0+", "Number of the partition."),
        replicas: array(
          "0+",
          "Replicas the partition shall have, the preferred leader first; null cancels a running reassignment.",
          "int32",
          { nullable: "0+", default: null },
        ),
      }),
    }),
  },
});
export type AlterPartitionReassignmentsRequest = BodyOf<typeof AlterPartitionReassignmentsRequest.fields>;

/** Response of AlterPartitionReassignments. */
export const AlterPartitionReassignmentsResponse = message({
  name: "AlterPartitionReassignmentsResponse",
  apiKey: 45,
  versions: [0, 0],
  flexibleSince: 0,
  fields: {
    throttleTimeMs: int32("0+", "How long the client should be silent because of a quota, in ms."),
    errorCode: int16("0+", "Kafka's error code, 0 for success."),
    errorMessage: string("0+", "The error in words; null if there is none.", { nullable: "0+" }),
    responses: array("0+", "Outcomes, one a topic.", {
      name: string("0+", "Name of the topic."),
      partitions: array("0+", "Partitions, one entry each.", {
        partitionIndex: int32("0+", "Number of the partition."),
        errorCode: int16("0+", "Kafka's error code, 0 for success."),
        errorMessage: string("0+", "The error in words; null if there is none.", { nullable: "0+" }),
      }),
    }),
  },
});
export type AlterPartitionReassignmentsResponse = BodyOf<typeof AlterPartitionReassignmentsResponse.fields>;
