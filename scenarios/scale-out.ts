// The cluster grows: a fourth broker joins, and partitions move to it while records keep flowing.

import { scenario } from "../sim/index.js";

export const scaleOut = scenario({
  name: "scale-out",
  teaches: "A new broker holds nothing until partitions are reassigned to it; the move copies first and lets go last.",
  read: [
    "core/controller/reassignment-control.ts",
    "core/replication/replica-fetcher.ts",
    "core/broker/broker-lifecycle.ts",
  ],
  cluster: { brokers: 3, controllers: 3 },
  expect: "holds",
  run(world) {
    world.createTopic("orders", {
      partitions: 2,
      replicationFactor: 3,
      assignment: [
        [1, 2, 3],
        [2, 3, 1],
      ],
      config: { "min.insync.replicas": 2 },
    });
    const shop = world.producer("shop");
    for (let order = 1; order <= 200; order++) shop.send("orders", { key: `k${order}`, value: `order ${order}` });
    shop.flush();

    world.note("A fourth broker joins. Nothing is moved for it: it has no replica of any partition.");
    const added = world.addBroker();
    world.expect("the new broker replicates nothing yet", !world.replicasOf("orders", 0).includes(added));

    world.note("Partition 0 is reassigned from broker 1 to the new one. For a while it has four replicas.");
    world.startReassignment("orders", 0, [added, 2, 3]);
    for (let order = 201; order <= 300; order++) shop.send("orders", { key: `k${order}`, value: `order ${order}` });
    world.until(
      "the new broker is in sync and broker 1 has let go",
      () => world.isrOf("orders", 0).includes(added) && !world.replicasOf("orders", 0).includes(1),
    );
    shop.flush();

    world.note("The preferred leader of partition 0 is now the new broker.");
    world.electPreferredLeaders();
    world.until("the new broker leads", () => world.leaderOf("orders", 0) === added);
    const last = shop.send("orders", { key: "k1", value: "order 301", partition: 0 });
    world.until("it takes writes", () => last.state === "acknowledged");
  },
});
