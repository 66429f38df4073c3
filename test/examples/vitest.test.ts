// The first example of the README, as a user would write it.

import { expect, test } from "vitest";
import { scenario, simulate } from "samsa";

const lostLeader = scenario({
  name: "lost-leader",
  teaches: "An acknowledged order survives its leader.",
  read: ["core/replication/high-watermark.ts"],
  cluster: { brokers: 3, controllers: 3, config: { "min.insync.replicas": 2 } },
  expect: "holds",
  run(world) {
    world.createTopic("orders", { partitions: 1, replicationFactor: 3 });
    const order = world.producer("shop").send("orders", { key: "ann", value: "one book" });
    world.until("the order is acknowledged", () => order.state === "acknowledged");

    world.note("The leader loses power.");
    world.inject({ kind: "power-loss", target: { role: "leader", topic: "orders", partition: 0 } });

    const reader = world.consumer("reader", {
      group: "readers",
      topics: ["orders"],
      config: { "auto.offset.reset": "earliest" },
    });
    world.until("the order is read from another replica", () => reader.received[0]?.value === "one book");
  },
});

test("an acknowledged order survives its leader", () => {
  const result = simulate(lostLeader, { seed: 7 });
  expect(result.failure).toBeUndefined();
  expect(result.unexpected).toEqual([]);
  expect(result.seen.leaderElections).toBeGreaterThan(0);
});
