import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { faultSchedules, FAULT_KINDS } from "samsa/testing";
import { faultProblem } from "../../../sim/faults/fault-check.js";

test("every fault that is drawn is one", () => {
  const kinds = new Set<string>();
  const schedules = faultSchedules({ kinds: FAULT_KINDS, maxFaults: 8, racks: ["a"] });
  for (const { fault } of fc.sample(schedules, { numRuns: 200, seed: 1 }).flat()) {
    expect(faultProblem(fault), JSON.stringify(fault)).toBeUndefined();
    kinds.add(fault.kind);
  }
  expect(kinds).toEqual(new Set(FAULT_KINDS));
});

test("every form of a target is one", () => {
  const partition = { topic: "orders", partition: 0 };
  const targets = [
    1,
    { rack: "a" },
    { role: "leader", ...partition },
    { role: "follower", ...partition, inIsr: true, index: 1 },
    { role: "active-controller" },
    { role: "controller", index: 0 },
    { role: "coordinator", group: "readers" },
    { role: "client", name: "shop" },
  ];
  for (const target of targets) expect(faultProblem({ kind: "crash", target })).toBeUndefined();
});

describe("what is no fault is one sentence", () => {
  test.each([
    [{ kind: "meteor", target: 1 }, /^no fault is called "meteor"; there are crash, power-loss, .*clock-drift$/],
    [{ kind: "power-los", target: 1 }, /^no fault is called "power-los"; did you mean power-loss/],
    [{ target: 1 }, /^no fault is called undefined; there are crash/],
    ["crash", /^a fault is an object with a kind, not "crash"$/],
    [{ kind: "crash" }, /^target of the fault "crash" takes a node id, .*, not undefined$/],
    [{ kind: "crash", target: "1" }, /^target of the fault "crash" takes a node id, .*, not "1"$/],
    [{ kind: "crash", target: { role: "boss" } }, /^target of the fault "crash" .*, not \{"role":"boss"\}$/],
    [{ kind: "crash", target: { role: "leader", topic: "orders" } }, /^target of the fault "crash" /],
    [{ kind: "restart", target: 1 }, /^downMs of the fault "restart" takes a number from 0 up, not undefined$/],
    [{ kind: "restart", target: 1, downMs: -5 }, /^downMs of the fault "restart" takes a number from 0 up, not -5$/],
    [{ kind: "restart", target: 1, downMs: "5" }, /^downMs of the fault "restart" takes a number from 0 up, not "5"$/],
    [{ kind: "restart", target: 1, downMs: NaN }, /^downMs .* not NaN$/],
    [{ kind: "partition", from: [1], to: 2, symmetric: true }, /^to of the fault "partition" takes a list, .* not 2$/],
    [{ kind: "isolate", target: 1, direction: "up" }, /^direction .* takes one of both, inbound, outbound, not "up"$/],
    [{ kind: "crash", target: 1, midway: { operation: "rename" } }, /^midway .* nth from 1, not \{"operation"/],
  ])("%j", (fault, sentence) => {
    expect(faultProblem(fault)).toMatch(sentence);
  });
});
