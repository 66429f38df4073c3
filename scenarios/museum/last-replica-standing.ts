// M10, before KIP-966: the last member of the ISR counts as the one that has everything, whatever became of its disk.
// Others hold every committed record, and have to throw them away when it returns with less.

import { scenario } from "../../sim/index.js";

export const lastReplicaStanding = scenario({
  name: "last-replica-standing",
  teaches: "The last in-sync replica is the one to follow only if it remembers; eligible leaders remember for it.",
  read: ["core/controller/partition-change-builder.ts", "core/controller/leader-elections.ts"],
  cluster: { brokers: 3, controllers: 3, config: { "min.insync.replicas": 2, "replica.lag.time.max.ms": 4_000 } },
  bugs: ["last-replica-standing"],
  exhibit: "M10",
  expect: { violates: ["acknowledged-records-survive", "committed-never-lost"] },
  run(world) {
    world.createTopic("orders", { partitions: 1, replicationFactor: 3, assignment: [[1, 2, 3]] });
    const shop = world.producer("shop");
    world.note(
      "Broker 3 can no longer reach the leader; an order is committed by brokers 1 and 2. Then nor can broker 2.",
    );
    const third = world.inject({ kind: "partition", from: [3], to: [1], symmetric: true });
    const first = shop.send("orders", { value: "order 1" });
    world.until("brokers 1 and 2 are the ISR", () => world.isrOf("orders", 0).length === 2);
    world.until("both have the first order", () => first.state === "acknowledged");
    const second = world.inject({ kind: "partition", from: [2], to: [1], symmetric: true });
    shop.send("orders", { value: "order 2" });
    world.until("the leader is the whole ISR", () => world.isrOf("orders", 0).length === 1);

    world.note("The leader loses its disk and gets an empty one. Broker 2 is well, and has the first order.");
    const dark = world.inject({ kind: "wipe-disk", target: 1 });
    world.until("the controller has fenced broker 1", () => !world.isUnfenced(1));
    world.run(3_000);

    world.note("Broker 1 returns with nothing. Is it still the one that all others follow?");
    third.heal();
    second.heal();
    dark.heal();
    world.until("broker 1 is back", () => world.isUnfenced(1));
    world.heal();
  },
});
