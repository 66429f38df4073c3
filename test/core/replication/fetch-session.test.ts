import { expect, test } from "vitest";
import { Errors } from "../../../core/errors.js";
import { handleFetch } from "../../../core/broker/fetch-handler.js";
import type { RequestBody, ResponseBody } from "../../../core/protocol/apis.js";
import { FetchSessionHandler, nextFetchEpoch } from "../../../core/protocol/fetch-session-handler.js";
import { FetchSessionCache, SESSION_EVICTION_MS } from "../../../core/replication/fetch-session.js";
import { FakeEnvironment } from "../support/fake-environment.js";
import { context, registration, TestBroker, TestCluster, TOPIC, TOPIC_ID } from "./support.js";

function request(change: Partial<RequestBody<"Fetch">> = {}): RequestBody<"Fetch"> {
  return {
    clusterId: null,
    replicaId: -1,
    replicaState: { replicaId: -1, replicaEpoch: -1 },
    maxWaitMs: 0,
    minBytes: 1,
    maxBytes: 1_000_000,
    isolationLevel: 0,
    sessionId: 0,
    sessionEpoch: 0,
    topics: [],
    forgottenTopicsData: [],
    rackId: "",
    ...change,
  };
}

function asking(...partitions: (readonly [partition: number, fetchOffset: number])[]): RequestBody<"Fetch">["topics"] {
  return [
    {
      topic: TOPIC,
      topicId: TOPIC_ID,
      partitions: partitions.map(([partition, fetchOffset]) => ({
        partition,
        currentLeaderEpoch: -1,
        fetchOffset,
        lastFetchedEpoch: -1,
        logStartOffset: -1,
        partitionMaxBytes: 100_000,
        replicaDirectoryId: "AAAAAAAAAAAAAAAAAAAAAA",
      })),
    },
  ];
}

function broker(): TestBroker {
  const made = new TestBroker(1, new TestCluster([1]));
  made.learn(registration({ replicas: [1], isr: [1] }));
  made.learn(registration({ replicas: [1], isr: [1] }), 1);
  return made;
}

function fetch(at: TestBroker, body: Partial<RequestBody<"Fetch">>, apiVersion = 17): ResponseBody<"Fetch"> {
  const reply = context<"Fetch">(apiVersion);
  handleFetch(at.plane, request(body), reply);
  if (reply.body === undefined) throw new Error("the fetch was parked");
  return reply.body;
}

function partitionsOf(response: ResponseBody<"Fetch">): number[] {
  return response.responses.flatMap((topic) => topic.partitions.map((partition) => partition.partitionIndex));
}

test("(id 0, epoch 0) is full and creates a session; incremental answers hold only what has something to tell", () => {
  const leader = broker();
  const full = fetch(leader, { topics: asking([0, 0], [1, 0]) });
  expect(full.sessionId).toBeGreaterThan(0);
  expect(partitionsOf(full)).toEqual([0, 1]);
  const { sessionId } = full;
  expect(partitionsOf(fetch(leader, { sessionId, sessionEpoch: 1 }))).toEqual([]);
  leader.produce(["a"], 1, 1);
  expect(partitionsOf(fetch(leader, { sessionId, sessionEpoch: 2 }))).toEqual([1]);
  expect(partitionsOf(fetch(leader, { sessionId, sessionEpoch: 3, topics: asking([1, 1]) }))).toEqual([]);
});

test("a changed HW alone is told, once", () => {
  const leader = broker();
  const { sessionId } = fetch(leader, { topics: asking([0, 0]) });
  leader.produce(["a"], 1);
  fetch(leader, { sessionId, sessionEpoch: 1 });
  expect(partitionsOf(fetch(leader, { sessionId, sessionEpoch: 2, topics: asking([0, 1]) }))).toEqual([]);
  leader.produce(["b"], 1);
  const told = fetch(leader, { sessionId, sessionEpoch: 3, topics: asking([0, 2]) });
  expect(told.responses[0]?.partitions[0]?.highWatermark).toBe(2);
});

