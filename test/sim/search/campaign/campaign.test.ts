// Campaigns with real threads and made-up seeds: order, stopping, and threads that die.

import { describe, expect, test } from "vitest";
import { CampaignWorker } from "../../../../sim/search/campaign/campaign-worker.js";
import { runCampaign, type CampaignOptions } from "../../../../sim/search/campaign/campaign.js";
import type { Campaign, Shard } from "../../../../sim/search/campaign/plan.js";
import { resultLine, type Ending, type SeedResult } from "../../../../sim/search/campaign/results.js";

const FAKE_RUNNER = new URL("./fake-runner.ts", import.meta.url).href;
const WHOLE: Shard = { index: 1, of: 1 };

function campaign(seeds: number | null = 12): Campaign {
  return { samsa: "0.0.0", profile: "mixed", bugs: [], firstSeed: 1, seeds };
}

async function run(
  odd: string,
  options: Partial<CampaignOptions> & {
    readonly shard?: Shard;
    readonly seeds?: number | null;
    readonly steers?: boolean;
    readonly bredFrom?: readonly number[];
  } = {},
): Promise<{ readonly results: readonly SeedResult[]; readonly ending: Ending | undefined }> {
  const results: SeedResult[] = [];
  const { steers = false, bredFrom } = options;
  const searched = { ...campaign(options.seeds), steers, ...(bredFrom === undefined ? {} : { bredFrom }) };
  const ending = await runCampaign(searched, options.shard ?? WHOLE, {
    workers: 2,
    keepGoing: false,
    runner: `${FAKE_RUNNER}?${odd}`,
    patienceMs: 20_000,
    onResult: (result) => results.push(result),
    ...options,
  });
  return { results, ending };
}

const seedsOf = (results: readonly SeedResult[]): readonly number[] => results.map(({ seed }) => seed);

