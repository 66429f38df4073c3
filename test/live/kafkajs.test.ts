// KafkaJS 2.2.4 with its default settings, against the live server.

import kafkajs, { type Consumer, type Kafka as KafkaClient, type ProducerConfig } from "kafkajs";
import { expect, onTestFinished, test } from "vitest";
import { eventually, sleep, testServer, type TestServer } from "./support.js";

const { Kafka, logLevel, Partitioners } = kafkajs;

// Only how much it says is set.
function client(server: TestServer): KafkaClient {
  return new Kafka({ brokers: [...server.bootstrapServers], logLevel: logLevel.NOTHING });
}

async function producer(kafka: KafkaClient, config: ProducerConfig = {}) {
  const made = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner, ...config });
  await made.connect();
  onTestFinished(() => made.disconnect());
  return made;
}

async function admin(kafka: KafkaClient) {
  const made = kafka.admin();
  await made.connect();
  onTestFinished(() => made.disconnect());
  return made;
}

class Reader {
  readonly values: string[] = [];
  partitions: readonly number[] = [];
  readonly #consumer: Consumer;

  constructor(kafka: KafkaClient, groupId: string) {
    this.#consumer = kafka.consumer({ groupId });
    this.#consumer.on("consumer.group_join", ({ payload }) => {
      this.partitions = Object.values(payload.memberAssignment).flat();
    });
  }

  async start(topic: string): Promise<void> {
    await this.#consumer.connect();
    onTestFinished(() => this.stop());
    await this.#consumer.subscribe({ topic, fromBeginning: true });
    const eachMessage = async ({ message }: { message: { value: Buffer | null } }): Promise<void> =>
      void this.values.push(String(message.value));
    await this.#consumer.run({ eachMessage });
  }

  async stop(): Promise<void> {
    await this.#consumer.disconnect();
  }
}

for (const idempotent of [false, true]) {
  test(`KafkaJS creates a topic, produces with keys, consumes in a group of two (idempotent: ${idempotent})`, async () => {
    const server = await testServer();
    const kafka = client(server);
    const administrator = await admin(kafka);
    const topics = [{ topic: "orders", numPartitions: 4, replicationFactor: 3 }];
    expect(await administrator.createTopics({ topics })).toBe(true);
    expect(await administrator.createTopics({ topics })).toBe(false);

    const readers = [new Reader(kafka, "readers"), new Reader(kafka, "readers")];
    await Promise.all(readers.map((reader) => reader.start("orders")));
    await eventually("both members own two partitions", () =>
      readers.every(({ partitions }) => partitions.length === 2),
    );

    const writer = await producer(kafka, { idempotent });
    const values = Array.from({ length: 300 }, (_, index) => `v${index}`);
    for (let at = 0; at < values.length; at += 30) {
      const messages = values.slice(at, at + 30).map((value, index) => ({ key: `k${index}`, value }));
      const results = await writer.send({ topic: "orders", messages });
      for (const { errorCode } of results) expect(errorCode).toBe(0);
    }
    const received = (): string[] => readers.flatMap((reader) => reader.values);
    await eventually("every record was received", () => received().length >= values.length);
    expect(received().sort()).toEqual([...values].sort());
    for (const { values: share } of readers) expect(share.length).toBeGreaterThan(0);
  });
}

