// The acknowledgement is lost on its way; the producer sends again. Is the record there once or twice?

import { scenario } from "../sim/index.js";
import type { Scenario, World } from "../sim/index.js";

function run(world: World, idempotent: boolean): void {
  world.createTopic("payments", { partitions: 1, replicationFactor: 3, assignment: [[1, 2, 3]] });
  const bank = world.producer("bank", { "enable.idempotence": idempotent, "request.timeout.ms": 3_000 });
  const first = bank.send("payments", { value: "payment 1" });
  world.until("the first payment is acknowledged", () => first.state === "acknowledged");

  world.note("The broker writes the next payment, but its answer is stuck in the network.");
  const hold = world.hold({ api: "Produce", kind: "response", from: 1, to: bank.nodeId });
  const second = bank.send("payments", { value: "payment 2" });
  world.until("the payment is written", () => world.logEndOffsetOf(1, "payments", 0) === 2);
  world.until("its acknowledgement waits", () => hold.heldCount > 0);

  world.note("The producer hears nothing, closes the connection and sends the payment again.");
  world.run(3_500);
  hold.release();
  world.until("the second payment is acknowledged", () => second.state === "acknowledged");
  world.note(
    idempotent
      ? "The broker has this sequence number already: it answers as the first time, and writes nothing."
      : "The broker cannot know that it has this payment already, and writes it a second time.",
  );
  const copies = world.logEndOffsetOf(1, "payments", 0)! - 1;
  world.expect(
    idempotent ? "the broker recognised the repetition" : "the payment was written twice",
    copies === (idempotent ? 1 : 2),
  );
}

export const duplicateWithoutIdempotence: Scenario = scenario({
  name: "duplicate-without-idempotence",
  teaches: "A lost acknowledgement makes the producer write a record twice: at least once is not exactly once.",
  read: ["core/client/sender.ts", "core/log/producer-state.ts"],
  cluster: { brokers: 3, controllers: 1 },
  expect: { violates: "no-duplicates" },
  run: (world) => run(world, false),
});

export const duplicateWithIdempotence: Scenario = scenario({
  name: "duplicate-with-idempotence",
  teaches: "An idempotent producer numbers its batches, and the broker drops the one it already has (KIP-98).",
  read: ["core/client/idempotence.ts", "core/log/producer-state.ts"],
  cluster: { brokers: 3, controllers: 1 },
  expect: "holds",
  run: (world) => run(world, true),
});
