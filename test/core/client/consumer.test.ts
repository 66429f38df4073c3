import { expect, test } from "vitest";
import { decodeAssignment } from "../../../core/coordinator/consumer-protocol.js";
import { Errors } from "../../../core/errors.js";
import { encodeBatch } from "../../../core/log/record-batch.js";
import { answerGroup, P0, world } from "./consumer-world.js";
import { run, text, topicIdOf, utf8 } from "./scripted-network.js";

test.each([
  ["earliest", ["a", "b"]],
  ["latest", []],
] as const)("auto.offset.reset %s without a committed offset", (reset, expected) => {
  const { log, consumer, consume } = world({ "auto.offset.reset": reset });
  log.values.push("a", "b");
  consumer.assign([P0]);
  expect(consume(300)).toEqual(expected);
  expect(consumer.position(P0)).toBe(2);
});

test("auto.offset.reset none without a committed offset is an error, and a seek goes on", () => {
  const { log, consumer, consume, errors } = world({ "auto.offset.reset": "none", "group.id": "g" });
  log.values.push("a", "b");
  consumer.assign([P0]);
  expect(consume(300)).toEqual([]);
  expect(errors).toEqual([{ name: "NoOffsetForPartition", ...P0 }]);
  consumer.seek(P0, 1);
  expect(consume(100)).toEqual(["b"]);
});

test("a consumer begins at the committed offset of its group", () => {
  const { log, consumer, consume } = world({ "group.id": "g", "auto.offset.reset": "earliest" });
  log.values.push("a", "b", "c");
  log.committed.set(0, { offset: 2, leaderEpoch: 5 });
  consumer.assign([P0]);
  expect(consume(400)).toEqual(["c"]);
});

test("max.poll.records limits a poll, not a fetch", () => {
  const { network, log, consumer, env } = world({ "auto.offset.reset": "earliest", "max.poll.records": 2 });
  log.values.push("a", "b", "c", "d", "e");
  consumer.assign([P0]);
  run(env, network, 300);
  const sizes = [consumer.poll(), consumer.poll(), consumer.poll(), consumer.poll()].map((records) => records.length);
  expect(sizes).toEqual([2, 2, 1, 0]);
  expect(network.requests("Fetch").filter(({ body }) => body.topics.length > 0)).toHaveLength(2);
});

test("OFFSET_OUT_OF_RANGE: the policy decides, or the application is told", () => {
  const forgiving = world({ "auto.offset.reset": "earliest" });
  forgiving.log.values.push("a", "b", "c");
  forgiving.log.logStart = 2;
  forgiving.consumer.assign([P0]);
  forgiving.consumer.seek(P0, 0);
  expect(forgiving.consume(400)).toEqual(["c"]);

  const strict = world({ "auto.offset.reset": "none" });
  strict.log.values.push("a");
  strict.consumer.assign([P0]);
  strict.consumer.seek(P0, 9);
  strict.consume(300);
  expect(strict.errors).toContainEqual({ name: "OffsetOutOfRange", ...P0, offset: 9 });
});

test("KIP-320: a new leader epoch validates the position; a shorter log means truncation", () => {
  const { env, network, topic, log, consumer, consume } = world({ "auto.offset.reset": "earliest" });
  log.values.push("a", "b", "c");
  consumer.assign([P0]);
  expect(consume(300)).toEqual(["a", "b", "c"]);
  topic.leaders[0] = 2;
  topic.leaderEpoch = 6;
  log.values.length = 1;
  log.values.push("B");
  log.epochEnd = 1;
  log.epoch = 6;
  network.requests("Fetch").at(-1)!.fail("disconnected");
  expect(consume(600)).toEqual(["B"]);
  expect(network.last("OffsetForLeaderEpoch").body.topics[0].partitions[0]).toMatchObject({ leaderEpoch: 5 });
  expect(env.trace.ofType("consumer.position-reset").at(-1)).toMatchObject({ reason: "truncation", from: 3, to: 1 });
});

test("KIP-320: without a reset policy truncation is reported with the divergent offset", () => {
  const { network, topic, log, consumer, consume, errors } = world({ "auto.offset.reset": "none" });
  log.values.push("a", "b", "c");
  consumer.assign([P0]);
  consumer.seek(P0, 0);
  consume(300);
  topic.leaders[0] = 2;
  topic.leaderEpoch = 6;
  log.epochEnd = 1;
  network.requests("Fetch").at(-1)!.fail("disconnected");
  consume(600);
  expect(errors).toEqual([{ name: "LogTruncation", ...P0, offset: 3, divergentOffset: 1 }]);
});

