import { expect, test } from "vitest";
import { Errors } from "../../../core/errors.js";
import type { RequestBody, ResponseBody } from "../../../core/protocol/apis.js";
import { FakeDisk } from "../support/fake-environment.js";
import { batchOf, registration, TestBroker, TestCluster } from "./support.js";

const epoch = (leaderEpoch: number, leader: number, change: Parameters<typeof registration>[0] = {}) =>
  registration({ leader, leaderEpoch, partitionEpoch: leaderEpoch, replicas: [1, 2], isr: [1, 2], ...change });

function pair(): { cluster: TestCluster; leader: TestBroker; follower: TestBroker } {
  const cluster = new TestCluster([1, 2]);
  const leader = new TestBroker(1, cluster);
  const follower = new TestBroker(2, cluster);
  leader.learn(epoch(0, 1));
  follower.learn(epoch(0, 1));
  return { cluster, leader, follower };
}

function fetches(broker: TestBroker): RequestBody<"Fetch">[] {
  const sent = broker.env.network.connections.flatMap((connection) => connection.sent);
  return sent.filter((message) => message.apiKey === 1).map((message) => message.body as RequestBody<"Fetch">);
}

/** An answer to a fetch whose last byte of records fell over on the way. */
function damaged(body: unknown): unknown {
  const answer = structuredClone(body) as ResponseBody<"Fetch">;
  for (const { partitions } of answer.responses) {
    for (const { records } of partitions) if (records !== null && records.length > 0) records[records.length - 1]! ^= 1;
  }
  return answer;
}

test("one request in flight; it carries replica id, broker epoch, topic ids and the current leader epoch", () => {
  const { leader, follower } = pair();
  follower.carryTo(leader);
  const sent = fetches(follower);
  expect(sent).toHaveLength(1);
  expect(sent[0]).toMatchObject({ replicaState: { replicaId: 2, replicaEpoch: 102 }, maxWaitMs: 500, minBytes: 1 });
  expect(sent[0]!.topics[0]!.partitions[0]).toMatchObject({ currentLeaderEpoch: 0, fetchOffset: 0 });
  leader.produce(["a"], 1);
  expect(fetches(follower)).toHaveLength(2);
});

test("flush.messages: a follower says that it has a record once that is durable", () => {
  const cluster = new TestCluster([1, 2]);
  const leader = new TestBroker(1, cluster);
  const follower = new TestBroker(2, cluster, { log: { flushMessages: 1 } });
  leader.learn(epoch(0, 1));
  follower.learn(epoch(0, 1));
  follower.carryTo(leader);
  leader.produce(["a"], 1);
  expect([follower.partition().log!.logEndOffset, fetches(follower).length]).toEqual([1, 1]);
  follower.env.advance(1);
  expect(fetches(follower).at(-1)!.topics[0]!.partitions[0]!.fetchOffset).toBe(1);
});

test("incremental session: an idle partition is not repeated, a moved one is", () => {
  const { leader, follower } = pair();
  follower.carryTo(leader);
  leader.produce(["a"], 1);
  follower.carryTo(leader);
  leader.env.advance(500);
  follower.carryTo(leader);
  const [first, second, third] = fetches(follower);
  expect([first!.sessionId, first!.sessionEpoch]).toEqual([0, 0]);
  expect(second!.sessionEpoch).toBe(1);
  expect(second!.topics[0]!.partitions[0]!.fetchOffset).toBe(1);
  expect([third!.sessionEpoch, third!.topics]).toEqual([2, []]);
});

test("a follower whose own retention moves its log start tells the leader with the next fetch", () => {
  const { leader, follower } = pair();
  follower.carryTo(leader);
  leader.produce(["a", "b"], 1);
  follower.catchUp(leader);
  leader.env.advance(500);
  follower.carryTo(leader);
  const log = follower.partition().log!;
  expect([log.highWatermark, leader.partition().getReplica(2)!.logStartOffset]).toEqual([2, 0]);
  log.updateConfig({ ...log.config, retentionMs: 0 });
  follower.env.advance(1_000);
  follower.logs.applyRetention();
  expect(log.logStartOffset).toBe(2);
  leader.env.advance(500);
  follower.catchUp(leader);
  expect(leader.partition().getReplica(2)!.logStartOffset).toBe(2);
});

