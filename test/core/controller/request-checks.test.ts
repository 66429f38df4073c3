// What the controller refuses before it decides, as Kafka's ControllerApis and ConfigAdminManager do.

import { expect, test } from "vitest";
import { Errors } from "../../../core/errors.js";
import { effectiveTopicConfig } from "../../../core/metadata/effective-config.js";
import { ZERO_UUID } from "../../../core/types.js";
import { ControllerCluster } from "./controller-cluster.js";

const TOPIC = 2;
const BROKER = 4;

test("create: the metadata log's own topic cannot be made by anybody", () => {
  const cluster = new ControllerCluster([1]);
  const created = cluster.request("CreateTopics", {
    topics: [{ name: "__cluster_metadata", numPartitions: 1, replicationFactor: 1 }],
  });
  expect(created.topics[0]!.errorCode).toBe(Errors.INVALID_REQUEST);
});

test("create: a setting without a value is no setting", () => {
  const cluster = new ControllerCluster([1]);
  const configs = [{ name: "retention.ms", value: null }];
  const { topics } = cluster.request("CreateTopics", {
    topics: [{ name: "orders", numPartitions: 1, replicationFactor: 1, configs }],
  });
  expect(topics[0]!.errorCode).toBe(Errors.INVALID_CONFIG);
  expect(topics[0]!.errorMessage).toBe("Null value not supported for topic configs: retention.ms");
});

test("create, delete, grow: a name given twice is refused, answered once, and changes nothing", () => {
  const cluster = new ControllerCluster([1]);
  cluster.createTopic("orders", [[1]]);
  const asked = { numPartitions: 1, replicationFactor: 1 };
  const created = cluster.request("CreateTopics", {
    topics: ["a", "b", "a", "a"].map((name) => ({ name, ...asked })),
  });
  expect(created.topics.map(({ name, errorCode }) => [name, errorCode])).toEqual([
    ["a", Errors.INVALID_REQUEST],
    ["b", Errors.NONE],
  ]);
  expect(cluster.image.topics.has("a")).toBe(false);
  const deleted = cluster.request("DeleteTopics", {
    topics: [{ name: "orders" }, { name: "orders" }, { name: null }, { name: null }],
  });
  expect(deleted.responses.map(({ name, errorCode }) => [name, errorCode])).toEqual([
    [null, Errors.INVALID_REQUEST],
    [null, Errors.INVALID_REQUEST],
    ["orders", Errors.INVALID_REQUEST],
  ]);
  const grown = cluster.request("CreatePartitions", {
    topics: [
      { name: "orders", count: 2, assignments: null },
      { name: "orders", count: 3, assignments: null },
    ],
  });
  expect(grown.results.map(({ errorCode }) => errorCode)).toEqual([Errors.INVALID_REQUEST]);
  expect(cluster.image.topics.get("orders")!.partitions.size).toBe(1);
});

test("delete: a topic asked for by name and by id is not deleted, and answered by name", () => {
  const cluster = new ControllerCluster([1]);
  for (const name of ["a", "b", "c"]) cluster.createTopic(name, [[1]]);
  const idOf = (name: string) => cluster.image.topics.get(name)!.topicId;
  const [a, b, c] = [idOf("a"), idOf("b"), idOf("c")];
  const unknown = "AAAAAAAAAAAAAAAAAAAAZw";
  const ids = [a, b, b, c, unknown].map((topicId) => ({ name: null, topicId }));
  const deleted = cluster.request("DeleteTopics", {
    topics: [...ids, { name: "a" }, { name: "b" }, { name: "c", topicId: c }, { name: "d" }],
  });
  expect(deleted.responses.map(({ name, topicId, errorCode }) => [name, topicId, errorCode])).toEqual([
    ["c", c, Errors.INVALID_REQUEST],
    [null, b, Errors.INVALID_REQUEST],
    ["c", c, Errors.NONE],
    [null, unknown, Errors.UNKNOWN_TOPIC_ID],
    ["a", a, Errors.INVALID_REQUEST],
    ["b", b, Errors.INVALID_REQUEST],
    ["d", ZERO_UUID, Errors.UNKNOWN_TOPIC_OR_PARTITION],
  ]);
  expect([...cluster.image.topics.keys()].sort()).toEqual(["a", "b"]);
});

test("delete: without delete.topic.enable that is said of every entry, whatever else is wrong with it", () => {
  const cluster = new ControllerCluster([1], { "delete.topic.enable": false });
  const { responses } = cluster.request("DeleteTopics", { topics: [{ name: "a" }, { name: "a" }, { name: null }] });
  expect(responses.map(({ errorCode }) => errorCode)).toEqual(Array(3).fill(Errors.TOPIC_DELETION_DISABLED));
});

