// M18, KAFKA-19522: the last known leader is elected when nobody else may be. That it has to be alive was tested,
// and the outcome forgotten.

import { scenario } from "../../sim/index.js";

export const fencedLeader = scenario({
  name: "fenced-leader",
  teaches: "A leader is elected to serve: one that is fenced serves nobody, and is never replaced for it.",
  read: ["core/controller/partition-change-builder.ts", "core/controller/heartbeat-manager.ts"],
  cluster: { brokers: 3, controllers: 3 },
  bugs: ["elect-fenced-last-known-leader"],
  expect: { violates: "fenced-brokers-never-lead" },
  run(world) {
    world.createTopic("orders", { partitions: 1, replicationFactor: 2, assignment: [[1, 2]] });
    const shop = world.producer("shop");
    world.note("Broker 2 dies, then broker 1, the last in sync and the last known leader.");
    world.inject({ kind: "crash", target: 2 });
    world.until("the leader is the whole ISR", () => world.isrOf("orders", 0).length === 1);
    const order = shop.send("orders", { value: "order 1" });
    world.until("the order is acknowledged", () => order.state === "acknowledged");
    world.inject({ kind: "crash", target: 1 });
    world.until("nobody leads", () => world.leaderOf("orders", 0) === undefined);

    world.note("Broker 1 comes back. It did not stop in good order, so it is not eligible; its heartbeats are late.");
    const heartbeats = world.hold({ api: "BrokerHeartbeat", kind: "request", from: 1 });
    world.restart(1);
    world.until("it has registered, and its first heartbeat is under way", () => heartbeats.heldCount > 0);
    world.note("The controllers know it, and keep it fenced until they hear from it. Does it lead all the same?");
    world.run(5_000);

    heartbeats.release();
    world.until("broker 1 is unfenced and leads", () => world.isUnfenced(1) && world.leaderOf("orders", 0) === 1);
    world.heal();
  },
});
