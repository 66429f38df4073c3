// BrokerRegistration: a broker that starts announces itself to the controller.
// The epoch it gets fences every earlier life of the same broker (KIP-631).

import { array, bool, int16, int32, int64, message, string, uint16, uuid } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of BrokerRegistration. */
export const BrokerRegistrationRequest = message({
  name: "BrokerRegistrationRequest",
  apiKey: 62,
  versions: [0, 4],
  flexibleSince: 0,
  fields: {
    brokerId: int32("0+", "Id of the broker."),
    clusterId: string("0+", "Id of the cluster; a receiver of another cluster refuses."),
    incarnationId: uuid("0+", "Random id of this run of the process; two processes with one node id differ in it."),
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
    rack: string("0+", "Rack of the node; null if it has none.", { nullable: "0+" }),
    isMigratingZkBroker: bool("1+", "True for a ZooKeeper-era broker on its way to KRaft; never in Kafka 4."),
    logDirs: array("2+", "Ids of the log directories that are online.", "uuid", { ignorable: true }),
    previousBrokerEpoch: int64(
      "3+",
      "Epoch before a clean shutdown, -1 if there was none: tells that no record was lost (KIP-966).",
      { default: -1, ignorable: true },
    ),
  },
});
export type BrokerRegistrationRequest = BodyOf<typeof BrokerRegistrationRequest.fields>;

/** Response of BrokerRegistration. */
export const BrokerRegistrationResponse = message({
  name: "BrokerRegistrationResponse",
  apiKey: 62,
  versions: [0, 4],
  flexibleSince: 0,
  fields: {
    throttleTimeMs: int32("0+", "How long the client should be silent because of a quota, in ms."),
    errorCode: int16("0+", "Kafka's error code, 0 for success."),
    brokerEpoch: int64("0+", "Epoch of the new registration, -1 if it failed.", { default: -1 }),
  },
});
export type BrokerRegistrationResponse = BodyOf<typeof BrokerRegistrationResponse.fields>;
