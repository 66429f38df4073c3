// The leader loses power; another replica takes over; nothing acknowledged is lost.

import { scenario } from "../sim/index.js";

export const leaderFailover = scenario({
  name: "leader-failover",
  teaches: "A record below the high watermark survives the loss of its leader, because every in-sync replica has it.",
  read: [
    "core/replication/partition.ts",
    "core/controller/partition-change-builder.ts",
    "core/log/leader-epoch-cache.ts",
  ],
  cluster: { brokers: 3, controllers: 3, config: { "min.insync.replicas": 2 } },
  expect: "holds",
  run(world) {
    world.createTopic("orders", { partitions: 1, replicationFactor: 3 });
    const shop = world.producer("shop");
    const first = shop.send("orders", { value: "order 1" });
    world.until("the first order is acknowledged", () => first.state === "acknowledged");

    world.note("The leader loses power before its operating system wrote anything to disk.");
    const oldLeader = world.leaderOf("orders", 0)!;
    world.inject({ kind: "power-loss", target: { role: "leader", topic: "orders", partition: 0 } });
    const second = shop.send("orders", { value: "order 2" });
    world.until("another replica leads", () => {
      const leader = world.leaderOf("orders", 0);
      return leader !== undefined && leader !== oldLeader;
    });
    world.note("The controller missed the leader's heartbeats, fenced it and elected another in-sync replica.");
    world.until("the producer found the new leader by itself", () => second.state === "acknowledged");

    world.note("The old leader comes back as a follower, and fetches what it lost.");
    world.restart(oldLeader);
    world.until("it is in sync again", () => world.isrOf("orders", 0).length === 3);

    const reader = world.consumer("reader", {
      group: "readers",
      topics: ["orders"],
      config: { "auto.offset.reset": "earliest" },
    });
    world.until("both orders are there", () => reader.received.length === 2);
  },
});
