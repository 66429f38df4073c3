// M10, the other half of KIP-966: an eligible leader can be trusted because nothing is committed without it.
// Let the high watermark move while the ISR is below min.insync.replicas, and it cannot.

import { scenario } from "../../sim/index.js";

export const lonelyCommit = scenario({
  name: "lonely-commit",
  teaches: "Below min.insync.replicas nothing may be committed, or those who left the ISR could not lead any more.",
  read: ["core/replication/high-watermark.ts", "core/controller/partition-change-builder.ts"],
  cluster: { brokers: 3, controllers: 3, config: { "min.insync.replicas": 2 } },
  bugs: ["commit-below-min-isr"],
  exhibit: "M10",
  expect: { violates: ["committed-never-lost", "strong-isr"] },
  run(world) {
    world.createTopic("orders", { partitions: 1, replicationFactor: 3, assignment: [[1, 2, 3]] });
    const shop = world.producer("shop");
    const first = shop.send("orders", { value: "order 1" });
    world.until("the first order is acknowledged", () => first.state === "acknowledged");

    world.note("Broker 3 loses its network, then broker 2. The leader appends an order while it counts on broker 2.");
    const third = world.inject({ kind: "isolate", target: 3 });
    world.until("broker 3 has left the ISR", () => world.isrOf("orders", 0).length === 2);
    const second = world.inject({ kind: "isolate", target: 2 });
    world.run(1_000);
    shop.send("orders", { value: "order 2" });
    world.until("the leader has the second order", () => world.logEndOffsetOf(1, "orders", 0) === 2);
    world.until("the leader is the whole ISR", () => world.isrOf("orders", 0).length === 1);

    world.note("Alone, the leader knows nobody who could confirm the order. May it be shown to consumers?");
    world.run(2_000);

    world.note("The leader dies. Broker 2, eligible since it left an ISR that could commit nothing more, takes over.");
    world.inject({ kind: "crash", target: 1 });
    second.heal();
    world.until("broker 2 leads", () => world.leaderOf("orders", 0) === 2);
    third.heal();
    world.heal();
  },
});
