// What the fault budget excuses, and whom: drawn schedules, never a script that asks the question.

import { expect, test } from "vitest";
import { scenario, simulate, type Scenario } from "samsa";

const weakProducer = (excusesUnpromised: boolean): Scenario =>
  scenario({
    name: "weak-producer",
    teaches: "acks=1 promises little.",
    read: [],
    cluster: { brokers: 3, controllers: 1 },
    expect: "holds",
    excusesUnpromised,
    run(world) {
      world.createTopic("orders", { partitions: 1, replicationFactor: 3, assignment: [[1, 2, 3]] });
      world.hold({ api: "Fetch", kind: "request", from: 2, to: 1 });
      world.hold({ api: "Fetch", kind: "request", from: 3, to: 1 });
      world.run(1_000);
      const order = world.producer("shop", { acks: "1" }).send("orders", { value: "lost" });
      world.until("the leader alone has acknowledged", () => order.state === "acknowledged");
      world.inject({ kind: "crash", target: 1 });
      world.until("a follower leads", () => (world.leaderOf("orders", 0) ?? 1) !== 1);
    },
  });

test("a script that loses an acks=1 record is told so", () => {
  const { ok, unexpected } = simulate(weakProducer(false));
  expect({ ok, unexpected }).toEqual({ ok: false, unexpected: ["acknowledged-records-survive"] });
});

test("a drawn schedule that loses an acks=1 record is excused, and the excuse is counted", () => {
  const { ok, verdicts } = simulate(weakProducer(true));
  const verdict = verdicts.find(({ checker }) => checker === "acknowledged-records-survive");
  expect({ ok, violations: verdict?.violations, excused: verdict?.excused }).toEqual({
    ok: true,
    violations: 0,
    excused: 1,
  });
});
