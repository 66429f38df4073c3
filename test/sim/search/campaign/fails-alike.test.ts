// What a trial must keep on doing while it is made smaller.

import { expect, test } from "vitest";
import { claimOf, failsAlike } from "../../../../sim/search/campaign/fails-alike.js";
import { drawTrial } from "../../../../sim/search/draw.js";
import { runTrial, type TrialOutcome } from "../../../../sim/search/outcome.js";

const PASSED: TrialOutcome = runTrial({
  ...drawTrial(1),
  steps: [],
  durationMs: 1,
  producers: [],
  consumers: [],
  load: { records: 0, everyMs: 1, keys: 0, valueBytes: 0 },
});

/** An outcome with violations, given as checker → sequence number. */
function failed(violations: Readonly<Record<string, number>>): TrialOutcome {
  return {
    ...PASSED,
    kind: "failed",
    signature: Object.keys(violations).sort().join(" + "),
    violations: Object.entries(violations).map(([checker, seq]) => ({
      checker,
      claim: "",
      message: "",
      seq,
      atUs: seq,
      partition: undefined,
    })),
  };
}

test("the claim that broke first is held on to, those seen at the end come last; others may come and go", () => {
  const original = failed({ "records-in-order": 0, "replicas-agree": 90, "committed-never-lost": 70 });
  expect(claimOf(original, [])).toBe("committed-never-lost");
  expect(failsAlike(original, failed({ "committed-never-lost": 3 }), [])).toBe(true);
  expect(failsAlike(original, failed({ "committed-never-lost": 3, converges: 0 }), [])).toBe(true);
  expect(failsAlike(original, failed({ "replicas-agree": 3 }), [])).toBe(false);
  expect(failsAlike(original, PASSED, [])).toBe(false);
});

test("with a historic bug on, the claim that it is known to break is held on to, if it broke", () => {
  const original = failed({ "replicas-agree": 5, "committed-never-lost": 70 });
  expect(claimOf(original, ["truncate-to-high-watermark"])).toBe("committed-never-lost");
  expect(claimOf(failed({ "replicas-agree": 5 }), ["truncate-to-high-watermark"])).toBe("replicas-agree");
});

test("crashes and goals that were not reached are told apart by their signature", () => {
  const crash: TrialOutcome = { ...PASSED, kind: "crashed", signature: "exception: core/log/log.ts" };
  expect(failsAlike(crash, { ...crash, failure: "other words" }, [])).toBe(true);
  expect(failsAlike(crash, { ...crash, signature: "exception: core/raft/raft.ts" }, [])).toBe(false);
  expect(failsAlike(crash, { ...crash, kind: "hung" }, [])).toBe(false);
  const open: TrialOutcome = { ...PASSED, kind: "failed", signature: "not reached: it heals" };
  expect(failsAlike(open, { ...open, signature: "not reached: everything is read" }, [])).toBe(false);
  expect(failsAlike(open, failed({ converges: 0 }), [])).toBe(false);
});