test("OFFSET_OUT_OF_RANGE (a): leader LEO < own LEO → truncate to the leader's LEO", () => {
  const cluster = new TestCluster([1, 2]);
  const leader = new TestBroker(1, cluster);
  const follower = new TestBroker(2, cluster);
  follower.learn(epoch(0, 2, { isr: [2] }));
  for (const value of ["a", "b", "c"]) follower.produce([value], 1);
  // The leader of epoch 1 knows no epoch 0 end at all once its own cache begins later; it has one record.
  leader.learn(epoch(1, 1, { isr: [1] }));
  leader.produce(["z"], 1);
  follower.learn(epoch(1, 1, { isr: [1] }));
  follower.catchUp(leader);
  expect(follower.partition().logEndOffset).toBe(1);
  expect(follower.partition().log?.epochForOffset(0)).toBe(1);
});

test("OFFSET_OUT_OF_RANGE (b): leader start > own LEO → drop the whole log, restart at the leader's start", () => {
  const { leader, follower } = pair();
  leader.learn(epoch(1, 1, { isr: [1] }));
  for (const value of ["a", "b", "c", "d"]) leader.produce([value], 1);
  leader.partition().log?.maybeIncrementLogStartOffset(2, "retention");
  follower.learn(epoch(1, 1, { isr: [1] }));
  follower.catchUp(leader);
  const log = follower.partition().log!;
  expect([log.logStartOffset, log.logEndOffset]).toEqual([2, 4]);
});

test("KIP-461: what does not fit the log ends following; only a new leader epoch begins it again", () => {
  const cluster = new TestCluster([1, 2]);
  const leader = new TestBroker(1, cluster);
  const follower = new TestBroker(2, cluster);
  follower.learn(epoch(0, 2, { isr: [2] }));
  for (const value of ["a", "b"]) follower.produce([value], 1);
  leader.learn(epoch(1, 1, { isr: [1] }));
  leader.produce(["w", "x", "y", "z"], 1);
  // As after a crash before the new log start was noted: the records are there again, their epoch begins after them.
  const log = leader.partition().log!;
  log.maybeIncrementLogStartOffset(3, "delete-records");
  log.logStartOffset = 0;
  follower.learn(epoch(1, 1, { isr: [1] }));
  follower.catchUp(leader);
  expect(follower.env.trace.ofType("replica.failed")).toMatchObject([{ peer: 1, error: Errors.OFFSET_OUT_OF_RANGE }]);
  expect([...follower.replicas.failedPartitions]).toEqual([follower.partition()]);
  const before = fetches(follower).length;
  follower.env.advance(60_000);
  follower.catchUp(leader);
  expect([fetches(follower).length, follower.partition().logEndOffset]).toEqual([before, 2]);

  follower.learn(epoch(2, 1, { isr: [1] }));
  expect([fetches(follower).length, follower.replicas.failedPartitions.size]).toEqual([before + 1, 0]);
});

test("a batch that was damaged on its way is asked for again after replica.fetch.backoff.ms", () => {
  const { leader, follower } = pair();
  follower.carryTo(leader, damaged);
  leader.produce(["a"], 1);
  expect([follower.partition().logEndOffset, follower.replicas.failedPartitions.size]).toEqual([0, 0]);
  follower.env.advance(1_000);
  follower.catchUp(leader);
  expect(follower.partition().logEndOffset).toBe(1);
});

