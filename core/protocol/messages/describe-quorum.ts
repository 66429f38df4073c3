// DescribeQuorum: leader, voters and observers of the metadata log.
// Served by the leader of the quorum.

import { array, int16, int32, int64, message, string, uint16, uuid } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of DescribeQuorum. */
export const DescribeQuorumRequest = message({
  name: "DescribeQuorumRequest",
  apiKey: 55,
  versions: [0, 2],
  flexibleSince: 0,
  fields: {
    topics: array("0+", "Topics, one entry each.", {
      topicName: string("0+", "Name of the topic."),
      partitions: array("0+", "Partitions, one entry each.", {
        partitionIndex: int32("0+", "Number of the partition."),
      }),
    }),
  },
});
export type DescribeQuorumRequest = BodyOf<typeof DescribeQuorumRequest.fields>;

const replicaState = {
  replicaId: int32("0+", "Id of the follower, -1 for a consumer."),
  replicaDirectoryId: uuid("2+", "Log directory of the replica."),
  logEndOffset: int64("0+", "Offset behind the last record of the replica's log, -1 if unknown."),
  lastFetchTimestamp: int64("1+", "When the replica last fetched, in ms since 1970; -1 if unknown.", {
    default: -1,
    ignorable: true,
  }),
  lastCaughtUpTimestamp: int64(
    "1+",
    "When the replica last had everything the leader had, in ms since 1970; -1 if unknown.",
    { default: -1, ignorable: true },
  ),
};

/** Response of DescribeQuorum. */
export const DescribeQuorumResponse = message({
  name: "DescribeQuorumResponse",
  apiKey: 55,
  versions: [0, 2],
  flexibleSince: 0,
  fields: {
    errorCode: int16("0+", "Kafka's error code, 0 for success."),
    errorMessage: string("2+", "The error in words; null if there is none.", { nullable: "2+", ignorable: true }),
    topics: array("0+", "Topics, one entry each.", {
      topicName: string("0+", "Name of the topic."),
      partitions: array("0+", "Partitions, one entry each.", {
        partitionIndex: int32("0+", "Number of the partition."),
        errorCode: int16("0+", "Kafka's error code, 0 for success."),
        errorMessage: string("2+", "The error in words; null if there is none.", { nullable: "2+", ignorable: true }),
        leaderId: int32("0+", "Id of the leader, -1 if none is known."),
        leaderEpoch: int32("0+", "Counts the leaders of the partition."),
        highWatermark: int64(
          "0+",
          "Offset below which every in-sync replica has the records; consumers read no further.",
        ),
        currentVoters: array("0+", "The voters and how far each has come.", replicaState),
        observers: array("0+", "Replicas that follow without a vote, and how far each has come.", replicaState),
      }),
    }),
    nodes: array("2+", "Addresses of the voters and observers.", {
      nodeId: int32("2+", "Id of the node."),
      listeners: array("2+", "Where the node listens, one entry a listener.", {
        name: string("2+", "Name of the listener."),
        host: string("2+", "Host name."),
        port: uint16("2+", "Port number."),
      }),
    }),
  },
});
export type DescribeQuorumResponse = BodyOf<typeof DescribeQuorumResponse.fields>;
