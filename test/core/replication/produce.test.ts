import { expect, test } from "vitest";
import { Errors } from "../../../core/errors.js";
import { handleProduce } from "../../../core/broker/produce-handler.js";
import { encodeBatch } from "../../../core/log/record-batch-builder.js";
import type { RequestBody } from "../../../core/protocol/apis.js";
import { FakeDisk } from "../support/fake-environment.js";
import { altered, batchOf, context, registration, TestBroker, TestCluster, TOPIC, TOPIC_ID } from "./support.js";

function leader(isr: number[], minInsyncReplicas = 1): TestBroker {
  const broker = new TestBroker(1, new TestCluster([1, 2, 3]), { minInsyncReplicas });
  broker.learn(registration({ isr, replicas: [1, 2] }));
  return broker;
}

function request(change: Partial<RequestBody<"Produce">> = {}): RequestBody<"Produce"> {
  return {
    transactionalId: null,
    acks: 1,
    timeoutMs: 30_000,
    topicData: [{ name: TOPIC, partitionData: [{ index: 0, records: batchOf(["a"]) }] }],
    ...change,
  };
}

test("acks=1 is answered after the local append, acks=all when HW ≥ last offset + 1", () => {
  const broker = leader([1, 2]);
  expect(broker.produce(["a"], 1).results?.[0]).toMatchObject({ error: Errors.NONE, baseOffset: 0 });
  const all = broker.produce(["b", "c"], -1);
  broker.fetchedBy(2, 2);
  expect(all.results).toBeUndefined();
  broker.fetchedBy(2, 3);
  expect(all.results?.[0]).toMatchObject({ error: Errors.NONE, baseOffset: 1, lastOffset: 2 });
});

test("check A: acks=all and |committed ISR| < min ISR → NOT_ENOUGH_REPLICAS, nothing appended", () => {
  const broker = leader([1], 2);
  const refused = broker.produce(["a"], -1);
  expect(refused.results?.[0]?.error).toBe(Errors.NOT_ENOUGH_REPLICAS);
  expect(broker.partition().logEndOffset).toBe(0);
  expect(broker.produce(["a"], 1).results?.[0]?.error).toBe(Errors.NONE);
});

test("check A looks at the committed, not at the maximal ISR", () => {
  const broker = leader([1], 2);
  broker.fetchedBy(2, 0);
  expect(broker.partition().isrManager.maximal).toEqual([1, 2]);
  expect(broker.produce(["a"], -1).results?.[0]?.error).toBe(Errors.NOT_ENOUGH_REPLICAS);
});

test("check B: HW reached but |maximal ISR| < min ISR → NOT_ENOUGH_REPLICAS_AFTER_APPEND, the data stays", () => {
  const broker = leader([1], 1);
  broker.produce(["a"], 1);
  expect(broker.partition().checkEnoughReplicas(1)).toBe(Errors.NONE);
  expect(broker.partition().checkEnoughReplicas(2)).toBeUndefined();
  broker.partition().minInsyncReplicas = 2;
  expect(broker.partition().checkEnoughReplicas(1)).toBe(Errors.NOT_ENOUGH_REPLICAS_AFTER_APPEND);
  expect(broker.partition().logEndOffset).toBe(1);
});

test("an ISR shrink below min ISR ends a waiting acks=all as REQUEST_TIMED_OUT, since HW stops", () => {
  const broker = leader([1, 2], 2);
  broker.env.advance(25_000);
  const produced = broker.produce(["a"], -1);
  broker.env.advance(20_000);
  broker.controllerRequests[0]!.answer(altered({ isr: [1] }));
  expect(produced.results).toBeUndefined();
  broker.env.advance(10_000);
  expect(produced.results?.[0]?.error).toBe(Errors.REQUEST_TIMED_OUT);
});

test("leadership lost while waiting → NOT_LEADER_OR_FOLLOWER", () => {
  const broker = leader([1, 2]);
  const produced = broker.produce(["a"], -1);
  broker.learn(registration({ leader: 2, isr: [1, 2], replicas: [1, 2], leaderEpoch: 1, partitionEpoch: 1 }));
  expect(produced.results?.[0]?.error).toBe(Errors.NOT_LEADER_OR_FOLLOWER);
});

