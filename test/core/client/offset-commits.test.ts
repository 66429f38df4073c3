// Commits that overlap: the repetition of an earlier one must not undo a later one.

import { expect, test } from "vitest";
import { Consumer } from "../../../core/client/consumer.js";
import { CONSUMER_CONFIG } from "../../../core/config/client-config.js";
import { parseConfig } from "../../../core/config/definition.js";
import { Errors } from "../../../core/errors.js";
import { FakeEnvironment } from "../support/fake-environment.js";
import { answerBasics, run, ScriptedNetwork } from "./scripted-network.js";

const P0 = { topic: "orders", partition: 0 };

test("commit: one that failed in passing is not repeated once a later one was begun", () => {
  const env = new FakeEnvironment({ nodeId: 200 });
  const network = new ScriptedNetwork();
  answerBasics(network, [{ name: "orders", leaders: [1], leaderEpoch: 5 }]);
  const config = { "bootstrap.servers": "broker-1:9092", "group.id": "g", "enable.auto.commit": false };
  const consumer = new Consumer(env, parseConfig(CONSUMER_CONFIG, config), network);
  const accepted: number[] = [];
  let isLoading = true;
  network.on("OffsetCommit", ({ topics }) => {
    const errorCode = isLoading ? Errors.COORDINATOR_LOAD_IN_PROGRESS : Errors.NONE;
    if (!isLoading) accepted.push(topics[0]!.partitions[0]!.committedOffset);
    return { topics: [{ name: "orders", partitions: [{ partitionIndex: 0, errorCode }] }] };
  });
  consumer.assign([P0]);
  run(env, network, 500);
  const results: unknown[] = [];
  consumer.commit([{ ...P0, offset: 1 }], (result) => results.push([1, result]));
  run(env, network, 50);
  isLoading = false;
  consumer.commit([{ ...P0, offset: 2 }], (result) => results.push([2, result]));
  run(env, network, 5000);
  expect(accepted).toEqual([2]);
  expect(results).toEqual([
    [2, { ok: true }],
    [1, { ok: false, error: Errors.COORDINATOR_LOAD_IN_PROGRESS }],
  ]);
});
