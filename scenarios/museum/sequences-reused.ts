// M25, before KIP-360: a producer that a broker has forgotten counts from 0 again, in the same epoch, and meets itself.

import { scenario } from "../../sim/index.js";

export const sequencesReused = scenario({
  name: "sequences-reused",
  teaches: "A producer that starts counting again must bump its epoch, or an old request is taken for the new one.",
  read: ["core/client/idempotence.ts", "core/log/producer-state-manager.ts", "core/log/producer-state.ts"],
  cluster: { brokers: 3, controllers: 1, config: { "log.retention.check.interval.ms": 1_000 } },
  bugs: ["reuse-sequences"],
  expect: { violates: "acknowledged-records-survive" },
  run(world) {
    world.createTopic("prices", {
      partitions: 1,
      replicationFactor: 3,
      assignment: [[1, 2, 3]],
      config: { "retention.ms": 10_000, "message.timestamp.type": "LogAppendTime" },
    });
    world.note("The first request, with sequence number 0, is delayed in the network.");
    const ticker = world.producer("ticker", { "request.timeout.ms": 3_000 });
    const delayed = world.hold({ api: "Produce", kind: "request", from: ticker.nodeId, to: 1, first: 1 });
    const first = ticker.send("prices", { value: "price 1" });
    world.until("the first request is stuck", () => delayed.heldCount === 1);
    world.until("it was sent again on another connection, and acknowledged", () => first.state === "acknowledged");
    const second = ticker.send("prices", { value: "price 2" });
    world.until("the next price has sequence number 1", () => second.state === "acknowledged");

    world.note("Nothing is sent for a while. Retention deletes both records: all the leader has of this producer.");
    world.run(15_000);
    const answer = world.hold({ api: "Produce", kind: "response", from: 1, to: ticker.nodeId, first: 1 });
    const third = ticker.send("prices", { value: "price 3" });
    world.until("the leader has answered to sequence number 2", () => answer.heldCount === 1);

    world.note("Before the answer arrives, the delayed request does: sequence number 0, of the same epoch.");
    delayed.release();
    world.run(1_000);
    world.note("A producer that is told to start again would now send the third price as number 0.");
    answer.release();
    world.until("the third price is acknowledged", () => third.state === "acknowledged");
    world.note("Does the log hold it, or the first price once more?");
  },
});
