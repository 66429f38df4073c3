import { expect, test } from "vitest";
import { Producer } from "../../../core/client/producer.js";
import type { DeliveryResult } from "../../../core/client/producer-record.js";
import { PRODUCER_CONFIG } from "../../../core/config/client-config.js";
import { type ConfigOverrides, parseConfig } from "../../../core/config/definition.js";
import { Errors } from "../../../core/errors.js";
import { decodeBatch, decodeBatchHeader } from "../../../core/log/record-batch.js";
import type { RequestBody } from "../../../core/protocol/apis.js";
import { FakeEnvironment } from "../support/fake-environment.js";
import {
  answerBasics,
  type FakeTopic,
  run,
  ScriptedNetwork,
  type SentRequest,
  text,
  utf8,
} from "./scripted-network.js";

interface World {
  readonly env: FakeEnvironment;
  readonly network: ScriptedNetwork;
  readonly topic: FakeTopic;
  readonly producer: Producer;
  readonly results: Map<number, DeliveryResult>;
  send(value: string, partition?: number): number;
}

function world(overrides: ConfigOverrides = {}, seed = 1): World {
  const env = new FakeEnvironment({ nodeId: 100, seed });
  const network = new ScriptedNetwork();
  const topic: FakeTopic = { name: "orders", leaders: [1, 2, 1], leaderEpoch: 5 };
  answerBasics(network, [topic]);
  const config = parseConfig(PRODUCER_CONFIG, { "bootstrap.servers": "broker-1:9092", ...overrides });
  const producer = new Producer(env, config, network);
  const results = new Map<number, DeliveryResult>();
  const send = (value: string, partition = 0): number => {
    const id: number = producer.send({ topic: "orders", partition, value: utf8(value) }, (result) => {
      expect(results.has(id)).toBe(false);
      results.set(id, result);
    });
    return id;
  };
  return { env, network, topic, producer, results, send };
}

type ProduceBody = RequestBody<"Produce">;

/** An answer with `error` for every batch; base offsets count per call. */
function produceAnswer(body: ProduceBody, error: number, baseOffset: number): object {
  return {
    responses: body.topicData.map(({ name, partitionData }) => ({
      name,
      partitionResponses: partitionData.map(({ index }) => ({
        index,
        errorCode: error,
        baseOffset: error === 0 ? baseOffset : -1,
      })),
    })),
  };
}

/** A broker that accepts everything, one log a partition. */
function acceptAll(network: ScriptedNetwork): Map<number, string[]> {
  const logs = new Map<number, string[]>();
  network.on("Produce", (body) => ({
    responses: body.topicData.map(({ name, partitionData }) => ({
      name,
      partitionResponses: partitionData.map(({ index, records }) => {
        const log = logs.get(index) ?? [];
        logs.set(index, log);
        const baseOffset = log.length;
        for (const record of decodeBatch(records!) ?? []) log.push(text(record.value));
        return { index, errorCode: 0, baseOffset };
      }),
    })),
  }));
  return logs;
}

function batchOf(request: SentRequest): { values: string[]; pid: number; epoch: number; sequence: number } {
  const bytes = (request.body as ProduceBody).topicData[0]!.partitionData[0]!.records!;
  const { producerId, producerEpoch, baseSequence } = decodeBatchHeader(bytes, 0);
  const values = (decodeBatch(bytes) ?? []).map((record) => text(record.value));
  return { values, pid: producerId, epoch: producerEpoch, sequence: baseSequence };
}

test("linger.ms: records sent within it share a batch, and each learns its own offset", () => {
  const { env, network, producer, results, send } = world({ "linger.ms": 20 });
  const logs = acceptAll(network);
  run(env, network, 50);
  const ids = ["a", "b", "c"].map((value) => send(value));
  run(env, network, 15);
  expect(network.requests("Produce")).toHaveLength(0);
  run(env, network, 600);
  expect(network.requests("Produce")).toHaveLength(1);
  expect(logs.get(0)).toEqual(["a", "b", "c"]);
  expect(ids.map((id) => results.get(id))).toMatchObject([{ offset: 0 }, { offset: 1 }, { offset: 2 }]);
  expect(producer.pendingCount).toBe(0);
  expect(producer.bufferedBytes).toBe(0);
});

