// M20, KAFKA-14154: a controller wakes up and does not know that it was deposed. A leader that its successor has
// elected asks it for another ISR, hears that it is fenced, and gives up: this proposal stays open for ever.
// The bug is from the days of ZooKeeper. A KRaft controller answers only when all it has written before is committed,
// and it writes twice a second (KIP-835): one without a majority falls silent. So that habit is switched off here.

import { scenario } from "../../sim/index.js";

export const newerLeaderRefused = scenario({
  name: "newer-leader-refused",
  teaches: "To hear of an epoch ahead of one's own is to learn that one was deposed.",
  read: ["core/controller/alter-partition.ts", "core/broker/controller-channel.ts", "core/replication/isr-manager.ts"],
  cluster: {
    brokers: 3,
    controllers: 3,
    config: {
      // Long, so that the new controller has time to act before the old one resigns for want of a majority.
      "controller.quorum.fetch.timeout.ms": 18_000,
      "metadata.max.idle.interval.ms": 0,
      "broker.session.timeout.ms": 10_000,
      "broker.heartbeat.interval.ms": 500,
      "replica.lag.time.max.ms": 500,
      "replica.fetch.wait.max.ms": 100,
    },
  },
  bugs: ["refuse-newer-leaders"],
  expect: { violates: "refused-for-newer-epochs" },
  run(world) {
    world.createTopic("orders", { partitions: 1, replicationFactor: 3, assignment: [[1, 2, 3]] });
    world.createTopic("payments", { partitions: 1, replicationFactor: 2, assignment: [[2, 3]] });
    const shop = world.producer("shop");
    const order = shop.send("orders", { value: "order 1" });
    const payment = shop.send("payments", { value: "payment 1" });
    world.until("both are acknowledged", () => [order, payment].every(({ state }) => state === "acknowledged"));

    world.note("Broker 3 stumbles. Broker 2, leader of payments, asks the controller to drop it and to take it back.");
    const stumble = world.hold({ api: "Fetch", kind: "request", from: 3, to: 2 });
    shop.send("payments", { value: "payment 2" });
    world.until("broker 3 has left the ISR of payments", () => world.isrOf("payments", 0).length === 1);
    stumble.release();
    world.until("broker 3 is back", () => world.isrOf("payments", 0).length === 2);

    world.note("The controller stands still, and its line to the others is cut. They elect another one.");
    const old = world.activeController() ?? 0;
    const others = world.controllers.filter((id) => id !== old);
    const cutAtMs = world.nowMs;
    const sleep = world.inject({ kind: "pause", target: old });
    const cut = world.inject({ kind: "partition", from: [old], to: others, symmetric: true });
    world.until("another one is active", () => others.some((id) => id === world.activeController()), 30_000);
    // The brokers' heartbeats have to find it, and that takes as long as the old one is waited for.
    world.run(cutAtMs + 22_000 - world.nowMs);
    world.note("Broker 1 is stopped for maintenance. The new controller makes broker 2 the leader of orders.");
    world.inject({ kind: "shutdown", target: 1 });
    world.until("broker 2 leads orders", () => world.leaderOf("orders", 0) === 2);

    world.note("Broker 3 stumbles again. Broker 2 asks for an ISR without it, on the line it has: to the old one.");
    const stuck = world.hold({ api: "Fetch", kind: "request", from: 3, to: 2 });
    const next = shop.send("orders", { value: "order 2" });
    world.run(1_000);

    world.note("The old controller wakes up. It has never heard of broker 2's leader epoch. What does it say?");
    sleep.heal();
    world.run(20_000);
    world.note(
      next.state === "acknowledged"
        ? "Broker 2 was sent on, and its proposal is decided: order 2 is written without broker 3."
        : "Broker 2 was told that it is fenced, and has given up: order 2 waits for broker 3, for however long it takes.",
    );

    stuck.release();
    cut.heal();
    world.run(5_000);
    world.note("Broker 2 is restarted: whoever leads next knows nothing of the proposal.");
    world.inject({ kind: "restart", target: 2, downMs: 100 });
    world.heal();
  },
});
