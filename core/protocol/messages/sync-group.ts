// SyncGroup: the leader hands in the assignment, every member gets its part.
// It ends a rebalance of the classic protocol.

import { array, bytes, int16, int32, message, string } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of SyncGroup. */
export const SyncGroupRequest = message({
  name: "SyncGroupRequest",
  apiKey: 14,
  versions: [0, 5],
  flexibleSince: 4,
  fields: {
    groupId: string("0+", "Id of the group."),
    generationId: int32("0+", "Generation the sender takes itself to be in; a stale one is refused."),
    memberId: string("0+", "Id the coordinator gave the member; empty when it joins for the first time."),
    groupInstanceId: string(
      "3+",
      "Name of a static member, which survives its restarts; null for a dynamic one (KIP-345).",
      { nullable: "3+", default: null },
    ),
    protocolType: string("5+", "Kind of group: consumer, connect, …", {
      nullable: "5+",
      default: null,
      ignorable: true,
    }),
    protocolName: string("5+", "Name of the chosen assignor.", { nullable: "5+", default: null, ignorable: true }),
    assignments: array("0+", "The leader's decision, one entry a member; empty from everybody else.", {
      memberId: string("0+", "Id the coordinator gave the member; empty when it joins for the first time."),
      assignment: bytes("0+", "What the member was assigned, in the form its embedded protocol defines."),
    }),
  },
});
export type SyncGroupRequest = BodyOf<typeof SyncGroupRequest.fields>;

/** Response of SyncGroup. */
export const SyncGroupResponse = message({
  name: "SyncGroupResponse",
  apiKey: 14,
  versions: [0, 5],
  flexibleSince: 4,
  fields: {
    throttleTimeMs: int32("1+", "How long the client should be silent because of a quota, in ms.", { ignorable: true }),
    errorCode: int16("0+", "Kafka's error code, 0 for success."),
    protocolType: string("5+", "Kind of group: consumer, connect, …", {
      nullable: "5+",
      default: null,
      ignorable: true,
    }),
    protocolName: string("5+", "Name of the chosen assignor.", { nullable: "5+", default: null, ignorable: true }),
    assignment: bytes("0+", "What the member was assigned, in the form its embedded protocol defines."),
  },
});
export type SyncGroupResponse = BodyOf<typeof SyncGroupResponse.fields>;
