// M8, before KIP-207: who asks a partition for its end is told 2, and then 1.
// The new leader has both records, but does not know yet that the second one is committed.

import { scenario } from "../../sim/index.js";

export const endOffsetGoesBack = scenario({
  name: "end-offset-goes-back",
  teaches: "A new leader cannot say where the committed log ends before its high watermark has reached its epoch.",
  read: ["core/replication/list-offsets.ts", "core/client/offset-lookup.ts"],
  cluster: { brokers: 3, controllers: 3, config: { "min.insync.replicas": 2 } },
  bugs: ["unguarded-list-offsets"],
  expect: { violates: "end-offsets-rise" },
  run(world) {
    world.createTopic("orders", { partitions: 1, replicationFactor: 3, assignment: [[1, 2, 3]] });
    const shop = world.producer("shop");
    const monitor = world.consumer("monitor", {
      group: "monitors",
      topics: ["orders"],
      config: { "auto.offset.reset": "earliest" },
    });
    shop.send("orders", { value: "order 1" });
    world.until("every replica knows that the first order is committed, and the monitor has read it", () => {
      const known = [1, 2, 3].every((broker) => world.highWatermarkOf(broker, "orders", 0) === 1);
      return known && monitor.received.length === 1;
    });

    const second = shop.send("orders", { value: "order 2" });
    world.until("broker 2 has the second order", () => world.logEndOffsetOf(2, "orders", 0) === 2);
    world.note("Broker 2 has the second order. It does not hear that the order is committed.");
    world.hold({ api: "Fetch", kind: "response", from: 1, to: 2 });
    world.until("the monitor has read it", () => second.state === "acknowledged" && monitor.received.length === 2);
    monitor.askEndOffsets();
    world.run(1_000);
    world.note("The monitor was told that the log ends at 2. The leader dies.");

    const toNewLeader = world.hold({ api: "Fetch", kind: "request", from: 3, to: 2 });
    world.inject({ kind: "crash", target: 1 });
    world.until("broker 2 leads", () => world.leaderOf("orders", 0) === 2);
    world.until("broker 3 asks it for records", () => toNewLeader.heldCount > 0);
    world.expect("it leads with a high watermark of 1", world.highWatermarkOf(2, "orders", 0) === 1);
    world.run(1_000);
    world.note("The monitor asks again.");
    monitor.askEndOffsets();
    world.run(5_000);

    toNewLeader.release();
    world.until("broker 2 knows that two orders are committed", () => world.highWatermarkOf(2, "orders", 0) === 2);
  },
});
