// A hundred trials, and the seeds that once found something.

import { describe, expect, test } from "vitest";
import { drawTrial } from "../../../sim/search/draw.js";
import { isFinding, runTrial, type TrialOutcome } from "../../../sim/search/outcome.js";

const SEEDS = 100;
/** Short, so that the whole file is quick; long enough for a session to expire and a leader to be elected. */
const SHORT = { durationMs: 12_000, recordsPerSecond: 50 };

/** What is wrong with an outcome; empty if nothing is. */
function complaints(outcome: TrialOutcome): readonly string[] {
  if (!isFinding(outcome)) return [];
  return [outcome.signature ?? "", outcome.failure ?? "", ...outcome.violations.map(({ message }) => message)];
}

describe("trials: 12 s with faults, then healing", () => {
  const sum = new Map<string, number>();

  test.each(Array.from({ length: SEEDS / 10 }, (_, index) => index * 10 + 1))(
    "ten seeds from %i: every claim holds and every group takes in every committed record",
    (first) => {
      for (let seed = first; seed < first + 10; seed++) {
        const outcome = runTrial(drawTrial(seed, "mixed", SHORT));
        expect({ seed, complaints: complaints(outcome) }).toEqual({ seed, complaints: [] });
        for (const [name, count] of Object.entries(outcome.seen)) sum.set(name, (sum.get(name) ?? 0) + count);
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

test("the run of a trial is the same run every time, with faults and disturbances and all", () => {
  const trial = drawTrial(12, "mixed", SHORT);
  expect(runTrial(trial).digest).toBe(runTrial(trial).digest);
});
