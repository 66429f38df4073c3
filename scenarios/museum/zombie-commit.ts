// M32: a commit that was long under way arrives when its sender is no longer a member, and moves the group back.

import { scenario } from "../../sim/index.js";

const ORDERS = 20;

export const zombieCommit = scenario({
  name: "zombie-commit",
  teaches: "A commit is checked against its generation, or a member that was thrown out moves the group back.",
  read: ["core/coordinator/offset-manager.ts", "core/coordinator/classic-group.ts", "core/client/offset-commits.ts"],
  cluster: { brokers: 3, controllers: 1, config: { "group.initial.rebalance.delay.ms": 500 } },
  bugs: ["commit-without-fencing"],
  // One commit breaks both: it is accepted from a former member, and it lies before the commit of its successor.
  expect: { violates: ["fenced-generations", "commits-rise"] },
  run(world) {
    world.createTopic("orders", { partitions: 1, replicationFactor: 3 });
    const shop = world.producer("shop");
    for (let order = 1; order <= ORDERS; order++) shop.send("orders", { value: `order ${order}` });
    shop.flush();

    const config = {
      "auto.offset.reset": "earliest",
      "enable.auto.commit": false,
      "max.poll.records": 10,
      "session.timeout.ms": 6_000,
    };
    const zombie = world.consumer("worker-1", { group: "workers", topics: ["orders"], config, autoPoll: false });
    world.until("the first worker has ten orders", () => {
      zombie.poll();
      return zombie.received.length === 10;
    });
    world.note(
      "The first worker has done ten orders and commits them; then nothing of what it sends arrives any more.",
    );
    const coordinator = world.coordinatorOf("workers") ?? 0;
    const commit = world.hold({ api: "OffsetCommit", kind: "request", from: zombie.nodeId, to: coordinator, first: 1 });
    zombie.commit();
    world.until("its commit is stuck, and its heartbeats behind it", () => commit.heldCount === 1);

    const successor = world.consumer("worker-2", { group: "workers", topics: ["orders"], config, autoPoll: false });
    world.until("its session is over: a second worker takes its place and does all the orders", () => {
      successor.poll();
      return successor.received.length === ORDERS;
    });
    successor.commit();
    world.until("the second worker has committed them", () => successor.committed("orders", 0) === ORDERS);

    world.note("Now the commit of the first worker arrives, from a member that is none any more: ten orders.");
    commit.release();
    world.run(1_000);
    world.note("If it counts, whoever takes the partition over next does the last ten orders again.");
  },
});
