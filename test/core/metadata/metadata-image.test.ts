import { expect, test } from "vitest";
import { BROKER_CONFIG } from "../../../core/config/broker-config.js";
import { parseConfig } from "../../../core/config/definition.js";
import { effectiveTopicConfig, resolveTopicSetting } from "../../../core/metadata/effective-config.js";
import { MetadataImage } from "../../../core/metadata/metadata-image.js";
import {
  decodeMetadataRecord,
  encodeMetadataRecord,
  metadataRecord,
  type MetadataRecord,
} from "../../../core/protocol/messages/metadata-records.js";

const ORDERS = "AAAAAAAAAAAAAAAAAAAABQ";
const USERS = "AAAAAAAAAAAAAAAAAAAABg";

function topic(name: string, topicId: string): MetadataRecord {
  return metadataRecord("TopicRecord", { name, topicId });
}
function partition(topicId: string, partitionId: number, leader = 1): MetadataRecord {
  return metadataRecord("PartitionRecord", {
    topicId,
    partitionId,
    replicas: [1, 2],
    isr: [1, 2],
    leader,
    leaderEpoch: 0,
    partitionEpoch: 0,
  });
}
function config(resourceType: number, resourceName: string, name: string, value: string | null): MetadataRecord {
  return metadataRecord("ConfigRecord", { resourceType, resourceName, name, value });
}
function broker(brokerId: number): MetadataRecord {
  return metadataRecord("RegisterBrokerRecord", {
    brokerId,
    brokerEpoch: 7,
    endPoints: [{ name: "PLAINTEXT", host: `b${brokerId}`, port: 9092 }],
    rack: "r1",
  });
}
function imageOf(...records: MetadataRecord[]): MetadataImage {
  const image = new MetadataImage();
  for (const record of records) image.replay(record);
  return image;
}

test("epochs: every change adds one to the partition epoch, setting the leader adds one to the leader epoch", () => {
  const image = imageOf(topic("orders", ORDERS), partition(ORDERS, 0));
  image.replay(metadataRecord("PartitionChangeRecord", { topicId: ORDERS, partitionId: 0, isr: [1] }));
  expect(image.partition("orders", 0)).toMatchObject({ isr: [1], leaderEpoch: 0, partitionEpoch: 1 });
  image.replay(metadataRecord("PartitionChangeRecord", { topicId: ORDERS, partitionId: 0, leader: 1 }));
  expect(image.partition("orders", 0)).toMatchObject({ leader: 1, leaderEpoch: 1, partitionEpoch: 2 });
});

test("delta: names what changed since the last look, sorted, with the first state as before", () => {
  const image = imageOf(topic("users", USERS), partition(USERS, 0), topic("orders", ORDERS), partition(ORDERS, 1));
  const first = image.takeDelta();
  expect(first.createdTopics.map((one) => one.name)).toEqual(["orders", "users"]);
  expect(first.changedPartitions.map((one) => `${one.topic}-${one.partition}`)).toEqual(["orders-1", "users-0"]);
  const before = image.partition("users", 0)!;
  image.replay(metadataRecord("PartitionChangeRecord", { topicId: USERS, partitionId: 0, leader: 2 }));
  image.replay(metadataRecord("PartitionChangeRecord", { topicId: USERS, partitionId: 0, isr: [2] }));
  const second = image.takeDelta();
  expect(second.changedPartitions.length).toBe(1);
  expect(second.changedPartitions[0]!.before).toBe(before);
  expect(second.changedPartitions[0]!.after).toMatchObject({ leader: 2, isr: [2], partitionEpoch: 2 });
  expect(image.takeDelta().changedPartitions).toEqual([]);
});

test("delta: a topic deleted and created again under its name is two topics", () => {
  const image = imageOf(topic("orders", ORDERS), partition(ORDERS, 0));
  image.takeDelta();
  image.replay(metadataRecord("RemoveTopicRecord", { topicId: ORDERS }));
  for (const record of [topic("orders", USERS), partition(USERS, 0, 2)]) image.replay(record);
  const delta = image.takeDelta();
  expect(delta.deletedTopics.map((one) => one.topicId)).toEqual([ORDERS]);
  expect(delta.createdTopics.map((one) => one.topicId)).toEqual([USERS]);
  expect(delta.changedPartitions.map((one) => [one.topicId, one.before?.leader, one.after?.leader])).toEqual([
    [ORDERS, 1, undefined],
    [USERS, undefined, 2],
  ]);
  expect(image.partition("orders", 0)!.leader).toBe(2);
});

test("delta: a topic that came and went between two looks was never there", () => {
  const image = imageOf(topic("orders", ORDERS), partition(ORDERS, 0));
  image.replay(metadataRecord("RemoveTopicRecord", { topicId: ORDERS }));
  expect(image.takeDelta()).toMatchObject({ createdTopics: [], deletedTopics: [], changedPartitions: [] });
});

