// ControllerRegistration: a controller tells the active one where it listens and what it supports.
// Feature levels may rise only if every controller supports them (KIP-919).

import { array, bool, int16, int32, message, string, uint16, uuid } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of ControllerRegistration. */
export const ControllerRegistrationRequest = message({
  name: "ControllerRegistrationRequest",
  apiKey: 70,
  versions: [0, 0],
  flexibleSince: 0,
  fields: {
    controllerId: int32("0+", "Id of the controller that registers."),
    incarnationId: uuid("0+", "Random id of this run of the process; two processes with one node id differ in it."),
    zkMigrationReady: bool("0+", "Ready for a migration from ZooKeeper; never in Kafka 4."),
    listeners: array("0+", "Where the node listens, one entry a listener.", {
      name: string("0+", "Name of the listener."),
      host: string("0+", "Host name."),
      port: uint16("0+", "Port number."),
      securityProtocol: int16("0+", "0 PLAINTEXT, 1 SSL, 2 SASL_PLAINTEXT, 3 SASL_SSL."),
    }),
    features: array("0+", "Features the node supports, each with a range of levels.", {
      name: string("0+", "Name of the feature."),
      minSupportedVersion: int16("0+", "Lowest level supported."),
      maxSupportedVersion: int16("0+", "Highest level supported."),
    }),
  },
});
export type ControllerRegistrationRequest = BodyOf<typeof ControllerRegistrationRequest.fields>;

/** Response of ControllerRegistration. */
export const ControllerRegistrationResponse = message({
  name: "ControllerRegistrationResponse",
  apiKey: 70,
  versions: [0, 0],
  flexibleSince: 0,
  fields: {
    throttleTimeMs: int32("0+", "How long the client should be silent because of a quota, in ms."),
    errorCode: int16("0+", "Kafka's error code, 0 for success."),
    errorMessage: string("0+", "The error in words; null if there is none.", { nullable: "0+" }),
  },
});
export type ControllerRegistrationResponse = BodyOf<typeof ControllerRegistrationResponse.fields>;
