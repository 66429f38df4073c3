// AlterPartition: a leader proposes a new ISR to the controller.
// Only once the controller has written it down may the leader count on it when shrinking (KIP-497, KIP-903).

import { array, int16, int32, int64, int8, message, uuid } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of AlterPartition. */
export const AlterPartitionRequest = message({
  name: "AlterPartitionRequest",
  apiKey: 56,
  versions: [2, 3],
  flexibleSince: 0,
  fields: {
    brokerId: int32("0+", "Id of the broker."),
    brokerEpoch: int64("0+", "Epoch of the broker's registration; an older one is a process that has been replaced.", {
      default: -1,
    }),
    topics: array("0+", "Topics, one entry each.", {
      topicId: uuid("2+", "Id of the topic; unlike its name never used again.", { ignorable: true }),
      partitions: array("0+", "Partitions, one entry each.", {
        partitionIndex: int32("0+", "Number of the partition."),
        leaderEpoch: int32("0+", "Counts the leaders of the partition."),
        newIsr: array("0-2", "In-sync replicas the leader proposes.", "int32"),
        newIsrWithEpochs: array("3+", "In-sync replicas the leader proposes, each with its broker epoch (KIP-903).", {
          brokerId: int32("3+", "Id of the broker."),
          brokerEpoch: int64(
            "3+",
            "Epoch the leader knows of that broker, or -1 if it does not; the controller refuses a stale one.",
            { default: -1 },
          ),
        }),
        leaderRecoveryState: int8("1+", "0 recovered, 1 recovering from an unclean election."),
        partitionEpoch: int32(
          "0+",
          "Counts the changes of the partition's state; a change based on an older one is refused.",
        ),
      }),
    }),
  },
});
export type AlterPartitionRequest = BodyOf<typeof AlterPartitionRequest.fields>;

/** Response of AlterPartition. */
export const AlterPartitionResponse = message({
  name: "AlterPartitionResponse",
  apiKey: 56,
  versions: [2, 3],
  flexibleSince: 0,
  fields: {
    throttleTimeMs: int32("0+", "How long the client should be silent because of a quota, in ms."),
    errorCode: int16("0+", "Kafka's error code, 0 for success."),
    topics: array("0+", "Topics, one entry each.", {
      topicId: uuid("2+", "Id of the topic; unlike its name never used again.", { ignorable: true }),
      partitions: array("0+", "Partitions, one entry each.", {
        partitionIndex: int32("0+", "Number of the partition."),
        errorCode: int16("0+", "Kafka's error code, 0 for success."),
        leaderId: int32("0+", "Id of the leader, -1 if none is known."),
        leaderEpoch: int32("0+", "Counts the leaders of the partition."),
        isr: array("0+", "The in-sync replicas.", "int32"),
        leaderRecoveryState: int8("1+", "0 recovered, 1 recovering from an unclean election.", { ignorable: true }),
        partitionEpoch: int32(
          "0+",
          "Counts the changes of the partition's state; a change based on an older one is refused.",
        ),
      }),
    }),
  },
});
export type AlterPartitionResponse = BodyOf<typeof AlterPartitionResponse.fields>;
