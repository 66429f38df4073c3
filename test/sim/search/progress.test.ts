// What progress demands of a group once everything healed.

import { expect, test } from "vitest";
import { GoalNotReached } from "../../../sim/kernel/simulation.js";
import { awaitDelivery } from "../../../sim/search/progress.js";
import type { ConsumerHandle, World } from "../../../sim/world/world.js";

/** A world with one committed record in orders-0, where waiting means looking once. */
const WORLD = {
  nowMs: 1000,
  leaderOf: (_: string, partition: number) => (partition === 0 ? 1 : undefined),
  highWatermarkOf: () => 1,
  isrOf: () => [1],
  logEndOffsetOf: () => 1,
  hasRecordsFrom: () => true,
  until: (goal: string, isReached: () => boolean) => {
    if (!isReached()) throw new Error(goal);
  },
} as unknown as World;

function member(instanceId: string, isFenced: boolean, position?: number): ConsumerHandle {
  const assignment = position === undefined ? [] : ["orders-0"];
  return { name: "worker", instanceId, isFenced, assignment, position: () => position } as unknown as ConsumerHandle;
}

const demand = (...members: readonly ConsumerHandle[]): void => awaitDelivery(WORLD, members, { orders: "all" });

test("every partition is read up to its high watermark", () => {
  demand(member("", false, 1));
  expect(() => demand(member("", false, 0))).toThrow(/worker is at 0 of orders-0, which ends at 1/);
  expect(() => demand(member("", false))).toThrow(/nobody reads orders-0/);
});

test("nothing more is demanded where a log holds nothing from the reader's position on", () => {
  const emptied = (from: number): World =>
    ({
      ...WORLD,
      highWatermarkOf: () => 4,
      hasRecordsFrom: (_node: number, _topic: string, _partition: number, offset: number) => offset < from,
    }) as unknown as World;
  awaitDelivery(emptied(2), [member("", false, 2)], { orders: "all" });
  expect(() => awaitDelivery(emptied(3), [member("", false, 2)], { orders: "all" })).toThrow(/which ends at 4/);
});

test("two processes of one instance id may have fenced each other: nothing is demanded of nobody", () => {
  demand(member("a", true), member("a", true));
  expect(() => demand(member("a", true), member("a", false))).toThrow(/nobody reads/);
});

test("one that was fenced alone reads nothing either; one that was not must", () => {
  demand(member("a", true));
  expect(() => demand(member("a", true), member("b", false))).toThrow(/nobody reads/);
});

test("who comes further in each stretch of time is slow, who does not is stuck", () => {
  const stretches = (positions: readonly number[]): number => {
    let looks = 0;
    const slow = { ...member("", false, 0), position: () => positions[looks] ?? positions.at(-1) };
    const world = {
      ...WORLD,
      highWatermarkOf: () => 3,
      get nowMs() {
        return 1000 * (looks + 1);
      },
      until: (goal: string, isReached: () => boolean, withinMs: number) => {
        looks++;
        if (!isReached()) throw new GoalNotReached(goal, withinMs, 1, 0, "time is up");
      },
    } as unknown as World;
    awaitDelivery(world, [slow], { orders: "all" });
    return looks;
  };
  expect(stretches([0, 1, 2, 3])).toBe(3);
  expect(() => stretches([0, 1, 1, 3])).toThrow(/worker is at 1 of orders-0, which ends at 3/);
});

test("a follower that has everything and does not know it is committed: the next record is published, once", () => {
  const sentAfterMs = (followerHears: (nowMs: number) => number): readonly number[] => {
    const sent: number[] = [];
    let nowMs = 0;
    const reader = { ...member("", false, 0), position: () => followerHears(nowMs) };
    const world = {
      ...WORLD,
      isrOf: () => [1, 2],
      highWatermarkOf: (node: number) => (node === 1 ? 1 : followerHears(nowMs)),
      note: () => undefined,
      producer: () => ({ send: () => sent.push(nowMs) }),
      get nowMs() {
        return nowMs;
      },
      until: (goal: string, isReached: () => boolean, withinMs: number) => {
        for (; nowMs < 20_000; nowMs += 100) if (isReached()) return;
        throw new GoalNotReached(goal, withinMs, 1, 0, "time is up");
      },
    } as unknown as World;
    awaitDelivery(world, [reader], { orders: "all" });
    return sent;
  };
  expect(sentAfterMs((nowMs) => (nowMs < 3_000 ? 0 : 1))).toEqual([]);
  expect(sentAfterMs((nowMs) => (nowMs < 9_000 ? 0 : 1))).toEqual([5_000]);
});
