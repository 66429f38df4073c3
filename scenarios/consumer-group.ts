// A group shares the partitions of a topic: three partitions feed three members; a fourth stands idle until one leaves.

import { scenario } from "../sim/index.js";

export const consumerGroup = scenario({
  name: "consumer-group",
  teaches: "A partition has one reader in a group, so members beyond the number of partitions are idle spares.",
  read: ["core/coordinator/classic-group.ts", "core/coordinator/assignors/range.ts", "core/client/group-membership.ts"],
  cluster: { brokers: 3, controllers: 1, config: { "group.initial.rebalance.delay.ms": 500 } },
  expect: "holds",
  run(world) {
    world.createTopic("orders", { partitions: 3, replicationFactor: 3 });
    const names = ["c1", "c2", "c3", "c4"];
    const members = names.map((name) =>
      world.consumer(name, { group: "billing", topics: ["orders"], config: { "auto.offset.reset": "earliest" } }),
    );
    const owned = (): number => members.reduce((sum, member) => sum + member.assignment.length, 0);
    const idle = () => members.filter((member) => member.assignment.length === 0);
    world.until("the partitions are dealt to three of the four members", () => owned() === 3 && idle().length === 1);
    world.note("Three members have a partition each; the fourth is idle: a partition is never shared within a group.");

    const shop = world.producer("shop");
    for (let order = 1; order <= 30; order++)
      shop.send("orders", { key: `customer-${order % 7}`, value: `order ${order}` });
    shop.flush();
    const received = (): number => members.reduce((sum, member) => sum + member.received.length, 0);
    world.until("every order is handled once", () => received() === 30);

    world.note("One of the busy members leaves; its partition passes to the idle one.");
    const spare = idle()[0]!;
    const leaving = members.find((member) => member !== spare)!;
    leaving.close();
    world.until("the idle member works", () => spare.assignment.length === 1, 30_000);

    for (let order = 31; order <= 60; order++)
      shop.send("orders", { key: `customer-${order % 7}`, value: `order ${order}` });
    shop.flush();
    world.until(
      "the rest is handled",
      () => new Set(members.flatMap((member) => member.received.map(({ value }) => value))).size === 60,
    );
  },
});
