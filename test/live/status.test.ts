// What `status` says of brokers that were struck, before and after the controller has noticed.

import { expect, test } from "vitest";
import { describeStatus } from "../../sim/live/status.js";
import { SimulatedWorld } from "../../sim/world/simulated-world.js";

test("status tells the process beside the controller's view of it", () => {
  const world = new SimulatedWorld({ brokers: 4, controllers: 1 }, { seed: 1 });
  world.start();
  const status = (): string => describeStatus(world).replace(/^controller \d+; brokers: /, "");
  expect(status()).toBe("1 serves, 2 serves, 3 serves, 4 serves");
  world.inject({ kind: "crash", target: 2 });
  world.inject({ kind: "pause", target: 3 });
  world.inject({ kind: "power-loss", target: 4 });
  world.run(1000);
  expect(status()).toBe(
    "1 serves, 2 has crashed and is not yet fenced, 3 is paused and is not yet fenced, 4 has no power and is not yet fenced",
  );
  world.run(20_000);
  expect(status()).toBe(
    "1 serves, 2 has crashed and is fenced, 3 is paused and is fenced, 4 has no power and is fenced",
  );
  world.restart(2);
  expect(status()).toContain("2 is starting and is fenced");
  world.run(20_000);
  expect(status()).toContain("2 serves");
});
