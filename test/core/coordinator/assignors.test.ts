import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Assignor, AssignorMember } from "../../../core/coordinator/assignors/assignor.js";
import { rangeAssignor } from "../../../core/coordinator/assignors/range.js";
import { roundRobinAssignor } from "../../../core/coordinator/assignors/round-robin.js";

const member = (
  memberId: string,
  topics: readonly string[],
  groupInstanceId: string | null = null,
): AssignorMember => ({
  memberId,
  groupInstanceId,
  topics,
});

/** "a: t0-0 t0-1" for each member. */
function print(assignor: Assignor, members: readonly AssignorMember[], counts: Record<string, number>): string[] {
  return [...assignor.assign(members, new Map(Object.entries(counts)))].map(
    ([id, share]) => `${id}: ${share.map(({ topic, partition }) => `${topic}-${partition}`).join(" ")}`,
  );
}

const topicNames = ["a", "b", "c", "gone"];
const members = fc
  .uniqueArray(fc.record({ id: fc.nat(20), instance: fc.boolean(), topics: fc.subarray(topicNames) }), {
    selector: ({ id }) => id,
    minLength: 1,
    maxLength: 6,
  })
  .map((drawn) => drawn.map(({ id, instance, topics }) => member(`m${id}`, topics, instance ? `i${id}` : null)));
const counts = fc.record({ a: fc.nat(9), b: fc.nat(9), c: fc.nat(9) }).map((drawn) => new Map(Object.entries(drawn)));

describe.each([rangeAssignor, roundRobinAssignor])("$name", (assignor) => {
  test("every partition of a subscribed topic goes to exactly one member that subscribes to it", () => {
    fc.assert(
      fc.property(members, counts, (group, partitionCounts) => {
        const owners = new Map<string, string>();
        for (const [memberId, share] of assignor.assign(group, partitionCounts)) {
          for (const { topic, partition } of share) {
            expect(owners.has(`${topic}-${partition}`)).toBe(false);
            owners.set(`${topic}-${partition}`, memberId);
            expect(group.find((candidate) => candidate.memberId === memberId)!.topics).toContain(topic);
          }
        }
        const subscribed = [...partitionCounts].filter(([topic]) => group.some(({ topics }) => topics.includes(topic)));
        expect(owners.size).toBe(subscribed.reduce((sum, [, count]) => sum + count, 0));
      }),
    );
  });

  test("the result does not depend on the order in which members are given", () => {
    fc.assert(
      fc.property(members, counts, (group, partitionCounts) => {
        const reversed = assignor.assign([...group].reverse(), partitionCounts);
        expect([...reversed]).toEqual([...assignor.assign(group, partitionCounts)]);
      }),
    );
  });

  test("balance: with equal subscriptions, shares of one topic differ by one at the most", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 7 }), fc.nat(30), (size, partitionCount) => {
        const group = Array.from({ length: size }, (_, i) => member(`m${i}`, ["a"]));
        const sizes = [...assignor.assign(group, new Map([["a", partitionCount]])).values()].map(
          (share) => share.length,
        );
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

test("range: consecutive runs of each topic; the first members get the remainder, topic by topic", () => {
  const group = [member("c0", ["t0", "t1"]), member("c1", ["t0", "t1"])];
  expect(print(rangeAssignor, group, { t0: 3, t1: 3 })).toEqual(["c0: t0-0 t0-1 t1-0 t1-1", "c1: t0-2 t1-2"]);
});

test("round robin: all partitions in one row; balanced over all topics together", () => {
  const group = [member("c0", ["t0", "t1"]), member("c1", ["t0", "t1"])];
  expect(print(roundRobinAssignor, group, { t0: 3, t1: 3 })).toEqual(["c0: t0-0 t0-2 t1-1", "c1: t0-1 t1-0 t1-2"]);
});

test("round robin: with different subscriptions members are passed over, as Kafka's documentation shows", () => {
  const group = [member("c0", ["t0"]), member("c1", ["t0", "t1"]), member("c2", ["t0", "t1", "t2"])];
  expect(print(roundRobinAssignor, group, { t0: 1, t1: 2, t2: 3 })).toEqual([
    "c0: t0-0",
    "c1: t1-0",
    "c2: t1-1 t2-0 t2-1 t2-2",
  ]);
});

test("static members keep their place whatever member id a restart gives them", () => {
  const before = [member("z", ["t"], "a"), member("y", ["t"], "b")];
  const after = [member("k", ["t"], "a"), member("y", ["t"], "b")];
  expect(print(rangeAssignor, before, { t: 2 })).toEqual(["y: t-1", "z: t-0"]);
  expect(print(rangeAssignor, after, { t: 2 })).toEqual(["k: t-0", "y: t-1"]);
});
