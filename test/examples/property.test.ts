// A property over a scripted scenario: fast-check draws one fault, the script does the rest.

import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { faultSchedules, scenario, simulate } from "samsa/testing";
import "samsa/testing/vitest";

/** One broker goes down at some moment, somehow, and comes back some seconds later. */
const oneBrokerDown = faultSchedules({
  kinds: ["pause", "crash", "power-loss"],
  minFaults: 1,
  maxFaults: 1,
  targets: ["broker"],
  brokers: 3,
  durationMs: 4000,
  maxDownMs: 12_000,
});

test.prop([oneBrokerDown, fc.nat()], { numRuns: 10 })(
  "acks=all with min.insync.replicas=2 loses nothing when one broker goes down",
  (faults, seed) => {
    const story = scenario({
      name: "one-broker-down",
      teaches: "Two copies are enough for one failure.",
      read: [],
      cluster: { brokers: 3, controllers: 1, config: { "min.insync.replicas": 2 } },
      expect: "holds",
      run(world) {
        world.createTopic("orders", { partitions: 2, replicationFactor: 3 });
        world.schedule(faults);
        const shop = world.producer("shop");
        for (let order = 0; order < 100; order++) {
          shop.send("orders", { key: `customer-${order % 9}`, value: `order ${order}` });
          world.run(50);
        }
        shop.flush();
        world.expect("every order is acknowledged", shop.acknowledgedCount === 100);
      },
    });
    expect(simulate(story, { seed })).toHold();
  },
);
