// DescribeCluster: id, brokers and controller of the cluster.
// Like Metadata without topics.

import { array, bool, int16, int32, int8, message, string } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of DescribeCluster. */
export const DescribeClusterRequest = message({
  name: "DescribeClusterRequest",
  apiKey: 60,
  versions: [0, 2],
  flexibleSince: 0,
  fields: {
    includeClusterAuthorizedOperations: bool("0+", "Shall the answer say what the caller may do to the cluster?"),
    endpointType: int8("1+", "1 brokers, 2 controllers.", { default: 1 }),
    includeFencedBrokers: bool("2+", "Shall fenced brokers be listed as well?"),
  },
});
export type DescribeClusterRequest = BodyOf<typeof DescribeClusterRequest.fields>;

/** Response of DescribeCluster. */
export const DescribeClusterResponse = message({
  name: "DescribeClusterResponse",
  apiKey: 60,
  versions: [0, 2],
  flexibleSince: 0,
  fields: {
    throttleTimeMs: int32("0+", "How long the client should be silent because of a quota, in ms."),
    errorCode: int16("0+", "Kafka's error code, 0 for success."),
    errorMessage: string("0+", "The error in words; null if there is none.", { nullable: "0+", default: null }),
    endpointType: int8("1+", "1 brokers, 2 controllers.", { default: 1 }),
    clusterId: string("0+", "Id of the cluster that answers."),
    controllerId: int32(
      "0+",
      "Id of the active controller, -1 if none is known; a KRaft broker names a random live broker instead.",
      { default: -1 },
    ),
    brokers: array("0+", "The brokers or controllers of the cluster.", {
      brokerId: int32("0+", "Id of the broker."),
      host: string("0+", "Host name."),
      port: int32("0+", "Port number."),
      rack: string("0+", "Rack of the node; null if it has none.", { nullable: "0+", default: null }),
      isFenced: bool("2+", "Is the broker fenced?"),
    }),
    clusterAuthorizedOperations: int32("0+", "Bit set of the operations the caller may perform on the cluster.", {
      default: -2147483648,
    }),
  },
});
export type DescribeClusterResponse = BodyOf<typeof DescribeClusterResponse.fields>;
