// enable.auto.commit around the changes of an assignment.

import { expect, test } from "vitest";
import { P0, world } from "./consumer-world.js";

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
