// Who breeds: those that brought news, by what was told long enough before, and by nothing else.

import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { MARK_NAMES } from "../../../../core/marks.js";
import { Corpus, LAG } from "../../../../sim/search/campaign/corpus.js";
import { trialOf } from "../../../../sim/search/campaign/runner.js";
import type { SeedResult } from "../../../../sim/search/campaign/results.js";
import { mutateTrial } from "../../../../sim/search/mutate.js";

function result(seed: number, pairs: readonly number[], bredFrom: readonly number[] = []): SeedResult {
  const line = bredFrom.length === 0 ? {} : { bredFrom };
  const marks = pairs.includes(0) ? [MARK_NAMES[0]!] : [];
  return { seed, ...line, kind: "passed", simulatedMs: 1, handledEvents: 1, seen: {}, reached: { pairs, marks } };
}

const results: fc.Arbitrary<readonly SeedResult[]> = fc
  .array(fc.uniqueArray(fc.nat({ max: 40 }), { maxLength: 5 }), { minLength: LAG, maxLength: 60 })
  .map((list) => list.map((pairs, index) => result(index + 1, pairs)));

function corpusOf(list: readonly SeedResult[]): Corpus {
  const corpus = new Corpus();
  for (const each of list) corpus.add(each);
  return corpus;
}

/** Whom seeds at a position are bred from. */
function choices(corpus: Corpus, position: number): readonly (readonly number[])[] {
  return Array.from({ length: 40 }, (_, seed) => corpus.ancestorsOf(seed, position));
}

test.prop([results])("what is told since makes no difference: only what is LAG positions before", (list) => {
  for (let position = LAG; position < list.length; position++) {
    const early = corpusOf(list.slice(0, position - LAG + 1));
    expect(choices(corpusOf(list), position)).toEqual(choices(early, position));
  }
});

test.prop([results])("a search that goes on from its file, which holds only news, breeds from the same", (list) => {
  const corpus = new Corpus();
  const told = list.map((each) => corpus.add(each));
  const again = corpusOf(told);
  expect(again.reached).toEqual(corpus.reached);
  expect(choices(again, list.length)).toEqual(choices(corpus, list.length));
  const again2 = new Corpus();
  expect(told.map((each) => again2.add(each))).toEqual(told);
});

describe("breeders", () => {
  test("only who brought news is kept with it, and breeds; half of the seeds are drawn afresh", () => {
    const list = Array.from({ length: 40 }, (_, index) =>
      result(index + 1, index === 4 ? [1, 2] : index < 4 ? [] : [2]),
    );
    const corpus = new Corpus();
    const told = list.map((each) => corpus.add(each));
    expect(told.filter(({ reached }) => reached !== undefined)).toEqual([result(5, [1, 2])]);
    const chosen = choices(corpus, 40);
    expect(new Set(chosen.map(String))).toEqual(new Set(["", "5"]));
    expect(chosen.filter((line) => line.length === 0).length).toBeGreaterThan(10);
    expect(chosen.filter((line) => line.length > 0).length).toBeGreaterThan(10);
    expect(choices(corpus, 4 + LAG - 1).every((line) => line.length === 0)).toBe(true);
    expect(choices(corpus, 4 + LAG).every((line) => line.length === 0)).toBe(false);
  });

  test("a line grows by a generation, up to an end", () => {
    const long = Array.from({ length: 11 }, (_, index) => 100 + index);
    const corpus = corpusOf([result(1, [1], [7, 8]), result(2, [2], long), result(3, [3], [...long, 200])]);
    expect(new Set(choices(corpus, 100).map(String))).toEqual(new Set(["", "7,8,1", `${long.join(",")},2`]));
  });
});

test("a line of seeds is its trial: each the neighbour of the one before", () => {
  const task = { profile: "mixed", bugs: [] };
  expect(trialOf(task, 9, [4, 7])).toEqual(mutateTrial(mutateTrial(trialOf(task, 4), 7), 9));
  expect(trialOf(task, 9, [])).toEqual(trialOf(task, 9));
});