test("FENCED_LEADER_EPOCH → the partition stops until metadata brings the new epoch", () => {
  const { leader, follower } = pair();
  follower.carryTo(leader);
  leader.learn(epoch(1, 1));
  follower.env.advance(10_000);
  follower.carryTo(leader);
  expect(fetches(follower)).toHaveLength(1);
  expect(follower.env.trace.ofType("replica.fenced")).toHaveLength(1);
  follower.learn(epoch(1, 1));
  expect(fetches(follower)).toHaveLength(2);
  leader.produce(["a"], 1);
  follower.catchUp(leader);
  expect(follower.partition().logEndOffset).toBe(1);
});

test("UNKNOWN_LEADER_EPOCH → back off for replica.fetch.backoff.ms, then try again", () => {
  const { leader, follower } = pair();
  follower.carryTo(leader);
  follower.learn(epoch(1, 1));
  leader.env.advance(500);
  follower.carryTo(leader);
  expect(follower.env.trace.ofType("replica.fenced")[0]?.error).toBe(Errors.UNKNOWN_LEADER_EPOCH);
  const before = fetches(follower).length;
  follower.env.advance(999);
  expect(fetches(follower)).toHaveLength(before);
  follower.env.advance(1);
  expect(fetches(follower).length).toBe(before + 1);
});

test("a lost connection: every partition backs off, and the session starts over with a full request", () => {
  const { leader, follower } = pair();
  follower.carryTo(leader);
  const connection = follower.env.network.connections[0]!;
  connection.closed = true;
  connection.handler!.onClose();
  follower.env.advance(0);
  expect(fetches(follower)).toHaveLength(1);
  follower.env.advance(1000);
  follower.carryTo(leader);
  leader.produce(["a"], 1);
  follower.catchUp(leader);
  expect(follower.partition().logEndOffset).toBe(1);
  expect(fetches(follower).filter((body) => body.sessionEpoch === 0)).toHaveLength(2);
});

test("FETCH_SESSION_ID_NOT_FOUND → start over with a full request at once, without backing off", () => {
  const { leader, follower } = pair();
  follower.carryTo(leader);
  leader.produce(["a"], 1);
  const session = fetches(follower)[1]!;
  leader.plane.fetchSessions.newContext({ ...session, sessionEpoch: -1, topics: [] }, 17, true);
  follower.carryTo(leader);
  const last = fetches(follower).at(-1)!;
  expect([last.sessionId, last.sessionEpoch, last.topics.length]).toEqual([0, 0, 1]);
});

test("an answer that arrives after a new epoch is to another question and is ignored", () => {
  const { leader, follower } = pair();
  leader.produce(["a"], 1);
  const connection = follower.env.network.connections[0]!;
  connection.handler!.onOpen();
  const request = connection.sent[0]!;
  follower.learn(epoch(1, 1));
  expect(follower.partition().logEndOffset).toBe(0);
  const records = leader.fetchedBy(2, 0).records;
  const partition = {
    partitionIndex: 0,
    errorCode: 0,
    highWatermark: 1,
    lastStableOffset: 1,
    logStartOffset: 0,
    divergingEpoch: { epoch: -1, endOffset: -1 },
    currentLeader: { leaderId: -1, leaderEpoch: -1 },
    snapshotId: { endOffset: -1, epoch: -1 },
    abortedTransactions: null,
    preferredReadReplica: -1,
    records,
  };
  const topicId = fetches(follower)[0]!.topics[0]!.topicId;
  connection.handler!.onMessage({
    kind: "response",
    apiKey: 1,
    apiVersion: 17,
    correlationId: request.correlationId,
    body: {
      throttleTimeMs: 0,
      errorCode: Errors.NONE,
      sessionId: 0,
      responses: [{ topic: "", topicId, partitions: [partition] }],
      nodeEndpoints: [],
    },
  });
  expect(follower.partition().logEndOffset).toBe(0);
});

test("follower HW := clamp(leader HW, logStart, LEO); it may go down when a new leader knows less", () => {
  const { follower } = pair();
  const partition = follower.partition();
  partition.log!.appendAsFollower(batchOf(["a", "b"]));
  partition.updateFollowerHighWatermark(9);
  expect(partition.highWatermark).toBe(2);
  partition.updateFollowerHighWatermark(1);
  expect(partition.highWatermark).toBe(1);
  expect(follower.env.trace.ofType("high-watermark.lowered")).toMatchObject([{ from: 2, highWatermark: 1 }]);
});

