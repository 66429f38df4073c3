// The story of a whole run: what it says happened when it says so.

import { expect, test } from "vitest";
import { scenario, simulate } from "../../../sim/index.js";

test("a restart: the start is told when it happens, not when everything heals", () => {
  const restart = scenario({
    name: "restart",
    teaches: "A broker that is restarted comes back.",
    read: [],
    cluster: { brokers: 3, controllers: 1 },
    expect: "holds",
    run(world) {
      world.inject({ kind: "restart", target: 1, downMs: 1000 });
      world.run(30_000);
      world.note("Now everything heals.");
    },
  });
  const { story } = simulate(restart, { seed: 1 });
  const told = story.map(({ kind, text }) => [kind, text]);
  const struckAt = told.findIndex(([kind]) => kind === "fault");
  const started = story.find(({ text }) => text === "broker-1 is started again.")!;
  expect(told.filter(([kind]) => kind === "heal")).toEqual([["heal", "broker-1 is started again."]]);
  expect(started.atUs - story[struckAt]!.atUs).toBe(1_000_000);
  expect(told.at(-1)).toEqual(["note", "Now everything heals."]);
});
