// The leader is cut off from everybody but its clients. It believes that it leads; the world has moved on.

import { scenario } from "../sim/index.js";

export const isolatedLeader = scenario({
  name: "isolated-leader",
  teaches: "A leader that was replaced without knowing it cannot commit anything: epochs fence the zombie.",
  read: ["core/replication/partition.ts", "core/replication/isr-manager.ts", "core/controller/cluster-control.ts"],
  cluster: { brokers: 3, controllers: 3, config: { "min.insync.replicas": 2 } },
  expect: "holds",
  run(world) {
    world.createTopic("orders", { partitions: 1, replicationFactor: 3, assignment: [[1, 2, 3]] });
    const shop = world.producer("shop", { "request.timeout.ms": 5_000 });
    const first = shop.send("orders", { value: "order 1" });
    world.until("the first order is acknowledged", () => first.state === "acknowledged");

    world.note("Broker 1, the leader, loses sight of the other brokers and the controllers, not of its clients.");
    const cut = world.inject({
      kind: "partition",
      from: [1],
      to: [2, 3, { role: "controller", index: 0 }, { role: "controller", index: 1 }, { role: "controller", index: 2 }],
      symmetric: true,
    });
    const second = shop.send("orders", { value: "order 2" });
    world.run(3_000);
    world.expect("it appended the second order", world.logEndOffsetOf(1, "orders", 0) === 2);
    world.expect("but could not commit it", world.highWatermarkOf(1, "orders", 0) === 1 && second.state === "pending");

    world.until("the controller elected another leader", () => (world.leaderOf("orders", 0) ?? 1) !== 1);
    world.note("For a while two brokers believe that they lead. Only the one with the newer epoch can commit.");
    world.until("the second order is acknowledged by the new leader", () => second.state === "acknowledged", 60_000);

    world.note("The cut heals. The zombie learns of the new epoch, follows, and truncates what it could not commit.");
    cut.heal();
    world.until("broker 1 is a follower in sync", () => world.isrOf("orders", 0).length === 3);
    world.until(
      "its log ends where the leader's ends",
      () => world.logEndOffsetOf(1, "orders", 0) === world.logEndOffsetOf(2, "orders", 0),
    );
  },
});