test("fetch sessions: the first fetch is full, the next names only what changed (KIP-227)", () => {
  const { network, log, consumer, consume } = world({ "auto.offset.reset": "earliest" });
  log.values.push("a");
  consumer.assign([P0]);
  consume(300);
  const [first, second] = network.requests("Fetch").map(({ body }) => [body.sessionId, body.sessionEpoch]);
  expect([first, second]).toEqual([
    [0, 0],
    [1, 1],
  ]);
});

test("an answer to a fetch from before a seek is dropped", () => {
  const { network, log, consumer, consume } = world({ "auto.offset.reset": "earliest" });
  log.values.push("a", "b");
  consumer.assign([P0]);
  consume(300);
  const late = network.last("Fetch");
  consumer.seek(P0, 1);
  const records = encodeBatch([{ key: null, value: utf8("late"), timestampMs: 1 }], { baseOffset: 2, leaderEpoch: 5 });
  const partitions = [{ partitionIndex: 0, errorCode: 0, highWatermark: 3, records }];
  late.answer({ sessionId: 1, responses: [{ topicId: topicIdOf("orders"), partitions }] });
  expect(consume(100)).toEqual(["b"]);
});

test("a batch with a wrong CRC is reported and not delivered", () => {
  const { network, consumer, consume, errors } = world({ "auto.offset.reset": "earliest" });
  const records = encodeBatch([{ key: null, value: utf8("a"), timestampMs: 1 }], { leaderEpoch: 5 });
  records[records.length - 2]! ^= 1;
  const partitions = [{ partitionIndex: 0, errorCode: 0, highWatermark: 1, records }];
  network.on("Fetch", () => ({ sessionId: 1, responses: [{ topicId: topicIdOf("orders"), partitions }] }));
  consumer.assign([P0]);
  expect(consume(200)).toEqual([]);
  expect(errors).toEqual([{ name: "CorruptRecord", ...P0, offset: 0 }]);
});

test("group: MEMBER_ID_REQUIRED, join, sync as leader, heartbeats, leave on close (KIP-394)", () => {
  const { env, network, log, consumer, consume } = world({ "group.id": "g", "auto.offset.reset": "earliest" });
  const group = answerGroup(network);
  log.values.push("a");
  const assigned: string[] = [];
  consumer.subscribe(["orders"], { onAssigned: (partitions) => assigned.push(...partitions.map((p) => p.topic)) });
  run(env, network, 200);
  expect(network.requests("JoinGroup")).toHaveLength(0);
  expect(consume(7000)).toEqual(["a"]);
  expect(network.requests("JoinGroup").map(({ body }) => body.memberId)).toEqual(["", "member-1"]);
  expect(decodeAssignment(network.last("SyncGroup").body.assignments[0].assignment)).toEqual([P0]);
  expect(network.last("SyncGroup").node.id).toBe(2_147_483_645);
  expect(network.requests("Heartbeat").length).toBeGreaterThanOrEqual(2);
  expect(assigned).toEqual(["orders"]);
  let closed = false;
  consumer.close(() => (closed = true));
  run(env, network, 50);
  expect([group.leaves, closed]).toEqual([1, true]);
});

test("group: REBALANCE_IN_PROGRESS revokes and rejoins in the next poll, after an auto commit", () => {
  const { env, network, log, consumer, consume } = world({ "group.id": "g", "auto.offset.reset": "earliest" });
  const group = answerGroup(network);
  log.values.push("a", "b");
  const story: string[] = [];
  consumer.subscribe(["orders"], {
    onAssigned: () => story.push(`assigned ${consumer.groupMetadata.generationId}`),
    onRevoked: () => story.push(`revoked, committed ${log.committed.get(0)?.offset}`),
    onLost: () => story.push("lost"),
  });
  consume(1000);
  group.heartbeat = Errors.REBALANCE_IN_PROGRESS;
  run(env, network, 3500);
  expect(story).toEqual(["assigned 1"]);
  consume(200);
  expect(story).toEqual(["assigned 1", "revoked, committed 2", "assigned 2"]);
});

test("group: no automatic commit begins between the commit before revocation and the next generation", () => {
  const overrides = { "group.id": "g", "auto.offset.reset": "earliest", "auto.commit.interval.ms": 300 };
  const { network, log, consumer, consume } = world(overrides);
  const group = answerGroup(network);
  log.values.push("a");
  consumer.subscribe(["orders"]);
  consume(1000);
  group.heartbeat = Errors.REBALANCE_IN_PROGRESS;
  network.on("OffsetCommit", () => "hold");
  network.on("JoinGroup", () => "hold");
  while (network.requests("Heartbeat").length < 2) consume(10);
  const before = network.requests("OffsetCommit").length;
  consume(2000);
  expect(network.requests("OffsetCommit").length).toBeLessThanOrEqual(before + 1);
  const { generationIdOrMemberEpoch: generationId } = network.last("OffsetCommit").body;
  network.last("OffsetCommit").answer({
    topics: [{ name: "orders", partitions: [{ partitionIndex: 0, errorCode: Errors.NONE }] }],
  });
  const commits = network.requests("OffsetCommit").length;
  consume(2000);
  expect([generationId, network.requests("JoinGroup").length]).toEqual([1, 3]);
  expect(network.requests("OffsetCommit").length).toBe(commits);
});

