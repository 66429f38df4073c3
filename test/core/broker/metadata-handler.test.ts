import { expect, test } from "vitest";
import { AutoTopicCreation } from "../../../core/broker/auto-topic-creation.js";
import { handleDescribeCluster, handleMetadata, isValidTopicName } from "../../../core/broker/metadata-handler.js";
import { BROKER_CONFIG } from "../../../core/config/broker-config.js";
import { parseConfig } from "../../../core/config/definition.js";
import { Errors } from "../../../core/errors.js";
import type { MetadataImage } from "../../../core/metadata/metadata-image.js";
import type { RequestBody } from "../../../core/protocol/apis.js";
import { ZERO_UUID } from "../../../core/types.js";
import { ask, cluster, createTopic, ORDERS_ID, ScriptedController, USERS_ID } from "./support.js";

const LATEST = 13;

function broker(options: { image?: MetadataImage; autoCreateTopics?: boolean } = {}) {
  const controller = new ScriptedController();
  const handlerOptions = {
    image: options.image ?? cluster(),
    clusterId: "cluster",
    autoCreateTopics: options.autoCreateTopics ?? true,
    autoTopicCreation: new AutoTopicCreation(controller, parseConfig(BROKER_CONFIG, {})),
    pickController: () => 2,
  };
  const metadata = (body: Partial<RequestBody<"Metadata">>, apiVersion = LATEST) =>
    ask("Metadata", (asked, context) => handleMetadata(handlerOptions, asked, context), body, apiVersion).body!;
  const describeCluster = (body: Partial<RequestBody<"DescribeCluster">>) =>
    ask("DescribeCluster", (asked, context) => handleDescribeCluster(handlerOptions, asked, context), body, 2).body!;
  const created = (): readonly string[] =>
    controller.asked.map(({ body }) => (body as RequestBody<"CreateTopics">).topics[0]!.name);
  return { metadata, describeCluster, created, controller };
}

function byName(...names: string[]): Partial<RequestBody<"Metadata">> {
  return { topics: names.map((name) => ({ topicId: ZERO_UUID, name })), allowAutoTopicCreation: true };
}

test("null topics: all of them by name, with the live brokers; fenced brokers are left out and their replicas offline", () => {
  const answer = broker().metadata({ topics: null });
  expect(answer.brokers.map(({ nodeId }) => nodeId)).toEqual([1, 2]);
  expect(answer.controllerId).toBe(2);
  expect(answer.topics.map(({ name }) => name)).toEqual(["orders", "users"]);
  expect(answer.topics[0]!.partitions[0]).toMatchObject({ leaderId: 2, leaderEpoch: 4, offlineReplicas: [3] });
});

test("a partition nobody leads is LEADER_NOT_AVAILABLE, with its epoch", () => {
  const partitions = broker().metadata(byName("orders")).topics[0]!.partitions;
  expect(partitions[2]).toMatchObject({ errorCode: Errors.LEADER_NOT_AVAILABLE, leaderId: -1, leaderEpoch: 4 });
  expect(partitions[1]!.errorCode).toBe(Errors.NONE);
});

test("v0 leaves out replicas that are gone, and says so by an error of the partition", () => {
  const [led, , leaderless] = broker().metadata(byName("orders"), 0).topics[0]!.partitions;
  expect(led).toMatchObject({ errorCode: Errors.REPLICA_NOT_AVAILABLE, leaderId: 2, replicaNodes: [1, 2] });
  expect(leaderless).toMatchObject({ errorCode: Errors.LEADER_NOT_AVAILABLE, leaderId: -1, replicaNodes: [1, 2] });
  expect(broker().metadata(byName("orders"), 1).topics[0]!.partitions[0]).toMatchObject({
    errorCode: Errors.NONE,
    replicaNodes: [1, 2, 3],
  });
});

test("an empty list asks for everything in v0 and for nothing from v1 on", () => {
  expect(broker().metadata({ topics: [] }, 0).topics).toHaveLength(2);
  expect(broker().metadata({ topics: [] }, 1).topics).toHaveLength(0);
});

test("v12 by topic id: a known id answers with the name, an unknown one with UNKNOWN_TOPIC_ID and no name", () => {
  const unknown = "AAAAAAAAAAAAAAAAAAAACQ";
  const topics = [
    { topicId: USERS_ID, name: null },
    { topicId: unknown, name: "users" },
  ];
  const answer = broker().metadata({ topics });
  expect(answer.topics[0]).toMatchObject({ errorCode: Errors.NONE, name: "users", topicId: USERS_ID });
  expect(answer.topics[1]).toMatchObject({ errorCode: Errors.UNKNOWN_TOPIC_ID, name: null, topicId: unknown });
});

test("v10 and v11 have the field for topic ids, but may not ask by it: the whole request is refused", () => {
  const topics = [
    { topicId: USERS_ID, name: null },
    { topicId: ZERO_UUID, name: "orders" },
  ];
  for (const version of [10, 11]) {
    const answer = broker().metadata({ topics }, version);
    expect(answer.topics.map(({ name, topicId, errorCode }) => [name, topicId, errorCode])).toEqual([
      ["", USERS_ID, Errors.INVALID_REQUEST],
      ["orders", ZERO_UUID, Errors.INVALID_REQUEST],
    ]);
    expect(answer.brokers).toEqual([]);
  }
});

