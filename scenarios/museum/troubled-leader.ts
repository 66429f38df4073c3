// M11, KAFKA-3410 and KAFKA-3861: a leader in trouble blames its followers. It stands still, finds on waking that
// nobody has fetched for long, takes everybody out of the ISR, and dies as the only one in sync, its disk with it.

import { scenario } from "../../sim/index.js";

export const troubledLeader = scenario({
  name: "troubled-leader",
  teaches: "The last one in the ISR may be the one with the trouble: those it has thrown out can still be trusted.",
  read: ["core/replication/isr-manager.ts", "core/controller/partition-change-builder.ts"],
  cluster: { brokers: 3, controllers: 3, config: { "min.insync.replicas": 2, "replica.lag.time.max.ms": 4_000 } },
  bugs: ["last-replica-standing"],
  exhibit: "M11",
  expect: { violates: ["acknowledged-records-survive", "committed-never-lost"] },
  run(world) {
    world.createTopic("orders", { partitions: 1, replicationFactor: 3, assignment: [[1, 2, 3]] });
    const shop = world.producer("shop");
    const first = shop.send("orders", { value: "order 1" });
    world.until("all three replicas have the first order", () => first.state === "acknowledged");

    world.note(
      "The leader's disk is dying: the broker stands still for six seconds, and is slow to hear anybody after.",
    );
    const stall = world.inject({ kind: "pause", target: 1 });
    const late = [2, 3].map((follower) => world.hold({ api: "Fetch", kind: "request", from: follower, to: 1 }));
    world.run(3_000);
    shop.send("orders", { value: "order 2" });
    world.run(3_000);
    stall.heal();
    world.until("the leader is the whole ISR", () => world.isrOf("orders", 0).length === 1);

    world.note("Then the disk is gone, and is replaced by an empty one. Brokers 2 and 3 are as well as ever.");
    const dead = world.inject({ kind: "wipe-disk", target: 1 });
    world.until("the controller has fenced broker 1", () => !world.isUnfenced(1));
    world.run(3_000);

    world.note("Broker 1 returns with nothing. It was the last one in sync.");
    for (const fetches of late) fetches.release();
    dead.heal();
    world.until("broker 1 is back", () => world.isUnfenced(1));
    world.heal();
  },
});
