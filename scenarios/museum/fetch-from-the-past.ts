// M14, before KAFKA-15221: a fetch waits in a queue while its sender dies, loses its disk and begins anew.
// Then it is served. The leader believes that the new process has what the old one had, and commits by it.

import { scenario } from "../../sim/index.js";

export const fetchFromThePast = scenario({
  name: "fetch-from-the-past",
  teaches: "A follower's fetch tells what it has; a fetch that outlived its sender tells what nobody has any more.",
  read: ["core/replication/partition.ts", "core/replication/high-watermark.ts", "core/replication/replica.ts"],
  cluster: { brokers: 3, controllers: 3, config: { "min.insync.replicas": 2, "replica.socket.timeout.ms": 2_000 } },
  bugs: ["count-fetches-of-earlier-lives"],
  expect: { violates: ["acknowledged-records-survive", "committed-never-lost"] },
  run(world) {
    world.createTopic("orders", { partitions: 1, replicationFactor: 3, assignment: [[1, 3, 2]] });
    const shop = world.producer("shop");
    world.note("Broker 2 is slow: its fetches reach the leader late, so nothing is committed for now.");
    const slow = world.hold({ api: "Fetch", kind: "request", from: 2, to: 1 });
    const order = shop.send("orders", { value: "order 1" });
    world.until("broker 3 has the order", () => world.logEndOffsetOf(3, "orders", 0) === 1);
    world.note("Broker 3 has the order and fetches on, which would tell the leader so. That fetch waits in a queue.");
    const queued = world.hold({ api: "Fetch", kind: "request", from: 3, to: 1, first: 1 });
    world.until("the fetch is in the queue", () => queued.heldCount === 1);

    world.note("Broker 3 loses power and its disk. The controller takes it out of the ISR.");
    world.inject({ kind: "wipe-disk", target: 3 });
    world.until("the ISR is brokers 1 and 2", () => world.isrOf("orders", 0).length === 2);

    world.note("It returns empty, fetches from the beginning, and joins: of nothing committed, it has everything.");
    world.hold({ api: "Fetch", kind: "response", from: 1, to: 3 });
    world.restart(3);
    world.until("broker 3 is in the ISR", () => world.isrOf("orders", 0).includes(3));
    world.expect("its log is empty", world.logEndOffsetOf(3, "orders", 0) === 0);

    world.note("Now the leader comes to the fetch of the old broker 3, and then to those of broker 2.");
    queued.release();
    world.run(100);
    slow.release();
    world.run(1_000);

    world.note("The leader dies; broker 3, in sync, leads. Was the order acknowledged?");
    world.inject({ kind: "crash", target: 1 });
    world.until("broker 3 leads", () => world.leaderOf("orders", 0) === 3);
    world.heal();
    world.until("the order has an outcome", () => order.state !== "pending");
  },
});