test("batch.size: a full batch does not wait for linger.ms", () => {
  const { env, network, send } = world({ "linger.ms": 1000, "batch.size": 200 });
  acceptAll(network);
  send("warm up");
  run(env, network, 1500);
  network.sent.length = 0;
  for (let i = 0; i < 10; i++) send("x".repeat(80));
  run(env, network, 20);
  expect(network.requests("Produce").length).toBeGreaterThanOrEqual(4);
});

test("one request to a broker carries at most one batch of each partition it leads", () => {
  const { env, network, send } = world({ "linger.ms": 0, "batch.size": 150 });
  acceptAll(network);
  for (let i = 0; i < 4; i++) for (const partition of [0, 1, 2]) send("y".repeat(80), partition);
  run(env, network, 500);
  for (const { body, node } of network.requests("Produce")) {
    const { partitionData } = (body as ProduceBody).topicData[0]!;
    const indexes = partitionData.map((entry) => entry.index);
    expect(new Set(indexes).size).toBe(indexes.length);
    expect(indexes.every((index) => (index === 1 ? 2 : 1) === node.id)).toBe(true);
  }
});

test("max.in.flight.requests.per.connection: no more unanswered requests than that to a broker", () => {
  const { env, network, send } = world({ "linger.ms": 0, "batch.size": 100 });
  network.on("Produce", () => "hold");
  for (let i = 0; i < 12; i++) send("z".repeat(80));
  run(env, network, 300);
  expect(network.requests("Produce")).toHaveLength(5);
});

test("idempotence: batches carry consecutive sequences, and a retry keeps id, epoch and sequence", () => {
  const { env, network, results, send } = world({ "linger.ms": 0, "batch.size": 100 });
  let calls = 0;
  network.on("Produce", (body) => {
    calls += 1;
    return calls === 1 ? "disconnected" : produceAnswer(body, 0, calls);
  });
  for (const value of ["a", "b", "c"]) send(value.repeat(80));
  run(env, network, 3000);
  const batches = network.requests("Produce").map(batchOf);
  expect(batches.map(({ sequence, pid }) => [sequence, pid])).toEqual([
    [0, 7],
    [1, 7],
    [2, 7],
    [0, 7],
  ]);
  expect(results.size).toBe(3);
});

test("idempotence: after a failure batches go again one at a time in sequence order", () => {
  const { env, network, send } = world({ "linger.ms": 0, "batch.size": 100 });
  const log: string[] = [];
  let refusing = true;
  network.on("Produce", (body, request) => {
    if (refusing) return produceAnswer(body, Errors.NOT_LEADER_OR_FOLLOWER, -1);
    log.push(batchOf(request).values[0]![0]!);
    return produceAnswer(body, 0, log.length - 1);
  });
  for (const value of ["a", "b", "c", "d"]) send(value.repeat(80));
  run(env, network, 400);
  refusing = false;
  run(env, network, 5000);
  expect(log).toEqual(["a", "b", "c", "d"]);
});

test("without idempotence and with one request in flight, retries keep the order", () => {
  const { env, network, send } = world({
    "linger.ms": 0,
    "batch.size": 100,
    "enable.idempotence": false,
    "max.in.flight.requests.per.connection": 1,
  });
  const log: string[] = [];
  let calls = 0;
  network.on("Produce", (body, request) => {
    calls += 1;
    if (calls % 2 === 1) return "timed-out";
    log.push(batchOf(request).values[0]![0]!);
    return produceAnswer(body, 0, log.length - 1);
  });
  for (const value of ["a", "b", "c"]) send(value.repeat(80));
  run(env, network, 5000);
  expect(log).toEqual(["a", "b", "c"]);
});