test("a topic asked for twice is told of once", () => {
  const answer = broker().metadata(byName("orders", "nobody", "orders", "nobody"));
  expect(answer.topics.map(({ name }) => name)).toEqual(["orders", "nobody"]);
  const topics = [USERS_ID, ORDERS_ID, USERS_ID].map((topicId) => ({ topicId, name: null }));
  expect(
    broker()
      .metadata({ topics })
      .topics.map(({ name }) => name),
  ).toEqual(["users", "orders"]);
});

test("an unknown topic is created once however often it is asked for, and is unknown meanwhile", () => {
  const { metadata, created, controller } = broker();
  expect(metadata(byName("payments")).topics[0]!.errorCode).toBe(Errors.UNKNOWN_TOPIC_OR_PARTITION);
  metadata(byName("payments"));
  expect(created()).toEqual(["payments"]);
  controller.asked[0]!.answer({ ok: false, reason: "timed-out" });
  metadata(byName("payments"));
  expect(created()).toEqual(["payments", "payments"]);
});

test("nothing is created if the broker or the client does not allow it, internal topics included", () => {
  const forbidden = broker({ autoCreateTopics: false });
  const answer = forbidden.metadata(byName("payments", "__consumer_offsets"));
  expect(answer.topics[0]).toMatchObject({ errorCode: Errors.UNKNOWN_TOPIC_OR_PARTITION, isInternal: false });
  expect(answer.topics[1]).toMatchObject({ errorCode: Errors.UNKNOWN_TOPIC_OR_PARTITION, isInternal: true });
  const unwanted = broker();
  unwanted.metadata({ ...byName("payments", "__consumer_offsets"), allowAutoTopicCreation: false });
  expect([...forbidden.created(), ...unwanted.created()]).toEqual([]);
});

test("an impossible name is INVALID_TOPIC_EXCEPTION and never asked of the controller", () => {
  const { metadata, created } = broker();
  expect(metadata(byName("a b")).topics[0]!.errorCode).toBe(Errors.INVALID_TOPIC_EXCEPTION);
  expect(created()).toEqual([]);
});

test("topic names: 1 to 249 of letters, digits, dot, underscore, hyphen; not . or ..", () => {
  const valid = ["a", "A.b_c-9", "x".repeat(249), "..."];
  const invalid = ["", ".", "..", "a/b", "ä", "x".repeat(250)];
  expect(valid.filter((name) => !isValidTopicName(name))).toEqual([]);
  expect(invalid.filter((name) => isValidTopicName(name))).toEqual([]);
});

test("all of Kafka's internal topics are marked, the share group state included", () => {
  const image = cluster();
  createTopic(image, "__share_group_state", "AAAAAAAAAAAAAAAAAAAABw", [1]);
  expect(broker({ image }).metadata(byName("__share_group_state")).topics[0]!.isInternal).toBe(true);
});

test("DescribeCluster shows fenced brokers only when asked", () => {
  const ids = (includeFencedBrokers: boolean) =>
    broker()
      .describeCluster({ includeFencedBrokers })
      .brokers.map(({ brokerId, isFenced }) => [brokerId, isFenced]);
  expect(ids(false)).toEqual([
    [1, false],
    [2, false],
  ]);
  expect(ids(true)[2]).toEqual([3, true]);
});

test("DescribeCluster, KIP-919: who looks for controllers is told that this is a broker, and nothing else", () => {
  const describe = (endpointType: number) => broker().describeCluster({ endpointType });
  expect(describe(1).errorCode).toBe(Errors.NONE);
  expect(describe(2)).toMatchObject({ errorCode: Errors.MISMATCHED_ENDPOINT_TYPE, brokers: [], controllerId: -1 });
  expect(describe(3).errorCode).toBe(Errors.UNSUPPORTED_ENDPOINT_TYPE);
});

test("KIP-430: without an authorizer everything may be done to a topic and the cluster, said only to those who ask", () => {
  const unknown = "AAAAAAAAAAAAAAAAAAAACQ";
  const asked = { includeTopicAuthorizedOperations: true, includeClusterAuthorizedOperations: true };
  const operations = (body: Partial<RequestBody<"Metadata">>, apiVersion: number) =>
    broker()
      .metadata(body, apiVersion)
      .topics.map(({ topicAuthorizedOperations }) => topicAuthorizedOperations);
  const named = byName("users", "nobody");
  expect(operations({ ...named, ...asked }, 10)).toEqual([0xdf8, 0xdf8]);
  expect(operations(named, 10)).toEqual([-2147483648, -2147483648]);
  const topics = [{ topicId: unknown, name: null }];
  expect(operations({ topics, includeTopicAuthorizedOperations: true }, 12)).toEqual([-2147483648]);
  expect(broker().metadata({ ...named, ...asked }, 10).clusterAuthorizedOperations).toBe(0x1fa0);
  const { describeCluster } = broker();
  expect(describeCluster({ includeClusterAuthorizedOperations: true }).clusterAuthorizedOperations).toBe(0x1fa0);
  expect(describeCluster({}).clusterAuthorizedOperations).toBe(-2147483648);
});

test("every version from v0 on can be encoded", () => {
  for (let version = 0; version <= LATEST; version++) {
    const answer = broker().metadata({ topics: [{ topicId: ZERO_UUID, name: "orders" }] }, version);
    expect(answer.topics[0]!.topicId).toBe(ORDERS_ID);
  }
});