test("group: UNKNOWN_MEMBER_ID loses the partitions without a commit and joins anew", () => {
  const { network, log, consumer, consume } = world({ "group.id": "g", "enable.auto.commit": false });
  const group = answerGroup(network);
  const story: string[] = [];
  consumer.subscribe(["orders"], { onLost: () => story.push("lost"), onRevoked: () => story.push("revoked") });
  consume(1000);
  group.heartbeat = Errors.UNKNOWN_MEMBER_ID;
  consume(4000);
  expect(story).toEqual(["lost"]);
  expect(network.requests("JoinGroup").map(({ body }) => body.memberId)).toEqual(["", "member-1", "", "member-1"]);
  expect(log.committed.size).toBe(0);
});

test("max.poll.interval.ms: a member that does not poll leaves by itself", () => {
  const { env, network, consumer, consume } = world({ "group.id": "g", "max.poll.interval.ms": 2000 });
  const group = answerGroup(network);
  const story: string[] = [];
  consumer.subscribe(["orders"], { onLost: () => story.push("lost") });
  consume(1000);
  run(env, network, 2500);
  expect(group.leaves).toBe(1);
  consume(500);
  expect(story).toEqual(["lost"]);
  expect(consumer.groupMetadata.generationId).toBe(2);
});

test("static members do not leave on close (KIP-345)", () => {
  const { env, network, consumer, consume } = world({ "group.id": "g", "group.instance.id": "i-1" });
  const group = answerGroup(network);
  consumer.subscribe(["orders"]);
  consume(1000);
  consumer.close();
  run(env, network, 50);
  expect(group.leaves).toBe(0);
  expect(network.isClosed).toBe(true);
});

test("auto commit commits what earlier polls returned, every auto.commit.interval.ms", () => {
  const { log, consumer, consume } = world({
    "group.id": "g",
    "auto.offset.reset": "earliest",
    "auto.commit.interval.ms": 1000,
  });
  log.values.push("a", "b");
  consumer.assign([P0]);
  consume(600);
  expect(log.committed.size).toBe(0);
  consume(1000);
  expect(log.committed.get(0)).toEqual({ offset: 2, leaderEpoch: 5 });
});

test("auto commit: after a passing failure it tries again after retry.backoff.ms, not a whole interval later", () => {
  const overrides = { "group.id": "g", "auto.offset.reset": "earliest", "auto.commit.interval.ms": 5000 };
  const { network, log, consumer, consume } = world({ ...overrides, "retry.backoff.ms": 100 });
  log.values.push("a");
  consumer.assign([P0]);
  const partitions = [{ partitionIndex: 0, errorCode: Errors.COORDINATOR_LOAD_IN_PROGRESS }];
  network.on("OffsetCommit", () => ({ topics: [{ name: "orders", partitions }] }));
  consume(5900);
  expect(network.requests("OffsetCommit").length).toBeGreaterThanOrEqual(5);
});

test("commit: a retriable failure is repeated; ILLEGAL_GENERATION is not", () => {
  const { env, network, log, consumer, consume } = world({ "group.id": "g", "enable.auto.commit": false });
  log.values.push("a");
  consumer.assign([P0]);
  consume(500);
  let calls = 0;
  const answer = (errorCode: number) => ({
    topics: [{ name: "orders", partitions: [{ partitionIndex: 0, errorCode }] }],
  });
  network.on("OffsetCommit", () => answer(calls++ === 0 ? Errors.COORDINATOR_LOAD_IN_PROGRESS : 0));
  const results: unknown[] = [];
  consumer.commit([{ ...P0, offset: 1 }], (result) => results.push(result));
  run(env, network, 500);
  network.on("OffsetCommit", () => answer(Errors.ILLEGAL_GENERATION));
  consumer.commit([{ ...P0, offset: 1 }], (result) => results.push(result));
  run(env, network, 500);
  expect(results).toEqual([{ ok: true }, { ok: false, error: Errors.ILLEGAL_GENERATION }]);
});

test("the hook tells when a poll would return something", () => {
  const { env, network, log, consumer } = world({ "auto.offset.reset": "earliest" });
  const got: string[] = [];
  consumer.onRecordsAvailable = () => got.push(...consumer.poll().map((record) => text(record.value)));
  log.values.push("a", "b");
  consumer.assign([P0]);
  run(env, network, 300);
  expect(got).toEqual(["a", "b"]);
});
