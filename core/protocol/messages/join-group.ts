// JoinGroup: a member enters (or re-enters) a classic consumer group.
// The answer waits until every member has joined; the leader gets everybody's subscription.

import { array, bool, bytes, int16, int32, message, string } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of JoinGroup. */
export const JoinGroupRequest = message({
  name: "JoinGroupRequest",
  apiKey: 11,
  versions: [0, 9],
  flexibleSince: 6,
  fields: {
    groupId: string("0+", "Id of the group."),
    sessionTimeoutMs: int32("0+", "How long the member may be silent before it is expelled, in ms."),
    rebalanceTimeoutMs: int32(
      "1+",
      "How long a rebalance waits for the member to join again, in ms; -1 to use the session time-out.",
      { default: -1, ignorable: true },
    ),
    memberId: string("0+", "Id the coordinator gave the member; empty when it joins for the first time."),
    groupInstanceId: string(
      "5+",
      "Name of a static member, which survives its restarts; null for a dynamic one (KIP-345).",
      { nullable: "5+", default: null },
    ),
    protocolType: string("0+", "Kind of group: consumer, connect, …"),
    protocols: array("0+", "Assignors the member knows, the most liked first.", {
      name: string("0+", "Name of the protocol: for consumers, of the assignor."),
      metadata: bytes("0+", "What the member tells its leader about itself: for consumers, a subscription."),
    }),
    reason: string("8+", "Why, in words; null if not told.", { nullable: "8+", default: null, ignorable: true }),
  },
});
export type JoinGroupRequest = BodyOf<typeof JoinGroupRequest.fields>;

/** Response of JoinGroup. */
export const JoinGroupResponse = message({
  name: "JoinGroupResponse",
  apiKey: 11,
  versions: [0, 9],
  flexibleSince: 6,
  fields: {
    throttleTimeMs: int32("2+", "How long the client should be silent because of a quota, in ms.", { ignorable: true }),
    errorCode: int16("0+", "Kafka's error code, 0 for success."),
    generationId: int32("0+", "Generation of the group after this rebalance.", { default: -1 }),
    protocolType: string("7+", "Kind of group: consumer, connect, …", {
      nullable: "7+",
      default: null,
      ignorable: true,
    }),
    protocolName: string("0+", "Name of the chosen assignor.", { nullable: "7+" }),
    leader: string("0+", "Member that computes the assignment."),
    skipAssignment: bool(
      "9+",
      "Must the leader skip the assignment? True when a static leader comes back to a stable group (KIP-814).",
    ),
    memberId: string("0+", "Id the coordinator gave the member; empty when it joins for the first time."),
    members: array("0+", "All members with their metadata, for the leader; empty for the others.", {
      memberId: string("0+", "Id the coordinator gave the member; empty when it joins for the first time."),
      groupInstanceId: string(
        "5+",
        "Name of a static member, which survives its restarts; null for a dynamic one (KIP-345).",
        { nullable: "5+", default: null, ignorable: true },
      ),
      metadata: bytes("0+", "What the member told about itself: for consumers, a subscription."),
    }),
  },
});
export type JoinGroupResponse = BodyOf<typeof JoinGroupResponse.fields>;