test("KafkaJS administers: topics, partitions, configs, groups, offsets, records", async () => {
  const server = await testServer({ topics: [{ name: "orders", partitions: 2, replicationFactor: 3 }] });
  const kafka = client(server);
  const administrator = await admin(kafka);
  const cluster = await administrator.describeCluster();
  const told = cluster.brokers.map(({ nodeId, host, port }) => [nodeId, `${host}:${port}`]).sort();
  expect(told).toEqual([...server.endpoints].map(([id, { host, port }]) => [id, `${host}:${port}`]));

  const writer = await producer(kafka);
  const messages = Array.from({ length: 40 }, (_, index) => ({ value: `v${index}`, partition: index % 2 }));
  await writer.send({ topic: "orders", messages });
  const reader = new Reader(kafka, "readers");
  await reader.start("orders");
  await eventually("every record was received", () => reader.values.length === 40);
  expect((await administrator.listGroups()).groups).toEqual([{ groupId: "readers", protocolType: "consumer" }]);
  const described = (await administrator.describeGroups(["readers"])).groups[0];
  expect(described).toMatchObject({ state: "Stable", protocol: "RoundRobinAssigner" });
  expect(described?.members.map(({ clientHost }) => clientHost)).toEqual(["/127.0.0.1"]);
  await reader.stop();

  const offsets = await administrator.fetchOffsets({ groupId: "readers", topics: ["orders"] });
  const committed = offsets[0]!.partitions.map(({ partition, offset }) => [partition, offset]).sort();
  expect(committed).toEqual([
    [0, "20"],
    [1, "20"],
  ]);
  await administrator.setOffsets({ groupId: "readers", topic: "orders", partitions: [{ partition: 0, offset: "5" }] });
  const [again] = await administrator.fetchOffsets({ groupId: "readers", topics: ["orders"] });
  expect(again!.partitions.find(({ partition }) => partition === 0)?.offset).toBe("5");
  expect(await administrator.deleteGroups(["readers"])).toMatchObject([{ groupId: "readers", errorCode: 0 }]);

  await administrator.deleteTopicRecords({ topic: "orders", partitions: [{ partition: 0, offset: "7" }] });
  const watermarks = await administrator.fetchTopicOffsets("orders");
  expect(watermarks.find(({ partition }) => partition === 0)).toMatchObject({ low: "7", high: "20" });

  const orders = { type: kafkajs.ConfigResourceTypes.TOPIC, name: "orders" };
  await administrator.alterConfigs({
    validateOnly: false,
    resources: [{ ...orders, configEntries: [{ name: "retention.ms", value: "86400000" }] }],
  });
  const configs = await administrator.describeConfigs({ includeSynonyms: false, resources: [orders] });
  const retention = configs.resources[0]!.configEntries.find(({ configName }) => configName === "retention.ms");
  expect(retention?.configValue).toBe("86400000");

  await administrator.createPartitions({ topicPartitions: [{ topic: "orders", count: 5 }] });
  const metadata = await administrator.fetchTopicMetadata({ topics: ["orders"] });
  expect(metadata.topics[0]!.partitions).toHaveLength(5);
  expect(await administrator.listTopics()).toContain("orders");
  await administrator.deleteTopics({ topics: ["orders"] });
  expect(await administrator.listTopics()).not.toContain("orders");
});

test("KafkaJS survives a leader's crash: what was acknowledged with acks=-1 is consumed", async () => {
  const server = await testServer({ topics: [{ name: "orders", partitions: 2, replicationFactor: 3 }] });
  const kafka = client(server);
  const readers = [new Reader(kafka, "readers"), new Reader(kafka, "readers")];
  await Promise.all(readers.map((reader) => reader.start("orders")));
  await eventually("both members own a partition", () => readers.every(({ partitions }) => partitions.length === 1));
  const writer = await producer(kafka);
  const acknowledged = new Set<string>();
  const leaders = (): (number | undefined)[] => {
    let found: (number | undefined)[] = [];
    server.act((world) => (found = [0, 1].map((partition) => world.leaderOf("orders", partition))));
    return found;
  };
  const crashed = leaders()[0]!;
  for (let index = 0, afterwards = 0; afterwards < 20; index++) {
    if (index === 20) server.act((world) => void world.inject({ kind: "crash", target: crashed }));
    const messages = [0, 1].map((partition) => ({ partition, value: `${partition}/${index}` }));
    // What its retries could not save is reported to the application, which may not count it. A partition without a
    // result does not count either: if the new leader of one has answered for another within the same send, KafkaJS
    // takes that for the answer to both.
    const results = await writer.send({ topic: "orders", acks: -1, messages }).catch(() => []);
    const written = new Set(results.filter(({ errorCode }) => errorCode === 0).map(({ partition }) => partition));
    for (const { value, partition } of messages) if (written.has(partition)) acknowledged.add(value);
    if (written.size === 2 && index > 20 && !leaders().includes(crashed)) afterwards++;
    await sleep(10);
  }
  expect(acknowledged.size).toBeGreaterThanOrEqual(80);
  const received = (): Set<string> => new Set(readers.flatMap(({ values }) => values));
  await eventually("every acknowledged record was received", () => {
    const all = received();
    return [...acknowledged].every((value) => all.has(value));
  });
  server.act((world) => world.restart(crashed));
  await eventually("the broker that crashed is in sync again", () => {
    let isr: readonly number[] = [];
    server.act((world) => (isr = world.isrOf("orders", 0)));
    return isr.includes(crashed);
  });
}, 180_000);