test("results are told in the order of the seeds, the same lines for one worker and for three", async () => {
  const one = await run("slow:1,idle:4,slow:5", { workers: 1 });
  const three = await run("slow:1,idle:4,slow:5", { workers: 3 });
  expect(seedsOf(one.results)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  expect(three.results.map(resultLine)).toEqual(one.results.map(resultLine));
  expect([one.ending, three.ending]).toEqual(["all seeds", "all seeds"]);
});

test("the first finding is the one of the lowest seed, though another worker meets one sooner", async () => {
  const { results, ending } = await run("late:3,fail:4,fail:5", { workers: 3 });
  expect(seedsOf(results)).toEqual([1, 2, 3]);
  expect(results.at(-1)).toMatchObject({ seed: 3, kind: "failed", signature: "some-claim" });
  expect(ending).toBe("first finding");
});

test("--keep-going: findings do not end the search", async () => {
  const { results, ending } = await run("fail:2,fail:3", { keepGoing: true });
  expect(results.filter(({ kind }) => kind === "failed").map(({ seed }) => seed)).toEqual([2, 3]);
  expect(results.length).toBe(12);
  expect(ending).toBe("all seeds");
});

test("two shards of two share the seeds by turns", async () => {
  expect(seedsOf((await run("", { shard: { index: 1, of: 2 } })).results)).toEqual([1, 3, 5, 7, 9, 11]);
  expect(seedsOf((await run("", { shard: { index: 2, of: 2 } })).results)).toEqual([2, 4, 6, 8, 10, 12]);
});

test("a search for a time ends behind the seeds it has begun, without holes", async () => {
  let asked = 0;
  const { results, ending } = await run("", { seeds: null, outOfTime: () => ++asked > 7 });
  expect(seedsOf(results)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(ending).toBe("time");
});

test("a search that is stopped finishes what is running, and says nothing of its end", async () => {
  const stop = new AbortController();
  const told: number[] = [];
  const { ending } = await run("", {
    workers: 1,
    signal: stop.signal,
    onResult: ({ seed }) => {
      told.push(seed);
      if (seed === 3) stop.abort();
    },
  });
  expect(told).toEqual([1, 2, 3]);
  expect(ending).toBeUndefined();
});

test("a search goes on behind the seeds that are known, and a known finding ends it at once", async () => {
  const before = await run("fail:3", { keepGoing: true, seeds: 5 });
  const after = await run("fail:3", { keepGoing: true, known: before.results });
  expect(seedsOf(after.results)).toEqual([6, 7, 8, 9, 10, 11, 12]);
  expect(await run("fail:3", { known: before.results })).toEqual({ results: [], ending: "first finding" });
});

describe("steering", () => {
  const seeds = 60;

  test("who is bred from whom does not depend on the number of workers, nor on who is slow", async () => {
    // While one is slow all others come to wait for it, and are woken together.
    const word = "news,slow:3,slow:20,slow:37,slow:45";
    const one = await run(word, { workers: 1, steers: true, seeds });
    const eight = await run(word, { workers: 8, steers: true, seeds });
    expect(eight.results.map(resultLine)).toEqual(one.results.map(resultLine));
    expect(one.results.filter(({ bredFrom }) => bredFrom !== undefined).length).toBeGreaterThan(10);
    expect(one.results.slice(0, 16).every(({ bredFrom }) => bredFrom === undefined)).toBe(true);
  });

  test("gone on with, it ends as it would have", async () => {
    const whole = await run("news", { steers: true, seeds });
    const rest = await run("news", { steers: true, seeds, known: whole.results.slice(0, 33) });
    expect(rest.results.map(resultLine)).toEqual(whole.results.slice(33).map(resultLine));
  });

  test("results hold only what is new, steered or not", async () => {
    const { results } = await run("news", { seeds: 9 });
    expect(results.map(({ reached }) => reached?.pairs)).toEqual([
      [1, 100],
      [2, 101],
      [3],
      [4, 102],
      [5],
      [6, 103],
      [0],
      [104],
      undefined,
    ]);
    expect(results.some(({ bredFrom }) => bredFrom !== undefined)).toBe(false);
  });

  test("a finding ends it, though others wait for their turn", async () => {
    const { results, ending } = await run("news,late:18", { workers: 8, steers: true, seeds });
    expect(results.at(-1)?.seed).toBe(18);
    expect(ending).toBe("first finding");
  });

  test("all seeds are bred from a line that is given", async () => {
    const { results } = await run("", { bredFrom: [12, 57], seeds: 3 });
    expect(results.map(({ bredFrom }) => bredFrom)).toEqual([
      [12, 57],
      [12, 57],
      [12, 57],
    ]);
  });
});

describe("a thread that dies is a finding with its seed, and the search goes on", () => {
  test("an exception nobody caught, an exit, memory used up", async () => {
    const { results, ending } = await run("uncaught:2,exit:4,memory:6", {
      keepGoing: true,
      patienceMs: 60_000,
      heapMb: 64,
      seeds: 7,
    });
    expect(seedsOf(results)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(ending).toBe("all seeds");
    const told = Object.fromEntries(results.map(({ seed, kind, signature }) => [seed, [kind, signature]]));
    expect(told[2]).toEqual(["crashed", "uncaught: nobody caught this"]);
    expect(told[4]).toEqual(["crashed", "thread-ended"]);
    expect(told[6]).toEqual(["crashed", "out-of-memory"]);
    for (const seed of [1, 3, 5, 7]) expect(told[seed]).toEqual(["passed", undefined]);
  });

  test("an endless loop, but not a long run that gives signs of life", async () => {
    const { results } = await run("loop:2,long:3", { keepGoing: true, patienceMs: 4000, seeds: 3 });
    expect(results.map(({ seed, kind, signature }) => [seed, kind, signature])).toEqual([
      [1, "passed", undefined],
      [2, "hung", "endless"],
      [3, "passed", undefined],
    ]);
  });

  test("a thread is not blamed for the time in which this process itself stood still", async () => {
    const worker = new CampaignWorker({
      task: { profile: "mixed", bugs: [] },
      runner: `${FAKE_RUNNER}?late:3`,
      patienceMs: 2_000,
    });
    await worker.run(1);
    const result = worker.run(3);
    await new Promise((resolve) => setTimeout(resolve, 50));
    // As if stopped and continued: the event loop finds overdue timers first, and hears the answer only then.
    await new Promise((resolve) => setImmediate(resolve));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3_000);
    expect(await result).toMatchObject({ seed: 3, kind: "failed" });
    await worker.close();
  });

  test("a runner that cannot be loaded is no finding: the search itself fails", async () => {
    await expect(run("", { runner: "file:///nowhere.ts" })).rejects.toThrow(/could not start/);
  });
});

test("shrinking: what was found, made small; a sentence if the thread dies of it", async () => {
  const worker = new CampaignWorker({
    task: { profile: "mixed", bugs: [] },
    runner: `${FAKE_RUNNER}?fail:3`,
    patienceMs: 20_000,
  });
  const progress: number[] = [];
  const shrunk = await worker.shrink(3, ({ runs }) => progress.push(runs));
  expect(shrunk).toMatchObject({ stepsBefore: 9, runs: 2, trial: { seed: 3 } });
  expect(progress).toEqual([1]);
  expect(await worker.shrink(4, () => undefined)).toBe("cannot shrink this");
  await worker.close();
});
