// A property over commands: whatever is done to one broker at a time, in whatever order, an acknowledged record is read
// back, once and in order.

import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { DeliveryModel, openWorld, readBack, worldCommands } from "samsa/testing";
import "samsa/testing/vitest";

test.prop([worldCommands({ maxCommands: 20 }), fc.nat()], { numRuns: 10 })(
  "acknowledged records are read back in order while one broker at a time is damaged",
  (commands, seed) => {
    const [model, real] = [new DeliveryModel(), openWorld({ seed })];
    fc.modelRun(() => ({ model, real }), commands);
    readBack(model, real);
    expect(real.finish()).toHold();
  },
);
