// UnregisterBroker: removes a broker that will not come back.
// Served by the active controller.

import { int16, int32, message, string } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of UnregisterBroker. */
export const UnregisterBrokerRequest = message({
  name: "UnregisterBrokerRequest",
  apiKey: 64,
  versions: [0, 0],
  flexibleSince: 0,
  fields: {
    brokerId: int32("0+", "Id of the broker."),
  },
});
export type UnregisterBrokerRequest = BodyOf<typeof UnregisterBrokerRequest.fields>;

/** Response of UnregisterBroker. */
export const UnregisterBrokerResponse = message({
  name: "UnregisterBrokerResponse",
  apiKey: 64,
  versions: [0, 0],
  flexibleSince: 0,
  fields: {
    throttleTimeMs: int32("0+", "How long the client should be silent because of a quota, in ms."),
    errorCode: int16("0+", "Kafka's error code, 0 for success."),
    errorMessage: string("0+", "The error in words; null if there is none.", { nullable: "0+" }),
  },
});
export type UnregisterBrokerResponse = BodyOf<typeof UnregisterBrokerResponse.fields>;
