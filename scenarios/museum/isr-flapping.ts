// M16, KAFKA-19996, which Kafka still has: a follower that can never keep up joins the ISR, is dropped, joins again.
// Below min.insync.replicas the high watermark stands still (KIP-966), and to have reached it is all that is asked.
// No claim of safety breaks and no switch is needed: this is Kafka as it is, and the script itself says what is wrong.

import { scenario } from "../../sim/index.js";

export const isrFlapping = scenario({
  name: "isr-flapping",
  teaches: "Below min.insync.replicas the high watermark stands still, and a follower far behind counts as in sync.",
  read: ["core/replication/isr-manager.ts", "core/replication/high-watermark.ts", "core/replication/replica.ts"],
  cluster: {
    brokers: 2,
    controllers: 3,
    config: { "min.insync.replicas": 2, "replica.lag.time.max.ms": 4_000, "replica.fetch.max.bytes": 1 },
  },
  exhibit: "M16",
  expect: "holds",
  run(world) {
    world.createTopic("orders", { partitions: 1, replicationFactor: 2, assignment: [[1, 2]] });
    const shop = world.producer("shop", { acks: "1", "enable.idempotence": false });
    let orders = 0;
    const writeUntil = (goal: string, reached: () => boolean): void => {
      for (const giveUpAtMs = world.nowMs + 30_000; !reached() && world.nowMs < giveUpAtMs;) {
        shop.send("orders", { value: `order ${++orders}` });
        world.run(100);
      }
      world.expect(goal, reached());
    };
    const isrSize = (): number => world.isrOf("orders", 0).length;
    const lag = (): number => (world.logEndOffsetOf(1, "orders", 0) ?? 0) - (world.logEndOffsetOf(2, "orders", 0) ?? 0);

    world.note("The shop writes an order every 100 ms. The follower gets one every 400 ms, and falls behind.");
    const slow = world.inject({ kind: "slow-link", from: 1, to: 2, extraMs: 400 });
    writeUntil("the follower is dropped: it did not keep up for four seconds", () => isrSize() === 1);

    for (const times of ["the first time", "the second time", "the third time"]) {
      const behind = lag();
      writeUntil(`the follower joins the ISR ${times}`, () => isrSize() === 2);
      world.note(`It is counted as in sync ${times}, although it is further behind than when it was dropped.`);
      world.expect("it is further behind", lag() >= behind && lag() > 10);
      writeUntil(`it is dropped again`, () => isrSize() === 1);
    }
    slow.heal();
  },
});
