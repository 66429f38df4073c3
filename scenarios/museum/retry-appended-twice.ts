// M24, before KIP-98: the acknowledgement is lost, and the broker cannot know a repetition from a new record.

import { scenario } from "../../sim/index.js";

export const retryAppendedTwice = scenario({
  name: "retry-appended-twice",
  teaches: "Without sequence numbers a retry after a lost acknowledgement is appended a second time.",
  read: ["core/log/producer-state.ts", "core/log/producer-state-manager.ts", "core/client/idempotence.ts"],
  cluster: { brokers: 3, controllers: 1 },
  bugs: ["ignore-sequences"],
  expect: { violates: "no-duplicates" },
  run(world) {
    world.createTopic("payments", { partitions: 1, replicationFactor: 3, assignment: [[1, 2, 3]] });
    const bank = world.producer("bank", { "request.timeout.ms": 3_000 });
    const first = bank.send("payments", { value: "payment 1" });
    world.until("the first payment is acknowledged", () => first.state === "acknowledged");

    world.note("The leader writes the second payment, but its answer is stuck in the network.");
    const answer = world.hold({ api: "Produce", kind: "response", from: 1, to: bank.nodeId, first: 1 });
    const second = bank.send("payments", { value: "payment 2" });
    world.until("the payment is on every replica", () =>
      world.brokers.every((broker) => world.logEndOffsetOf(broker, "payments", 0) === 2),
    );
    world.until("its acknowledgement is stuck", () => answer.heldCount === 1);

    world.note(
      "The producer waits its time, closes the connection and sends the payment again, under the same number.",
    );
    world.until("the second payment is acknowledged", () => second.state === "acknowledged");
    world.note("A leader that looks at the number answers as the first time. One that does not pays twice.");
    answer.release();
  },
});