test("retry backoff: doubles from retry.backoff.ms with a fifth of jitter (KIP-580)", () => {
  const { env, network, send } = world({ "linger.ms": 0 });
  const at: number[] = [];
  network.on("Produce", (body) => {
    at.push(env.clock.monotonicMs());
    return produceAnswer(body, Errors.NOT_ENOUGH_REPLICAS, -1);
  });
  send("a");
  run(env, network, 4000);
  const gaps = at.slice(1).map((time, index) => time - at[index]!);
  for (const [index, base] of [100, 200, 400, 800].entries()) {
    expect(gaps[index]).toBeGreaterThanOrEqual(base * 0.8);
    expect(gaps[index]).toBeLessThanOrEqual(base * 1.2 + 10);
  }
});

test("KIP-951: a leader named in the answer is asked at once, without backoff or metadata", () => {
  const { env, network, results, send } = world({ "linger.ms": 0 });
  let isMoved = false;
  network.on("Produce", (body, { node }) => {
    if (!isMoved) return produceAnswer(body, 0, 0);
    if (node.id === 3) return produceAnswer(body, 0, 42);
    const answer = produceAnswer(body, Errors.NOT_LEADER_OR_FOLLOWER, -1) as {
      responses: { partitionResponses: object[] }[];
    };
    const first = answer.responses[0]!.partitionResponses;
    first[0] = { ...first[0], currentLeader: { leaderId: 3, leaderEpoch: 6 } };
    return { ...answer, nodeEndpoints: [{ nodeId: 3, host: "broker-3", port: 9092, rack: null }] };
  });
  run(env, network, 50);
  send("so that the topic is known");
  run(env, network, 300);
  network.sent.length = 0;
  isMoved = true;
  const id = send("a");
  run(env, network, 20);
  expect(network.requests("Produce").map(({ node }) => node.id)).toEqual([1, 3]);
  expect(results.get(id)).toMatchObject({ ok: true, offset: 42 });
});

test("delivery.timeout.ms: a batch never sent fails with a known outcome, one that was sent with an unknown one", () => {
  const limits = { "delivery.timeout.ms": 1000, "request.timeout.ms": 900, "linger.ms": 0 };
  const unsent = world(limits);
  unsent.topic.leaders = [-1, -1, -1];
  const first = unsent.send("a");
  run(unsent.env, unsent.network, 1500);
  expect(unsent.results.get(first)).toMatchObject({ ok: false, errorName: "REQUEST_TIMED_OUT", outcomeUnknown: false });

  const sent = world(limits);
  sent.network.on("Produce", () => "hold");
  const second = sent.send("a");
  run(sent.env, sent.network, 1500);
  expect(sent.results.get(second)).toMatchObject({ ok: false, errorName: "REQUEST_TIMED_OUT", outcomeUnknown: true });
});

test("a batch refused on its first attempt fails with a known outcome; after a lost answer with an unknown one", () => {
  const { env, network, results, send } = world({ "linger.ms": 0 });
  network.on("Produce", (body) => produceAnswer(body, Errors.INVALID_RECORD, -1));
  const first = send("a");
  run(env, network, 100);
  expect(results.get(first)).toMatchObject({ ok: false, errorName: "INVALID_RECORD", outcomeUnknown: false });
  let calls = 0;
  network.on("Produce", (body) => (calls++ === 0 ? "disconnected" : produceAnswer(body, Errors.INVALID_RECORD, -1)));
  const second = send("b");
  run(env, network, 2000);
  expect(results.get(second)).toMatchObject({ ok: false, errorName: "INVALID_RECORD", outcomeUnknown: true });
});

test("KIP-360: a refused batch leaves a gap, so the epoch is bumped and sequences start at 0", () => {
  const { env, network, results, producer, send } = world({ "linger.ms": 0 });
  let calls = 0;
  network.on("Produce", (body) => produceAnswer(body, calls++ === 1 ? Errors.INVALID_RECORD : 0, calls));
  for (const value of ["a", "b", "c"]) {
    send(value);
    run(env, network, 200);
  }
  const batches = network.requests("Produce").map(batchOf);
  expect(batches.map(({ epoch, sequence }) => [epoch, sequence])).toEqual([
    [0, 0],
    [0, 1],
    [1, 0],
  ]);
  expect(producer.producerEpoch).toBe(1);
  expect([...results.values()].map((result) => result.ok)).toEqual([true, false, true]);
});

