// M3, between KIP-101 and KIP-279: leadership moves faster than the replicas follow. Nobody crashes.
// The follower asks where its last epoch ended, its leader never had that epoch, and an offset is all it answers.

import { scenario } from "../../sim/index.js";
import { moveLeadership } from "./move-leadership.js";

export const fastLeaderChanges = scenario({
  name: "fast-leader-changes",
  teaches: "One answer does not tell where two histories part: epoch by epoch, a follower and its leader find out.",
  read: ["core/replication/truncation.ts", "core/replication/partition-read.ts", "core/log/leader-epoch-cache.ts"],
  cluster: { brokers: 2, controllers: 3 },
  bugs: ["truncate-in-one-round"],
  expect: { violates: "replicas-agree" },
  run(world) {
    world.createTopic("orders", { partitions: 1, replicationFactor: 2, assignment: [[1, 2]] });
    const first = world.producer("kiosk").send("orders", { value: "order 1" });
    world.until("both replicas have the first order", () => first.state === "acknowledged");

    world.note("From now on neither broker's fetches reach the other: nobody can follow anybody.");
    const holds = [
      world.hold({ api: "Fetch", kind: "request", from: 1, to: 2 }),
      world.hold({ api: "Fetch", kind: "request", from: 2, to: 1 }),
    ];
    world.run(1_000);

    world.note("Epoch 1: broker 2 leads, and writes two orders that broker 1 does not get.");
    moveLeadership(world, "orders", [2, 1]);
    world.run(1_000);
    const shop = world.producer("shop", { acks: "1", "enable.idempotence": false });
    shop.send("orders", { value: "order 2" });
    shop.flush();
    shop.send("orders", { value: "order 3" });
    shop.flush();
    world.expect("broker 2 has three orders", world.logEndOffsetOf(2, "orders", 0) === 3);

    world.note("Epoch 2: broker 1 leads again, and writes an order of its own at the second place.");
    moveLeadership(world, "orders", [1, 2]);
    world.run(1_000);
    const market = world.producer("market");
    const fourth = market.send("orders", { value: "order 4" });
    world.until("broker 1 has two orders", () => world.logEndOffsetOf(1, "orders", 0) === 2);

    world.note("Epoch 3: broker 2 leads. The market, which has no answer yet, sends its order once more, to broker 2.");
    moveLeadership(world, "orders", [2, 1]);
    world.run(1_000);
    world.until("broker 2 has four orders", () => world.logEndOffsetOf(2, "orders", 0) === 4);

    world.note("The fetches arrive. Broker 1's last epoch is 2, of which broker 2 knows only that epoch 3 began at 3.");
    for (const hold of holds) hold.release();
    world.until("the fourth order is acknowledged", () => fourth.state === "acknowledged");
    world.until("broker 1 knows that four orders are committed", () => world.highWatermarkOf(1, "orders", 0) === 4);
  },
});
