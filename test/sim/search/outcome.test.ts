// Outcomes: what each kind means, signatures that group, and the story that is told of a failure.

import { describe, expect, test } from "vitest";
import { drawTrial } from "../../../sim/search/draw.js";
import { failureStory } from "../../../sim/search/failure-story.js";
import { exceptionSite } from "../../../sim/search/exception-site.js";
import { isFinding, runTrial } from "../../../sim/search/outcome.js";
import type { Trial } from "../../../sim/search/trial.js";

/** One topic, one producer, one consumer, and the steps that are given. */
function small(steps: Trial["steps"], changes: Partial<Trial> = {}): Trial {
  return {
    seed: 1,
    cluster: { brokers: 3, controllers: 1, config: { "min.insync.replicas": 2, "broker.session.timeout.ms": 3000 } },
    topics: [{ topic: "orders", partitions: 1, replicationFactor: 3, assignment: [[1, 2, 3]] }],
    producers: [{ name: "producer-1", config: {} }],
    consumers: [
      {
        name: "worker-1",
        group: "workers",
        topics: ["orders"],
        commits: "after-processing",
        config: { "auto.offset.reset": "earliest" },
      },
    ],
    load: { records: 50, everyMs: 100, keys: 0, valueBytes: 0 },
    steps,
    durationMs: 6000,
    wire: "objects",
    bugs: [],
    buggify: [],
    ...changes,
  };
}

const leader = { role: "leader", topic: "orders", partition: 0 } as const;

describe("kinds of outcome", () => {
  test("passed: everything is sent, and the group has read it", () => {
    const { kind, seen, violations, signature } = runTrial(small([]));
    expect({ kind, violations, signature }).toEqual({ kind: "passed", violations: [], signature: undefined });
    expect(seen.recordsAcknowledged).toBe(50);
    expect(seen.recordsDelivered).toBe(50);
  });

  test("idle: nothing violated, but less than the profile demands, which is named", () => {
    const outcome = runTrial(small([], { profile: "replication" }));
    expect(outcome.kind).toBe("idle");
    expect(outcome.workMissing).toContain("0 of 1 faults");
    expect(isFinding(outcome)).toBe(false);
  });

  test("failed: a violated claim, named in the signature, with where and what", () => {
    // The only in-sync replica's disk is lost, and nothing excuses a bug that elects whom it should not.
    const outcome = runTrial(acksOneLost());
    expect(outcome.kind).toBe("failed");
    expect(outcome.signature).toContain("committed-never-lost");
    expect(outcome.violations.map(({ checker }) => checker)).toContain("committed-never-lost");
    expect(outcome.violations[0]!.seq).toBeGreaterThan(0);
    expect(isFinding(outcome)).toBe(true);
  });

  test("failed: a goal that is not reached is named, without the numbers of the run", () => {
    const empty = small([], {
      consumers: [{ ...small([]).consumers[0]!, config: { "auto.offset.reset": "none" } }],
    });
    const outcome = runTrial(empty);
    expect(outcome.kind).toBe("failed");
    expect(outcome.signature).toBe(
      "not reached: the group has taken in every committed record: # is at undefined of #, which ends at #",
    );
  });

  test("hung: more events than allowed", () => {
    const outcome = runTrial(small([]), { maxEvents: 1000 });
    expect(outcome.kind).toBe("hung");
    expect(outcome.signature).toBe("hung");
    expect(outcome.handledEvents).toBeLessThanOrEqual(1001);
  });

  test("crashed: an exception in core/ is named by its function and file, not by its line", () => {
    const error = new Error("no");
    error.stack =
      "Error: no\n    at assert (file:///x/core/assert.ts:9:3)\n    at Log.append (/y/dist/core/log/log.js:1:2)";
    expect(exceptionSite(error)).toBe("log/log Log.append");
    expect(exceptionSite(new Error("outer", { cause: error }))).toBe("log/log Log.append");
    expect(exceptionSite("no error")).toBeUndefined();
  });
});

/** Truncating to the high watermark: a follower that cannot fetch forgets a committed record, and then leads. */
function acksOneLost(): Trial {
  const others = [1, 2, 3];
  return small(
    [
      { kind: "fault", atMs: 2030, fault: { kind: "partition", from: [2], to: others, symmetric: true } },
      { kind: "fault", atMs: 2050, fault: { kind: "shutdown", target: leader } },
      { kind: "fault", atMs: 2500, fault: { kind: "crash", target: 3 } },
    ],
    {
      bugs: ["truncate-to-high-watermark"],
      consumers: [],
      topics: [{ topic: "orders", partitions: 1, replicationFactor: 3, assignment: [[1, 3, 2]] }],
      load: { records: 200, everyMs: 10, keys: 0, valueBytes: 0 },
    },
  );
}

