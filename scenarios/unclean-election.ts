// Nobody in the ISR is left. Wait for it to return, or let a replica lead that lacks records? Choose loss or downtime.

import { scenario } from "../sim/index.js";

export const uncleanElection = scenario({
  name: "unclean-election",
  teaches:
    "When every in-sync replica is down, unclean.leader.election.enable chooses between downtime and lost records.",
  read: [
    "core/controller/partition-change-builder.ts",
    "core/replication/replica-fetcher.ts",
    "core/replication/truncation.ts",
  ],
  cluster: {
    brokers: 2,
    controllers: 1,
    config: {
      "replica.lag.time.max.ms": 4_000,
      "unclean.leader.election.interval.ms": 5_000,
      "offsets.topic.replication.factor": 2,
      "eligible.leader.replicas.enable": false,
    },
  },
  expect: { violates: ["acknowledged-records-survive", "committed-never-lost", "strong-isr"] },
  run(world) {
    world.createTopic("orders", { partitions: 1, replicationFactor: 2, assignment: [[1, 2]] });
    const shop = world.producer("shop");
    const first = shop.send("orders", { value: "order 1" });
    world.until("both replicas have the first order", () => first.state === "acknowledged");

    world.note("The follower dies. The leader shrinks the ISR to itself and carries on alone.");
    world.inject({ kind: "crash", target: 2 });
    world.until("the ISR is the leader alone", () => world.isrOf("orders", 0).length === 1);
    const second = shop.send("orders", { value: "order 2" });
    world.until("the second order is acknowledged by the ISR of one", () => second.state === "acknowledged");

    world.note("Now the leader dies, and the old follower returns. It is not in the ISR: the partition stays down.");
    world.inject({ kind: "crash", target: 1 });
    world.until("nobody leads", () => world.leaderOf("orders", 0) === undefined);
    world.restart(2);
    world.until("the follower is back", () => world.isUnfenced(2));
    world.run(10_000);
    world.expect("it may not lead: it lacks the second order", world.leaderOf("orders", 0) === undefined);

    world.note("Somebody decides that downtime is worse than loss, and allows an unclean election.");
    world.alterTopic("orders", { "unclean.leader.election.enable": true });
    world.until("the follower leads", () => world.leaderOf("orders", 0) === 2);
    const third = shop.send("orders", { value: "order 3" });
    world.until("the partition takes writes again", () => third.state === "acknowledged");

    world.note("The old leader returns, finds another history, and truncates its own: the second order is gone.");
    world.heal();
  },
});
