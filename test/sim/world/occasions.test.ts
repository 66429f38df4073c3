// Occasions: a script may wait for a fact of the run while it goes on with other things.

import { expect, test } from "vitest";
import type { Occasion } from "../../../sim/world/occasions.js";
import { describeOccasion } from "../../../sim/world/occasions.js";
import { SimulatedWorld } from "../../../sim/world/simulated-world.js";

function worldWithOrders(): SimulatedWorld {
  const config = { "min.insync.replicas": 1, "replica.lag.time.max.ms": 1_000, "replica.fetch.wait.max.ms": 100 };
  const world = new SimulatedWorld({ brokers: 3, controllers: 1, config }, { seed: 1 });
  world.start();
  world.createTopic("orders", { partitions: 1, replicationFactor: 3, assignment: [[1, 2, 3]] });
  world.createTopic("prices", { partitions: 1, replicationFactor: 1, assignment: [[1]] });
  const shop = world.producer("shop", { acks: "1", "enable.idempotence": false });
  for (let atMs = 0; atMs < 100_000; atMs += 100)
    world.cluster.simulation.after(atMs, () => shop.send("orders", { value: "order" }));
  world.run(1_000);
  return world;
}

/** Stands still, and soon lacks records: it leaves the ISR long before its session is over. */
function leaveBehind(world: SimulatedWorld, node: number): void {
  world.inject({ kind: "pause", target: node });
}

const SHRUNK: Occasion = { event: "isr.shrunk", topic: "orders", partition: 0 };

/** Times at which the leader of orders tells of a smaller ISR, in milliseconds. */
function shrinksOf(world: SimulatedWorld): number[] {
  const times: number[] = [];
  world.cluster.recorder.listen((event) => times.push(event.atUs / 1000), ["isr.shrunk"]);
  return times;
}

test("the action takes place once, at the moment of the fact, while the script goes on", () => {
  const world = worldWithOrders();
  const shrinks = shrinksOf(world);
  const times: number[] = [];
  world.once(SHRUNK, () => times.push(world.nowMs));
  leaveBehind(world, 3);
  world.run(5_000);
  leaveBehind(world, 2);
  world.run(5_000);
  expect(shrinks.length).toBe(2);
  expect(times).toEqual([shrinks[0]]);
});

test("an action may wait for the next occasion, and for some time after it", () => {
  const world = worldWithOrders();
  const shrinks = shrinksOf(world);
  const times: number[] = [];
  world.once(SHRUNK, () => world.once({ event: "isr.shrunk", afterMs: 250 }, () => times.push(world.nowMs)));
  leaveBehind(world, 3);
  world.run(5_000);
  leaveBehind(world, 2);
  world.run(5_000);
  expect(times).toEqual([shrinks[1]! + 250]);
});

test("only facts of the named partition count", () => {
  const world = worldWithOrders();
  let count = 0;
  world.once({ ...SHRUNK, topic: "prices" }, () => count++);
  world.once({ ...SHRUNK, partition: 1 }, () => count++);
  leaveBehind(world, 3);
  world.run(5_000);
  expect([world.isrOf("orders", 0), count]).toEqual([[1, 2], 0]);
});

test("healing ends all waiting, also for what is due some time after its occasion", () => {
  const world = worldWithOrders();
  let count = 0;
  world.once({ event: "broker.fenced" }, () => count++);
  world.once({ ...SHRUNK, afterMs: 60_000 }, () => count++);
  leaveBehind(world, 3);
  world.until("the ISR has shrunk", () => world.isrOf("orders", 0).length === 2);
  world.run(500);
  world.heal();
  world.run(1_000);
  world.inject({ kind: "crash", target: 3 });
  world.run(100_000);
  expect([world.isUnfenced(3), count]).toEqual([false, 0]);
});

test("an action that lets time pass is refused", () => {
  const world = worldWithOrders();
  world.once(SHRUNK, () => world.run(1));
  leaveBehind(world, 3);
  expect(() => world.run(5_000)).toThrow(/waits for nothing/);
});

test("what cannot be waited for is refused by name", () => {
  const world = worldWithOrders();
  expect(() => world.once({ event: "doomsday" } as unknown as Occasion, () => {})).toThrow(/"doomsday"/);
});

test("watching changes nothing: the digest is the same with a wait whose action does nothing", () => {
  const digests = [false, true].map((waits) => {
    const world = worldWithOrders();
    if (waits) world.once(SHRUNK, () => {});
    leaveBehind(world, 3);
    world.run(5_000);
    return world.cluster.digest.hex();
  });
  expect(digests[0]).toBe(digests[1]);
});

test("an occasion reads as the end of a sentence", () => {
  expect(describeOccasion({ ...SHRUNK, afterMs: 20 })).toBe("once an ISR has shrunk (orders-0), 20 ms later");
  expect(describeOccasion({ event: "broker.fenced" })).toBe("once a broker is fenced");
});
