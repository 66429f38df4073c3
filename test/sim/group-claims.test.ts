// Claims about groups, in the finer points: what excuses a member, and what does not.

import { describe, expect, test } from "vitest";
import { CheckerPanel, type EndView } from "../../sim/checkers/index.js";
import type { UnstampedEvent } from "../../sim/trace/format.js";
import { TraceRecorder } from "../../sim/trace/recorder.js";

const TP = { topic: "orders", partition: 0 } as const;
const VIEW: EndView = {
  healed: true,
  partitions: [{ ...TP, leader: 1, replicas: [1], isr: [1], isInternal: false, isCompacted: false }],
  records: () => [0, 1, 2, 3].map((offset) => ({ offset, leaderEpoch: 0, valueHash: offset + 1 })),
  logStartOffset: () => 0,
  pendingSends: [],
  groups: [],
};

type Step = readonly [node: number, event: UnstampedEvent];

/** Is the claim violated? Client 9 is member a, client 10 member b. */
function violates(checker: string, history: readonly Step[]): boolean {
  const panel = new CheckerPanel();
  let atUs = 0;
  const recorder = new TraceRecorder(() => (atUs += 1000));
  panel.listenTo(recorder);
  for (const [node, event] of history) recorder.emit(node, { ...event });
  return panel.end(VIEW).some((verdict) => verdict.checker === checker && verdict.violations > 0);
}

function assigned(memberId: string, generationId: number, node: number): Step {
  return [node, { type: "consumer.assigned", group: "g", memberId, generationId, partitions: ["orders-0"] }];
}

function committed(memberId: string, generationId: number, offset: number): Step {
  return [1, { type: "group.offset-committed", group: "g", ...TP, offset, generationId, memberId }];
}

function acknowledged(node: number, offset: number): Step {
  return [node, { type: "consumer.commit-acknowledged", group: "g", ...TP, offset, generationId: 1 }];
}

function moved(node: number, from: number, to: number, reason: "earliest" | "seek" | "committed"): Step {
  return [node, { type: "consumer.position-reset", group: "g", ...TP, from, to, reason }];
}

const removed = (memberId: string): Step => [
  1,
  { type: "group.member-removed", group: "g", memberId, reason: "session expired" },
];

describe("commits-rise", () => {
  const TAKEN_OVER: readonly Step[] = [
    assigned("a", 1, 9),
    moved(9, -1, 0, "earliest"),
    assigned("b", 2, 10),
    moved(10, -1, 0, "earliest"),
    committed("b", 2, 20),
  ];

  test("that a group began at 0 does not excuse the commit of a former member over its successor's", () => {
    expect(violates("commits-rise", [...TAKEN_OVER, committed("a", 1, 10)])).toBe(true);
  });

  test("a member that takes over and then seeks back may commit less", () => {
    const history = [...TAKEN_OVER, assigned("a", 3, 9), moved(9, 20, 5, "seek"), committed("a", 3, 7)];
    expect(violates("commits-rise", history)).toBe(false);
  });

  const unanswered = (generationId: number, offset: number): Step => [
    9,
    { type: "consumer.commit-unanswered", group: "g", ...TP, offset, generationId },
  ];

  test("a commit that its member gave up may arrive behind the member's next one", () => {
    const history = [assigned("a", 1, 9), unanswered(1, 5), committed("a", 1, 8), committed("a", 1, 5)];
    expect(violates("commits-rise", history)).toBe(false);
  });

  test("to have given up another offset, or in another generation, excuses nobody, nor does it over a successor", () => {
    const late = [committed("a", 1, 8), committed("a", 1, 5)];
    expect(violates("commits-rise", [assigned("a", 1, 9), unanswered(1, 4), ...late])).toBe(true);
    expect(violates("commits-rise", [assigned("a", 1, 9), unanswered(0, 5), ...late])).toBe(true);
    expect(violates("commits-rise", [...TAKEN_OVER, unanswered(1, 5), committed("a", 1, 5)])).toBe(true);
  });

  test("another member's jump excuses nobody", () => {
    const history = [...TAKEN_OVER, moved(10, 20, 5, "seek"), committed("a", 1, 7)];
    expect(violates("commits-rise", history)).toBe(true);
  });
});

describe("commits-survive", () => {
  test("that a group began at 0 does not excuse a commit that was forgotten", () => {
    const history = [moved(9, -1, 0, "earliest"), acknowledged(9, 20), moved(10, -1, 4, "committed")];
    expect(violates("commits-survive", history)).toBe(true);
  });

  test("a later commit of less took its place", () => {
    const history = [acknowledged(9, 20), committed("a", 1, 4), moved(10, -1, 4, "committed")];
    expect(violates("commits-survive", history)).toBe(false);
  });
});

