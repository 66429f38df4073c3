// Records with the same key go to the same partition, and a partition keeps its order.

import { scenario } from "../sim/index.js";

export const keysAndPartitions = scenario({
  name: "keys-and-partitions",
  teaches:
    "Order is kept within a partition only; a key decides the partition, so the records of one key stay in order.",
  read: ["core/client/partitioner.ts", "core/client/murmur2.ts", "core/client/record-accumulator.ts"],
  cluster: { brokers: 3, controllers: 1 },
  expect: "holds",
  run(world) {
    world.createTopic("orders", { partitions: 3, replicationFactor: 3 });
    const shop = world.producer("shop");

    world.note("Twelve events of four customers, keyed by customer.");
    const steps = ["basket", "paid", "shipped"];
    const customers = ["ann", "bob", "cho", "dae"];
    const sent = steps.flatMap((step) =>
      customers.map((customer) => shop.send("orders", { key: customer, value: `${customer} ${step}` })),
    );
    shop.flush();

    for (const [index, customer] of customers.entries()) {
      const partitions = new Set(steps.map((_, step) => sent[step * customers.length + index]?.partition));
      world.expect(`every event of ${customer} is in one partition`, partitions.size === 1);
    }

    world.note(
      "One reader of all partitions sees each customer's events in order, whatever the order between customers.",
    );
    const seen = new Map<string, string[]>();
    const reader = world.consumer("reader", {
      group: "warehouse",
      topics: ["orders"],
      config: { "auto.offset.reset": "earliest" },
      onRecord: ({ key, value }) => {
        const customer = key ?? "";
        seen.set(customer, [...(seen.get(customer) ?? []), (value ?? "").slice(customer.length + 1)]);
      },
    });
    world.until("everything is read", () => reader.received.length === sent.length);
    for (const customer of customers) {
      world.expect(`${customer} went from basket to paid to shipped`, seen.get(customer)?.join() === steps.join());
    }
  },
});
