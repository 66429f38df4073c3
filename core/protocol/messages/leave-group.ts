// LeaveGroup: members leave their group.
// A departure announced starts the rebalance at once instead of after the session time-out.

import { array, int16, int32, message, string } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of LeaveGroup. */
export const LeaveGroupRequest = message({
  name: "LeaveGroupRequest",
  apiKey: 13,
  versions: [0, 5],
  flexibleSince: 4,
  fields: {
    groupId: string("0+", "Id of the group."),
    memberId: string("0-2", "Id the coordinator gave the member; empty when it joins for the first time."),
    members: array("3+", "Members, one entry each.", {
      memberId: string("3+", "Id the coordinator gave the member; empty when it joins for the first time."),
      groupInstanceId: string(
        "3+",
        "Name of a static member, which survives its restarts; null for a dynamic one (KIP-345).",
        { nullable: "3+", default: null },
      ),
      reason: string("5+", "Why, in words; null if not told.", { nullable: "5+", default: null, ignorable: true }),
    }),
  },
});
export type LeaveGroupRequest = BodyOf<typeof LeaveGroupRequest.fields>;

/** Response of LeaveGroup. */
export const LeaveGroupResponse = message({
  name: "LeaveGroupResponse",
  apiKey: 13,
  versions: [0, 5],
  flexibleSince: 4,
  fields: {
    throttleTimeMs: int32("1+", "How long the client should be silent because of a quota, in ms.", { ignorable: true }),
    errorCode: int16("0+", "Kafka's error code, 0 for success."),
    members: array("3+", "Members, one entry each.", {
      memberId: string("3+", "Id the coordinator gave the member; empty when it joins for the first time."),
      groupInstanceId: string(
        "3+",
        "Name of a static member, which survives its restarts; null for a dynamic one (KIP-345).",
        { nullable: "3+" },
      ),
      errorCode: int16("3+", "Kafka's error code, 0 for success."),
    }),
  },
});
export type LeaveGroupResponse = BodyOf<typeof LeaveGroupResponse.fields>;
