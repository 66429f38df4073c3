// An example that fails, for its output: both copies are in rack a. test/examples/printed.test.ts runs it.

import { test } from "@fast-check/vitest";
import { expect } from "vitest";
import { simulate, trials } from "samsa/testing";
import "samsa/testing/vitest";

const cluster = { brokers: 6, controllers: 3, racks: ["a", "b", "c"] };
const workload = { topics: [{ topic: "orders", assignment: [[1, 4]] }], acks: "all" } as const;
const faults = { kinds: ["rack-power-loss"], minFaults: 1, maxFaults: 1 } as const;

test.prop([trials({ cluster, workload, faults })])("no single rack loss loses an order", (trial) => {
  expect(simulate(trial)).toHold("acknowledged-records-survive");
});