const EVERYTHING = [
  metadataRecord("FeatureLevelRecord", { name: "metadata.version", featureLevel: 25 }),
  broker(2),
  broker(1),
  metadataRecord("BrokerRegistrationChangeRecord", { brokerId: 1, brokerEpoch: 7, fenced: -1 }),
  metadataRecord("BrokerRegistrationChangeRecord", { brokerId: 2, brokerEpoch: 7, inControlledShutdown: 1 }),
  topic("users", USERS),
  partition(USERS, 0),
  topic("orders", ORDERS),
  partition(ORDERS, 1),
  partition(ORDERS, 0),
  metadataRecord("PartitionChangeRecord", {
    topicId: ORDERS,
    partitionId: 0,
    isr: [],
    leader: -1,
    eligibleLeaderReplicas: [1, 2],
    lastKnownElr: [1],
  }),
  config(2, "orders", "retention.ms", "5"),
  config(4, "", "min.insync.replicas", "2"),
  metadataRecord("ProducerIdsRecord", { brokerId: 1, nextProducerId: 3000 }),
];

test("snapshot: toRecords builds an equal image, also after a trip through bytes", () => {
  const image = imageOf(...EVERYTHING);
  const records = image.toRecords();
  const copy = imageOf(...records.map((record) => decodeMetadataRecord(encodeMetadataRecord(record))));
  expect(copy.toRecords()).toEqual(records);
  expect([...copy.brokers].sort((a, b) => a[0] - b[0])).toEqual([...image.brokers].sort((a, b) => a[0] - b[0]));
  expect(copy.partition("orders", 0)).toEqual(image.partition("orders", 0));
  expect(copy.nextProducerId).toBe(3000);
});

test("replaceWith: the delta from any image to a snapshot names only what differs", () => {
  const image = imageOf(...EVERYTHING);
  image.takeDelta();
  const target = imageOf(...EVERYTHING);
  target.replay(metadataRecord("RemoveTopicRecord", { topicId: USERS }));
  target.replay(metadataRecord("PartitionChangeRecord", { topicId: ORDERS, partitionId: 1, leader: 2 }));
  image.replaceWith(target.toRecords(), 99, 4);
  const delta = image.takeDelta();
  expect(delta.deletedTopics.map((one) => one.name)).toEqual(["users"]);
  expect(delta.createdTopics).toEqual([]);
  expect(delta.changedPartitions.map((one) => `${one.topic}-${one.partition}`)).toEqual(["orders-1", "users-0"]);
  expect(image.toRecords()).toEqual(target.toRecords());
  expect([image.offset, image.epoch]).toEqual([99, 4]);
});

test("settings: topic before dynamic default before static file before Kafka's default", () => {
  const fixed = parseConfig(BROKER_CONFIG, { "log.retention.ms": 3000 });
  const image = imageOf(topic("orders", ORDERS));
  expect(resolveTopicSetting(image, "orders", "retention.ms", parseConfig(BROKER_CONFIG)).value).toBe(604_800_000);
  expect(resolveTopicSetting(image, "orders", "retention.ms", fixed)).toEqual({
    value: 3000,
    source: "STATIC_BROKER_CONFIG",
  });
  image.replay(config(4, "", "log.retention.ms", "2000"));
  expect(resolveTopicSetting(image, "orders", "retention.ms", fixed).value).toBe(2000);
  image.replay(config(2, "orders", "retention.ms", "1000"));
  expect(resolveTopicSetting(image, "orders", "retention.ms", fixed).value).toBe(1000);
  expect(effectiveTopicConfig(image, "orders", fixed)["retention.ms"]).toBe(1000);
  image.replay(config(2, "orders", "retention.ms", null));
  expect(effectiveTopicConfig(image, "orders", fixed)["retention.ms"]).toBe(2000);
  image.replay(config(4, "1", "log.retention.ms", "1500"));
  expect(effectiveTopicConfig(image, "orders", fixed, 1)["retention.ms"]).toBe(1500);
  expect(effectiveTopicConfig(image, "orders", fixed, 2)["retention.ms"]).toBe(2000);
  expect(effectiveTopicConfig(image, "orders", fixed)["retention.ms"]).toBe(2000);
});

test("ClearElrRecord: forgets eligible leaders of one topic, or of all for the empty name", () => {
  const image = imageOf(...EVERYTHING);
  image.replay(metadataRecord("ClearElrRecord", { topicName: "users" }));
  expect(image.partition("orders", 0)!.elr).toEqual([1, 2]);
  image.replay(metadataRecord("ClearElrRecord", { topicName: "" }));
  expect(image.partition("orders", 0)).toMatchObject({ elr: [], lastKnownElr: [], partitionEpoch: 2 });
});