test("configs: malformed requests are INVALID_REQUEST, impossible values INVALID_CONFIG except of brokers", () => {
  const cluster = new ControllerCluster([1, 2]);
  for (const name of ["a", "b", "c", "d", "e"]) cluster.createTopic(name, [[1]]);
  const set = (name: string, value: string | null, configOperation = 0) => ({ name, value, configOperation });
  const topic = (resourceName: string, ...configs: ReturnType<typeof set>[]) => ({
    resourceType: TOPIC,
    resourceName,
    configs,
  });
  const answer = cluster.request("IncrementalAlterConfigs", {
    resources: [
      topic("a", set("retention.ms", "1"), set("retention.ms", "2")),
      topic("b", set("retention.ms", null)),
      topic("c", set("retention.ms", "1", 9)),
      topic("d", set("retention.ms", "x")),
      topic("e", set("retention.ms", "1")),
      topic("e", set("retention.ms", "2")),
      { resourceType: BROKER, resourceName: "one", configs: [set("min.insync.replicas", "2")] },
      { resourceType: BROKER, resourceName: "9", configs: [set("log.retention.ms", "2")] },
      { resourceType: BROKER, resourceName: "1", configs: [set("group.max.size", "2")] },
      { resourceType: BROKER, resourceName: "", configs: [set("group.max.size", "2")] },
      { resourceType: BROKER, resourceName: "2", configs: [set("log.retention.ms", "x")] },
    ],
  });
  expect(answer.responses.map(({ errorCode }) => errorCode)).toEqual([
    Errors.INVALID_REQUEST,
    Errors.INVALID_REQUEST,
    Errors.INVALID_REQUEST,
    Errors.INVALID_CONFIG,
    Errors.INVALID_REQUEST,
    Errors.INVALID_REQUEST,
    Errors.INVALID_REQUEST,
    Errors.BROKER_ID_NOT_REGISTERED,
    Errors.INVALID_REQUEST,
    Errors.INVALID_REQUEST,
    Errors.INVALID_REQUEST,
  ]);
  expect(cluster.image.configs.has("topic:e")).toBe(false);
});

test("configs: the name is judged first, then the change, and only then whether there is such a topic", () => {
  const cluster = new ControllerCluster([1]);
  const change = (resourceName: string, name: string, value: string | null) => ({
    resourceType: TOPIC,
    resourceName,
    configs: [{ name, value, configOperation: 0 }],
  });
  const { responses } = cluster.request("IncrementalAlterConfigs", {
    resources: [
      change("", "retention.ms", "1"),
      change("a b", "retention.ms", "1"),
      change("nobody", "retention.ms", null),
      change("no-body", "retention.ms", "x"),
      change("none", "retention.ms", "1"),
      { ...change("9", "log.retention.ms", "x"), resourceType: BROKER },
    ],
  });
  expect(responses.map(({ errorCode }) => errorCode)).toEqual([
    Errors.INVALID_REQUEST,
    Errors.INVALID_TOPIC_EXCEPTION,
    Errors.INVALID_REQUEST,
    Errors.INVALID_CONFIG,
    Errors.UNKNOWN_TOPIC_OR_PARTITION,
    Errors.INVALID_REQUEST,
  ]);
});

test("configs: what may change for all brokers while they run may change for one, except what all have to agree on", () => {
  const cluster = new ControllerCluster([1, 2], { "eligible.leader.replicas.enable": true });
  const alter = (name: string, value: string) =>
    cluster.request("IncrementalAlterConfigs", {
      resources: [{ resourceType: BROKER, resourceName: "1", configs: [{ name, value, configOperation: 0 }] }],
    }).responses[0]!.errorCode;
  expect(alter("log.retention.ms", "1000")).toBe(Errors.NONE);
  expect(alter("min.insync.replicas", "2")).toBe(Errors.INVALID_CONFIG);
  const retentionMs = (brokerId: number) =>
    effectiveTopicConfig(cluster.image, "any", cluster.config, brokerId)["retention.ms"];
  expect([1, 2].map(retentionMs)).toEqual([1000, 604_800_000]);
});

