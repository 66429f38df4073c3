// An application whose work takes time: what it was handed is processed when the work is over, and not before.

import { expect, test } from "vitest";
import { SimulatedWorld } from "../../../sim/world/simulated-world.js";
import type { TraceEvent } from "../../../sim/trace/format.js";

/** A world in which one worker has just been handed the first two of four orders, and works on them for a second. */
function atWork() {
  const config = { "group.initial.rebalance.delay.ms": 0, "offsets.topic.replication.factor": 1 };
  const world = new SimulatedWorld({ brokers: 1, controllers: 1, config }, { seed: 1 });
  const processed: number[] = [];
  world.cluster.recorder.listen((event: TraceEvent) => {
    if (event.type === "application.processed") processed.push(event.offset);
  });
  world.start();
  world.createTopic("orders", { partitions: 1, replicationFactor: 1 });
  const shop = world.producer("shop");
  for (let order = 1; order <= 4; order++) shop.send("orders", { value: `order ${order}` });
  shop.flush();
  const polled: number[] = [];
  const worker = world.consumer("worker", {
    group: "workers",
    topics: ["orders"],
    config: { "auto.offset.reset": "earliest", "max.poll.records": 2 },
    workMs: 1_000,
    onPolled: (_consumer, records) => polled.push(records.length),
  });
  world.until("the worker has two orders", () => worker.received.length > 0);
  return { world, worker, processed, polled };
}

test("work of a second: processed, and polled again, when it is over", () => {
  const { world, worker, processed, polled } = atWork();
  world.run(900);
  expect([processed, polled, worker.received.length]).toEqual([[], [], 2]);
  world.run(200);
  expect([processed, polled, worker.received.length]).toEqual([[0, 1], [2], 4]);
});

test("a process that crashes at work has processed nothing of it", () => {
  const { world, worker, processed } = atWork();
  world.inject({ kind: "crash", target: worker.nodeId });
  world.run(2_000);
  expect(processed).toEqual([]);
});

test("a process that is closed finishes its work first", () => {
  const { worker, processed } = atWork();
  worker.close();
  expect(processed).toEqual([0, 1]);
});
