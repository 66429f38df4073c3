// enable.auto.commit around the changes of an assignment.

import { expect, test } from "vitest";
import { Errors } from "../../../core/errors.js";
import { answerGroup, P0, world } from "./consumer-world.js";
import { run } from "./scripted-network.js";

test("assign commits what is due, and does not put the next commit off", () => {
  const overrides = { "group.id": "g", "auto.offset.reset": "earliest", "auto.commit.interval.ms": 1000 };
  const { log, consumer, consume } = world(overrides);
  log.values.push("a", "b");
  for (let round = 0; round < 4; round++) {
    consumer.assign([P0]);
    consume(300);
  }
  expect(log.committed.get(0)?.offset).toBe(2);
});

test("assign commits the positions of the partitions it gives up", () => {
  const overrides = { "group.id": "g", "auto.offset.reset": "earliest", "auto.commit.interval.ms": 1000 };
  const { env, network, log, consumer, consume } = world(overrides);
  log.values.push("a", "b");
  consumer.assign([P0]);
  consume(800);
  env.advance(300);
  consumer.assign([]);
  network.deliver();
  expect(log.committed.get(0)?.offset).toBe(2);
});

test("close looks an unknown coordinator up, commits and leaves", () => {
  const { env, network, log, consumer, consume } = world({ "group.id": "g", "auto.offset.reset": "earliest" });
  const group = answerGroup(network);
  log.values.push("a", "b");
  consumer.subscribe(["orders"]);
  consume(1000);
  const find = network.handlerOf("FindCoordinator");
  network.on("FindCoordinator", () => "hold").on("Heartbeat", () => "disconnected");
  const lookUps = network.requests("FindCoordinator").length;
  while (network.requests("FindCoordinator").length === lookUps) consume(10);
  let isClosed = false;
  consumer.close(() => (isClosed = true));
  run(env, network, 5000);
  expect([isClosed, log.committed.size]).toEqual([false, 0]);
  const held = network.last("FindCoordinator");
  held.answer(find(held.body, held) as object);
  run(env, network, 100);
  expect([isClosed, log.committed.get(0)?.offset, group.leaves]).toEqual([true, 2, 1]);
});

test("close gives a coordinator that cannot be found up after 30 seconds", () => {
  const { env, network, log, consumer, consume } = world({ "group.id": "g", "auto.offset.reset": "earliest" });
  network.on("FindCoordinator", () => ({ coordinators: [{ errorCode: Errors.COORDINATOR_NOT_AVAILABLE }] }));
  network.on("OffsetFetch", () => "hold");
  log.values.push("a");
  consumer.assign([P0]);
  consumer.seek(P0, 0);
  consume(1000);
  let isClosed = false;
  consumer.close(() => (isClosed = true));
  run(env, network, 28_000);
  expect(isClosed).toBe(false);
  run(env, network, 4000);
  expect([isClosed, network.isClosed]).toEqual([true, true]);
});
