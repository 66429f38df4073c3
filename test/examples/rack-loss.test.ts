// The second example of the README: does my configuration survive the loss of a rack?

import { test } from "@fast-check/vitest";
import { expect } from "vitest";
import { simulate, trials } from "samsa/testing";
import "samsa/testing/vitest";

const cluster = { brokers: 6, controllers: 3, racks: ["a", "b", "c"] };
const orders = { topic: "orders", assignment: [[1, 2, 3]], config: { "min.insync.replicas": 2 } };
const workload = { topics: [orders], acks: "all" } as const;
const faults = { kinds: ["rack-power-loss"], minFaults: 1, maxFaults: 1 } as const;

test.prop([trials({ cluster, workload, faults })], { numRuns: 30 })(
  "no single rack loss loses an order",
  (trial) => {
    expect(simulate(trial)).toHold("acknowledged-records-survive");
  },
  120_000,
);
