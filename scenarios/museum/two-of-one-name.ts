// M34, before KAFKA-8500: two processes have the same instance id. One of them comes while the group rebalances.

import { scenario } from "../../sim/index.js";

export const twoOfOneName = scenario({
  name: "two-of-one-name",
  teaches: "A second process with a static member's name gets a member id of its own, so that the first one is fenced.",
  read: ["core/coordinator/classic-group-join.ts", "core/coordinator/classic-group.ts"],
  cluster: { brokers: 3, controllers: 1, config: { "group.initial.rebalance.delay.ms": 500 } },
  bugs: ["share-static-member-id"],
  expect: { violates: "one-owner" },
  run(world) {
    world.createTopic("orders", { partitions: 3, replicationFactor: 3 });
    const config = { "auto.offset.reset": "earliest", "enable.auto.commit": false };
    const member = (name: string, instance?: string) =>
      world.consumer(name, {
        group: "desks",
        topics: ["orders"],
        config: instance === undefined ? config : { ...config, "group.instance.id": instance },
      });
    const leader = member("worker-1");
    world.until("the first worker has everything", () => leader.assignment.length === 3);
    const desk = member("worker-2", "desk-2");
    const leaving = member("worker-3");
    world.until("each worker has a partition", () =>
      [leader, desk, leaving].every(({ assignment }) => assignment.length === 1),
    );
    const share = desk.assignment[0] ?? "";

    world.note("What worker 2, the static member desk-2, sends to the coordinator is late from now on.");
    const coordinator = world.coordinatorOf("desks") ?? 0;
    const late = world.hold({ api: "Heartbeat", kind: "request", from: desk.nodeId, to: coordinator, first: 1 });
    world.until("its heartbeat is under way", () => late.heldCount === 1);
    world.note("Worker 3 leaves: everybody has to join again. Somebody starts a second process under the name desk-2.");
    leaving.close();
    const twin = member("worker-2b", "desk-2");
    world.until("the second process has the share of desk-2", () => twin.assignment.includes(share), 30_000);

    world.note("Now the coordinator hears of worker 2 again. Is it still desk-2?");
    late.release();
    world.run(5_000);
    const order = world.producer("shop").send("orders", { partition: Number(share.split("-")[1]), value: "order 1" });
    world.until("an order comes in", () => order.state === "acknowledged");
    world.until("the second process works on it", () => twin.received.length === 1);
    world.run(1_000);
    world.note("If both are desk-2, both have worked on the order.");
  },
});
