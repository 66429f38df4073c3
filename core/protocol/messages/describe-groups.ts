// DescribeGroups: state, members and assignments of groups.
// For administrators; answered by the groups' coordinator.

import { array, bool, bytes, int16, int32, message, string } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of DescribeGroups. */
export const DescribeGroupsRequest = message({
  name: "DescribeGroupsRequest",
  apiKey: 15,
  versions: [0, 6],
  flexibleSince: 5,
  fields: {
    groups: array("0+", "Groups to describe.", "string"),
    includeAuthorizedOperations: bool("3+", "Shall the answer say what the caller may do?"),
  },
});
export type DescribeGroupsRequest = BodyOf<typeof DescribeGroupsRequest.fields>;

/** Response of DescribeGroups. */
export const DescribeGroupsResponse = message({
  name: "DescribeGroupsResponse",
  apiKey: 15,
  versions: [0, 6],
  flexibleSince: 5,
  fields: {
    throttleTimeMs: int32("1+", "How long the client should be silent because of a quota, in ms.", { ignorable: true }),
    groups: array("0+", "Groups, one entry each.", {
      errorCode: int16("0+", "Kafka's error code, 0 for success."),
      errorMessage: string("6+", "The error in words; null if there is none.", {
        nullable: "6+",
        default: null,
        ignorable: true,
      }),
      groupId: string("0+", "Id of the group."),
      groupState: string(
        "0+",
        "Where the group is in its life: Empty, PreparingRebalance, CompletingRebalance, Stable or Dead.",
      ),
      protocolType: string("0+", "Kind of group: consumer, connect, …"),
      protocolData: string("0+", "Name of the chosen assignor, empty if there is none yet."),
      members: array("0+", "Members, one entry each.", {
        memberId: string("0+", "Id the coordinator gave the member; empty when it joins for the first time."),
        groupInstanceId: string(
          "4+",
          "Name of a static member, which survives its restarts; null for a dynamic one (KIP-345).",
          { nullable: "4+", default: null, ignorable: true },
        ),
        clientId: string("0+", "Name the client gave itself."),
        clientHost: string("0+", "Address the member connects from."),
        memberMetadata: bytes("0+", "What the member told about itself in the chosen protocol."),
        memberAssignment: bytes("0+", "What the member was assigned, in the form its embedded protocol defines."),
      }),
      authorizedOperations: int32("3+", "Bit set of the operations the caller may perform on the group.", {
        default: -2147483648,
      }),
    }),
  },
});
export type DescribeGroupsResponse = BodyOf<typeof DescribeGroupsResponse.fields>;
