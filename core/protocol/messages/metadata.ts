// Metadata: which brokers, topics and leaders there are.
// Every client starts here, and comes back whenever it finds its picture outdated.

import { array, bool, int16, int32, message, string, uuid } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of Metadata. */
export const MetadataRequest = message({
  name: "MetadataRequest",
  apiKey: 3,
  versions: [0, 13],
  flexibleSince: 9,
  fields: {
    topics: array(
      "0+",
      "Topics of interest; null for all (in version 0: an empty list), from version 1 an empty list for none.",
      {
        topicId: uuid("10+", "Id of the topic; unlike its name never used again.", { ignorable: true }),
        name: string("0+", "Name of the topic.", { nullable: "10+" }),
      },
      { nullable: "1+" },
    ),
    allowAutoTopicCreation: bool("4+", "May the broker create topics that do not exist?", { default: true }),
    includeClusterAuthorizedOperations: bool("8-10", "Shall the answer say what the caller may do to the cluster?"),
    includeTopicAuthorizedOperations: bool("8+", "Shall the answer say what the caller may do to each topic?"),
  },
});
export type MetadataRequest = BodyOf<typeof MetadataRequest.fields>;

/** Response of Metadata. */
export const MetadataResponse = message({
  name: "MetadataResponse",
  apiKey: 3,
  versions: [0, 13],
  flexibleSince: 9,
  fields: {
    throttleTimeMs: int32("3+", "How long the client should be silent because of a quota, in ms.", { ignorable: true }),
    brokers: array("0+", "Brokers that are alive and unfenced.", {
      nodeId: int32("0+", "Id of the node."),
      host: string("0+", "Host name."),
      port: int32("0+", "Port number."),
      rack: string("1+", "Rack of the node; null if it has none.", { nullable: "1+", default: null, ignorable: true }),
    }),
    clusterId: string("2+", "Id of the cluster that answers.", { nullable: "2+", default: null, ignorable: true }),
    controllerId: int32(
      "1+",
      "Id of the active controller, -1 if none is known; a KRaft broker names a random live broker instead.",
      { default: -1, ignorable: true },
    ),
    topics: array("0+", "Topics, one entry each.", {
      errorCode: int16("0+", "Kafka's error code, 0 for success."),
      name: string("0+", "Name of the topic.", { nullable: "12+" }),
      topicId: uuid("10+", "Id of the topic; unlike its name never used again.", { ignorable: true }),
      isInternal: bool("1+", "Is the topic one of Kafka's own?", { ignorable: true }),
      partitions: array("0+", "Partitions, one entry each.", {
        errorCode: int16("0+", "Kafka's error code, 0 for success."),
        partitionIndex: int32("0+", "Number of the partition."),
        leaderId: int32("0+", "Id of the leader, -1 if none is known."),
        leaderEpoch: int32("7+", "Counts the leaders of the partition; clients ignore answers with an older one.", {
          default: -1,
          ignorable: true,
        }),
        replicaNodes: array("0+", "All replicas, the preferred leader first.", "int32"),
        isrNodes: array("0+", "The in-sync replicas.", "int32"),
        offlineReplicas: array("5+", "Replicas that are not available.", "int32", { ignorable: true }),
      }),
      topicAuthorizedOperations: int32("8+", "Bit set of the operations the caller may perform on the topic.", {
        default: -2147483648,
      }),
    }),
    clusterAuthorizedOperations: int32("8-10", "Bit set of the operations the caller may perform on the cluster.", {
      default: -2147483648,
    }),
    errorCode: int16("13+", "Kafka's error code, 0 for success.", { ignorable: true }),
  },
});
export type MetadataResponse = BodyOf<typeof MetadataResponse.fields>;
