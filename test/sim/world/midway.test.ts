// Deaths midway: a broker dies between two file operations of what it does as one piece, and comes back from it.

import { describe, expect, test } from "vitest";
import { scenario, simulate, type FileOperation, type RunResult } from "../../../sim/index.js";
import type { TraceEvent } from "../../../sim/trace/format.js";

/** One broker whose only topic is compacted all the time dies midway, and is started again. */
function dyingBroker(kind: "crash" | "power-loss", operation: FileOperation | "any", nth: number): RunResult {
  return simulate(
    scenario({
      name: "dying-broker",
      teaches: "What was half done is completed or undone.",
      read: [],
      cluster: { brokers: 1, controllers: 1, config: { "log.cleaner.backoff.ms": 100, "log.roll.ms": 400 } },
      expect: "holds",
      run(world) {
        const config = {
          "cleanup.policy": "compact",
          "min.cleanable.dirty.ratio": 0.01,
          "segment.bytes": 2_000,
          "flush.messages": 1,
        };
        world.createTopic("prices", { partitions: 1, replicationFactor: 1, config });
        const shop = world.producer("shop");
        const fault = world.inject({ kind, target: 1, midway: { operation, nth } });
        for (let round = 0; round < 200 && world.isUp(1); round++) {
          shop.send("prices", { key: `article ${round % 5}`, value: `price ${round}` });
          world.run(20);
        }
        world.expect("it died", !world.isUp(1));
        fault.heal();
        world.until("it is back", () => world.isUnfenced(1));
        const last = shop.send("prices", { key: "article 0", value: "the last price" });
        world.until("the topic takes prices again", () => last.state === "acknowledged");
      },
    }),
    { coverage: true, trace: true },
  );
}

const lastIntent = ({ events }: RunResult): string | undefined => {
  const crash = events.find((event): event is Extract<TraceEvent, { type: "process.crashed" }> => {
    return event.type === "process.crashed";
  });
  return crash?.before === undefined ? undefined : `${crash.before.operation} ${crash.before.path}`;
};

describe.each(["crash", "power-loss"] as const)("%s in the exchange of compacted segments", (kind) => {
  test("before its commit point: the rewritten segment is thrown away", () => {
    const result = dyingBroker(kind, "rename", 1);
    expect([result.ok, result.failure]).toEqual([true, undefined]);
    expect(lastIntent(result)).toMatch(/^rename .*\.log\.cleaned$/);
    expect(result.reached?.marks).not.toContain("interrupted-compaction-completed");
  });

  test.each([2, 3, 4])("after it, before rename %i: the exchange is completed at the next start", (nth) => {
    const result = dyingBroker(kind, "rename", nth);
    expect([result.ok, result.failure]).toEqual([true, undefined]);
    expect(lastIntent(result)).toMatch(/^rename /);
    expect(result.reached?.marks).toContain("interrupted-compaction-completed");
  });
});

test("whatever a broker was about to do when it died, it comes back with all that was acknowledged", () => {
  const operations = ["any", "create", "append", "replace", "rename", "remove"] as const;
  const intents = new Set<string>();
  for (const operation of operations) {
    for (const nth of [1, 2, 5, 13]) {
      const result = dyingBroker("crash", operation, nth);
      expect([operation, nth, result.failure, result.unexpected]).toEqual([operation, nth, undefined, []]);
      intents.add(`${operation} ${lastIntent(result)?.split(" ")[0]}`);
    }
  }
  for (const operation of operations.slice(1)) expect(intents).toContain(`${operation} ${operation}`);
});