test("the request's timeout ends the wait with REQUEST_TIMED_OUT", () => {
  const broker = leader([1, 2]);
  const produced = broker.produce(["a"], -1);
  broker.env.advance(29_999);
  expect(produced.results).toBeUndefined();
  broker.env.advance(1);
  expect(produced.results?.[0]?.error).toBe(Errors.REQUEST_TIMED_OUT);
});

test("partition deleted while waiting: the producer is told that the topic is gone", () => {
  const broker = leader([1, 2]);
  const produced = broker.produce(["a"], -1);
  const before = broker.cluster.partition(TOPIC, 0);
  broker.cluster.topics.delete(TOPIC);
  broker.replicas.applyDelta({
    changedPartitions: [{ topic: TOPIC, topicId: TOPIC_ID, partition: 0, before }],
    deletedTopics: [],
    changedConfigs: [],
  });
  expect(produced.results?.[0]?.error).toBe(Errors.UNKNOWN_TOPIC_OR_PARTITION);
  expect(broker.env.disk.list("logs/orders-0")).toEqual([]);
  expect(broker.produce(["b"], 1).results?.[0]?.error).toBe(Errors.UNKNOWN_TOPIC_OR_PARTITION);
});

test("replica moved away while waiting: the producer is told to look for the leader", () => {
  const broker = leader([1, 2]);
  const produced = broker.produce(["a"], -1);
  const before = broker.cluster.partition(TOPIC, 0);
  const after = registration({ leader: 2, isr: [2], replicas: [2], leaderEpoch: 1, partitionEpoch: 1 });
  broker.cluster.put(0, after);
  broker.replicas.applyDelta({
    changedPartitions: [{ topic: TOPIC, topicId: TOPIC_ID, partition: 0, before, after }],
    deletedTopics: [],
    changedConfigs: [],
  });
  expect(produced.results?.[0]?.error).toBe(Errors.NOT_LEADER_OR_FOLLOWER);
});

test("a failing log directory answers KAFKA_STORAGE_ERROR and takes its partitions offline (KIP-112)", () => {
  const broker = leader([1, 2]);
  broker.env.disk.mode = "io-error";
  expect(broker.produce(["a"], 1).results?.[0]?.error).toBe(Errors.KAFKA_STORAGE_ERROR);
  broker.env.advance(0);
  expect(broker.partition().isOffline).toBe(true);
  expect(broker.consumed(0).errorCode).toBe(Errors.KAFKA_STORAGE_ERROR);
  expect(broker.env.trace.ofType("log-dir.failed")).toHaveLength(1);
});

test("Produce v12 to a follower: NOT_LEADER_OR_FOLLOWER with the current leader and its endpoint (KIP-951)", () => {
  const broker = leader([1, 2]);
  broker.learn(registration({ leader: 2, isr: [1, 2], replicas: [1, 2], leaderEpoch: 7, partitionEpoch: 1 }));
  const reply = context<"Produce">(12);
  handleProduce(broker.plane, request(), reply);
  const partition = reply.body?.responses[0]?.partitionResponses[0];
  expect(partition).toMatchObject({
    errorCode: Errors.NOT_LEADER_OR_FOLLOWER,
    baseOffset: -1,
    currentLeader: { leaderId: 2, leaderEpoch: 7 },
  });
  expect(reply.body?.nodeEndpoints).toEqual([{ nodeId: 2, host: "broker-2", port: 9092, rack: null }]);
  const old = context<"Produce">(9);
  handleProduce(broker.plane, request(), old);
  expect(old.body?.responses[0]?.partitionResponses[0]?.currentLeader).toEqual({ leaderId: -1, leaderEpoch: -1 });
});

