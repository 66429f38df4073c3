// M35: a coordinator that was replaced takes its successor's high watermark for its own, and acknowledges a commit
// that is no longer in any log.

import { scenario } from "../../sim/index.js";

export const commitOfAnotherEpoch = scenario({
  name: "commit-of-another-epoch",
  teaches: "An offset that is committed now may hold another record than the one that waited for it: epochs tell.",
  read: ["core/coordinator/coordinator-runtime.ts", "core/coordinator/deferred-writes.ts"],
  cluster: {
    brokers: 3,
    controllers: 1,
    config: {
      "group.initial.rebalance.delay.ms": 500,
      "broker.session.timeout.ms": 4_000,
      "broker.heartbeat.interval.ms": 1_000,
      "offsets.topic.num.partitions": 1,
      "offsets.commit.timeout.ms": 60_000,
    },
  },
  bugs: ["complete-by-offset-alone"],
  expect: { violates: "commits-survive" },
  run(world) {
    world.createTopic("orders", { partitions: 1, replicationFactor: 3 });
    const shop = world.producer("shop");
    for (let order = 1; order <= 10; order++) shop.send("orders", { value: `order ${order}` });
    shop.flush();
    const config = {
      "auto.offset.reset": "earliest",
      "enable.auto.commit": false,
      "max.poll.records": 5,
      "session.timeout.ms": 15_000,
    };
    const worker = world.consumer("worker-1", { group: "workers", topics: ["orders"], config, autoPoll: false });
    world.until("the worker has five orders", () => worker.poll().length === 5);
    worker.commit();
    world.until("it has committed them", () => worker.committed("orders", 0) === 5);
    world.until("it has the other five", () => worker.poll().length === 5);

    world.note("The coordinator is cut off from controller and followers, not from its members.");
    const coordinator = world.coordinatorOf("workers") ?? 0;
    const others = world.brokers.filter((broker) => broker !== coordinator);
    const cut = world.inject({
      kind: "partition",
      from: [coordinator],
      to: [...others, ...world.controllers],
      symmetric: true,
    });
    world.run(1_000);
    world.note("The worker commits ten. The coordinator appends it, and waits for replicas that will never have it.");
    worker.commit();
    world.until("another broker coordinates the group", () => {
      const now = world.coordinatorOf("workers");
      return now !== undefined && now !== coordinator;
    });

    world.note("The new coordinator writes other things to the same place: those of another group.");
    const bootstrap = others.map((broker) => `broker-${broker}:9092`).join(",");
    const auditor = world.consumer("auditor", {
      group: "auditors",
      topics: ["orders"],
      config: { ...config, "max.poll.records": 10, "bootstrap.servers": bootstrap },
    });
    world.until("the other group has the orders", () => auditor.received.length === 10);
    auditor.commit();
    world.until("it has committed them", () => auditor.committed("orders", 0) === 10);

    world.note("The cut heals. The old coordinator follows, drops the commit, and learns of a higher high watermark.");
    cut.heal();
    world.run(8_000);
    world.note(
      "Was the worker told that its commit is safe? It crashes; whoever comes next begins where the log says.",
    );
    world.inject({ kind: "crash", target: worker.nodeId });
    const next = world.consumer("worker-2", { group: "workers", topics: ["orders"], config });
    world.until("the next worker has the partition", () => next.position("orders", 0) !== undefined);
  },
});
