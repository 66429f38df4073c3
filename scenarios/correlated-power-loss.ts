// All three replicas lose power at once. Kafka acknowledges from memory: replication does not help against this.

import { scenario } from "../sim/index.js";
import type { Scenario, World } from "../sim/index.js";

function run(world: World, flushMessages: number | undefined): void {
  world.createTopic("orders", {
    partitions: 3,
    replicationFactor: 3,
    assignment: [
      [1, 2, 3],
      [2, 3, 1],
      [3, 1, 2],
    ],
    config: { "min.insync.replicas": 2, ...(flushMessages === undefined ? {} : { "flush.messages": flushMessages }) },
  });
  const shop = world.producer("shop");
  world.note("The disks are busy: a flush takes fifty milliseconds.");
  for (const broker of [1, 2, 3]) world.inject({ kind: "slow-disk", target: broker, factor: 1, extraMs: 50 });
  for (let order = 1; order < 50; order++) {
    shop.send("orders", { value: `order ${order}`, partition: order % 3 });
    world.run(20);
  }
  const last = shop.send("orders", { value: "order 50" });
  world.until("the last order is acknowledged", () => last.state === "acknowledged");

  world.note("One cable feeds all three machines. It is pulled at the moment of the last acknowledgement.");
  for (const broker of [1, 2, 3]) world.inject({ kind: "power-loss", target: broker });
  world.run(2_000);
  for (const broker of [1, 2, 3]) world.restart(broker);
  world.heal(120_000);
}

export const correlatedPowerLoss: Scenario = scenario({
  name: "correlated-power-loss",
  teaches:
    "Acknowledged means: in the memory of enough machines. If all of them lose power together, the tail is lost.",
  read: ["core/log/log.ts", "core/log/log-loader.ts"],
  cluster: { brokers: 3, controllers: 3, config: { "min.insync.replicas": 2 } },
  expect: { violates: ["acknowledged-records-survive", "committed-never-lost"] },
  run: (world) => run(world, undefined),
});

export const correlatedPowerLossFlushed: Scenario = scenario({
  name: "correlated-power-loss-flushed",
  teaches:
    "flush.messages=1 makes every acknowledged record survive even a common power loss, at the price of a flush each.",
  read: ["core/log/log.ts", "core/log/log-loader.ts"],
  cluster: { brokers: 3, controllers: 3, config: { "min.insync.replicas": 2 } },
  expect: "holds",
  run: (world) => run(world, 1),
});
