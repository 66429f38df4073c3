// KIP-392 as a consumer sees it: where it reads when the leader sends it to a replica of its own rack.

import { expect, test } from "vitest";
import { P0, type World, world } from "./consumer-world.js";
import { topicIdOf } from "./scripted-network.js";

/** Broker 1 leads and sends to broker 2 whoever asks; broker 2 answers when it has something. */
function sentToBroker2(): World {
  const all = world({ "client.rack": "r2" });
  all.network.on("Fetch", (body, { node }) => {
    if (node.id === 2) return "hold";
    const partition = { partitionIndex: 0, errorCode: 0, highWatermark: 2, records: null, preferredReadReplica: 2 };
    const responses = [{ topicId: topicIdOf("orders"), partitions: [partition] }];
    return { sessionId: body.sessionId === 0 ? 7 : body.sessionId, responses };
  });
  all.consumer.assign([P0]);
  all.consumer.seek(P0, 0);
  return all;
}

test("it goes where it is sent, and stays there", () => {
  const { network, consume } = sentToBroker2();
  consume(1_000);
  expect(network.requests("Fetch").map(({ node }) => node.id)).toEqual([1, 2]);
});

test("sent to a replica that its metadata calls offline, it asks for newer metadata", () => {
  const { network, topic, consume } = sentToBroker2();
  topic.offlineReplicas = [2];
  consume(1_000);
  expect(network.requests("Fetch").every(({ node }) => node.id === 1)).toBe(true);
  expect(network.requests("Metadata").length).toBeGreaterThan(3);
  topic.offlineReplicas = [];
  consume(1_000);
  expect(network.last("Fetch").node.id).toBe(2);
});
