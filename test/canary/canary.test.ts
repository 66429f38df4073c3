// The canary's own logic, with made-up seeds: what counts as found, and that every bug has its day.

import { expect, test } from "vitest";
import { BUG_NAMES } from "../../core/bugs.js";
import { hunt, type Catch } from "./hunt.js";
import { bugOfDay, medianOf, MEDIANS } from "./medians.js";

const FAKE_RUNNER = new URL("../sim/search/campaign/fake-runner.ts", import.meta.url).href;

function find(odd: string): Promise<Catch | undefined> {
  const runner = `${FAKE_RUNNER}?${odd}`;
  return hunt({ bug: "truncate-to-high-watermark", profile: "mixed", firstSeed: 1, seeds: 9, workers: 2, runner });
}

test("the claim that the bug breaks counts, alone or among others; nothing else does", async () => {
  const alone = await find("fail:2,exit:3,committed-never-lost:5,committed-never-lost:7");
  expect(alone).toMatchObject({ seeds: 5, result: { seed: 5 } });
  expect(await find("converges%20+%20committed-never-lost:4")).toMatchObject({ seeds: 4 });
  expect(await find("fail:2,committed-never-lost-twice:3")).toBeUndefined();
});

test("every bug that was measured has its day, and seeds to be found with", () => {
  const bugs = Array.from({ length: 366 }, (_, day) => bugOfDay(day + 1));
  expect(new Set(bugs)).toEqual(new Set(MEDIANS.map(({ bug }) => bug)));
  for (const { bug, seeds } of MEDIANS) {
    expect(BUG_NAMES).toContain(bug);
    expect(medianOf(bug)?.seeds).toBe(seeds);
    expect(seeds).toBeGreaterThan(0);
  }
});
