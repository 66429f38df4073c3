// M33: a consumer that commits what it has just returned, before the application has done anything with it.

import { scenario } from "../../sim/index.js";
import type { ConsumerHandle, ReceivedRecord } from "../../sim/index.js";

const ORDERS = 40;
const BATCH = 10;

export const autoCommitTooSoon = scenario({
  name: "auto-commit-too-soon",
  teaches: "Automatic commits are safe because a poll commits only what earlier polls returned, which is done by then.",
  read: ["core/client/consumer.ts", "core/client/offset-commits.ts"],
  cluster: { brokers: 3, controllers: 1, config: { "group.initial.rebalance.delay.ms": 500 } },
  bugs: ["commit-what-was-just-returned"],
  expect: { violates: "committed-means-processed" },
  run(world) {
    world.createTopic("orders", { partitions: 1, replicationFactor: 3 });
    const shop = world.producer("shop");
    for (let order = 1; order <= ORDERS; order++) shop.send("orders", { value: `order ${order}` });
    shop.flush();
    const options = {
      group: "workers",
      topics: ["orders"],
      config: {
        "auto.offset.reset": "earliest",
        "auto.commit.interval.ms": 2_000,
        "max.poll.records": BATCH,
        "session.timeout.ms": 6_000,
      },
    };

    const first = world.consumer("worker-1", { ...options, autoPoll: false });
    let batch: readonly ReceivedRecord[] = [];
    world.until("the first worker has ten orders", () => (batch = first.poll()).length === BATCH);
    for (const order of batch) first.processed(order);
    world.note("The first worker has done ten orders. Time for an automatic commit, and for the next ten.");
    world.run(2_500);
    batch = first.poll();
    world.expect("the next ten orders are in hand", batch.length === BATCH);
    world.until("a commit is made", () => (first.committed("orders", 0) ?? 0) >= BATCH);

    for (const order of batch.slice(0, 4)) first.processed(order);
    world.note("The worker crashes when four of them are done. Which offset has it committed?");
    world.inject({ kind: "crash", target: first.nodeId });
    const second: ConsumerHandle = world.consumer("worker-2", {
      ...options,
      onRecord: (order) => second.processed(order),
    });
    world.until("another worker goes on to the end", () => second.received.at(-1)?.value === `order ${ORDERS}`);
    world.note("From order 11 on it does four twice. From order 21 on, six orders were done by nobody.");
  },
});