test("a batch that expired after it was sent leaves an unresolved sequence: the epoch is bumped", () => {
  const { env, network, results, send } = world({
    "delivery.timeout.ms": 1000,
    "request.timeout.ms": 900,
    "linger.ms": 0,
  });
  let isLost = true;
  network.on("Produce", (body) => (isLost ? "disconnected" : produceAnswer(body, 0, 9)));
  const first = send("a");
  run(env, network, 1500);
  expect(results.get(first)).toMatchObject({ ok: false, outcomeUnknown: true });
  isLost = false;
  const second = send("b");
  run(env, network, 500);
  expect(results.get(second)).toMatchObject({ ok: true });
  expect(batchOf(network.last("Produce"))).toMatchObject({ epoch: 1, sequence: 0 });
  expect(env.trace.ofType("producer.epoch-bumped")).toHaveLength(1);
});

test("DUPLICATE_SEQUENCE_NUMBER is a success whose offset nobody remembers", () => {
  const { env, network, results, send } = world({ "linger.ms": 0 });
  network.on("Produce", (body) => produceAnswer(body, Errors.DUPLICATE_SEQUENCE_NUMBER, -1));
  const id = send("a");
  run(env, network, 100);
  expect(results.get(id)).toMatchObject({ ok: true, offset: -1 });
});

test("MESSAGE_TOO_LARGE: a batch of several records is split and sent again, one record alone fails", () => {
  const { env, network, results, send } = world({ "linger.ms": 10, "batch.size": 400 });
  const log: string[] = [];
  network.on("Produce", (body, request) => {
    const bytes = body.topicData[0]!.partitionData[0]!.records!;
    if (bytes.length > 250) return produceAnswer(body, Errors.MESSAGE_TOO_LARGE, -1);
    const baseOffset = log.length;
    log.push(...batchOf(request).values.map((value) => value[0]!));
    return produceAnswer(body, 0, baseOffset);
  });
  const ids = ["a", "b"].map((value) => send(value.repeat(120)));
  run(env, network, 1000);
  expect(network.requests("Produce").length).toBeGreaterThan(1);
  expect(ids.map((id) => results.get(id)?.ok)).toEqual([true, true]);
  expect(log).toEqual(["a", "b"]);
});

test("acks=0: a record counts as soon as it is sent, without an offset", () => {
  const { env, network, results, send } = world({ acks: "0", "enable.idempotence": false, "linger.ms": 0 });
  const id = send("a");
  run(env, network, 100);
  expect(network.last("Produce").body.acks).toBe(0);
  expect(results.get(id)).toMatchObject({ ok: true, offset: -1 });
});

test("max.block.ms: a record for a topic that stays unknown fails after it", () => {
  const { env, network, results, producer } = world({ "max.block.ms": 500 });
  producer.send({ topic: "nowhere", value: utf8("a") }, (result) => results.set(0, result));
  run(env, network, 400);
  expect(producer.pendingCount).toBe(1);
  run(env, network, 200);
  expect(results.get(0)).toMatchObject({ ok: false, errorName: "REQUEST_TIMED_OUT", outcomeUnknown: false });
  expect(producer.pendingCount).toBe(0);
});

test("buffer.memory: sends wait for memory in order instead of growing the producer", () => {
  const { env, network, producer, send } = world({ "buffer.memory": 400, "batch.size": 200, "linger.ms": 0 });
  const logs = acceptAll(network);
  run(env, network, 20);
  const values = ["a", "b", "c", "d", "e", "f"].map((value) => value.repeat(100));
  for (const value of values) send(value);
  expect(producer.bufferedBytes).toBeLessThanOrEqual(400);
  run(env, network, 2000);
  expect(logs.get(0)).toEqual(values);
  expect(producer.bufferedBytes).toBe(0);
});

