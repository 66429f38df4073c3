// Metadata records about the cluster as a whole: configurations, features, producer ids, transactions of records.
// The active controller alone writes them.

import { int16, int32, int64, int8, message, string } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** A configuration was set or removed. */
export const ConfigRecord = message({
  name: "ConfigRecord",
  apiKey: 4,
  versions: [0, 0],
  flexibleSince: 0,
  fields: {
    resourceType: int8("0+", "2 topic, 4 broker, 8 broker logger."),
    resourceName: string("0+", "Name of the topic or id of the broker; empty for the cluster's default."),
    name: string("0+", "Key of the configuration."),
    value: string("0+", "Value of the configuration; null removes it.", { nullable: "0+" }),
  },
});
export type ConfigRecord = BodyOf<typeof ConfigRecord.fields>;

/** A feature was finalized at a level. */
export const FeatureLevelRecord = message({
  name: "FeatureLevelRecord",
  apiKey: 12,
  versions: [0, 0],
  flexibleSince: 0,
  fields: {
    name: string("0+", "Name of the feature."),
    featureLevel: int16("0+", "Level the feature is finalized at; 0 removes it."),
  },
});
export type FeatureLevelRecord = BodyOf<typeof FeatureLevelRecord.fields>;

/** A block of producer ids was handed to a broker. */
export const ProducerIdsRecord = message({
  name: "ProducerIdsRecord",
  apiKey: 15,
  versions: [0, 0],
  flexibleSince: 0,
  fields: {
    brokerId: int32("0+", "Id of the broker."),
    brokerEpoch: int64("0+", "Epoch of the broker's registration; an older one is a process that has been replaced.", {
      default: -1,
    }),
    nextProducerId: int64("0+", "First producer id not handed out yet."),
  },
});
export type ProducerIdsRecord = BodyOf<typeof ProducerIdsRecord.fields>;

/** Nothing changed: written now and then so that the committed offset moves. */
export const NoOpRecord = message({
  name: "NoOpRecord",
  apiKey: 20,
  versions: [0, 0],
  flexibleSince: 0,
  fields: {},
});
export type NoOpRecord = BodyOf<typeof NoOpRecord.fields>;

/** The records up to the end of the transaction take effect together (KIP-868). */
export const BeginTransactionRecord = message({
  name: "BeginTransactionRecord",
  apiKey: 23,
  versions: [0, 0],
  flexibleSince: 0,
  fields: {
    name: string("0+", "What the transaction is for.", { nullable: "0+", tagged: "0+", tag: 0, default: null }),
  },
});
export type BeginTransactionRecord = BodyOf<typeof BeginTransactionRecord.fields>;

/** The transaction took effect. */
export const EndTransactionRecord = message({
  name: "EndTransactionRecord",
  apiKey: 24,
  versions: [0, 0],
  flexibleSince: 0,
  fields: {},
});
export type EndTransactionRecord = BodyOf<typeof EndTransactionRecord.fields>;

/** The transaction never took effect. */
export const AbortTransactionRecord = message({
  name: "AbortTransactionRecord",
  apiKey: 25,
  versions: [0, 0],
  flexibleSince: 0,
  fields: {
    reason: string("0+", "Why, in words; null if not told.", { nullable: "0+", tagged: "0+", tag: 0, default: null }),
  },
});
export type AbortTransactionRecord = BodyOf<typeof AbortTransactionRecord.fields>;
