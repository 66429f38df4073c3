// BeginQuorumEpoch: a new leader of the quorum announces itself.
// Repeated until the voter is seen to follow (KIP-595).

import { array, int16, int32, message, string, uint16, uuid } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of BeginQuorumEpoch. */
export const BeginQuorumEpochRequest = message({
  name: "BeginQuorumEpochRequest",
  apiKey: 53,
  versions: [0, 1],
  flexibleSince: 1,
  fields: {
    clusterId: string("0+", "Id of the cluster; a receiver of another cluster refuses.", {
      nullable: "0+",
      default: null,
    }),
    voterId: int32("1+", "Voter the request is meant for.", { default: -1, ignorable: true }),
    topics: array("0+", "Topics, one entry each.", {
      topicName: string("0+", "Name of the topic."),
      partitions: array("0+", "Partitions, one entry each.", {
        partitionIndex: int32("0+", "Number of the partition."),
        voterDirectoryId: uuid("1+", "Log directory of the voter.", { ignorable: true }),
        leaderId: int32("0+", "Id of the leader, -1 if none is known."),
        leaderEpoch: int32("0+", "Counts the leaders of the partition."),
      }),
    }),
    leaderEndpoints: array(
      "1+",
      "Where the leader listens.",
      {
        name: string("1+", "Name of the listener."),
        host: string("1+", "Host name."),
        port: uint16("1+", "Port number."),
      },
      { ignorable: true },
    ),
  },
});
export type BeginQuorumEpochRequest = BodyOf<typeof BeginQuorumEpochRequest.fields>;

/** Response of BeginQuorumEpoch. */
export const BeginQuorumEpochResponse = message({
  name: "BeginQuorumEpochResponse",
  apiKey: 53,
  versions: [0, 1],
  flexibleSince: 1,
  fields: {
    errorCode: int16("0+", "Kafka's error code, 0 for success."),
    topics: array("0+", "Topics, one entry each.", {
      topicName: string("0+", "Name of the topic."),
      partitions: array("0+", "Partitions, one entry each.", {
        partitionIndex: int32("0+", "Number of the partition."),
        errorCode: int16("0+", "Kafka's error code, 0 for success."),
        leaderId: int32("0+", "Id of the leader, -1 if none is known."),
        leaderEpoch: int32("0+", "Counts the leaders of the partition."),
      }),
    }),
    nodeEndpoints: array(
      "1+",
      "Addresses of the leaders named above.",
      {
        nodeId: int32("1+", "Id of the node."),
        host: string("1+", "Host name."),
        port: uint16("1+", "Port number."),
      },
      { tagged: "1+", tag: 0 },
    ),
  },
});
export type BeginQuorumEpochResponse = BodyOf<typeof BeginQuorumEpochResponse.fields>;
