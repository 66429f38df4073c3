// BrokerHeartbeat: a broker tells the controller that it lives and how far it has come.
// The answer fences, unfences or lets it stop (KIP-631).

import { array, bool, int16, int32, int64, message } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of BrokerHeartbeat. */
export const BrokerHeartbeatRequest = message({
  name: "BrokerHeartbeatRequest",
  apiKey: 63,
  versions: [0, 1],
  flexibleSince: 0,
  fields: {
    brokerId: int32("0+", "Id of the broker."),
    brokerEpoch: int64("0+", "Epoch of the broker's registration; an older one is a process that has been replaced.", {
      default: -1,
    }),
    currentMetadataOffset: int64(
      "0+",
      "How far the broker has replayed the metadata log; it is unfenced when it has caught up.",
    ),
    wantFence: bool("0+", "Does the broker want to be fenced (again)?"),
    wantShutDown: bool("0+", "Does the broker want to hand its leaderships over and stop?"),
    offlineLogDirs: array("1+", "Log directories that have failed.", "uuid", { tagged: "1+", tag: 0 }),
  },
});
export type BrokerHeartbeatRequest = BodyOf<typeof BrokerHeartbeatRequest.fields>;

/** Response of BrokerHeartbeat. */
export const BrokerHeartbeatResponse = message({
  name: "BrokerHeartbeatResponse",
  apiKey: 63,
  versions: [0, 1],
  flexibleSince: 0,
  fields: {
    throttleTimeMs: int32("0+", "How long the client should be silent because of a quota, in ms."),
    errorCode: int16("0+", "Kafka's error code, 0 for success."),
    isCaughtUp: bool("0+", "Has the broker replayed the metadata log far enough to be unfenced?"),
    isFenced: bool("0+", "Is the broker fenced?", { default: true }),
    shouldShutDown: bool("0+", "May the broker stop now?"),
  },
});
export type BrokerHeartbeatResponse = BodyOf<typeof BrokerHeartbeatResponse.fields>;