test("configs: a topic's settings must agree with each other and with those of all brokers", () => {
  const cluster = new ControllerCluster([1], { "log.cleaner.max.compaction.lag.ms": 1000 });
  const create = (name: string, configs: Record<string, string>) =>
    cluster.request("CreateTopics", {
      topics: [
        {
          name,
          numPartitions: 1,
          replicationFactor: 1,
          configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
        },
      ],
    }).topics[0]!.errorCode;
  const MIN = "min.compaction.lag.ms";
  const MAX = "max.compaction.lag.ms";
  expect(create("a", { [MIN]: "1001" })).toBe(Errors.INVALID_CONFIG);
  expect(create("b", { [MIN]: "2001", [MAX]: "2000" })).toBe(Errors.INVALID_CONFIG);
  expect(create("c", { [MIN]: "2000", [MAX]: "2000" })).toBe(Errors.NONE);
  const incrementally = (name: string, value: string | null, configOperation: number) =>
    cluster.request("IncrementalAlterConfigs", {
      resources: [{ resourceType: TOPIC, resourceName: "c", configs: [{ name, value, configOperation }] }],
    }).responses[0]!.errorCode;
  expect(incrementally(MIN, "2001", 0)).toBe(Errors.INVALID_CONFIG);
  expect(incrementally(MAX, null, 1)).toBe(Errors.INVALID_CONFIG);
  const wholesale = (...configs: { name: string; value: string }[]) =>
    cluster.request("AlterConfigs", { resources: [{ resourceType: TOPIC, resourceName: "c", configs }] }).responses[0]!
      .errorCode;
  expect(wholesale({ name: MIN, value: "2000" })).toBe(Errors.INVALID_CONFIG);
  expect(wholesale({ name: MAX, value: "500" })).toBe(Errors.NONE);
  // The brokers' own settings may contradict each other; a topic is at fault only if it says something.
  const configs = [{ name: "log.cleaner.min.compaction.lag.ms", value: "5000", configOperation: 0 }];
  cluster.request("IncrementalAlterConfigs", { resources: [{ resourceType: BROKER, resourceName: "", configs }] });
  expect(create("d", {})).toBe(Errors.NONE);
  expect(create("e", { "retention.ms": "1" })).toBe(Errors.INVALID_CONFIG);
});

test("placement: a broker in controlled shutdown gets no new replicas", () => {
  const cluster = new ControllerCluster([1, 2]);
  cluster.createTopic("held", [[1, 2]]);
  // Broker 2 reads no metadata, so the controller does not yet let broker 1 go.
  cluster.world.isolate(2, [101, 102, 103]);
  cluster.broker(1).shutdown(() => {});
  cluster.world.until("it is leaving", () => cluster.image.brokers.get(1)!.inControlledShutdown);
  const created = cluster.request("CreateTopics", {
    topics: [{ name: "new", numPartitions: 2, replicationFactor: 2 }],
  });
  expect(created.topics[0]!.errorCode).toBe(Errors.INVALID_REPLICATION_FACTOR);
});

test("placement: a broker that has left in a controlled shutdown counts as one that crashed", () => {
  const cluster = new ControllerCluster([1, 2]);
  cluster.createTopic("held", [[1, 2]]);
  let hasStopped = false;
  cluster.broker(1).shutdown(() => (hasStopped = true));
  cluster.world.until("broker 1 has stopped", () => hasStopped && cluster.image.brokers.get(1)!.fenced);
  const created = cluster.request("CreateTopics", {
    topics: [{ name: "new", numPartitions: 2, replicationFactor: 2 }],
  });
  expect(created.topics[0]!.errorCode).toBe(Errors.NONE);
  expect([...cluster.image.topics.get("new")!.partitions.values()].map(({ isr }) => isr)).toEqual([[2], [2]]);
});

test("elect: an unknown kind of election is refused, for the request and for each of its partitions", () => {
  const cluster = new ControllerCluster([1]);
  const topicPartitions = [{ topic: "orders", partitions: [0] }];
  const refused = cluster.request("ElectLeaders", { electionType: 2, topicPartitions });
  expect(refused.errorCode).toBe(Errors.INVALID_REQUEST);
  expect(refused.replicaElectionResults[0]!.partitionResult).toMatchObject([
    { partitionId: 0, errorCode: Errors.INVALID_REQUEST },
  ]);
});

test("create: what does not fit into one batch is refused whole; grow: the topic that no longer fits is", () => {
  const cluster = new ControllerCluster([1]);
  const topics = [6000, 5000, 1].map((numPartitions, index) => ({
    name: `t${index}`,
    numPartitions,
    replicationFactor: 1,
  }));
  const created = cluster.request("CreateTopics", { topics });
  expect(created.topics.map(({ errorCode }) => errorCode)).toEqual(Array(3).fill(Errors.POLICY_VIOLATION));
  expect(cluster.image.topics.size).toBe(0);
  for (const name of ["a", "b"]) cluster.createTopic(name, [[1]]);
  const grown = cluster.request("CreatePartitions", {
    topics: ["a", "b"].map((name) => ({ name, count: 6000, assignments: null })),
  });
  expect(grown.results.map(({ errorCode }) => errorCode)).toEqual([Errors.NONE, Errors.POLICY_VIOLATION]);
  expect(cluster.image.topics.get("b")!.partitions.size).toBe(1);
});
