import { expect, test } from "vitest";
import { handleDescribeTopicPartitions } from "../../../core/broker/describe-topic-partitions-handler.js";
import { Errors } from "../../../core/errors.js";
import type { RequestBody } from "../../../core/protocol/apis.js";
import { ask, cluster, ORDERS_ID } from "./support.js";

type Cursor = RequestBody<"DescribeTopicPartitions">["cursor"];

function describe(names: readonly string[], limit = 2000, cursor: Cursor = null) {
  const body = { topics: names.map((name) => ({ name })), responsePartitionLimit: limit, cursor };
  const image = cluster();
  return ask(
    "DescribeTopicPartitions",
    (asked, context) => handleDescribeTopicPartitions(image, asked, context),
    body,
    0,
  ).body!;
}

function shown(answer: ReturnType<typeof describe>): readonly string[] {
  return answer.topics.flatMap(({ name, partitions }) => partitions.map((p) => `${name}-${p.partitionIndex}`));
}

test("no names: all topics in name order, with their ids", () => {
  const answer = describe([]);
  expect(shown(answer)).toEqual(["orders-0", "orders-1", "orders-2", "users-0"]);
  expect(answer.topics[0]!.topicId).toBe(ORDERS_ID);
  expect(answer.nextCursor).toBeNull();
});

test("a partition nobody leads is described without an error", () => {
  const [, , leaderless] = describe(["orders"]).topics[0]!.partitions;
  expect(leaderless).toMatchObject({ errorCode: Errors.NONE, leaderId: -1, offlineReplicas: [3] });
});

test("pages: following the cursor shows every partition once, whatever the limit", () => {
  for (const limit of [-1, 1, 2, 3, 4]) {
    const seen: string[] = [];
    let cursor: Cursor = null;
    do {
      const answer = describe([], limit, cursor);
      seen.push(...shown(answer));
      cursor = answer.nextCursor;
    } while (cursor !== null && seen.length < 10);
    expect(seen).toEqual(["orders-0", "orders-1", "orders-2", "users-0"]);
  }
});

test("a page that ends with a topic points to the next one's first partition", () => {
  expect(describe([], 3).nextCursor).toEqual({ topicName: "users", partitionIndex: 0 });
  expect(describe([], 2).nextCursor).toEqual({ topicName: "orders", partitionIndex: 2 });
});

test("unknown and impossible names are told apart", () => {
  const errors = describe(["payments", "a b"]).topics.map(({ name, errorCode }) => [name, errorCode]);
  expect(errors).toEqual([
    ["a b", Errors.INVALID_TOPIC_EXCEPTION],
    ["payments", Errors.UNKNOWN_TOPIC_OR_PARTITION],
  ]);
});

test("a cursor must point to an asked topic and to no negative partition", () => {
  const foreign = describe(["users"], 2000, { topicName: "orders", partitionIndex: 0 });
  expect(foreign.topics).toMatchObject([{ name: "users", errorCode: Errors.INVALID_REQUEST, partitions: [] }]);
  const negative = describe(["orders"], 2000, { topicName: "orders", partitionIndex: -1 });
  expect(negative.topics[0]!.errorCode).toBe(Errors.INVALID_REQUEST);
});

test("KIP-430: what may be done to a topic is told unasked, except if the request is refused", () => {
  const operations = ({ topics }: ReturnType<typeof describe>) =>
    topics.map(({ topicAuthorizedOperations }) => topicAuthorizedOperations);
  expect(operations(describe(["payments", "users"]))).toEqual([0xdf8, 0xdf8]);
  const refused = describe(["users"], 1, { topicName: "orders", partitionIndex: 0 });
  expect(operations(refused)).toEqual([-2147483648]);
});
