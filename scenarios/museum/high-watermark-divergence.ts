// M2, before KIP-101: two replicas in sync hold different records at one offset, and nobody notices.
// The broker that knows the high watermark keeps what the other, which does not, has thrown away and written over.

import { scenario } from "../../sim/index.js";

export const highWatermarkDivergence = scenario({
  name: "high-watermark-divergence",
  teaches:
    "Replicas that truncate to their own high watermarks may keep different records at the same offset for ever.",
  read: ["core/replication/replica-fetcher.ts", "core/replication/partition-read.ts", "core/log/leader-epoch-cache.ts"],
  cluster: { brokers: 3, controllers: 3 },
  bugs: ["truncate-to-high-watermark"],
  exhibit: "M2",
  expect: { violates: ["acknowledged-records-survive", "committed-never-lost", "replicas-agree", "strong-isr"] },
  run(world) {
    world.createTopic("orders", { partitions: 1, replicationFactor: 3, assignment: [[1, 3, 2]] });
    const shop = world.producer("shop");
    const first = shop.send("orders", { value: "order 1" });
    world.until("every replica knows that the first order is committed", () =>
      [1, 2, 3].every((broker) => world.highWatermarkOf(broker, "orders", 0) === 1),
    );
    world.expect("it is acknowledged", first.state === "acknowledged");

    const second = shop.send("orders", { value: "order 2" });
    world.until("broker 2 has the second order", () => world.logEndOffsetOf(2, "orders", 0) === 2);
    world.note("Broker 2 has the second order, but the news that it is committed is stuck on the way.");
    world.hold({ api: "Fetch", kind: "response", from: 1, to: 2 });
    world.until("the leader knows, and broker 3 learns it", () => world.highWatermarkOf(3, "orders", 0) === 2);
    world.until("the order is acknowledged", () => second.state === "acknowledged");
    world.run(5_000);
    world.note("Brokers 1 and 3 have written down, in their checkpoints, that two orders are committed.");

    world.note("The leader dies. Broker 3 leads, and broker 2 meets a new leader. Then broker 3 dies, too.");
    const toNewLeader = world.hold({ api: "Fetch", kind: "request", from: 2, to: 3 });
    world.inject({ kind: "crash", target: 1 });
    world.until("broker 3 leads", () => world.leaderOf("orders", 0) === 3);
    world.until("broker 2 asks it for records", () => toNewLeader.heldCount > 0);
    world.inject({ kind: "crash", target: 3 });
    world.until("broker 2 leads", () => world.leaderOf("orders", 0) === 2);

    world.note("Broker 2, alone in sync, takes a third order.");
    const third = shop.send("orders", { value: "order 3" });
    world.until("the third order is acknowledged", () => third.state === "acknowledged");
    world.note("The others return. Their high watermark is where they end, so they have nothing to truncate.");
    world.restart(1);
    world.restart(3);
    world.until("all are in sync", () => world.isrOf("orders", 0).length === 3);
    const fourth = shop.send("orders", { value: "order 4" });
    world.until("the fourth order is acknowledged", () => fourth.state === "acknowledged");
    world.heal();
  },
});
