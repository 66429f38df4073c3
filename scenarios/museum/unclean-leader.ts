// M9, Kafka before it was released as 0.8: a partition prefers any leader to none.
// The leader is cut off from its followers and goes on alone; then it dies, and one of them takes over.

import { scenario } from "../../sim/index.js";

export const uncleanLeader = scenario({
  name: "unclean-leader",
  teaches: "Whoever leads decides what the records are: elect a replica outside the ISR, and the rest follows it down.",
  read: ["core/controller/partition-change-builder.ts", "core/replication/isr-manager.ts"],
  cluster: {
    brokers: 5,
    controllers: 3,
    config: { "replica.lag.time.max.ms": 4_000, "eligible.leader.replicas.enable": false },
  },
  bugs: ["elect-outside-isr"],
  expect: { violates: ["acknowledged-records-survive", "committed-never-lost", "strong-isr"] },
  run(world) {
    world.createTopic("orders", { partitions: 1, replicationFactor: 5, assignment: [[1, 2, 3, 4, 5]] });
    const shop = world.producer("shop");
    const first = shop.send("orders", { value: "order 1" });
    world.until("all five replicas have the first order", () => first.state === "acknowledged");

    world.note("The leader is cut off from the other brokers, but not from the controllers, nor from its clients.");
    const cut = world.inject({ kind: "partition", from: [1], to: [2, 3, 4, 5], symmetric: true });
    world.run(1_000);
    const second = shop.send("orders", { value: "order 2" });
    world.until("the leader is the whole ISR", () => world.isrOf("orders", 0).length === 1);
    world.until("the second order is acknowledged by an ISR of one", () => second.state === "acknowledged");

    world.note("The leader dies. Four replicas are alive, and none of them has the second order.");
    const dead = world.inject({ kind: "crash", target: 1 });
    cut.heal();
    world.until("the controller has fenced it", () => !world.isUnfenced(1));
    world.run(5_000);

    world.note("The old leader returns with everything it had. Does anybody still want it?");
    dead.heal();
    world.heal();
  },
});
