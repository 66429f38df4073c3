// Which ways between nodes the picture shows as silent.

import { expect, test } from "vitest";
import { activeFault } from "../../visualizer/model/faults.js";
import type { ClusterState } from "../../visualizer/model/state.js";
import type { FaultEvent } from "../../visualizer/trace-types.js";

/** Three nodes; the targets here name them by number. */
const STATE = { nodes: new Map([1, 2, 3].map((id) => [id, { id }])) } as unknown as ClusterState;

function waysOf(fault: FaultEvent["fault"], nodes: readonly number[]): readonly string[] {
  const event = { type: "fault.injected", fault, nodes, sentence: "", seq: 1, atUs: 0, node: -1, cause: 0 } as const;
  return [...activeFault(STATE, event).ways].sort();
}

test("a partition silences both ways if it is symmetric, else the one it names", () => {
  const cut = { kind: "partition", from: [1], to: [2], symmetric: true } as const;
  expect(waysOf(cut, [1, 2])).toEqual(["1>2", "2>1"]);
  expect(waysOf({ ...cut, symmetric: false }, [1, 2])).toEqual(["1>2"]);
});

test("an isolated node hears nobody, is heard by nobody, or both", () => {
  const isolate = { kind: "isolate", target: 1 } as const;
  expect(waysOf(isolate, [1])).toEqual(["1>2", "1>3", "2>1", "3>1"]);
  expect(waysOf({ ...isolate, direction: "inbound" }, [1])).toEqual(["2>1", "3>1"]);
  expect(waysOf({ ...isolate, direction: "outbound" }, [1])).toEqual(["1>2", "1>3"]);
});

test("a slow link is slow the way it names; broken connections are broken both ways", () => {
  expect(waysOf({ kind: "slow-link", from: 1, to: 2, extraMs: 5 }, [1, 2])).toEqual(["1>2"]);
  expect(waysOf({ kind: "reset-connections", from: 1, to: 2 }, [1, 2])).toEqual(["1>2", "2>1"]);
  expect(waysOf({ kind: "crash", target: 1 }, [1])).toEqual([]);
});
