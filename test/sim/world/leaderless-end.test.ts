import { expect, test } from "vitest";

import { scenario, simulate } from "../../../sim/index.js";

test("a goal that is not reached while nobody leads a partition is what the run tells, and the claims are judged", () => {
  const story = scenario({
    name: "leaderless",
    teaches: "A partition whose only replica is gone.",
    read: [],
    cluster: { brokers: 2, controllers: 1 },
    expect: "holds",
    run(world) {
      world.createTopic("orders", { partitions: 1, replicationFactor: 1 });
      const producer = world.producer("shop");
      const consumer = world.consumer("worker", {
        group: "workers",
        topics: ["orders"],
        config: { "auto.offset.reset": "earliest" },
        onRecord: (record) => consumer.processed(record),
      });
      for (let record = 0; record < 10; record++) producer.send("orders", { value: `order ${record}` });
      world.until("the worker has read them", () => consumer.received.length === 10);
      world.inject({ kind: "crash", target: { role: "leader", topic: "orders", partition: 0 } });
      producer.send("orders", { value: "one more" });
      world.until("the worker has read one more", () => consumer.received.length === 11, 20_000);
    },
  });
  const { failure, verdicts } = simulate(story, { seed: 1 });
  expect(failure).toMatch(/^not reached within 20000 ms of simulated time: the worker has read one more/);
  expect(verdicts).toContainEqual(expect.objectContaining({ checker: "committed-means-processed", violations: 0 }));
});
