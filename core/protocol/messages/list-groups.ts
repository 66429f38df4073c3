// ListGroups: the groups a broker coordinates.
// To see all groups of a cluster, every broker must be asked.

import { array, int16, int32, message, string } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of ListGroups. */
export const ListGroupsRequest = message({
  name: "ListGroupsRequest",
  apiKey: 16,
  versions: [0, 5],
  flexibleSince: 3,
  fields: {
    statesFilter: array("4+", "States of the groups wanted; empty for all.", "string"),
    typesFilter: array("5+", "Types of the groups wanted; empty for all.", "string"),
  },
});
export type ListGroupsRequest = BodyOf<typeof ListGroupsRequest.fields>;

/** Response of ListGroups. */
export const ListGroupsResponse = message({
  name: "ListGroupsResponse",
  apiKey: 16,
  versions: [0, 5],
  flexibleSince: 3,
  fields: {
    throttleTimeMs: int32("1+", "How long the client should be silent because of a quota, in ms.", { ignorable: true }),
    errorCode: int16("0+", "Kafka's error code, 0 for success."),
    groups: array("0+", "Groups, one entry each.", {
      groupId: string("0+", "Id of the group."),
      protocolType: string("0+", "Kind of group: consumer, connect, …"),
      groupState: string(
        "4+",
        "Where the group is in its life: Empty, PreparingRebalance, CompletingRebalance, Stable or Dead.",
        { ignorable: true },
      ),
      groupType: string("5+", "classic or consumer.", { ignorable: true }),
    }),
  },
});
export type ListGroupsResponse = BodyOf<typeof ListGroupsResponse.fields>;