test("close: flushes what waits, then closes the connections", () => {
  const { env, network, producer, results, send } = world({ "linger.ms": 10_000 });
  acceptAll(network);
  const id = send("a");
  run(env, network, 50);
  let closed = false;
  let flushed = false;
  producer.flush(() => (flushed = true));
  producer.close(() => (closed = true));
  run(env, network, 50);
  expect(results.get(id)?.ok).toBe(true);
  expect([flushed, closed, network.isClosed]).toEqual([true, true, true]);
  producer.send({ topic: "orders", value: null }, (result) => expect(result.ok).toBe(false));
});

test("sticky partitioner: records without a key fill one batch before they move to another partition (KIP-480)", () => {
  const { env, network, producer } = world({ "linger.ms": 20, "batch.size": 1000 });
  acceptAll(network);
  run(env, network, 20);
  for (let i = 0; i < 40; i++) producer.send({ topic: "orders", value: new Uint8Array(80) });
  run(env, network, 500);
  const sizes = network
    .requests("Produce")
    .flatMap(({ body }) => (body as ProduceBody).topicData[0]!.partitionData)
    .map(({ records }) => decodeBatchHeader(records!, 0).recordCount);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(40);
  expect(sizes.length).toBeLessThanOrEqual(6);
});

test("idempotence with acks=1 is refused when the producer is made", () => {
  expect(() => world({ acks: "1" })).toThrow(/acks/);
});

test("a partition whose retry waits for an earlier batch holds up the others of that broker, as in Kafka", () => {
  const { env, network, results, send } = world({ "linger.ms": 0, "retry.backoff.ms": 10 });
  run(env, network, 50);
  send("a");
  run(env, network, 10);
  send("b");
  run(env, network, 10);
  const [first, second] = network.requests("Produce");
  second!.answer(produceAnswer(second!.body as ProduceBody, Errors.NOT_ENOUGH_REPLICAS, 0));
  run(env, network, 100);
  send("c", 2);
  run(env, network, 10);
  send("d", 2);
  run(env, network, 100);
  const before = network.requests("Produce").length;
  acceptAll(network);
  first!.answer(produceAnswer(first!.body as ProduceBody, Errors.NONE, 0));
  run(env, network, 100);
  expect(before).toBe(2);
  expect(results.size).toBe(4);
});

test("a batch waits for the connection: it goes on filling, and failing to connect costs no retry", () => {
  const { env, network, results, send } = world({ retries: 0, "enable.idempotence": false, acks: "1" });
  const logs = acceptAll(network);
  network.connecting.add(1);
  const ids = [send("a")];
  run(env, network, 100);
  ids.push(send("b"));
  network.connecting.delete(1);
  network.backingOff.add(1);
  for (const listener of network.listeners) listener.onDisconnected?.(1);
  run(env, network, 100);
  expect([network.requests("Produce").length, results.size]).toEqual([0, 0]);
  network.backingOff.delete(1);
  for (const listener of network.listeners) listener.onReady?.(1);
  run(env, network, 20);
  expect(network.requests("Produce").map((request) => batchOf(request).values)).toEqual([["a", "b"]]);
  expect([logs.get(0), ids.map((id) => results.get(id)?.ok)]).toEqual([
    ["a", "b"],
    [true, true],
  ]);
});

test("batch.size: a record joins a batch if it fits to the byte", () => {
  const { env, network, send } = world({ "linger.ms": 50, "batch.size": 61 + 3 * 107 });
  acceptAll(network);
  run(env, network, 100);
  for (let i = 0; i < 4; i++) send("x".repeat(98));
  run(env, network, 200);
  expect(network.requests("Produce").map((request) => batchOf(request).values.length)).toEqual([3, 1]);
});