test("acks=0: no answer on success, the connection is closed on error", () => {
  const broker = leader([1, 2]);
  const good = context<"Produce">(12);
  handleProduce(broker.plane, request({ acks: 0 }), good);
  expect([good.silent, good.closed, good.body]).toEqual([true, false, undefined]);
  const bad = context<"Produce">(12);
  const topicData = [{ name: "nowhere", partitionData: [{ index: 0, records: batchOf(["a"]) }] }];
  handleProduce(broker.plane, request({ acks: 0, topicData }), bad);
  expect([bad.silent, bad.closed]).toEqual([false, true]);
});

test("acks ∉ {-1,0,1}, unknown topic, no records, bad CRC: each with its own error", () => {
  const broker = leader([1, 2]);
  const errorOf = (change: Partial<RequestBody<"Produce">>): number | undefined => {
    const reply = context<"Produce">(12);
    handleProduce(broker.plane, request(change), reply);
    return reply.body?.responses[0]?.partitionResponses[0]?.errorCode;
  };
  expect(errorOf({ acks: 2 })).toBe(Errors.INVALID_REQUIRED_ACKS);
  expect(errorOf({ topicData: [{ name: "nowhere", partitionData: [{ index: 0, records: batchOf(["a"]) }] }] })).toBe(
    Errors.UNKNOWN_TOPIC_OR_PARTITION,
  );
  expect(errorOf({ topicData: [{ name: TOPIC, partitionData: [{ index: 0, records: null }] }] })).toBe(
    Errors.INVALID_RECORD,
  );
  const damaged = batchOf(["a"]);
  damaged[damaged.length - 1]! ^= 1;
  expect(errorOf({ topicData: [{ name: TOPIC, partitionData: [{ index: 0, records: damaged }] }] })).toBe(
    Errors.CORRUPT_MESSAGE,
  );
});

test("a transaction nobody began is refused: without an id the whole request, with one the partitions it names", () => {
  const broker = leader([1, 2]);
  const record = { key: null, value: new Uint8Array([1]), timestampMs: 0 };
  const producer = { producerId: 7, producerEpoch: 0, baseSequence: 0 };
  const transactional = encodeBatch([record], { ...producer, isTransactional: true });
  const topicData = [
    { name: TOPIC, partitionData: [{ index: 0, records: transactional }] },
    { name: "nowhere", partitionData: [{ index: 0, records: batchOf(["a"]) }] },
  ];
  const errorsOf = (transactionalId: string | null) => {
    const reply = context<"Produce">(12);
    handleProduce(broker.plane, request({ topicData, transactionalId }), reply);
    return reply.body?.responses.map(({ partitionResponses }) => partitionResponses[0]?.errorCode);
  };
  expect(errorsOf(null)).toEqual([
    Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
    Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
  ]);
  expect(errorsOf("app")).toEqual([Errors.INVALID_PRODUCER_ID_MAPPING, Errors.UNKNOWN_TOPIC_OR_PARTITION]);
  expect(broker.partition().logEndOffset).toBe(0);
});

test("the form of the records is looked at before acks; formats older than v2 are INVALID_RECORD", () => {
  const broker = leader([1, 2]);
  const errorOf = (acks: number, records: Uint8Array | null): number | undefined => {
    const reply = context<"Produce">(12);
    handleProduce(
      broker.plane,
      request({ acks, topicData: [{ name: TOPIC, partitionData: [{ index: 0, records }] }] }),
      reply,
    );
    return reply.body?.responses[0]?.partitionResponses[0]?.errorCode;
  };
  expect(errorOf(2, null)).toBe(Errors.INVALID_RECORD);
  const old = batchOf(["a"]);
  old[16] = 1;
  expect(errorOf(1, old)).toBe(Errors.INVALID_RECORD);
});

test("internal topics are writable only by the admin client", () => {
  const broker = leader([1, 2]);
  broker.cluster.put(0, registration({ replicas: [1], isr: [1] }), "__consumer_offsets", "C0000000000000000000AA");
  const topicData = [{ name: "__consumer_offsets", partitionData: [{ index: 0, records: batchOf(["a"]) }] }];
  const reply = context<"Produce">(12);
  handleProduce(broker.plane, request({ topicData }), reply);
  expect(reply.body?.responses[0]?.partitionResponses[0]?.errorCode).toBe(Errors.INVALID_TOPIC_EXCEPTION);
});

