// Written, not yet visible: a record is in the leader's log before anyone may read it.

import { scenario } from "../sim/index.js";

export const highWatermark = scenario({
  name: "high-watermark",
  teaches: "A consumer sees a record only when every in-sync replica has it: what could still be lost is not shown.",
  read: ["core/replication/high-watermark.ts", "core/replication/partition.ts", "core/replication/delayed-fetch.ts"],
  cluster: { brokers: 3, controllers: 1 },
  expect: "holds",
  run(world) {
    world.createTopic("orders", { partitions: 1, replicationFactor: 3, assignment: [[1, 2, 3]] });
    const reader = world.consumer("reader", {
      group: "readers",
      topics: ["orders"],
      config: { "auto.offset.reset": "earliest" },
    });
    const shop = world.producer("shop", { acks: "1" });
    const first = shop.send("orders", { value: "first" });
    world.until("the first record is read", () => reader.received.length === 1);
    world.expect("it is acknowledged", first.state === "acknowledged");

    world.note("Fetch requests of the followers are held back on their way: the leader cannot know what they have.");
    const hold2 = world.hold({ api: "Fetch", kind: "request", from: 2, to: 1 });
    const hold3 = world.hold({ api: "Fetch", kind: "request", from: 3, to: 1 });
    world.run(1_000);

    const second = shop.send("orders", { value: "second" });
    world.until("the leader has acknowledged it (acks=1)", () => second.state === "acknowledged");
    world.run(2_000);
    world.expect("the leader's log holds two records", world.logEndOffsetOf(1, "orders", 0) === 2);
    world.expect("its high watermark is still at the first", world.highWatermarkOf(1, "orders", 0) === 1);
    world.expect("the reader does not see the second", reader.received.length === 1);
    world.note("The record is in the leader's log and acknowledged, yet invisible: it is above the high watermark.");

    hold2.release();
    hold3.release();
    world.until("the followers have it, and now the reader too", () => reader.received.length === 2);
  },
});
