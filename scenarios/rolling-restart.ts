// Every broker is restarted in turn, in good order, while a producer and a group work on.

import { scenario } from "../sim/index.js";

export const rollingRestart = scenario({
  name: "rolling-restart",
  teaches: "A broker that leaves in good order first hands its partitions over; clients notice a pause, not a failure.",
  read: ["core/broker/broker-lifecycle.ts", "core/controller/cluster-control.ts"],
  cluster: { brokers: 3, controllers: 3, config: { "min.insync.replicas": 2 } },
  expect: "holds",
  run(world) {
    world.createTopic("orders", { partitions: 3, replicationFactor: 3 });
    const shop = world.producer("shop");
    const reader = world.consumer("reader", {
      group: "readers",
      topics: ["orders"],
      config: { "auto.offset.reset": "earliest" },
    });
    let sent = 0;
    const work = (durationMs: number): void => {
      for (let passed = 0; passed < durationMs; passed += 100) {
        shop.send("orders", { key: `k${sent % 10}`, value: `order ${++sent}` });
        world.run(100);
      }
    };
    work(2_000);

    for (const broker of [1, 2, 3]) {
      world.note(`Broker ${broker} is asked to stop. It leads nothing any more when it goes.`);
      world.inject({ kind: "shutdown", target: broker });
      work(8_000);
      world.restart(broker);
      world.until(`broker ${broker} is back in every ISR`, () => {
        work(100);
        return [0, 1, 2].every((partition) => world.isrOf("orders", partition).length === 3);
      });
    }
    shop.flush();
    world.expect("every order was acknowledged", shop.acknowledgedCount === sent);
    world.note("Every order was acknowledged, and none was sent in vain.");
    world.until("every order is read", () => new Set(reader.received.map(({ value }) => value)).size === sent);
  },
});
