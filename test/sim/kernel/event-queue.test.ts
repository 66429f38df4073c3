import * as fc from "fast-check";
import { expect, test } from "vitest";
import { EventQueue } from "../../../sim/kernel/event-queue.js";

function drain(queue: EventQueue): unknown[] {
  const order: unknown[] = [];
  while (queue.pop()) order.push(queue.payload);
  return order;
}

test("events come in order of time, ties in order of scheduling", () => {
  const queue = new EventQueue();
  queue.push(5, 0, "c");
  queue.push(1, 0, "a");
  queue.push(5, 0, "d");
  queue.push(1, 0, "b");
  expect(drain(queue)).toEqual(["a", "b", "c", "d"]);
});

test("any mix of pushes, pops and cancels behaves as a sorted list", () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant("push" as const), at: fc.nat(50) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("pop" as const), at: fc.constant(0) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant("cancel" as const), at: fc.nat(1000) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 2000, size: "max" }), (steps) => {
      const queue = new EventQueue();
      let model: { at: number; id: number; handle: number }[] = [];
      let nextId = 0;
      for (const { do: action, at } of steps) {
        if (action === "push") {
          const id = nextId++;
          model.push({ at, id, handle: queue.push(at, 1, id) });
        } else if (action === "cancel") {
          const victim = model.splice(at % Math.max(1, model.length), 1)[0];
          if (victim !== undefined) queue.cancel(victim.handle);
        } else {
          const sorted = model.toSorted((a, b) => a.at - b.at || a.id - b.id);
          expect(queue.pop()).toBe(sorted.length > 0);
          if (sorted[0] !== undefined) {
            expect(queue.payload).toBe(sorted[0].id);
            expect(queue.atUs).toBe(sorted[0].at);
            model = model.filter((event) => event.id !== sorted[0]!.id);
          }
        }
        expect(queue.size).toBe(model.length);
      }
      expect(drain(queue)).toEqual(model.toSorted((a, b) => a.at - b.at || a.id - b.id).map((event) => event.id));
    }),
    { numRuns: 60 },
  );
});

test("cancelled events do not pile up", () => {
  const queue = new EventQueue();
  for (let round = 0; round < 100_000; round++) queue.cancel(queue.push(1_000_000 + round, 0, undefined));
  expect(queue.entryCount).toBeLessThan(1000);
  expect(queue.pop()).toBe(false);
});

test("sweeping out cancelled events leaves the rest in order", () => {
  const queue = new EventQueue();
  const kept: number[] = [];
  const cancelled: number[] = [];
  for (let id = 0; id < 3000; id++) {
    const atUs = (id * 7919) % 1009;
    const handle = queue.push(atUs, 0, atUs);
    if (id % 3 === 0) kept.push(atUs);
    else cancelled.push(handle);
  }
  for (const handle of cancelled) queue.cancel(handle);
  expect(queue.entryCount).toBeLessThan(3000);
  expect(drain(queue)).toEqual(kept.toSorted((a, b) => a - b));
});
