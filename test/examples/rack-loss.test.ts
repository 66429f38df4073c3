// The third example of the README: does my configuration survive the loss of a rack?

import { test } from "@fast-check/vitest";
import { expect } from "vitest";
import { simulate, trials } from "samsa/testing";
import "samsa/testing/vitest";

const threeRacks = { brokers: 6, controllers: 3, racks: ["a", "b", "c"] };
const oneRackLoss = { kinds: ["rack-power-loss"], minFaults: 1, maxFaults: 1 } as const;

/** Three copies, each in a rack of its own; a record is acknowledged when two have it. */
const spread = {
  topics: [{ topic: "orders", assignment: [[1, 2, 3]], config: { "min.insync.replicas": 2 } }],
  acks: "all",
} as const;

test.prop([trials({ cluster: threeRacks, workload: spread, faults: oneRackLoss })], { numRuns: 20 })(
  "three copies in three racks: no single rack loss loses an acknowledged record",
  (trial) => {
    expect(simulate(trial)).toHold("acknowledged-records-survive");
  },
);

/** Two copies, both in rack a. */
const together = { topics: [{ topic: "orders", assignment: [[1, 4]] }], acks: "all" } as const;

test.prop([trials({ cluster: threeRacks, workload: together, faults: oneRackLoss })], { numRuns: 20 })(
  "X two copies in one rack",
  (trial) => {
    expect(simulate(trial)).toHold("acknowledged-records-survive");
  },
);
const leaderOnly = { ...spread, acks: "1" } as const;

test.prop([trials({ cluster: threeRacks, workload: leaderOnly, faults: oneRackLoss })], { numRuns: 100 })(
  "X acks=1",
  (trial) => {
    expect(simulate(trial)).toHold("acknowledged-records-survive");
  },
);