describe("the story of a failure", () => {
  test("has the claim, the schedule, what happened, the causes, the seed and the commands", () => {
    const story = failureStory(acksOneLost(), { commands: { "To run it again": "samsa run found.json" } });
    expect(story).toMatch(/^Failed: .*committed-never-lost/);
    expect(story).toContain("What a leader once showed below its high watermark");
    expect(story).toContain("What was done (3 steps; times count from the first record on):");
    expect(story).toContain("1. at 2.03 s: nothing passes between broker-2 and broker-1, broker-2 and broker-3");
    expect(story).toContain("historic bugs switched on: truncate-to-high-watermark");
    expect(story).toContain("truncates orders-0");
    expect(story).toContain("How it came to that, backwards:");
    expect(story).toMatch(/Seed 1, digest [0-9a-f]{16}\./);
    expect(story).toContain("To run it again: samsa run found.json");
  });
});

test("a step whose target does not exist at that moment does nothing", () => {
  const nobody = { role: "client", name: "nobody" } as const;
  const plain = runTrial(small([]));
  const aimless = runTrial(
    small([
      { kind: "fault", atMs: 1000, fault: { kind: "crash", target: nobody } },
      { kind: "hold", atMs: 1000, releaseAtMs: 3000, api: "Fetch", message: "request", from: nobody },
      {
        kind: "fault",
        atMs: 1000,
        fault: { kind: "pause", target: { role: "follower", topic: "orders", partition: 0, index: 7 } },
      },
      { kind: "seek", atMs: 1000, consumer: "nobody", topic: "orders", partition: 0, offset: 0 },
    ]),
  );
  expect(aimless.kind).toBe("passed");
  expect(aimless.digest).toBe(plain.digest);
});

test("a hold that would end before it begins ends when it begins, and not never", () => {
  const early = runTrial(
    small([{ kind: "hold", atMs: 3000, releaseAtMs: 1000, api: "Fetch", message: "request", to: leader }]),
  );
  expect(early.kind).toBe("passed");
});

test("a late consumer joins, a burst is sent, and a consumer goes back, each at its time", () => {
  const [worker] = small([]).consumers;
  const outcome = runTrial(
    small(
      [
        { kind: "burst", atMs: 3000, records: 30 },
        { kind: "seek", atMs: 4000, consumer: "worker-1", topic: "orders", partition: 0, offset: 0 },
      ],
      { consumers: [worker!, { ...worker!, name: "worker-2", startsAtMs: 5000 }] },
    ),
  );
  expect(outcome.kind).toBe("passed");
  expect(outcome.seen.recordsAcknowledged).toBe(80);
  expect(outcome.seen.recordsDelivered).toBeGreaterThan(130);
  expect(outcome.seen.rebalances).toBeGreaterThanOrEqual(2);
});

test("freezing, tracing and leaving out checkers change nothing of what happens", () => {
  const trial = drawTrial(9, "mixed", { durationMs: 5000, recordsPerSecond: 20 });
  const { digest } = runTrial(trial, { freeze: false });
  expect(runTrial(trial, { freeze: true }).digest).toBe(digest);
  expect(runTrial(trial, { trace: true }).digest).toBe(digest);
  expect(runTrial(trial, { checkers: false }).digest).toBe(digest);
});

test("quorum seed 20011: a voter whose log ends where a snapshot does empties it, and is held to nothing it held", () => {
  expect(isFinding(runTrial(drawTrial(20011, "quorum")))).toBe(false);
  const cutOff: Trial = {
    ...small([
      { kind: "fault", atMs: 2000, healAtMs: 9000, fault: { kind: "isolate", target: { role: "active-controller" } } },
    ]),
    seed: 20011,
    cluster: { brokers: 3, controllers: 3, config: { "metadata.log.max.record.bytes.between.snapshots": 2000 } },
    topics: [{ topic: "orders", partitions: 1, replicationFactor: 1 }],
    producers: [],
    consumers: [],
    load: { records: 0, everyMs: 1000, keys: 0, valueBytes: 0 },
    durationMs: 9400,
  };
  expect(runTrial(cutOff).signature).toBeUndefined();
});

test("mixed seed 20005: a slow disk is given each byte to flush once, however often segments roll meanwhile", () => {
  const follower = { role: "follower", topic: "orders", partition: 0 } as const;
  const rolling = small(
    [
      { kind: "fault", atMs: 0, fault: { kind: "slow-disk", target: follower, factor: 10, extraMs: 11 } },
      { kind: "hold", atMs: 20_000, releaseAtMs: 26_000, api: "Fetch", message: "request" },
      { kind: "fault", atMs: 26_000, fault: { kind: "crash", target: follower } },
    ],
    {
      cluster: { brokers: 2, controllers: 3, config: { "offsets.topic.replication.factor": 2 } },
      topics: [{ topic: "orders", partitions: 1, replicationFactor: 2, config: { "segment.bytes": 4096 } }],
      consumers: [],
      load: { records: 642, everyMs: 17, keys: 0, valueBytes: 1000 },
      durationMs: 26_900,
    },
  );
  expect(runTrial(rolling).signature).toBeUndefined();
});
