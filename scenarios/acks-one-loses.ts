// acks=1: the leader says "written" before anybody else has the record. Then the leader dies.

import { scenario } from "../sim/index.js";

export const acksOneLoses = scenario({
  name: "acks-one-loses",
  teaches: "acks=1 means that one machine has the record: it is lost with that machine, although it was acknowledged.",
  read: [
    "core/broker/produce-handler.ts",
    "core/replication/replica-manager.ts",
    "core/replication/replica-fetcher.ts",
  ],
  cluster: { brokers: 3, controllers: 3 },
  expect: { violates: "acknowledged-records-survive" },
  run(world) {
    world.createTopic("orders", { partitions: 1, replicationFactor: 3, assignment: [[1, 2, 3]] });
    const shop = world.producer("shop", { acks: "1", "enable.idempotence": false });
    const first = shop.send("orders", { value: "order 1" });
    world.until(
      "the first order is acknowledged and on all replicas",
      () =>
        first.state === "acknowledged" && [1, 2, 3].every((broker) => world.logEndOffsetOf(broker, "orders", 0) === 1),
    );

    world.note("The followers' fetches are stuck in the network, but the leader keeps acknowledging.");
    world.hold({ api: "Fetch", kind: "request", from: 2, to: 1 });
    world.hold({ api: "Fetch", kind: "request", from: 3, to: 1 });
    world.run(1_000);
    const second = shop.send("orders", { value: "order 2" });
    world.until("the leader alone has acknowledged the second order", () => second.state === "acknowledged");

    world.note("The leader dies, and with it the only copy that counts: a follower without the order takes over.");
    world.inject({ kind: "crash", target: 1 });
    world.until("a follower leads", () => (world.leaderOf("orders", 0) ?? 1) !== 1);
    const third = shop.send("orders", { value: "order 3" });
    world.until("the third order takes the second one's offset", () => third.state === "acknowledged");
    world.note("Two orders were acknowledged at the same offset. The old leader returns, and throws its own away.");
    world.expect("both were told the same offset", third.offset === second.offset);
    world.heal();
  },
});
