// Clusters of one and two brokers: groups read there without a word about __consumer_offsets.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { simulate, trials } from "samsa/testing";
import { SimulatedWorld } from "../../../sim/world/simulated-world.js";

describe.each([1, 2])("brokers: %i", (brokers) => {
  const cluster = { brokers, controllers: 1 };

  test("a group reads everything", () => {
    const result = simulate({ cluster, load: { records: 10, everyMs: 20, keys: 0, valueBytes: 0 } });
    expect(result.failure).toBeUndefined();
    expect(result.seen.recordsDelivered).toBe(10);
  });

  test("a drawn trial with consumers comes to its end", () => {
    const drawn = trials({ cluster, workload: { consumers: [1, 2], records: 5 }, faults: { maxFaults: 0 } });
    for (const trial of fc.sample(drawn, { numRuns: 3, seed: 1 })) expect(simulate(trial).failure).toBeUndefined();
  });
});

test("what a scenario sets itself stays as it is", () => {
  const config = { "offsets.topic.replication.factor": 1, "offsets.topic.num.partitions": 1 };
  const world = new SimulatedWorld({ brokers: 2, controllers: 1, config }, { seed: 1 });
  world.start();
  world.createTopic("orders", { partitions: 1, replicationFactor: 2 });
  world.consumer("reader", { group: "readers", topics: ["orders"] });
  world.until("the offsets topic exists", () => world.coordinatorOf("readers") !== undefined);
  expect(world.replicasOf("__consumer_offsets", 0)).toHaveLength(1);
});
