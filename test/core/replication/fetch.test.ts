import { expect, test } from "vitest";
import { Errors } from "../../../core/errors.js";
import { handleFetch } from "../../../core/broker/fetch-handler.js";
import { handleListOffsets } from "../../../core/broker/list-offsets-handler.js";
import { handleOffsetForLeaderEpoch } from "../../../core/broker/offset-for-leader-epoch-handler.js";
import { handleDeleteRecords } from "../../../core/broker/delete-records-handler.js";
import { batchBaseOffset, batchLastOffset } from "../../../core/log/record-batch.js";
import { FetchRequest } from "../../../core/protocol/messages/fetch.js";
import { FetchPartition, type FetchParams } from "../../../core/replication/fetch-partition.js";
import { batchOf, context, registration, TestBroker, TestCluster, TOPIC, TOPIC_ID } from "./support.js";

function leader(change: Parameters<typeof registration>[0] = {}, config: Record<string, string> = {}): TestBroker {
  const broker = new TestBroker(1, new TestCluster([1, 2, 3]), { config });
  broker.learn(registration({ isr: [1, 2], replicas: [1, 2], ...change }));
  return broker;
}

const PARAMS: FetchParams = {
  replicaId: -1,
  brokerEpoch: -1,
  maxWaitMs: 500,
  minBytes: 1,
  maxBytes: 1_000_000,
  isolation: "high-watermark",
  rack: "",
  apiVersion: 17,
};

/** A fetch that may wait; `answered` tells whether it was answered. */
function parkFetch(broker: TestBroker, offset: number, change: Partial<FetchParams> = {}, epoch = -1) {
  const entry = new FetchPartition(TOPIC, TOPIC_ID, 0);
  entry.fetchOffset = offset;
  entry.lastFetchedEpoch = epoch;
  entry.maxBytes = 1_000_000;
  const parked = { entry, answered: false };
  broker.replicas.fetchMessages({ ...PARAMS, ...change }, [entry], () => {
    parked.answered = true;
  });
  return parked;
}

test("isolation: a follower reads to the log end, a consumer to the high watermark", () => {
  const broker = leader();
  broker.produce(["a"], 1);
  broker.fetchedBy(2, 1);
  broker.produce(["b"], 1);
  expect(batchLastOffset(broker.consumed(0).records, 0)).toBe(0);
  const replicated = broker.fetchedBy(2, 1).records;
  expect(batchBaseOffset(replicated, 0)).toBe(1);
});

test("a consumer fetch within [logStart, LEO] but above HW is not out of range: it is empty", () => {
  const broker = leader();
  broker.produce(["a", "b"], 1);
  const answer = broker.consumed(2);
  expect(answer.errorCode).toBe(Errors.NONE);
  expect(answer.records.length).toBe(0);
});

test("out of range: offset < logStart or > LEO → OFFSET_OUT_OF_RANGE", () => {
  const broker = leader({ isr: [1] });
  broker.produce(["a"], 1);
  broker.produce(["b"], 1);
  expect(broker.consumed(3).errorCode).toBe(Errors.OFFSET_OUT_OF_RANGE);
  broker.partition().log?.maybeIncrementLogStartOffset(1, "retention");
  expect(broker.consumed(0).errorCode).toBe(Errors.OFFSET_OUT_OF_RANGE);
  expect(broker.consumed(1).errorCode).toBe(Errors.NONE);
});

test("epoch validation: lower → FENCED_LEADER_EPOCH, higher → UNKNOWN_LEADER_EPOCH, absent → unchecked", () => {
  const broker = leader({ leaderEpoch: 3 });
  expect(broker.consumed(0, { currentLeaderEpoch: 2 }).errorCode).toBe(Errors.FENCED_LEADER_EPOCH);
  expect(broker.consumed(0, { currentLeaderEpoch: 4 }).errorCode).toBe(Errors.UNKNOWN_LEADER_EPOCH);
  expect(broker.consumed(0, { currentLeaderEpoch: 3 }).errorCode).toBe(Errors.NONE);
  expect(broker.consumed(0).errorCode).toBe(Errors.NONE);
});