test.each([1, -1])("flush.messages: nobody hears of an append before it is durable (acks %i)", (acks) => {
  const disk = new FakeDisk();
  const broker = new TestBroker(1, new TestCluster([1, 2, 3]), { log: { flushMessages: 1 }, disk });
  broker.learn(registration({ isr: [1], replicas: [1, 2] }));
  const produced = broker.produce(["a"], acks);
  expect([produced.results, broker.partition().highWatermark]).toEqual([undefined, 0]);
  broker.env.advance(1);
  expect([produced.results?.[0]?.error, broker.partition().highWatermark]).toEqual([Errors.NONE, 1]);
  disk.powerLoss();
  expect(disk.open(`${broker.partition().log!.directory}/00000000000000000000.log`).sizeBytes).toBeGreaterThan(0);
});

test.each([1, -1])(
  "flush.messages: an append whose flush failed is refused, and that is told once (acks %i)",
  (acks) => {
    const disk = new FakeDisk();
    const broker = new TestBroker(1, new TestCluster([1, 2, 3]), { log: { flushMessages: 1 }, disk });
    broker.learn(registration({ isr: [1], replicas: [1, 2] }));
    const produced = broker.produce(["a"], acks);
    disk.mode = "io-error";
    broker.env.advance(1);
    expect(produced.results?.[0]?.error).toBe(Errors.KAFKA_STORAGE_ERROR);
    expect(broker.env.trace.ofType("produce.rejected")).toHaveLength(1);
  },
);

test("a coordinator's append is refused in another leader epoch than the one its state was built in", () => {
  const broker = leader([1, 2]);
  expect(broker.replicas.appendForCoordinator(TOPIC, 0, batchOf(["a"]), 0)).toEqual({ ok: true, lastOffset: 0 });
  broker.learn(registration({ isr: [1, 2], replicas: [1, 2], leaderEpoch: 1, partitionEpoch: 1 }));
  expect(broker.replicas.appendForCoordinator(TOPIC, 0, batchOf(["b"]), 0)).toEqual({
    ok: false,
    error: Errors.NOT_LEADER_OR_FOLLOWER,
  });
});

test("a coordinator's append is taken below min.insync.replicas, too, and is committed once the ISR has grown", () => {
  const broker = leader([1], 2);
  expect(broker.replicas.appendForCoordinator(TOPIC, 0, batchOf(["a"]), 0)).toEqual({ ok: true, lastOffset: 0 });
  expect(broker.partition().highWatermark).toBe(0);
  broker.learn(registration({ isr: [1, 2], replicas: [1, 2], leaderEpoch: 1, partitionEpoch: 1 }));
  broker.fetchedBy(2, 1);
  expect(broker.partition().highWatermark).toBe(1);
});

test("KAFKA-20634 (M35): watermark events carry the leader epoch and come after the step, not within it", () => {
  const broker = leader([1]);
  const seen: string[] = [];
  broker.replicas.addListener({
    onLeadership: (_topic, _partition, leaderEpoch) => seen.push(`leads ${leaderEpoch}`),
    onResigned: (_topic, _partition, leaderEpoch) => seen.push(`resigned ${leaderEpoch}`),
    onHighWatermarkAdvanced: (_topic, _partition, leaderEpoch, offset) => seen.push(`hw ${leaderEpoch}:${offset}`),
  });
  broker.replicas.appendForCoordinator(TOPIC, 0, batchOf(["a"]), 0);
  expect(seen).toEqual([]);
  broker.env.advance(0);
  expect(seen).toEqual(["hw 0:1"]);
  broker.learn(registration({ isr: [1], replicas: [1, 2], leaderEpoch: 1, partitionEpoch: 1 }));
  broker.learn(registration({ leader: 2, isr: [1, 2], replicas: [1, 2], leaderEpoch: 2, partitionEpoch: 2 }));
  expect(seen).toEqual(["hw 0:1", "leads 1", "resigned 2"]);
});
