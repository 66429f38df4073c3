// DescribeTopicPartitions: partitions with eligible leader replicas, page by page.
// Metadata for administrators (KIP-966).

import { array, bool, int16, int32, message, string, struct, uuid } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of DescribeTopicPartitions. */
export const DescribeTopicPartitionsRequest = message({
  name: "DescribeTopicPartitionsRequest",
  apiKey: 75,
  versions: [0, 0],
  flexibleSince: 0,
  fields: {
    topics: array("0+", "Topics, one entry each.", {
      name: string("0+", "Name of the topic."),
    }),
    responsePartitionLimit: int32("0+", "Most partitions to describe in one answer.", { default: 2000 }),
    cursor: struct(
      "0+",
      "Where to go on after a truncated answer.",
      {
        topicName: string("0+", "Name of the topic."),
        partitionIndex: int32("0+", "Number of the partition."),
      },
      { nullable: "0+", default: null },
    ),
  },
});
export type DescribeTopicPartitionsRequest = BodyOf<typeof DescribeTopicPartitionsRequest.fields>;

/** Response of DescribeTopicPartitions. */
export const DescribeTopicPartitionsResponse = message({
  name: "DescribeTopicPartitionsResponse",
  apiKey: 75,
  versions: [0, 0],
  flexibleSince: 0,
  fields: {
    throttleTimeMs: int32("0+", "How long the client should be silent because of a quota, in ms.", { ignorable: true }),
    topics: array("0+", "Topics, one entry each.", {
      errorCode: int16("0+", "Kafka's error code, 0 for success."),
      name: string("0+", "Name of the topic.", { nullable: "0+" }),
      topicId: uuid("0+", "Id of the topic; unlike its name never used again.", { ignorable: true }),
      isInternal: bool("0+", "Is the topic one of Kafka's own?", { ignorable: true }),
      partitions: array("0+", "Partitions, one entry each.", {
        errorCode: int16("0+", "Kafka's error code, 0 for success."),
        partitionIndex: int32("0+", "Number of the partition."),
        leaderId: int32("0+", "Id of the leader, -1 if none is known."),
        leaderEpoch: int32("0+", "Counts the leaders of the partition.", { default: -1, ignorable: true }),
        replicaNodes: array("0+", "All replicas, the preferred leader first.", "int32"),
        isrNodes: array("0+", "The in-sync replicas.", "int32"),
        eligibleLeaderReplicas: array(
          "0+",
          "Replicas outside the ISR that hold all committed records all the same (KIP-966).",
          "int32",
          { nullable: "0+", default: null },
        ),
        lastKnownElr: array("0+", "Former eligible leader replicas that were lost uncleanly (KIP-966).", "int32", {
          nullable: "0+",
          default: null,
        }),
        offlineReplicas: array("0+", "Replicas that are not available.", "int32", { ignorable: true }),
      }),
      topicAuthorizedOperations: int32("0+", "Bit set of the operations the caller may perform on the topic.", {
        default: -2147483648,
      }),
    }),
    nextCursor: struct(
      "0+",
      "Where to go on; null if this was all.",
      {
        topicName: string("0+", "Name of the topic."),
        partitionIndex: int32("0+", "Number of the partition."),
      },
      { nullable: "0+", default: null },
    ),
  },
});
export type DescribeTopicPartitionsResponse = BodyOf<typeof DescribeTopicPartitionsResponse.fields>;