test("KIP-320 (M4): a zombie follower with an old epoch is fenced and does not count toward the watermark", () => {
  const broker = leader({ leaderEpoch: 3 });
  broker.produce(["a"], 1);
  expect(broker.fetchedBy(2, 1, { currentLeaderEpoch: 1 }).errorCode).toBe(Errors.FENCED_LEADER_EPOCH);
  expect(broker.partition().highWatermark).toBe(0);
});

test("not leader and leader-only read → NOT_LEADER_OR_FOLLOWER; v11+ consumers may read from a follower", () => {
  const broker = leader({ leader: 2 });
  expect(broker.fetchedBy(3, 0).errorCode).toBe(Errors.NOT_LEADER_OR_FOLLOWER);
  expect(broker.fetch({ apiVersion: 10 }, { fetchOffset: 0 }).errorCode).toBe(Errors.NOT_LEADER_OR_FOLLOWER);
  expect(broker.fetch({ apiVersion: 11 }, { fetchOffset: 0 }).errorCode).toBe(Errors.NONE);
});

test("follower id not in the assignment → UNKNOWN_LEADER_EPOCH with an epoch sent, else NOT_LEADER_OR_FOLLOWER", () => {
  const broker = leader();
  expect(broker.fetchedBy(3, 0, { currentLeaderEpoch: 0 }).errorCode).toBe(Errors.UNKNOWN_LEADER_EPOCH);
  expect(broker.fetchedBy(3, 0).errorCode).toBe(Errors.NOT_LEADER_OR_FOLLOWER);
});

test("topic id mismatch → INCONSISTENT_TOPIC_ID", () => {
  const broker = leader();
  const entry = new FetchPartition(TOPIC, "OTHER00000000000000AAA", 0);
  broker.replicas.fetchMessages({ ...PARAMS, maxWaitMs: 0 }, [entry], () => {});
  expect(entry.errorCode).toBe(Errors.INCONSISTENT_TOPIC_ID);
});

test("diverging epoch: e' < e or end' < o → no records, divergingEpoch, and the replica state is not updated", () => {
  const broker = leader({ leaderEpoch: 1 });
  broker.produce(["a", "b"], 1);
  broker.learn(registration({ isr: [1, 2], replicas: [1, 2], leaderEpoch: 5, partitionEpoch: 1 }));
  broker.produce(["c"], 1);
  const byEpoch = broker.fetchedBy(2, 3, { lastFetchedEpoch: 4 });
  expect(byEpoch.divergingEpoch).toEqual({ epoch: 1, endOffset: 2 });
  expect(byEpoch.records.length).toBe(0);
  const byOffset = broker.fetchedBy(2, 3, { lastFetchedEpoch: 1 });
  expect(byOffset.divergingEpoch).toEqual({ epoch: 1, endOffset: 2 });
  expect(broker.partition().getReplica(2)?.logEndOffset).toBe(-1);
  expect(broker.fetchedBy(2, 3, { lastFetchedEpoch: 5 }).divergingEpoch).toBeUndefined();
  expect(broker.partition().highWatermark).toBe(3);
});

test("undefined end offset of the last fetched epoch → OFFSET_OUT_OF_RANGE", () => {
  const broker = leader({ leaderEpoch: 1 });
  expect(broker.fetchedBy(2, 0, { lastFetchedEpoch: 9 }).errorCode).toBe(Errors.OFFSET_OUT_OF_RANGE);
});

test("KIP-74: the first non-empty partition gets at least one whole batch, the next none beyond the limit", () => {
  const broker = leader({ isr: [1] });
  broker.learn(registration({ isr: [1], replicas: [1, 2] }), 1);
  broker.produce(["x".repeat(500)], 1, 0);
  broker.produce(["y".repeat(500)], 1, 1);
  const entries = [0, 1].map((partition) => {
    const entry = new FetchPartition(TOPIC, TOPIC_ID, partition);
    entry.maxBytes = 10;
    return entry;
  });
  broker.replicas.fetchMessages({ ...PARAMS, maxBytes: 10 }, entries, () => {});
  expect(entries[0]!.records.length).toBeGreaterThan(500);
  expect(entries[1]!.records.length).toBe(0);
});

