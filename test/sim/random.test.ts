// A hundred random scenarios, and the seeds that once found something.

import { describe, expect, test } from "vitest";
import { randomRunOptions, randomScenario } from "../../sim/random/random-scenario.js";
import { simulate, type RunResult } from "../../sim/run.js";

const SEEDS = 100;
/** Short, so that the whole file is quick; long enough for a session to expire and a leader to be elected. */
const SHORT = { durationMs: 12_000, recordsPerSecond: 50 };

function run(seed: number): RunResult {
  return simulate(randomScenario(seed, SHORT), randomRunOptions(seed));
}

/** Why a run is not as it should be; empty if it is. */
function complaints({ failure, failureCause, verdicts, unexpected }: RunResult): readonly string[] {
  const violated = verdicts.filter(({ checker }) => unexpected.includes(checker));
  return [
    ...(failure === undefined ? [] : [failure]),
    ...(failureCause instanceof Error ? [failureCause.stack ?? failureCause.message] : []),
    ...violated.map(({ checker, first }) => `${checker}: ${first?.message}`),
  ];
}

describe("random scenarios: 12 s with faults, then healing", () => {
  const sum = new Map<string, number>();

  test.each(Array.from({ length: SEEDS / 10 }, (_, index) => index * 10 + 1))(
    "ten seeds from %i: every claim holds and every group takes in every committed record",
    (first) => {
      for (let seed = first; seed < first + 10; seed++) {
        const result = run(seed);
        expect({ seed, complaints: complaints(result) }).toEqual({ seed, complaints: [] });
        for (const [name, count] of Object.entries(result.seen)) sum.set(name, (sum.get(name) ?? 0) + count);
      }
    },
  );

  test("the hundred saw elections, ISR changes, rebalances, truncations and fenced requests", () => {
    for (const name of ["faults", "leaderElections", "quorumElections", "isrShrinks", "isrExpansions"]) {
      expect(sum.get(name), name).toBeGreaterThan(SEEDS / 2);
    }
    for (const name of ["truncations", "rebalances", "fencedRequests", "brokersFenced", "recordsFailed"]) {
      expect(sum.get(name), name).toBeGreaterThan(0);
    }
  });
});

test("the run of a seed is the same run every time, with faults and disturbances and all", () => {
  expect(run(12).digest).toBe(run(12).digest);
});

/** Seeds that were violated once, with what they taught. */
const REGRESSIONS: readonly (readonly [seed: number, taught: string])[] = [
  [12, "a leader still counts on what an in-sync follower lost with its power, until the ISR goes on without it"],
  [13, "a metadata log that begins anew at a snapshot has nothing before it to agree on"],
  [22, "a member waiting for JoinGroup from a coordinator that lost power waits for its rebalance timeout"],
  [65, "the ISR can shrink to a replica that had lost bytes before: the last replica standing"],
  [85, "a consumer may read a compacted replica while the final leader has not compacted yet"],
  [121, "a restarted static member takes over its partitions in the same generation"],
  [133, "an answer about the end of one partition is old by the time that of the slowest has come"],
  [1034, "partitions added while a static group's leader is down wait for the next rebalance"],
  [4022, "a group whose offsets topic lost every in-sync disk begins again at generation 1"],
  [5011, "a leader that never saw a producer takes its third batch for its first: the order is gone (KAFKA-14359)"],
  [8135, "a leader that lost bytes with every in-sync replica has lost the order of its producers too"],
  [6029, "what a reset takes along is lost after the reset, not before it"],
  [6187, "a follower reads what compaction has swapped in before the whole log is compacted"],
  [6189, "a restarted leader remembers one batch of a producer: a retry of the one before is written again"],
  [1063, "a commit accepted before a rebalance may be stored after it began"],
];

test.each(REGRESSIONS)("seed %i: %s", (seed) => {
  expect(complaints(run(seed))).toEqual([]);
});
