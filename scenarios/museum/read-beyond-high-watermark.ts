// M30, before KAFKA-9835: a consumer is handed a record that only the leader has.
// "Up to the end of the file" was a safe bound when the fetch came, and is not when it is answered.

import { scenario } from "../../sim/index.js";

export const readBeyondHighWatermark = scenario({
  name: "read-beyond-high-watermark",
  teaches: "A read looks at its bound once: what is appended between two looks slips in, committed or not.",
  read: ["core/replication/partition-read.ts", "core/replication/delayed-fetch.ts"],
  cluster: { brokers: 3, controllers: 3 },
  bugs: ["look-at-log-end-twice"],
  expect: { violates: "delivered-is-committed" },
  run(world) {
    world.createTopic("orders", { partitions: 1, replicationFactor: 2, assignment: [[1, 2]] });
    const shop = world.producer("shop");
    const reader = world.consumer("reader", {
      group: "readers",
      topics: ["orders"],
      config: { "auto.offset.reset": "earliest", "fetch.max.wait.ms": 5_000 },
    });
    shop.send("orders", { value: "order 1" });
    world.until("the first order is read", () => reader.received.length === 1);
    world.run(1_000);
    world.note("The reader's next fetch waits at the leader, whose log ends where the reader is.");

    shop.send("orders", { value: "order 2" });
    world.until("the follower has the second order", () => world.logEndOffsetOf(2, "orders", 0) === 2);
    const news = world.hold({ api: "Fetch", kind: "request", from: 2, to: 1 });
    world.note("The follower has the second order. The fetch by which the leader learns it is late.");
    world.producer("kiosk").send("orders", { value: "order 3" });
    world.until("the leader alone has the third order", () => world.logEndOffsetOf(1, "orders", 0) === 3);
    world.expect("one order is committed", world.highWatermarkOf(1, "orders", 0) === 1);

    world.note("The leader learns of the second order, which is committed now. The reader's fetch is answered.");
    const third = world.hold({ api: "Fetch", kind: "response", from: 1, to: 2 });
    news.release();
    world.until("the reader has the second order", () => reader.received.length >= 2);
    world.run(500);
    world.note("The follower gets the third order.");
    third.release();
    world.until("the reader has three orders", () => reader.received.length === 3);
  },
});
