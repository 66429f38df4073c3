// M36: a member goes into a rebalance without giving up what it has. Until it hears of its new share, there are two owners.

import { scenario } from "../../sim/index.js";

export const assignedBeforeRevoked = scenario({
  name: "assigned-before-revoked",
  teaches: "A member gives up its partitions before it joins again: the next owner may begin before it hears of it.",
  read: ["core/client/group-membership.ts", "core/coordinator/classic-group-rebalance.ts"],
  cluster: { brokers: 3, controllers: 1, config: { "group.initial.rebalance.delay.ms": 500 } },
  bugs: ["join-without-revoking"],
  expect: { violates: "revoked-before-reassigned" },
  run(world) {
    world.createTopic("orders", { partitions: 2, replicationFactor: 3 });
    const options = {
      group: "workers",
      topics: ["orders"],
      config: { "auto.offset.reset": "earliest", "enable.auto.commit": false },
    };
    const first = world.consumer("worker-1", options);
    world.until("the first worker has both partitions", () => first.assignment.length === 2);

    world.note("A second worker joins. The first one hears of it and joins the next generation as well.");
    const coordinator = world.coordinatorOf("workers") ?? 0;
    const share = world.hold({ api: "SyncGroup", kind: "response", from: coordinator, to: first.nodeId, first: 1 });
    const second = world.consumer("worker-2", options);
    world.until("the second worker has a partition", () => second.assignment.length === 1);
    world.until("the first worker's share is under way", () => share.heldCount === 1);
    world.note("The second worker knows its share. The first one does not yet: the answer is late. What has it kept?");

    const moved = Number(second.assignment[0]?.split("-")[1]);
    const order = world.producer("shop").send("orders", { partition: moved, value: "order 1" });
    world.until("an order comes in", () => order.state === "acknowledged");
    world.until("the second worker works on it", () => second.received.length === 1);
    world.run(1_000);
    world.note("Who kept the partition has worked on the same order.");
    share.release();
    world.until("each worker has its share", () => first.assignment.length === 1 && second.assignment.length === 1);
  },
});