test("purgatory: parked until bytes are readable; a consumer waits for the watermark, not for the append", () => {
  const broker = leader();
  const follower = parkFetch(broker, 0, { replicaId: 2, brokerEpoch: 102, isolation: "log-end" });
  const consumer = parkFetch(broker, 0);
  expect([follower.answered, consumer.answered]).toEqual([false, false]);
  broker.produce(["a"], 1);
  expect([follower.answered, consumer.answered]).toEqual([true, false]);
  expect(follower.entry.records.length).toBeGreaterThan(0);
  broker.fetchedBy(2, 1);
  expect(consumer.answered).toBe(true);
  expect(consumer.entry.records.length).toBeGreaterThan(0);
});

test("purgatory: at max.wait the fetch is answered empty", () => {
  const broker = leader();
  const parked = parkFetch(broker, 0);
  broker.env.advance(499);
  expect(parked.answered).toBe(false);
  broker.env.advance(1);
  expect(parked.answered).toBe(true);
  expect(parked.entry.records.length).toBe(0);
});

test("purgatory: min.bytes accumulate", () => {
  const broker = leader({ isr: [1] });
  const parked = parkFetch(broker, 0, { minBytes: 150 });
  broker.produce(["a"], 1);
  expect(parked.answered).toBe(false);
  broker.produce(["b"], 1);
  broker.produce(["c"], 1);
  expect(parked.answered).toBe(true);
});

test("purgatory: min.bytes are not waited for at the end of a closed segment", () => {
  const broker = leader({ isr: [1] });
  broker.produce(["a"], 1);
  broker.produce(["b"], 1);
  expect(parkFetch(broker, 1, { minBytes: 1000 }).answered).toBe(false);
  broker.partition().log!.roll();
  broker.produce(["c"], 1);
  expect(parkFetch(broker, 1, { minBytes: 1000 }).answered).toBe(true);
  expect(parkFetch(broker, 2, { minBytes: 1000 }).answered).toBe(false);
});

test("purgatory: a new leader epoch answers with the error; re-reading does not update replica state", () => {
  const broker = leader();
  const parked = parkFetch(broker, 0, { replicaId: 2, brokerEpoch: 102, isolation: "log-end" });
  broker.env.advance(100);
  const lastFetchTimeMs = broker.partition().getReplica(2)?.lastFetchTimeMs;
  broker.produce(["a"], 1);
  expect(parked.answered).toBe(true);
  expect(broker.partition().getReplica(2)?.lastFetchTimeMs).toBe(lastFetchTimeMs);
  const fenced = parkFetch(broker, 1, { replicaId: 2, brokerEpoch: 102, isolation: "log-end" });
  broker.learn(registration({ leader: 2, isr: [1, 2], replicas: [1, 2], leaderEpoch: 1, partitionEpoch: 1 }));
  expect(fenced.answered).toBe(true);
  expect(fenced.entry.errorCode).toBe(Errors.NOT_LEADER_OR_FOLLOWER);
});

test("KIP-392: a consumer in another rack is sent to an in-sync replica of its rack that has the offset", () => {
  const broker = leader({}, { "replica.selector.class": "RackAwareReplicaSelector" });
  broker.cluster.register(1, { rack: "r1" });
  broker.cluster.register(2, { rack: "r2" });
  broker.produce(["a"], 1);
  broker.fetchedBy(2, 1);
  expect(broker.fetch({ rack: "r2" }, { fetchOffset: 0 })).toMatchObject({ preferredReadReplica: 2 });
  expect(broker.fetch({ rack: "r2" }, { fetchOffset: 0 }).records.length).toBe(0);
  expect(broker.fetch({ rack: "r1" }, { fetchOffset: 0 }).preferredReadReplica).toBe(-1);
  expect(broker.fetch({ rack: "r3" }, { fetchOffset: 0 }).preferredReadReplica).toBe(-1);
  expect(broker.fetch({ rack: "r2", apiVersion: 10 }, { fetchOffset: 0 }).preferredReadReplica).toBe(-1);
});