test("a diverging answer updates neither HW nor log start; they come with the next fetch", () => {
  const { leader, follower } = pair();
  follower.learn(epoch(1, 2, { isr: [2] }));
  follower.produce(["f1", "f2"], 1);
  leader.learn(epoch(2, 1, { isr: [1] }));
  leader.produce(["l1"], 1);
  follower.learn(epoch(2, 1, { isr: [1] }));
  follower.catchUp(leader);
  expect(follower.partition().log?.epochForOffset(0)).toBe(2);
  const lowered = follower.env.trace.ofType("high-watermark.lowered");
  expect(lowered).toMatchObject([{ from: 2, highWatermark: 0 }]);
  expect(follower.partition().highWatermark).toBe(1);
});

test("a watermark told with a diverging answer is not told again until something changes (KAFKA-14704, KIP-227)", () => {
  const cluster = new TestCluster([1, 2]);
  const leader = new TestBroker(1, cluster);
  const follower = new TestBroker(2, cluster);
  for (const broker of [leader, follower]) broker.learn(epoch(0, 2));
  leader.carryTo(follower);
  follower.produce(["a"], 1);
  follower.produce(["b"], 1);
  // Broker 1 has "a" and leads alone, which commits it; broker 2 has "b" as well, and knows of nothing committed.
  leader.learn(epoch(1, 1, { isr: [1] }));
  follower.learn(epoch(1, 1, { isr: [1] }));
  const afterFiveFetches = (): number[] => {
    for (let i = 0; i < 5; i++) {
      follower.catchUp(leader);
      leader.env.advance(500);
    }
    return [leader, follower].map((broker) => broker.partition().highWatermark);
  };
  expect(afterFiveFetches()).toEqual([1, 0]);
  expect(follower.partition().logEndOffset).toBe(1);
  leader.produce(["c"], 1);
  expect(afterFiveFetches()).toEqual([2, 2]);
});

test("KAFKA-1647 (M7): a replica without a leader is opened all the same and its HW stays in the checkpoint", () => {
  const disk = new FakeDisk();
  const cluster = new TestCluster([1, 2]);
  const first = new TestBroker(1, cluster, { disk });
  first.learn(epoch(0, 1, { isr: [1] }));
  first.produce(["a", "b"], 1);
  first.logs.checkpointHighWatermarks();
  first.env.runPending();
  disk.crash();
  const second = new TestBroker(1, cluster, { disk });
  second.learn(epoch(1, -1));
  expect(second.partition().highWatermark).toBe(2);
  expect(second.replicas.isFetching(second.partition())).toBe(false);
});

test("logs of replicas that moved away while the broker was down are deleted at the first metadata", () => {
  const disk = new FakeDisk();
  const cluster = new TestCluster([1, 2, 3]);
  const first = new TestBroker(1, cluster, { disk });
  first.learn(epoch(0, 1, { isr: [1] }));
  first.produce(["a"], 1);
  disk.crash();
  const second = new TestBroker(1, cluster, { disk });
  second.learn(epoch(1, 2, { replicas: [1, 2] }), 1);
  expect(second.logs.get("orders-0")?.logEndOffset).toBe(1);
  cluster.put(0, epoch(1, 2, { replicas: [2, 3] }));
  const third = new TestBroker(1, cluster, { disk });
  third.learn(epoch(2, 2, { replicas: [1, 2] }), 1);
  expect(third.logs.get("orders-0")).toBeUndefined();
  expect(third.logs.get("orders-1")).toBeDefined();
});

test("a broker in controlled shutdown stops following what it is no more in sync for", () => {
  const { cluster, follower } = pair();
  cluster.register(2, { inControlledShutdown: true });
  follower.learn(epoch(1, 1, { isr: [1] }));
  expect(follower.replicas.isFetching(follower.partition())).toBe(false);
});
