// What random search found in Kafka's own rules, and nobody had scripted: a broker deletes records, dies within the
// minute, and has them again, but no longer knows which epochs they are of. A follower whose log ends otherwise there
// is not told to truncate, cannot append, and gives up.

import { scenario } from "../sim/index.js";

export const deletionForgotten = scenario({
  name: "deletion-forgotten",
  teaches:
    "Where epochs begin is noted at once, where the log begins once a minute: who dies between has deleted records " +
    "again without their epochs, and cannot tell a follower where their logs part.",
  read: ["core/log/leader-epoch-cache.ts", "core/log/log.ts", "core/replication/replica-fetcher.ts"],
  cluster: { brokers: 2, controllers: 3, config: { "min.insync.replicas": 1 } },
  expect: "holds",
  run(world) {
    world.createTopic("orders", { partitions: 1, replicationFactor: 2, assignment: [[1, 2]] });
    const shop = world.producer("shop", { "linger.ms": 50 });
    const endOn = (broker: number): number => world.logEndOffsetOf(broker, "orders", 0) ?? 0;
    for (let order = 0; order < 10; order++) shop.send("orders", { value: `order ${order}` });
    world.until("both replicas have ten orders", () => endOn(1) === 10 && endOn(2) === 10);

    world.note("Broker 1 writes one more order, which broker 2 never gets: it dies first. Broker 2 leads.");
    const fetches = world.hold({ api: "Fetch", kind: "request", from: 2, to: 1 });
    world.run(1_000);
    const hasty = world.producer("hasty", {
      "delivery.timeout.ms": 2_000,
      "request.timeout.ms": 1_000,
      "linger.ms": 0,
    });
    hasty.send("orders", { value: "order 10, too late" });
    world.until("broker 1 alone has the order", () => endOn(1) === 11);
    const firstLeader = world.inject({ kind: "crash", target: 1 });
    fetches.release();
    world.until("broker 2 leads", () => world.leaderOf("orders", 0) === 2);
    for (let order = 10; order < 30; order++) shop.send("orders", { value: `order ${order}` });
    world.until("broker 2 has thirty orders", () => world.highWatermarkOf(2, "orders", 0) === 30);

    world.note("The first twenty orders are deleted. Broker 2 notes that its epochs begin at 20 now, and dies.");
    const epoch = world.leaderEpochOf("orders", 0);
    world.deleteRecords("orders", 0, 20);
    world.run(1_000);
    world.inject({ kind: "crash", target: 2 });
    world.restart(2);
    world.until(
      "broker 2 leads again",
      () => world.leaderEpochOf("orders", 0) > epoch && world.leaderOf("orders", 0) === 2,
    );

    world.note("Broker 1 returns. Its log ends at 11, with an order of epoch 0 where broker 2 has one of epoch 1.");
    firstLeader.heal();
    world.until("broker 1 serves again", () => world.isUnfenced(1));
    world.run(60_000);
    world.expect("broker 1 did not get back into the ISR within a minute", !world.isrOf("orders", 0).includes(1));
    world.expect("it still ends where it did", endOn(1) === 11);
    world.note("Nothing would change that: an operator takes the replica off broker 1 and puts it back.");
    world.heal();
  },
});