function listOffset(broker: TestBroker, timestamp: number, apiVersion = 10, replicaId = -1) {
  const reply = context<"ListOffsets">(apiVersion);
  const asked = { partitionIndex: 0, currentLeaderEpoch: -1, timestamp };
  const topics = [{ name: TOPIC, partitions: [asked] }];
  handleListOffsets(broker.plane, { replicaId, isolationLevel: 0, topics, timeoutMs: 0 }, reply);
  return reply.body?.topics[0]?.partitions[0];
}

test("KIP-207 (M8): ListOffsets(LATEST) is OFFSET_NOT_AVAILABLE while HW < leaderEpochStartOffset", () => {
  const broker = leader();
  broker.produce(["a", "b"], 1);
  broker.fetchedBy(2, 1);
  expect(listOffset(broker, -1)).toMatchObject({ errorCode: Errors.NONE, offset: 1 });
  broker.learn(registration({ isr: [1, 2], replicas: [1, 2], leaderEpoch: 1, partitionEpoch: 1 }));
  expect(listOffset(broker, -1)).toMatchObject({ errorCode: Errors.OFFSET_NOT_AVAILABLE, offset: -1 });
  expect(listOffset(broker, -1, 4)?.errorCode).toBe(Errors.LEADER_NOT_AVAILABLE);
  expect(listOffset(broker, -2)).toMatchObject({ errorCode: Errors.NONE, offset: 0 });
  expect(listOffset(broker, -1, 10, 2)).toMatchObject({ errorCode: Errors.NONE, offset: 2 });
  broker.fetchedBy(2, 2);
  expect(listOffset(broker, -1)).toMatchObject({ errorCode: Errors.NONE, offset: 2, leaderEpoch: 1 });
});

test("ListOffsets by timestamp does not reveal what lies above the bound", () => {
  const broker = leader();
  broker.produce(["a"], 1);
  expect(listOffset(broker, 1_727_740_800_000)).toMatchObject({ errorCode: Errors.NONE, offset: -1 });
  broker.fetchedBy(2, 1);
  expect(listOffset(broker, 1_727_740_800_000)).toMatchObject({ errorCode: Errors.NONE, offset: 0 });
});

test("ListOffsets: a debugging client (-2) sees to the log end, as a follower does", () => {
  const broker = leader();
  broker.produce(["a", "b"], 1);
  broker.fetchedBy(2, 1);
  expect(listOffset(broker, -1)?.offset).toBe(1);
  expect(listOffset(broker, -1, 10, -2)?.offset).toBe(2);
});

test("ListOffsets: a negative timestamp nobody defined, or too new for the version, is UNSUPPORTED_VERSION", () => {
  const broker = leader();
  expect(listOffset(broker, -6)?.errorCode).toBe(Errors.UNSUPPORTED_VERSION);
  expect(listOffset(broker, -3, 6)?.errorCode).toBe(Errors.UNSUPPORTED_VERSION);
  expect(listOffset(broker, -3, 7)?.errorCode).toBe(Errors.NONE);
});

test("Fetch names the current leader from v16 on, where it can tell the endpoint too (KIP-951)", () => {
  const broker = leader();
  broker.learn(registration({ leader: 2, isr: [1, 2], replicas: [1, 2], leaderEpoch: 7, partitionEpoch: 1 }));
  const ask = (apiVersion: number) => {
    const reply = context<"Fetch">(apiVersion);
    const partitions = [{ partition: 0, currentLeaderEpoch: 0, partitionMaxBytes: 1000 }];
    const topics = [{ topic: TOPIC, topicId: TOPIC_ID, partitions }];
    handleFetch(broker.plane, FetchRequest.create({ maxWaitMs: 0, sessionEpoch: -1, topics }), reply);
    return reply.body!;
  };
  const fenced = { errorCode: Errors.FENCED_LEADER_EPOCH, currentLeader: { leaderId: 2, leaderEpoch: 7 } };
  expect(ask(16).responses[0]!.partitions[0]).toMatchObject(fenced);
  expect(ask(16).nodeEndpoints).toMatchObject([{ nodeId: 2, host: "broker-2" }]);
  expect(ask(15).responses[0]!.partitions[0]).toMatchObject({ ...fenced, currentLeader: { leaderId: -1 } });
});

