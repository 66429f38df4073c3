// The published results of the TLA+ models come out the same, and core/ answers as its switches say.

import { describe, expect, test } from "vitest";
import { CORE, type Experiment, PUBLISHED } from "../../../sim/model/catalogue.js";

function check({ name, expected, states, run }: Experiment): void {
  test(name, () => {
    const found = run();
    expect(found.outcomes).toEqual(expected);
    if (states !== undefined) expect(found.states).toBe(states);
  });
}

describe("TLA+ models", () => {
  for (const experiment of PUBLISHED) if (experiment.isSmall) check(experiment);
});

describe("core/", () => {
  for (const experiment of CORE) if (experiment.isSmall) check(experiment);
});

test("a violation is told as a story: truncating to the high watermark, 2 replicas", () => {
  expect(PUBLISHED[0]!.run().text).toMatchInlineSnapshot(`
    "KafkaTruncateToHighWatermark (2 replicas, 2 records, epochs to 2): 2479 states in 9 steps.
    ✗ WeakIsr, after 8 steps: Whoever takes itself for the leader finds its records below its high watermark on every member of its ISR.
       1. The controller elects A for e0.
       2. The controller drops B: e1, ISR A.
       3. A hears of e0 and leads.
       4. A writes x at offset 0 in e0.
       5. B hears of e0, follows A.
       6. B fetches x from A.
       7. A raises its high watermark to 1.
       8. B hears of e1, follows A, and truncates from 1 to 0.
    ✗ StrongIsr, after 9 steps: Whoever takes itself for the leader finds its records below its high watermark on all who may be elected.
       1. The controller elects A for e0.
       2. The controller elects B for e1.
       3. The controller elects A for e2.
       4. A hears of e0 and leads.
       5. A writes x at offset 0 in e0.
       6. B hears of e0, follows A.
       7. B fetches x from A.
       8. A raises its high watermark to 1.
       9. B hears of e2, follows A, and truncates from 1 to 0."
  `);
});

test("a violation of core/ is told as a story: truncating in one round, 2 replicas", () => {
  const found = CORE.find(({ name }) => name.includes("truncate-in-one-round"))!.run();
  expect(found.text.split("✗ StrongIsr")[0]).toMatchInlineSnapshot(`
    "core with truncate-in-one-round (2 replicas, 2 records, leader epochs to 2, partition epochs to 3): 11172 states in 10 steps.
    ✗ WeakIsr, after 10 steps: Whoever takes itself for the leader finds its records below its high watermark on every member of its ISR.
       1. The controller elects B: B leads e1, ISR A and B.
       2. The controller elects A: A leads e2, ISR A and B.
       3. A hears of e0 with ISR A and B, leads.
       4. A writes x at offset 0 in e0.
       5. A hears of e2 with ISR A and B, leads.
       6. B hears of e1 with ISR A and B, leads.
       7. B writes y at offset 0 in e1.
       8. B hears of e2 with ISR A and B, follows A.
       9. B fetches from A at 1.
      10. B fetches from A at 1; A raises its high watermark to 1.
          Logs: A [x(e0)], B [y(e1)].
    "
  `);
});