test("forgottenTopics leave the session; an empty session is closed", () => {
  const leader = broker();
  const { sessionId } = fetch(leader, { topics: asking([0, 0], [1, 0]) });
  const forget = (...partitions: number[]) => [{ topic: TOPIC, topicId: TOPIC_ID, partitions }];
  fetch(leader, { sessionId, sessionEpoch: 1, forgottenTopicsData: forget(0) });
  leader.produce(["a"], 1, 0);
  expect(partitionsOf(fetch(leader, { sessionId, sessionEpoch: 2 }))).toEqual([]);
  const last = fetch(leader, { sessionId, sessionEpoch: 3, forgottenTopicsData: forget(1) });
  expect(last.sessionId).toBe(0);
  expect(leader.plane.fetchSessions.size).toBe(0);
});

test("FETCH_SESSION_ID_NOT_FOUND, INVALID_FETCH_SESSION_EPOCH, FETCH_SESSION_TOPIC_ID_ERROR", () => {
  const leader = broker();
  const { sessionId } = fetch(leader, { topics: asking([0, 0]) });
  expect(fetch(leader, { sessionId: sessionId + 1, sessionEpoch: 1 }).errorCode).toBe(
    Errors.FETCH_SESSION_ID_NOT_FOUND,
  );
  expect(fetch(leader, { sessionId, sessionEpoch: 2 }).errorCode).toBe(Errors.INVALID_FETCH_SESSION_EPOCH);
  expect(fetch(leader, { sessionId, sessionEpoch: 1 }, 12).errorCode).toBe(Errors.FETCH_SESSION_TOPIC_ID_ERROR);
});

test("(id 0, epoch −1) is sessionless; (id, −1) closes the session", () => {
  const leader = broker();
  expect(fetch(leader, { sessionEpoch: -1, topics: asking([0, 0]) }).sessionId).toBe(0);
  const { sessionId } = fetch(leader, { topics: asking([0, 0]) });
  fetch(leader, { sessionId, sessionEpoch: -1 });
  expect(leader.plane.fetchSessions.size).toBe(0);
});

test("Fetch v4 names topics by name, knows no session and is answered in full", () => {
  const leader = broker();
  leader.produce(["a"], 1);
  const answer = fetch(leader, { sessionEpoch: -1, topics: asking([0, 0]) }, 4);
  expect(answer.responses[0]?.topic).toBe(TOPIC);
  expect(answer.responses[0]?.partitions[0]?.records?.length).toBeGreaterThan(0);
});

test("an unknown topic id → UNKNOWN_TOPIC_ID, resolved when metadata brings the topic", () => {
  const leader = broker();
  const topicId = "LATER00000000000000AAA";
  const topics = asking([0, 0]).map((topic) => ({ ...topic, topicId }));
  const first = fetch(leader, { topics });
  expect(first.responses[0]?.partitions[0]?.errorCode).toBe(Errors.UNKNOWN_TOPIC_ID);
  const after = registration({ replicas: [1], isr: [1] });
  leader.cluster.put(0, after, "later", topicId);
  leader.replicas.applyDelta({
    changedPartitions: [{ topic: "later", topicId, partition: 0, after }],
    deletedTopics: [],
    changedConfigs: [],
  });
  const second = fetch(leader, { sessionId: first.sessionId, sessionEpoch: 1 });
  expect(second.responses[0]?.partitions[0]).toMatchObject({ errorCode: Errors.NONE, highWatermark: 0 });
});

test("a partition that was answered with records moves behind the others: none starves", () => {
  const leader = broker();
  leader.produce(["x".repeat(300)], 1, 0);
  leader.produce(["y".repeat(300)], 1, 1);
  const { sessionId } = fetch(leader, { maxBytes: 1, topics: asking([0, 0], [1, 0]) });
  const sizes = (response: ResponseBody<"Fetch">) =>
    response.responses.flatMap((topic) =>
      topic.partitions.filter((partition) => (partition.records?.length ?? 0) > 0).map((p) => p.partitionIndex),
    );
  expect(sizes(fetch(leader, { maxBytes: 1, sessionId, sessionEpoch: 1 }))).toEqual([0]);
  expect(sizes(fetch(leader, { maxBytes: 1, sessionId, sessionEpoch: 2 }))).toEqual([1]);
});

