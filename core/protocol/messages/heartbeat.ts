// Heartbeat: a member says that it is alive.
// The answer tells it whether a rebalance has begun.

import { int16, int32, message, string } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of Heartbeat. */
export const HeartbeatRequest = message({
  name: "HeartbeatRequest",
  apiKey: 12,
  versions: [0, 4],
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
  },
});
export type HeartbeatRequest = BodyOf<typeof HeartbeatRequest.fields>;

/** Response of Heartbeat. */
export const HeartbeatResponse = message({
  name: "HeartbeatResponse",
  apiKey: 12,
  versions: [0, 4],
  flexibleSince: 4,
  fields: {
    throttleTimeMs: int32("1+", "How long the client should be silent because of a quota, in ms.", { ignorable: true }),
    errorCode: int16("0+", "Kafka's error code, 0 for success."),
  },
});
export type HeartbeatResponse = BodyOf<typeof HeartbeatResponse.fields>;
