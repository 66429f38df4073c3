// M13, before KIP-903: a request to let a broker into the ISR arrives late, when the broker has come back empty.
// The controller looks at the id. The id is alive; the log it stood for is gone.

import { scenario } from "../../sim/index.js";

export const staleBrokerInIsr = scenario({
  name: "stale-broker-in-isr",
  teaches: "A place in the ISR is earned by one life of a broker: a later life, with another disk, has not earned it.",
  read: ["core/controller/alter-partition.ts", "core/replication/isr-manager.ts", "core/controller/cluster-control.ts"],
  cluster: { brokers: 3, controllers: 3, config: { "min.insync.replicas": 2 } },
  bugs: ["isr-without-broker-epochs"],
  expect: { violates: ["acknowledged-records-survive", "committed-never-lost"] },
  run(world) {
    world.createTopic("orders", { partitions: 1, replicationFactor: 3, assignment: [[1, 3, 2]] });
    const shop = world.producer("shop");
    world.inject({ kind: "crash", target: 3 });
    world.until("broker 3 has left the ISR", () => !world.isrOf("orders", 0).includes(3));
    const order = shop.send("orders", { value: "order 1" });
    world.until("brokers 1 and 2 have the order, and it is acknowledged", () => order.state === "acknowledged");

    world.note("Broker 3 returns and catches up. The leader asks the controller to let it in; the request is slow.");
    const request = world.hold({ api: "AlterPartition", kind: "request", from: 1 });
    world.restart(3);
    world.until("the request is under way", () => request.heldCount > 0);

    world.note("Meanwhile broker 3 loses its disk. It registers again under its old id, with nothing in its log.");
    const cut = world.inject({ kind: "partition", from: [3], to: [1, 2], symmetric: true });
    world.inject({ kind: "wipe-disk", target: 3 });
    world.until("the controller has fenced broker 3", () => !world.isUnfenced(3));
    world.restart(3);
    world.until("broker 3 is back", () => world.isUnfenced(3));
    world.expect("its log is empty", world.logEndOffsetOf(3, "orders", 0) === 0);

    world.note("Only now the request arrives. It speaks of the broker 3 of half a minute ago.");
    request.release();
    world.run(1_000);

    world.note("The leader dies. Who is in the ISR may lead.");
    world.inject({ kind: "crash", target: 1 });
    world.until("another broker leads", () => (world.leaderOf("orders", 0) ?? 1) !== 1);
    cut.heal();
    world.heal();
  },
});
