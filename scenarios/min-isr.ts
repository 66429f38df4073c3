// min.insync.replicas: rather refuse a record than hold it too few times.

import { scenario } from "../sim/index.js";

export const minIsr = scenario({
  name: "min-isr",
  teaches:
    "With acks=all and min.insync.replicas=2 a partition with one live replica refuses writes: unavailable rather than lost.",
  read: ["core/replication/partition.ts", "core/replication/high-watermark.ts", "core/replication/isr-manager.ts"],
  cluster: { brokers: 3, controllers: 1, config: { "min.insync.replicas": 2 } },
  expect: "holds",
  run(world) {
    world.createTopic("orders", { partitions: 1, replicationFactor: 3, assignment: [[1, 2, 3]] });
    const shop = world.producer("shop", { "delivery.timeout.ms": 20_000, "request.timeout.ms": 5_000 });
    const first = shop.send("orders", { value: "order 1" });
    world.until("three replicas take it", () => first.state === "acknowledged");

    world.note("One follower stops: two in-sync replicas are left, and that is enough.");
    world.inject({ kind: "shutdown", target: 3 });
    world.until("the ISR is down to two", () => world.isrOf("orders", 0).length === 2);
    const second = shop.send("orders", { value: "order 2" });
    world.until("two replicas take it", () => second.state === "acknowledged");

    world.note("The second follower stops too. The leader is alone, and refuses: NOT_ENOUGH_REPLICAS.");
    world.inject({ kind: "shutdown", target: 2 });
    world.until("the ISR is down to the leader", () => world.isrOf("orders", 0).length === 1);
    const third = shop.send("orders", { value: "order 3" });
    world.until("the producer gives up", () => third.state !== "pending", 40_000);
    world.expect("the third order was not acknowledged", third.state !== "acknowledged");
    world.expect("nothing was appended for it", world.logEndOffsetOf(1, "orders", 0) === 2);

    world.note("A follower returns, and the partition takes writes again.");
    world.restart(2);
    world.until("the ISR is back to two", () => world.isrOf("orders", 0).length === 2);
    const fourth = shop.send("orders", { value: "order 4" });
    world.until("the fourth order is taken", () => fourth.state === "acknowledged");
    world.heal();
  },
});
