// M1, before KIP-101: a follower that meets a new leader throws away all it does not know to be committed.
// What it knows is late: the high watermark travels one fetch behind the records.

import { scenario } from "../../sim/index.js";

export const highWatermarkTruncation = scenario({
  name: "high-watermark-truncation",
  teaches: "A follower that truncates to its own high watermark can lose committed records: the watermark comes late.",
  read: ["core/replication/replica-fetcher.ts", "core/replication/truncation.ts", "core/log/leader-epoch-cache.ts"],
  cluster: { brokers: 3, controllers: 3, config: { "min.insync.replicas": 2 } },
  bugs: ["truncate-to-high-watermark"],
  exhibit: "M1",
  expect: { violates: ["acknowledged-records-survive", "committed-never-lost", "strong-isr"] },
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
    world.note("Broker 2 has the second order. That it is committed it would learn with the next answer to a fetch.");
    world.hold({ api: "Fetch", kind: "response", from: 1, to: 2 });
    world.until("the order is acknowledged", () => second.state === "acknowledged");
    world.expect("broker 2 does not know it", world.highWatermarkOf(2, "orders", 0) === 1);

    world.note("The leader dies. Broker 3 leads, and broker 2, in sync and with every record, meets a new leader.");
    const toNewLeader = world.hold({ api: "Fetch", kind: "request", from: 2, to: 3 });
    world.inject({ kind: "crash", target: 1 });
    world.until("broker 3 leads", () => world.leaderOf("orders", 0) === 3);
    world.until("broker 2 asks it for records", () => toNewLeader.heldCount > 0);

    world.note("Before broker 2's first fetch arrives, broker 3 dies too. Broker 2 was in sync: it leads.");
    world.inject({ kind: "crash", target: 3 });
    world.until("broker 2 leads", () => world.leaderOf("orders", 0) === 2);
    world.heal();
  },
});
