// FindCoordinator: which broker coordinates a group or a transactional id.
// It is the leader of the partition of an internal topic that the key hashes to.

import { array, int16, int32, int8, message, string } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of FindCoordinator. */
export const FindCoordinatorRequest = message({
  name: "FindCoordinatorRequest",
  apiKey: 10,
  versions: [0, 6],
  flexibleSince: 3,
  fields: {
    key: string("0-3", "Group or transactional id."),
    keyType: int8("1+", "What the key is: 0 a group, 1 a transactional id, 2 a share partition."),
    coordinatorKeys: array("4+", "Groups or transactional ids whose coordinators are sought.", "string"),
  },
});
export type FindCoordinatorRequest = BodyOf<typeof FindCoordinatorRequest.fields>;

/** Response of FindCoordinator. */
export const FindCoordinatorResponse = message({
  name: "FindCoordinatorResponse",
  apiKey: 10,
  versions: [0, 6],
  flexibleSince: 3,
  fields: {
    throttleTimeMs: int32("1+", "How long the client should be silent because of a quota, in ms.", { ignorable: true }),
    errorCode: int16("0-3", "Kafka's error code, 0 for success."),
    errorMessage: string("1-3", "The error in words; null if there is none.", { nullable: "1-3", ignorable: true }),
    nodeId: int32("0-3", "Id of the node."),
    host: string("0-3", "Host name."),
    port: int32("0-3", "Port number."),
    coordinators: array("4+", "The coordinators found, one a key.", {
      key: string("4+", "Group or transactional id."),
      nodeId: int32("4+", "Id of the node."),
      host: string("4+", "Host name."),
      port: int32("4+", "Port number."),
      errorCode: int16("4+", "Kafka's error code, 0 for success."),
      errorMessage: string("4+", "The error in words; null if there is none.", { nullable: "4+", ignorable: true }),
    }),
  },
});
export type FindCoordinatorResponse = BodyOf<typeof FindCoordinatorResponse.fields>;
