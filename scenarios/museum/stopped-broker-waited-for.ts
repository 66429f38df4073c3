// M15, KAFKA-15021: a broker stops in good order. It has left the ISR, but a moment ago it had everything,
// so the leader takes it for one that is about to join, and keeps the high watermark within its reach.

import { scenario } from "../../sim/index.js";

export const stoppedBrokerWaitedFor = scenario({
  name: "stopped-broker-waited-for",
  teaches: "A leader keeps the high watermark in reach of replicas that may join the ISR, and of no others.",
  read: ["core/replication/high-watermark.ts", "core/replication/isr-manager.ts"],
  cluster: { brokers: 3, controllers: 3, config: { "min.insync.replicas": 2 } },
  bugs: ["wait-for-ineligible-replicas"],
  expect: { violates: "commits-wait-for-members" },
  run(world) {
    world.createTopic("orders", { partitions: 1, replicationFactor: 3, assignment: [[1, 2, 3]] });
    const shop = world.producer("shop");
    const first = shop.send("orders", { value: "order 1" });
    world.until("the first order is acknowledged", () => first.state === "acknowledged");

    world.note("Broker 3 is stopped for maintenance. It says goodbye, and the controller takes it out of the ISR.");
    world.inject({ kind: "shutdown", target: 3 });
    world.until("the ISR is brokers 1 and 2", () => world.isrOf("orders", 0).length === 2 && !world.isUp(3));

    world.note("Two replicas are in sync, and two are enough. How long does the next order take?");
    const second = shop.send("orders", { value: "order 2" });
    world.run(40_000);
    world.note("Somebody else's order lets the leader look again: by now it has not heard of broker 3 for too long.");
    const third = world.producer("market").send("orders", { value: "order 3" });
    world.until("the second and the third order are acknowledged", () =>
      [second, third].every(({ state }) => state === "acknowledged"),
    );
    world.heal();
  },
});
