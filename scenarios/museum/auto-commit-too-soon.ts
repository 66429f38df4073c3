// M33: a consumer that commits what it has just returned, before the application has done anything with it.

import { scenario } from "../../sim/index.js";

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

    world.note("A worker polls ten orders at a time and works on them for three seconds. Commits are automatic.");
    const options = {
      group: "workers",
      topics: ["orders"],
      config: {
        "auto.offset.reset": "earliest",
        "auto.commit.interval.ms": 2_000,
        "max.poll.records": BATCH,
        "session.timeout.ms": 6_000,
      },
      workMs: 3_000,
    };
    const first = world.consumer("worker-1", options);
    world.until("it has the second ten in hand", () => first.received.length === 2 * BATCH);
    world.run(1_000);
    world.note("It dies in the middle of its work. Which offset has it committed: 10 or 20?");
    world.inject({ kind: "crash", target: first.nodeId });

    const second = world.consumer("worker-2", options);
    world.until("another worker goes on to the end", () => second.received.at(-1)?.value === `order ${ORDERS}`);
    world.run(options.workMs);
    world.note(
      "Begun at order 11, it did ten orders that somebody had begun. Begun at order 21, those were left undone.",
    );
  },
});
