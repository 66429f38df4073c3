// S1, found by samsa's own search: a leader forgets the ISR it has proposed when metadata tells it what it knew already.
// The controller's answer and the metadata log carry the same news; whichever comes second is old, and undoes nothing.

import { scenario } from "../../sim/index.js";

export const forgottenProposal = scenario({
  name: "forgotten-proposal",
  teaches: "A proposal is in force until it is answered: news that is older than it does not take it back.",
  read: [
    "core/replication/isr-manager.ts",
    "core/replication/partition-state.ts",
    "core/replication/high-watermark.ts",
  ],
  cluster: { brokers: 2, controllers: 3, config: { "replica.lag.time.max.ms": 1_000 } },
  bugs: ["forget-proposed-isr"],
  expect: { violates: ["strong-isr", "committed-never-lost", "acknowledged-records-survive"] },
  run(world) {
    world.createTopic("orders", { partitions: 1, replicationFactor: 2, assignment: [[1, 2]] });
    const shop = world.producer("shop");
    const first = shop.send("orders", { value: "order 1" });
    world.until("the first order is acknowledged", () => first.state === "acknowledged");

    world.note(
      "Broker 2's fetches are stuck. The leader drops it: the answer says so at once, the metadata log later.",
    );
    const news = world.hold({ api: "Fetch", kind: "response", from: { role: "active-controller" }, to: 1 });
    const stuck = world.hold({ api: "Fetch", kind: "request", from: 2, to: 1 });
    shop.send("orders", { value: "order 2" });
    world.until("broker 2 has left the ISR", () => world.isrOf("orders", 0).join() === "1");
    world.run(100);

    world.note("Broker 2 is back at once. The leader proposes to take it in again; this request is slow.");
    const proposal = world.hold({ api: "AlterPartition", kind: "request", from: 1 });
    stuck.release();
    world.until("the proposal is under way", () => proposal.heldCount > 0);

    world.note("Now the metadata log tells the leader that broker 2 is out. It knew. Is its proposal off?");
    news.release();
    world.run(500);

    world.note("Broker 2 is stuck once more, until it counts as slow. May the leader commit an order without it?");
    const stuckAgain = world.hold({ api: "Fetch", kind: "request", from: 2, to: 1 });
    world.run(2_000);
    shop.send("orders", { value: "order 3" });
    world.run(500);

    world.note("The proposal arrives, and is accepted. The leader dies; broker 2 is in the ISR, so it leads.");
    proposal.release();
    world.until("broker 2 is in the ISR", () => world.isrOf("orders", 0).includes(2));
    world.inject({ kind: "crash", target: 1 });
    world.until("broker 2 leads", () => world.leaderOf("orders", 0) === 2);
    stuckAgain.release();
    world.heal();
  },
});