test("cache: followers are privileged, the old give way, equals do not push each other out before two minutes", () => {
  const env = new FakeEnvironment();
  const cache = new FetchSessionCache({ clock: env.clock, random: env.random, slots: 2, topicName: () => TOPIC });
  const open = (privileged: boolean, partitions = 1): number => {
    const wanted = Array.from({ length: partitions }, (_, partition) => [partition, 0] as const);
    return cache.newContext(request({ topics: asking(...wanted) }), 17, privileged).finish().sessionId;
  };
  const first = open(false);
  const second = open(false);
  expect([first > 0, second > 0]).toEqual([true, true]);
  expect(open(false, 5)).toBe(0);
  expect(open(true)).toBeGreaterThan(0);
  expect(open(true)).toBeGreaterThan(0);
  expect(open(true, 5)).toBe(0);
  env.advance(SESSION_EVICTION_MS + 1);
  expect(open(false)).toBeGreaterThan(0);
  expect(cache.size).toBe(2);
});

test("cache: one that is older than two minutes gives way to more partitions, not to as many", () => {
  const env = new FakeEnvironment();
  const cache = new FetchSessionCache({ clock: env.clock, random: env.random, slots: 1, topicName: () => TOPIC });
  const open = (partitions: number): number => {
    const wanted = Array.from({ length: partitions }, (_, partition) => [partition, 0] as const);
    return cache.newContext(request({ topics: asking(...wanted) }), 17, false).finish().sessionId;
  };
  const sessionId = open(2);
  env.advance(SESSION_EVICTION_MS + 1);
  cache.newContext(request({ sessionId, sessionEpoch: 1 }), 17, false).finish();
  expect([open(1), open(2)]).toEqual([0, 0]);
  expect(open(3)).toBeGreaterThan(0);
});

test("a full fetch of nothing opens a session all the same", () => {
  const cache = broker().plane.fetchSessions;
  expect(cache.newContext(request(), 17, false).finish().sessionId).toBeGreaterThan(0);
});

test("session epochs run 1 … 2^31 − 1 and then 1 again", () => {
  expect([nextFetchEpoch(0), nextFetchEpoch(2_147_483_647), nextFetchEpoch(-1)]).toEqual([1, 1, -1]);
});

const position = (partition: number, fetchOffset: number) => ({
  topic: TOPIC,
  topicId: TOPIC_ID,
  partition,
  fetchOffset,
  currentLeaderEpoch: 0,
  lastFetchedEpoch: -1,
  logStartOffset: -1,
  maxBytes: 100,
});

function answer(change: Partial<ResponseBody<"Fetch">>): ResponseBody<"Fetch"> {
  return { throttleTimeMs: 0, errorCode: 0, sessionId: 7, responses: [], nodeEndpoints: [], ...change };
}

test("the fetcher's half: full first, then only what moved, forgotten once, full again after an error", () => {
  const session = new FetchSessionHandler();
  session.put(position(0, 0));
  session.put(position(1, 0));
  expect(session.build()).toMatchObject({ sessionId: 0, sessionEpoch: 0, topics: [{ partitions: [{}, {}] }] });
  expect(session.handleResponse(answer({}))).toBe(true);
  session.put(position(0, 5));
  session.put(position(1, 0));
  const second = session.build();
  expect([second.sessionId, second.sessionEpoch]).toEqual([7, 1]);
  expect(second.topics[0]?.partitions.map((partition) => partition.partition)).toEqual([0]);
  session.handleResponse(answer({}));
  session.remove(TOPIC, 1);
  const third = session.build();
  expect([third.sessionEpoch, third.topics]).toEqual([2, []]);
  expect(third.forgottenTopicsData).toEqual([{ topic: TOPIC, topicId: TOPIC_ID, partitions: [1] }]);
  expect(session.handleResponse(answer({ errorCode: Errors.INVALID_FETCH_SESSION_EPOCH }))).toBe(false);
  const fourth = session.build();
  expect([fourth.sessionId, fourth.sessionEpoch, fourth.topics[0]?.partitions.length]).toEqual([7, 0, 1]);
});

test("the fetcher's half: a topic created again under its name is forgotten by its old id and asked by its new", () => {
  const session = new FetchSessionHandler();
  session.put(position(0, 4));
  session.build();
  session.handleResponse(answer({}));
  session.put({ ...position(0, 0), topicId: "NEW000000000000000000A" });
  const request = session.build();
  expect(request.topics[0]?.topicId).toBe("NEW000000000000000000A");
  expect(request.forgottenTopicsData).toEqual([{ topic: TOPIC, topicId: TOPIC_ID, partitions: [0] }]);
});