test("a record larger than batch.size lingers, too: its batch is as large as it needs", () => {
  const { env, network, send } = world({ "linger.ms": 50, "batch.size": 200 });
  acceptAll(network);
  send("warm up");
  run(env, network, 300);
  network.sent.length = 0;
  send("x".repeat(500));
  run(env, network, 40);
  expect(network.requests("Produce")).toHaveLength(0);
  run(env, network, 20);
  expect(network.requests("Produce")).toHaveLength(1);
});

/** How often of 60 times a record without key went to partition 0, whose queue is long; 1 and maybe 2 are in use. */
function timesChosen(inUse: readonly number[]): number {
  let count = 0;
  for (let seed = 0; seed < 60; seed++) {
    const limits = { "linger.ms": 100, "request.timeout.ms": 500, "delivery.timeout.ms": 1000, "batch.size": 100 };
    const { env, network, producer, send } = world(limits, seed);
    network.on("Produce", () => "hold");
    send("warm up", 0);
    run(env, network, 300);
    for (let i = 0; i < 40; i++) send("x".repeat(90), 0);
    for (const partition of inUse) send("x", partition);
    run(env, network, 10);
    producer.send({ topic: "orders", value: utf8("x") }, ({ partition }) => (count += partition === 0 ? 1 : 0));
    run(env, network, 1500);
  }
  return count;
}

test("adaptive partitioning: the load of partitions counts once all of them were sent to", () => {
  expect(timesChosen([1])).toBeGreaterThan(10);
  expect(timesChosen([1, 2])).toBeLessThan(6);
});

test("a leader that is unknown is asked for although the partition still waits for the old one's answer", () => {
  const { env, network, topic, send } = world({ "max.in.flight.requests.per.connection": 1, "linger.ms": 0 });
  network.on("Produce", () => "hold");
  send("a");
  run(env, network, 300);
  send("b");
  topic.leaders[0] = -1;
  for (const listener of network.listeners) listener.onDisconnected?.(3);
  run(env, network, 50);
  // Answers without errors end the client's own asking; what is left is the sender's.
  network.on("Metadata", () => ({ brokers: [{ nodeId: 1, host: "broker-1", port: 9092 }] }));
  run(env, network, 3000);
  const before = network.requests("Metadata").length;
  run(env, network, 100);
  send("c");
  run(env, network, 1500);
  expect(network.requests("Metadata").length).toBeGreaterThan(before);
});

test("delivery.timeout.ms: batches that wait end before those in flight", () => {
  const limits = { "linger.ms": 0, "request.timeout.ms": 500, "delivery.timeout.ms": 1000, "batch.size": 100 };
  const { env, network, results, send } = world({ ...limits, "max.in.flight.requests.per.connection": 1 });
  network.on("Produce", () => "hold");
  send("warm up", 1);
  run(env, network, 300);
  const ids = [send("x".repeat(90)), send("x".repeat(90))];
  run(env, network, 1100);
  expect([...results.keys()].slice(-2)).toEqual([ids[1], ids[0]]);
});

test("of several refused records none can be told the partition's error", () => {
  const { env, network, results, send } = world({ "linger.ms": 20 });
  const refused = [[1], [0, 2]];
  network.on("Produce", () => ({
    responses: [
      {
        name: "orders",
        partitionResponses: [
          {
            index: 0,
            errorCode: Errors.INVALID_TIMESTAMP,
            recordErrors: refused.shift()!.map((batchIndex) => ({ batchIndex })),
          },
        ],
      },
    ],
  }));
  const ids: number[] = [];
  for (let round = 0; round < 2; round++) {
    for (const value of ["a", "b", "c"]) ids.push(send(value));
    run(env, network, 400);
  }
  const { INVALID_RECORD, INVALID_TIMESTAMP } = Errors;
  const errors = ids.map((id) => (results.get(id) as { error?: number }).error);
  expect(errors.slice(0, 3)).toEqual([INVALID_RECORD, INVALID_TIMESTAMP, INVALID_RECORD]);
  expect(errors.slice(3)).toEqual([INVALID_RECORD, INVALID_RECORD, INVALID_RECORD]);
});
