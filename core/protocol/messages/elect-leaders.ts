// ElectLeaders: elects preferred leaders, or unclean ones.
// Served by the active controller; the unclean kind may lose records.

import { array, int16, int32, int8, message, string } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of ElectLeaders. */
export const ElectLeadersRequest = message({
  name: "ElectLeadersRequest",
  apiKey: 43,
  versions: [0, 2],
  flexibleSince: 2,
  fields: {
    electionType: int8("1+", "0 preferred leader, 1 unclean."),
    topicPartitions: array(
      "0+",
      "Partitions to elect leaders for, by topic; null for all.",
      {
        topic: string("0+", "Name of the topic."),
        partitions: array("0+", "Partitions, one entry each.", "int32"),
      },
      { nullable: "0+" },
    ),
    timeoutMs: int32("0+", "How long the broker may take, in ms.", { default: 60000 }),
  },
});
export type ElectLeadersRequest = BodyOf<typeof ElectLeadersRequest.fields>;

/** Response of ElectLeaders. */
export const ElectLeadersResponse = message({
  name: "ElectLeadersResponse",
  apiKey: 43,
  versions: [0, 2],
  flexibleSince: 2,
  fields: {
    throttleTimeMs: int32("0+", "How long the client should be silent because of a quota, in ms."),
    errorCode: int16("1+", "Kafka's error code, 0 for success."),
    replicaElectionResults: array("0+", "Outcomes, one a topic.", {
      topic: string("0+", "Name of the topic."),
      partitionResult: array("0+", "Outcomes, one a partition.", {
        partitionId: int32("0+", "Number of the partition."),
        errorCode: int16("0+", "Kafka's error code, 0 for success."),
        errorMessage: string("0+", "The error in words; null if there is none.", { nullable: "0+" }),
      }),
    }),
  },
});
export type ElectLeadersResponse = BodyOf<typeof ElectLeadersResponse.fields>;
