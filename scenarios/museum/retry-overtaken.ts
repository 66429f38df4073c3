// M24, before KIP-98: with more than one request in flight a retry is overtaken by what was sent after it.

import { scenario } from "../../sim/index.js";

export const retryOvertaken = scenario({
  name: "retry-overtaken",
  teaches:
    "With several requests in flight and no sequence numbers, a batch that had to be retried lands behind later ones.",
  read: ["core/log/producer-state.ts", "core/client/sender.ts", "core/client/idempotence.ts"],
  cluster: { brokers: 2, controllers: 1, config: { "min.insync.replicas": 2, "replica.lag.time.max.ms": 5_000 } },
  bugs: ["ignore-sequences"],
  expect: { violates: "producer-order" },
  run(world) {
    world.createTopic("account", { partitions: 1, replicationFactor: 2, assignment: [[1, 2]] });
    const bank = world.producer("bank");
    const opened = bank.send("account", { value: "opened" });
    world.until("the account is opened", () => opened.state === "acknowledged");

    world.note("The follower is down: the leader alone may not accept anything.");
    world.inject({ kind: "crash", target: 2 });
    world.until("the leader is alone in sync", () => world.isrOf("account", 0).join() === "1");
    const refusal = world.hold({ api: "Produce", kind: "response", from: 1, to: bank.nodeId, first: 1 });
    const deposit = bank.send("account", { value: "deposit 100" });
    world.until("the deposit is refused, and the refusal under way", () => refusal.heldCount === 1);

    world.note("The next request is sent before the refusal of the first arrives, and reaches the leader late.");
    const request = world.hold({ api: "Produce", kind: "request", from: bank.nodeId, to: 1, first: 1 });
    const withdrawal = bank.send("account", { value: "withdraw 100" });
    world.until("the withdrawal is under way", () => request.heldCount === 1);
    world.restart(2);
    world.until("the follower is in sync again", () => world.isrOf("account", 0).length === 2);
    world.until("the leader knows it", () => world.highWatermarkOf(1, "account", 0) === 1);
    world.run(1_000);
    request.release();
    world.run(1_000);

    world.note("The refusal arrives; the deposit is sent again. Has the leader accepted the withdrawal in between?");
    refusal.release();
    world.until("both have their place", () => deposit.state === "acknowledged" && withdrawal.state === "acknowledged");
  },
});