test("OffsetForLeaderEpoch: the floor epoch and the start of the next; unknown → -1, -1", () => {
  const broker = leader({ leaderEpoch: 1 });
  broker.produce(["a", "b"], 1);
  broker.learn(registration({ isr: [1, 2], replicas: [1, 2], leaderEpoch: 4, partitionEpoch: 1 }));
  const ask = (leaderEpoch: number, currentLeaderEpoch = -1) => {
    const reply = context<"OffsetForLeaderEpoch">(4);
    const topics = [{ topic: TOPIC, partitions: [{ partition: 0, currentLeaderEpoch, leaderEpoch }] }];
    handleOffsetForLeaderEpoch(broker.plane, { replicaId: -1, topics }, reply);
    return reply.body?.topics[0]?.partitions[0];
  };
  expect(ask(2)).toMatchObject({ errorCode: 0, leaderEpoch: 1, endOffset: 2 });
  expect(ask(4)).toMatchObject({ errorCode: 0, leaderEpoch: 4, endOffset: 2 });
  expect(ask(9)).toMatchObject({ errorCode: 0, leaderEpoch: -1, endOffset: -1 });
  expect(ask(2, 3)).toMatchObject({ errorCode: Errors.FENCED_LEADER_EPOCH });
});

test("DeleteRecords is answered when the log start of every live replica has passed the offset", () => {
  const broker = leader();
  broker.produce(["a"], 1);
  broker.produce(["b"], 1);
  broker.fetchedBy(2, 2);
  const reply = context<"DeleteRecords">(2);
  const topics = [{ name: TOPIC, partitions: [{ partitionIndex: 0, offset: 1 }] }];
  handleDeleteRecords(broker.plane, { topics, timeoutMs: 1000 }, reply);
  expect(reply.body).toBeUndefined();
  broker.fetchedBy(2, 2, { logStartOffset: 1 });
  expect(reply.body?.topics[0]?.partitions[0]).toEqual({ partitionIndex: 0, lowWatermark: 1, errorCode: 0 });
});

test("DeleteRecords: what the cluster does not know is unknown, also if the name is that of an internal topic", () => {
  const broker = leader();
  const reply = context<"DeleteRecords">(2);
  const topics = ["__consumer_offsets", "nowhere"].map((name) => ({
    name,
    partitions: [{ partitionIndex: 0, offset: 0 }],
  }));
  handleDeleteRecords(broker.plane, { topics, timeoutMs: 1000 }, reply);
  expect(reply.body?.topics.map(({ name, partitions }) => [name, partitions])).toEqual(
    topics.map(({ name }) => [
      name,
      [{ partitionIndex: 0, lowWatermark: -1, errorCode: Errors.UNKNOWN_TOPIC_OR_PARTITION }],
    ]),
  );
});

test("DeleteRecords: the topic is deleted while followers are waited for → UNKNOWN_TOPIC_OR_PARTITION", () => {
  const broker = leader();
  broker.produce(["a"], 1);
  broker.fetchedBy(2, 1);
  const reply = context<"DeleteRecords">(2);
  const topics = [{ name: TOPIC, partitions: [{ partitionIndex: 0, offset: 1 }] }];
  handleDeleteRecords(broker.plane, { topics, timeoutMs: 1000 }, reply);
  const before = broker.cluster.partition(TOPIC, 0);
  broker.cluster.topics.delete(TOPIC);
  const changedPartitions = [{ topic: TOPIC, topicId: TOPIC_ID, partition: 0, before }];
  broker.replicas.applyDelta({ changedPartitions, deletedTopics: [], changedConfigs: [] });
  expect(reply.body?.topics[0]?.partitions[0]).toMatchObject({ errorCode: Errors.UNKNOWN_TOPIC_OR_PARTITION });
});

test("one append answers only the fetches that watch its partition", () => {
  const broker = leader({ isr: [1] });
  broker.learn(registration({ isr: [1], replicas: [1, 2] }), 1);
  const parked = parkFetch(broker, 0);
  broker.replicas.appendRecords({
    timeoutMs: 0,
    requiredAcks: 1,
    origin: "client",
    internalTopicsAllowed: false,
    entries: [{ topic: TOPIC, partition: 1, records: batchOf(["a"]) }],
    onComplete: () => {},
  });
  expect(parked.answered).toBe(false);
});
