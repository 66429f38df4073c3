// KIP-320: leader epochs a client hears of outside of metadata, and what it then still believes of the metadata.

import { expect, test } from "vitest";
import { P0, world, type World } from "./consumer-world.js";

/** Broker 1 leads in epoch 5 and knows of nothing newer; broker 2 was elected in epoch 6, where `c` was committed. */
function deposed(): World {
  const all = world({ "group.id": "g", "auto.offset.reset": "earliest", "enable.auto.commit": false });
  all.log.values.push("a", "b", "c", "d");
  all.log.committed.set(0, { offset: 3, leaderEpoch: 6 });
  all.network.on("OffsetForLeaderEpoch", ({ topics }, { node }) => ({
    topics: topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition, leaderEpoch }) => {
        const isKnown = node.id === 2 || leaderEpoch <= 5;
        const endOffset = isKnown ? all.log.values.length : -1;
        return { partition, errorCode: 0, leaderEpoch: isKnown ? leaderEpoch : -1, endOffset };
      }),
    })),
  }));
  // Learns of broker 1 and epoch 5.
  all.consumer.endOffsets([P0], () => {});
  all.consume(100);
  return all;
}

test("a committed offset of a newer epoch waits for that leader, and is not compared with the deposed one", () => {
  const { network, topic, consumer, consume } = deposed();
  consumer.assign([P0]);
  expect(consume(2000)).toEqual([]);
  expect(network.requests("OffsetForLeaderEpoch")).toEqual([]);
  expect(network.requests("Fetch").flatMap(({ body }) => body.topics)).toEqual([]);
  expect(network.requests("Metadata").length).toBeGreaterThan(5);
  topic.leaders[0] = 2;
  topic.leaderEpoch = 6;
  expect(consume(3000)).toEqual(["d"]);
  expect(network.last("OffsetForLeaderEpoch").node.id).toBe(2);
});

test.each(["commit", "committed"] as const)(
  "%s of an offset of a newer epoch asks for the leader of that epoch",
  (how) => {
    const { network, topic, consumer, consume } = deposed();
    consumer.assign([P0]);
    consumer.seek(P0, 0);
    expect(consume(500)).toHaveLength(4);
    const before = network.requests("Metadata").length;
    if (how === "commit") consumer.commit([{ ...P0, offset: 4, leaderEpoch: 6 }]);
    else consumer.committed([P0], () => {});
    topic.leaders[0] = 2;
    topic.leaderEpoch = 6;
    consume(1000);
    expect(network.requests("Metadata").length).toBeGreaterThan(before);
    expect(network.last("OffsetForLeaderEpoch").node.id).toBe(2);
  },
);

test("a position found by ListOffsets has no epoch: a new leader does not have to prove it", () => {
  const { network, topic, log, consumer, consume } = world({ "auto.offset.reset": "latest", "group.id": "g" });
  log.values.push("a", "b");
  consumer.assign([P0]);
  consume(500);
  consumer.commit();
  consume(100);
  expect(log.committed.get(0)).toEqual({ offset: 2, leaderEpoch: -1 });
  topic.leaders[0] = 2;
  topic.leaderEpoch = 6;
  log.epochEnd = 0;
  network.requests("Fetch").at(-1)!.fail("disconnected");
  consume(500);
  expect(network.last("Fetch").node.id).toBe(2);
  expect(network.requests("OffsetForLeaderEpoch")).toEqual([]);
});

test("a position that awaits validation is neither told nor committed", () => {
  const overrides = { "auto.offset.reset": "earliest", "group.id": "g", "auto.commit.interval.ms": 200 };
  const { network, topic, log, consumer, consume } = world(overrides);
  log.values.push("a", "b");
  consumer.assign([P0]);
  consume(1000);
  expect(log.committed.get(0)?.offset).toBe(2);
  log.committed.clear();
  network.on("OffsetForLeaderEpoch", () => "hold");
  topic.leaders[0] = 2;
  topic.leaderEpoch = 6;
  network.requests("Fetch").at(-1)!.fail("disconnected");
  while (network.requests("OffsetForLeaderEpoch").length === 0) consume(10);
  log.committed.clear();
  const results: unknown[] = [];
  consumer.commit(undefined, (result) => results.push(result));
  consume(1000);
  expect([consumer.position(P0), log.committed.size, results]).toEqual([undefined, 0, [{ ok: true }]]);
  const held = network.last("OffsetForLeaderEpoch");
  held.answer({ topics: [{ topic: "orders", partitions: [{ partition: 0, leaderEpoch: 5, endOffset: 2 }] }] });
  consume(1000);
  expect([consumer.position(P0), log.committed.get(0)?.offset]).toEqual([2, 2]);
});
