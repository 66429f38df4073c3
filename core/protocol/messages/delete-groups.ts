// DeleteGroups: deletes empty groups with their offsets.
// Answered by the groups' coordinator.

import { array, int16, int32, message, string } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of DeleteGroups. */
export const DeleteGroupsRequest = message({
  name: "DeleteGroupsRequest",
  apiKey: 42,
  versions: [0, 2],
  flexibleSince: 2,
  fields: {
    groupsNames: array("0+", "Groups to delete.", "string"),
  },
});
export type DeleteGroupsRequest = BodyOf<typeof DeleteGroupsRequest.fields>;

/** Response of DeleteGroups. */
export const DeleteGroupsResponse = message({
  name: "DeleteGroupsResponse",
  apiKey: 42,
  versions: [0, 2],
  flexibleSince: 2,
  fields: {
    throttleTimeMs: int32("0+", "How long the client should be silent because of a quota, in ms."),
    results: array("0+", "Outcomes, one entry each.", {
      groupId: string("0+", "Id of the group."),
      errorCode: int16("0+", "Kafka's error code, 0 for success."),
    }),
  },
});
export type DeleteGroupsResponse = BodyOf<typeof DeleteGroupsResponse.fields>;
