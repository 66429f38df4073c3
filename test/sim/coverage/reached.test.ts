// Adding up what runs reached: a union, whatever the order and however often.

import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { MARK_NAMES } from "../../../core/marks.js";
import { isNothing, neverReached, ReachedUnion, type Reached } from "../../../sim/coverage/reached.js";

const reached: fc.Arbitrary<Reached> = fc
  .tuple(fc.uniqueArray(fc.nat({ max: 60 })), fc.subarray([...MARK_NAMES]))
  .map(([pairs, marks]) => ({ pairs: pairs.sort((a, b) => a - b), marks }));

function unionOf(list: readonly Reached[]): Reached {
  const union = new ReachedUnion();
  for (const each of list) union.add(each);
  expect([union.pairCount, union.markCount]).toEqual([union.all.pairs.length, union.all.marks.length]);
  return union.all;
}

test.prop([fc.array(reached), fc.nat()])("neither order nor repetition makes a difference", (list, turn) => {
  const at = list.length === 0 ? 0 : turn % list.length;
  const turned = [...list.slice(at), ...list.slice(0, at), ...list.slice(0, at)];
  expect(unionOf(turned)).toEqual(unionOf(list));
});

test.prop([fc.array(reached)])(
  "news is what nobody reached before: each pair and mark once, and all of them",
  (list) => {
    const union = new ReachedUnion();
    const news = list.map((each) => union.add(each));
    const pairs = news.flatMap((each) => each.pairs);
    const marks = news.flatMap((each) => each.marks);
    expect(new Set(pairs).size).toBe(pairs.length);
    expect(new Set(marks).size).toBe(marks.length);
    expect([...pairs].sort((a, b) => a - b)).toEqual(unionOf(list).pairs);
    expect(unionOf(news)).toEqual(unionOf(list));
    for (const each of list) expect(isNothing(union.add(each))).toBe(true);
  },
);

test("what was never reached is everything else", () => {
  const [first, ...others] = MARK_NAMES;
  const { marks, states, troubles } = neverReached({ pairs: [0], marks: [first!] });
  expect(marks).toEqual(others);
  expect(states).not.toContain("a starting broker");
  expect(states).toContain("a candidate");
  expect(troubles).toContain("crash");
});
