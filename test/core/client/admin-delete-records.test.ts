// The admin client and partitions that move while it asks.

import { expect, test } from "vitest";
import { Admin } from "../../../core/client/admin.js";
import { ADMIN_CONFIG } from "../../../core/config/client-config.js";
import { parseConfig } from "../../../core/config/definition.js";
import { Errors } from "../../../core/errors.js";
import { FakeEnvironment } from "../support/fake-environment.js";
import { answerBasics, run, ScriptedNetwork } from "./scripted-network.js";

function world() {
  const env = new FakeEnvironment({ nodeId: 300 });
  const network = new ScriptedNetwork();
  const topic = { name: "orders", leaders: [1], leaderEpoch: 5 };
  answerBasics(network, [topic]);
  const admin = new Admin(env, parseConfig(ADMIN_CONFIG, { "bootstrap.servers": "broker-1:9092" }), network);
  run(env, network, 100);
  const results: unknown[] = [];
  const deleteRecords = (name: string): void =>
    admin.deleteRecords({ topic: name, partition: 0 }, 7, (result) => results.push(result));
  return { env, network, topic, results, deleteRecords };
}

function answer(errorCode: number): object {
  const lowWatermark = errorCode === Errors.NONE ? 7 : -1;
  return { topics: [{ name: "orders", partitions: [{ partitionIndex: 0, lowWatermark, errorCode }] }] };
}

test.each([
  ["another broker leads", answer(Errors.NOT_LEADER_OR_FOLLOWER)],
  ["the replica left the broker", answer(Errors.UNKNOWN_TOPIC_OR_PARTITION)],
  ["the replicas were too slow", answer(Errors.REQUEST_TIMED_OUT)],
  ["the connection broke", "disconnected"],
] as const)("deleteRecords asks the present leader: %s", (_why, refusal) => {
  const { env, network, topic, results, deleteRecords } = world();
  network.on("DeleteRecords", (_body, { node }) => (node.id === 1 ? refusal : answer(Errors.NONE)));
  deleteRecords("orders");
  run(env, network, 50);
  expect(results).toEqual([]);
  topic.leaders[0] = -1;
  run(env, network, 1000);
  topic.leaders[0] = 2;
  run(env, network, 2000);
  expect(results).toEqual([{ ok: true, value: { lowWatermark: 7, error: Errors.NONE } }]);
});

test("deleteRecords does not repeat what no leader would do", () => {
  const { env, network, results, deleteRecords } = world();
  network.on("DeleteRecords", () => answer(Errors.OFFSET_OUT_OF_RANGE));
  deleteRecords("orders");
  deleteRecords("nowhere");
  run(env, network, 1000);
  expect(network.requests("DeleteRecords")).toHaveLength(1);
  expect(results).toMatchObject([
    { ok: false, error: Errors.UNKNOWN_TOPIC_OR_PARTITION },
    { ok: true, value: { error: Errors.OFFSET_OUT_OF_RANGE } },
  ]);
});

test("deleteRecords gives up after default.api.timeout.ms", () => {
  const { env, network, results, deleteRecords } = world();
  network.on("DeleteRecords", () => answer(Errors.NOT_LEADER_OR_FOLLOWER));
  deleteRecords("orders");
  run(env, network, 61_000);
  expect(results).toMatchObject([{ ok: false, error: Errors.REQUEST_TIMED_OUT }]);
});