describe("one-owner", () => {
  test("two clients that are the same member are two owners", () => {
    expect(violates("one-owner", [assigned("a", 4, 9), assigned("a", 4, 10)])).toBe(true);
  });

  test("a static member's share may pass to a process elsewhere, in the same generation", () => {
    expect(violates("one-owner", [assigned("a", 4, 9), removed("a"), assigned("b", 4, 10)])).toBe(false);
  });
});

describe("revoked-before-reassigned", () => {
  test.each<readonly [string, Step]>([
    ["was thrown out", removed("a")],
    [
      "is static and missed the rebalance",
      [1, { type: "group.member-left-behind", group: "g", memberId: "a", generationId: 4 }],
    ],
    ["is dead", [9, { type: "process.crashed", how: "crash" }]],
    ["lost it", [9, { type: "consumer.lost", group: "g", memberId: "", generationId: -1, partitions: ["orders-0"] }]],
    [
      "has another share by now",
      [9, { type: "consumer.assigned", group: "g", memberId: "a", generationId: 5, partitions: [] }],
    ],
  ])("a partition may pass on when its owner %s", (_why, step) => {
    expect(violates("revoked-before-reassigned", [assigned("a", 4, 9), step, assigned("b", 5, 10)])).toBe(false);
  });

  test("a static member that missed one rebalance counts again once it is back", () => {
    const missed: Step = [1, { type: "group.member-left-behind", group: "g", memberId: "a", generationId: 4 }];
    const history = [assigned("a", 4, 9), missed, assigned("a", 6, 9), assigned("b", 7, 10)];
    expect(violates("revoked-before-reassigned", history)).toBe(true);
  });

  test("what a static member learns of the generation before the one it missed does not bring it back", () => {
    const missed: Step = [1, { type: "group.member-left-behind", group: "g", memberId: "a", generationId: 4 }];
    expect(violates("revoked-before-reassigned", [missed, assigned("a", 4, 9), assigned("b", 5, 10)])).toBe(false);
  });

  test("an assignment that arrives late does not make its receiver the owner again", () => {
    const history = [assigned("b", 5, 10), assigned("a", 4, 9), assigned("b", 6, 10)];
    expect(violates("revoked-before-reassigned", history)).toBe(false);
  });
});

describe("committed-means-processed", () => {
  const processed = (offset: number): Step => [9, { type: "application.processed", group: "g", ...TP, offset }];
  const name = "committed-means-processed";

  test("judges no group that never tells what it processed", () => {
    expect(violates(name, [moved(9, -1, 0, "earliest"), committed("a", 1, 4)])).toBe(false);
  });

  const delivered = (node: number, offset: number): Step => [
    node,
    { type: "consumer.delivered", group: "g", ...TP, offset, leaderEpoch: 0, valueHash: offset + 1 },
  ];

  test("a member that never tells is done with what it is handed; one that tells is not", () => {
    const began = moved(9, -1, 0, "earliest");
    const rest = [delivered(9, 2), processed(2), committed("a", 2, 3)];
    expect(violates(name, [began, delivered(10, 0), delivered(10, 1), ...rest])).toBe(false);
    expect(violates(name, [began, delivered(10, 0), ...rest])).toBe(true);
    expect(violates(name, [began, delivered(9, 0), delivered(9, 1), ...rest])).toBe(true);
  });

  test("records before the group began, and those a member jumped over, need not be processed", () => {
    const history = [moved(9, -1, 1, "seek"), processed(1), moved(9, 2, 3, "seek"), processed(3), committed("a", 1, 4)];
    expect(violates(name, history)).toBe(false);
  });

  test("a record in between must be", () => {
    const history = [moved(9, -1, 0, "earliest"), processed(0), processed(2), committed("a", 1, 3)];
    expect(violates(name, history)).toBe(true);
  });
});

describe("fenced-generations", () => {
  const leads = (node: number): Step => [
    node,
    {
      type: "partition.became-leader",
      topic: "__consumer_offsets",
      partition: 0,
      leaderEpoch: node,
      partitionEpoch: node,
      isr: [node],
      logEndOffset: 0,
      highWatermark: 0,
    },
  ];
  const stable = (node: number, generationId: number): Step => [
    node,
    {
      type: "group.transitioned",
      group: "g",
      from: "CompletingRebalance",
      to: "Stable",
      generationId,
      members: [],
      reason: "all synced",
    },
  ];
  const told = (node: number): Step => [node, committed("a", 1, 20)[1]];
  const HISTORY: readonly Step[] = [leads(2), stable(2, 1), leads(1), stable(1, 2)];

  test("a deposed coordinator may tell late of a commit that it accepted in time", () => {
    expect(violates("fenced-generations", [...HISTORY, told(2)])).toBe(false);
  });

  test("the present coordinator may not accept it, nor one that has taken over from it", () => {
    expect(violates("fenced-generations", [...HISTORY, told(1)])).toBe(true);
    expect(violates("fenced-generations", [...HISTORY, leads(2), told(2)])).toBe(true);
  });
});
