// M4, before KIP-320: a replica that slept through two changes of leader goes on fetching, and is taken for one in sync.
// Its fetch offset looks right; what lies below it in its log is another history.

import { scenario } from "../../sim/index.js";
import { moveLeadership } from "./move-leadership.js";

export const unfencedFetch = scenario({
  name: "unfenced-fetch",
  teaches: "An offset does not prove a history: a fetch must name its leader epoch, and be refused when that is old.",
  read: ["core/replication/partition.ts", "core/replication/replica-fetcher.ts", "core/replication/partition-read.ts"],
  cluster: { brokers: 3, controllers: 3, config: { "replica.lag.time.max.ms": 10_000 } },
  bugs: ["unfenced-fetch"],
  expect: { violates: "replicas-agree" },
  run(world) {
    world.createTopic("orders", { partitions: 1, replicationFactor: 3, assignment: [[1, 2, 3]] });
    const kiosk = world.producer("kiosk");
    const first = kiosk.send("orders", { value: "order 1" });
    world.until("the first order is acknowledged", () => first.state === "acknowledged");

    world.note(
      "Broker 3 hears nothing more of the controllers' decisions. Broker 2's fetches from broker 1 are stuck.",
    );
    const metadata = world.controllers.map((id) => world.hold({ api: "Fetch", kind: "request", from: 3, to: id }));
    const copies = world.hold({ api: "Fetch", kind: "request", from: 2, to: 1 });
    world.run(1_000);

    const walkIn = world.producer("walk-in", { acks: "0", "enable.idempotence": false });
    walkIn.send("orders", { value: "whim 1" });
    walkIn.flush();
    walkIn.send("orders", { value: "whim 2" });
    world.until("broker 3 has copied two orders of a customer who did not wait", () => {
      return world.logEndOffsetOf(3, "orders", 0) === 3;
    });

    world.note("Broker 2 leads, without the two. Broker 1 follows and truncates them. Broker 3 knows of no change.");
    moveLeadership(world, "orders", [2, 1, 3]);
    copies.release();
    world.until("broker 1 agrees with broker 2", () => world.logEndOffsetOf(1, "orders", 0) === 1);
    for (const value of ["order 2", "order 3", "order 4"]) {
      kiosk.send("orders", { value });
      kiosk.flush();
    }
    world.until("broker 3 is out of sync", () => !world.isrOf("orders", 0).includes(3));

    world.note("Broker 1 leads again. Broker 3, two epochs behind, asks it for what follows its third record.");
    moveLeadership(world, "orders", [1, 2, 3]);
    world.run(5_000);
    world.note("At last broker 3 hears of both changes.");
    for (const hold of metadata) hold.release();
  },
});
