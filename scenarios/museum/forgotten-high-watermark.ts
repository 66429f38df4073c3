// M7, before KAFKA-1647: a broker that comes up before the partition has a leader forgets what it knew to be committed.
// The file of high watermarks is written anew with what is in use, and the replica without leader is not.

import { scenario } from "../../sim/index.js";

export const forgottenHighWatermark = scenario({
  name: "forgotten-high-watermark",
  teaches: "A checkpoint of what is in use only forgets the rest, and a forgotten high watermark is 0: truncate all.",
  read: ["core/log/log-manager.ts", "core/replication/replica-manager.ts", "core/replication/replica-fetcher.ts"],
  cluster: { brokers: 2, controllers: 3, config: { "min.insync.replicas": 2 } },
  bugs: ["forget-high-watermark"],
  expect: { violates: ["acknowledged-records-survive", "committed-never-lost", "strong-isr"] },
  run(world) {
    world.createTopic("orders", { partitions: 1, replicationFactor: 2, assignment: [[1, 2]] });
    const shop = world.producer("shop");
    for (const value of ["order 1", "order 2", "order 3"]) shop.send("orders", { value });
    shop.flush();
    world.until("both replicas know that three orders are committed", () =>
      [1, 2].every((broker) => world.highWatermarkOf(broker, "orders", 0) === 3),
    );

    world.note("Maintenance: broker 2 is shut down in good order, then broker 1. Both may lead again (KIP-966).");
    world.inject({ kind: "shutdown", target: 2 });
    world.until("broker 2 is down", () => !world.isUp(2));
    world.inject({ kind: "shutdown", target: 1 });
    world.until("broker 1 is down", () => !world.isUp(1));

    world.note("Broker 2 is started. That it is ready does not reach the controllers: the partition has no leader.");
    const ready = world.hold({ api: "BrokerHeartbeat", from: 2, where: ({ wantFence }) => wantFence === false });
    world.restart(2);
    world.until("broker 2 says that it is ready", () => ready.heldCount > 0);
    world.run(6_000);
    world.note("Broker 2 has written its checkpoint of high watermarks.");

    world.note("Broker 1 is started, and leads. Broker 2 follows it; its first fetch is on the way.");
    const fetches = world.hold({ api: "Fetch", kind: "request", from: 2, to: 1 });
    world.restart(1);
    world.until("broker 1 leads", () => world.leaderOf("orders", 0) === 1);
    ready.release();
    world.until("broker 2 is known to be ready", () => world.isUnfenced(2));
    world.until("broker 2 asks for records", () => fetches.heldCount > 0);

    world.note("Broker 1 dies. Broker 2, which left in good order with every record, is eligible, and leads.");
    world.inject({ kind: "crash", target: 1 });
    world.until("broker 2 leads", () => world.leaderOf("orders", 0) === 2);
  },
});
