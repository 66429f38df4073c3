// M6, before KAFKA-7128: a follower joins the ISR as soon as it reaches the leader's high watermark.
// A new leader's high watermark lags, so reaching it proves little.

import { scenario } from "../../sim/index.js";

export const prematureIsrJoin = scenario({
  name: "premature-isr-join",
  teaches: "A new leader's high watermark lags, so a follower must also reach the start of its epoch to be in sync.",
  read: ["core/replication/isr-manager.ts", "core/replication/high-watermark.ts"],
  cluster: { brokers: 3, controllers: 3, config: { "min.insync.replicas": 2, "replica.lag.time.max.ms": 6_000 } },
  bugs: ["join-isr-at-high-watermark"],
  expect: { violates: "strong-isr" },
  run(world) {
    world.createTopic("orders", { partitions: 1, replicationFactor: 3, assignment: [[1, 2, 3]] });
    const shop = world.producer("shop");
    const first = shop.send("orders", { value: "order 1" });
    world.until("every replica knows that the first order is committed", () =>
      [1, 2, 3].every((broker) => world.highWatermarkOf(broker, "orders", 0) === 1),
    );
    world.expect("it is acknowledged", first.state === "acknowledged");

    world.note("Broker 3's fetches are stuck. It will fall out of sync.");
    world.hold({ api: "Fetch", kind: "request", from: 3, to: 1 });
    world.run(1_000);
    const second = shop.send("orders", { value: "order 2" });
    world.until("broker 2 has the second order", () => world.logEndOffsetOf(2, "orders", 0) === 2);
    world.note("Broker 2 has the second order. That it is committed, once broker 3 is dropped, it will not hear.");
    world.hold({ api: "Fetch", kind: "response", from: 1, to: 2 });
    world.until("the second order is acknowledged", () => second.state === "acknowledged");
    world.expect("broker 2 does not know it", world.highWatermarkOf(2, "orders", 0) === 1);

    world.note("The leader dies. Broker 2 leads with a high watermark of 1, and broker 3's log ends just there.");
    const asks = world.hold({ api: "Fetch", kind: "request", from: 3, to: 2 });
    world.inject({ kind: "crash", target: 1 });
    world.until("broker 2 leads alone", () => {
      return world.leaderOf("orders", 0) === 2 && world.isrOf("orders", 0).join() === "2";
    });
    world.run(1_000);
    const copies = world.hold({ api: "Fetch", kind: "response", from: 2, to: 3 });
    asks.release();
    world.until("broker 3's first fetch is answered", () => copies.heldCount > 0);
    world.run(2_000);

    world.note("If broker 3 is in sync now and broker 2 dies, a committed order is gone. The answer reaches broker 3.");
    copies.release();
    world.until("broker 3 has the second order", () => world.logEndOffsetOf(3, "orders", 0) === 2);
  },
});
