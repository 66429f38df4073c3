import fc from "fast-check";
import { expect, test } from "vitest";
import { DelayedOperation, Purgatory } from "../../../core/replication/purgatory.js";
import { FakeEnvironment } from "../support/fake-environment.js";

class Operation extends DelayedOperation {
  ready = false;
  ending: string | undefined;
  onAnswer: () => void = () => {};

  override canComplete(): boolean {
    return this.ready;
  }
  override onExpiration(): void {
    this.ending = "expired";
  }
  override onComplete(): void {
    this.ending ??= "completed";
    this.onAnswer();
  }
}

function purgatory(): { env: FakeEnvironment; waiting: Purgatory<object, Operation> } {
  const env = new FakeEnvironment();
  return { env, waiting: new Purgatory("test", env.clock, env.timers) };
}

test("an operation that can be answered at once is never parked", () => {
  const { waiting } = purgatory();
  const operation = new Operation();
  operation.ready = true;
  waiting.tryCompleteElseWatch(operation, [{}], 100);
  expect([operation.ending, waiting.size]).toEqual(["completed", 0]);
});

test("only watchers of the changed key look again, and each is answered once", () => {
  const { env, waiting } = purgatory();
  const [a, b] = [{}, {}];
  const operation = new Operation();
  let answers = 0;
  operation.onAnswer = () => answers++;
  waiting.tryCompleteElseWatch(operation, [a], 100);
  operation.ready = true;
  expect(waiting.checkAndComplete(b)).toBe(0);
  expect(waiting.checkAndComplete(a)).toBe(1);
  expect(waiting.checkAndComplete(a)).toBe(0);
  env.advance(1000);
  expect([operation.ending, answers]).toEqual(["completed", 1]);
});

test("answering may park a new operation on the same key; it is kept", () => {
  const { waiting } = purgatory();
  const key = {};
  const [first, second] = [new Operation(), new Operation()];
  first.onAnswer = () => waiting.tryCompleteElseWatch(second, [key], 100);
  waiting.tryCompleteElseWatch(first, [key], 100);
  first.ready = true;
  expect(waiting.checkAndComplete(key)).toBe(1);
  second.ready = true;
  expect(waiting.checkAndComplete(key)).toBe(1);
});

test("an answer that looks at the same key again loses nobody", () => {
  const { waiting } = purgatory();
  const key = {};
  const [first, second] = [new Operation(), new Operation()];
  first.onAnswer = () => waiting.checkAndComplete(key);
  waiting.tryCompleteElseWatch(first, [key], 100);
  waiting.tryCompleteElseWatch(second, [key], 100);
  first.ready = true;
  waiting.checkAndComplete(key);
  second.ready = true;
  expect(waiting.checkAndComplete(key)).toBe(1);
});

test("expiry: an operation ends at its deadline or when its key changes, whichever comes first (property)", () => {
  const operations = fc.array(
    fc.record({ timeoutMs: fc.integer({ min: 1, max: 50 }), readyAtMs: fc.integer({ min: 0, max: 80 }) }),
    { maxLength: 120 },
  );
  fc.assert(
    fc.property(operations, (plans) => {
      const { env, waiting } = purgatory();
      const key = {};
      const parked = plans.map((plan) => {
        const operation = new Operation();
        waiting.tryCompleteElseWatch(operation, [key], plan.timeoutMs);
        return { plan, operation };
      });
      for (let nowMs = 0; nowMs <= 80; nowMs++) {
        for (const { plan, operation } of parked) operation.ready = plan.readyAtMs <= nowMs;
        waiting.checkAndComplete(key);
        env.advance(1);
        for (const { plan, operation } of parked) {
          const byKey = plan.readyAtMs <= nowMs && plan.readyAtMs < plan.timeoutMs;
          const byTime = plan.timeoutMs <= nowMs + 1;
          const expected = byKey ? "completed" : byTime ? "expired" : undefined;
          expect(operation.ending).toBe(expected);
        }
      }
      expect(waiting.size).toBe(0);
    }),
    { numRuns: 60 },
  );
});
