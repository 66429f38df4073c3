// A property over a scripted scenario: fast-check draws one fault, the script does the rest.

import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { scenario, simulate, type ScheduledFault } from "samsa";

/** One broker goes down at some moment, somehow, and comes back some seconds later. */
const oneBrokerDown: fc.Arbitrary<ScheduledFault> = fc
  .record({
    kind: fc.constantFrom("crash" as const, "power-loss" as const, "pause" as const),
    broker: fc.constantFrom(1, 2, 3),
    atMs: fc.integer({ min: 0, max: 4_000 }),
    downMs: fc.integer({ min: 100, max: 12_000 }),
  })
  .map(({ kind, broker, atMs, downMs }) => ({ atMs, healAtMs: atMs + downMs, fault: { kind, target: broker } }));

test.prop([oneBrokerDown, fc.nat()], { numRuns: 10 })(
  "acks=all with min.insync.replicas=2 loses nothing when one broker goes down",
  (fault, seed) => {
    const story = scenario({
      name: "one-broker-down",
      teaches: "Two copies are enough for one failure.",
      read: [],
      cluster: { brokers: 3, controllers: 1, config: { "min.insync.replicas": 2 } },
      expect: "holds",
      run(world) {
        world.createTopic("orders", { partitions: 2, replicationFactor: 3 });
        world.schedule([fault]);
        const shop = world.producer("shop");
        for (let order = 0; order < 100; order++) {
          shop.send("orders", { key: `customer-${order % 9}`, value: `order ${order}` });
          world.run(50);
        }
        shop.flush();
        world.expect("every order is acknowledged", shop.acknowledgedCount === 100);
      },
    });
    const { failure, unexpected } = simulate(story, { seed });
    expect({ failure, unexpected }).toEqual({ failure: undefined, unexpected: [] });
  },
);
