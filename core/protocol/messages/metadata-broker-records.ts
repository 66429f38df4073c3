// Metadata records about nodes: brokers and controllers come, go, and are fenced.
// The active controller alone writes them; everybody replays them.

import { array, bool, int16, int32, int64, int8, message, string, uint16, uuid } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** A broker registered; it starts fenced. */
export const RegisterBrokerRecord = message({
  name: "RegisterBrokerRecord",
  apiKey: 0,
  versions: [0, 3],
  flexibleSince: 0,
  fields: {
    brokerId: int32("0+", "Id of the broker."),
    isMigratingZkBroker: bool("2+", "True for a ZooKeeper-era broker on its way to KRaft; never in Kafka 4."),
    incarnationId: uuid("0+", "Random id of this run of the process; two processes with one node id differ in it."),
    brokerEpoch: int64("0+", "Epoch of the broker's registration; an older one is a process that has been replaced."),
    endPoints: array("0+", "Where the node listens.", {
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
    fenced: bool("0+", "Is the broker fenced? A fenced one leads nothing and is named to no client.", {
      default: true,
    }),
    inControlledShutdown: bool("1+", "Is the broker handing its leaderships over before it stops?"),
    logDirs: array("3+", "Ids of the log directories that are online.", "uuid", { tagged: "3+", tag: 0 }),
  },
});
export type RegisterBrokerRecord = BodyOf<typeof RegisterBrokerRecord.fields>;

/** A broker is gone for good. */
export const UnregisterBrokerRecord = message({
  name: "UnregisterBrokerRecord",
  apiKey: 1,
  versions: [0, 0],
  flexibleSince: 0,
  fields: {
    brokerId: int32("0+", "Id of the broker."),
    brokerEpoch: int64("0+", "Epoch of the broker's registration; an older one is a process that has been replaced."),
  },
});
export type UnregisterBrokerRecord = BodyOf<typeof UnregisterBrokerRecord.fields>;

/** A broker was fenced (older form of BrokerRegistrationChangeRecord). */
export const FenceBrokerRecord = message({
  name: "FenceBrokerRecord",
  apiKey: 7,
  versions: [0, 0],
  flexibleSince: 0,
  fields: {
    id: int32("0+", "Id of the broker."),
    epoch: int64("0+", "Epoch of the broker's registration."),
  },
});
export type FenceBrokerRecord = BodyOf<typeof FenceBrokerRecord.fields>;

/** A broker was unfenced (older form of BrokerRegistrationChangeRecord). */
export const UnfenceBrokerRecord = message({
  name: "UnfenceBrokerRecord",
  apiKey: 8,
  versions: [0, 0],
  flexibleSince: 0,
  fields: {
    id: int32("0+", "Id of the broker."),
    epoch: int64("0+", "Epoch of the broker's registration."),
  },
});
export type UnfenceBrokerRecord = BodyOf<typeof UnfenceBrokerRecord.fields>;

/** A broker was fenced, unfenced, began its shutdown, or its log directories changed. */
export const BrokerRegistrationChangeRecord = message({
  name: "BrokerRegistrationChangeRecord",
  apiKey: 17,
  versions: [0, 2],
  flexibleSince: 0,
  fields: {
    brokerId: int32("0+", "Id of the broker."),
    brokerEpoch: int64("0+", "Epoch of the broker's registration; an older one is a process that has been replaced."),
    fenced: int8("0+", "-1 the broker is unfenced, 1 it is fenced, 0 no change.", { tagged: "0+", tag: 0 }),
    inControlledShutdown: int8("1+", "1 the broker is in controlled shutdown, 0 no change.", { tagged: "1+", tag: 1 }),
    logDirs: array("2+", "Ids of the log directories that are online.", "uuid", { tagged: "2+", tag: 2 }),
  },
});
export type BrokerRegistrationChangeRecord = BodyOf<typeof BrokerRegistrationChangeRecord.fields>;

/** A controller registered. */
export const RegisterControllerRecord = message({
  name: "RegisterControllerRecord",
  apiKey: 27,
  versions: [0, 0],
  flexibleSince: 0,
  fields: {
    controllerId: int32("0+", "Id of the controller."),
    incarnationId: uuid("0+", "Random id of this run of the process; two processes with one node id differ in it."),
    zkMigrationReady: bool("0+", "Ready for a migration from ZooKeeper; never in Kafka 4."),
    endPoints: array("0+", "Where the node listens.", {
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
export type RegisterControllerRecord = BodyOf<typeof RegisterControllerRecord.fields>;
