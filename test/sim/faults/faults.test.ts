import { expect, test } from "vitest";
import { FaultBudget } from "../../../sim/faults/budget.js";
import { describeFault, describeScheduledFault } from "../../../sim/faults/describe.js";
import type { Fault, TargetResolver } from "../../../sim/faults/fault.js";
import { FaultInjector } from "../../../sim/faults/injector.js";
import type { TraceEvent, UnstampedEvent } from "../../../sim/trace/format.js";
import { connected, request, rig, type Rig } from "../support.js";

/** The leader of everything is node 2; racks hold odd and even nodes. */
const resolver: TargetResolver = {
  resolveTarget(target) {
    if (typeof target === "number") return [target];
    if ("rack" in target) return target.rack === "odd" ? [1, 3] : [2];
    return target.role === "leader" ? [2] : [];
  },
};

function injectorOf(world: Rig): FaultInjector {
  return new FaultInjector(world.cluster, resolver);
}

const LEADER = { role: "leader", topic: "orders", partition: 0 } as const;

test("faults read as English sentences", () => {
  const sentences = (
    [
      { kind: "power-loss", target: LEADER },
      { kind: "crash", target: { role: "follower", topic: "orders", partition: 0, inIsr: true } },
      { kind: "crash", target: 1, midway: { operation: "rename", nth: 1 } },
      { kind: "power-loss", target: 1, midway: { operation: "any", nth: 22 } },
      { kind: "isolate", target: { role: "active-controller" }, direction: "outbound" },
      { kind: "partition", from: [1], to: [2, 3], symmetric: true },
      { kind: "partition", from: [1], to: [2], symmetric: false },
      { kind: "clock-drift", target: 2, ppm: -50 },
      { kind: "slow-disk", target: { role: "broker", index: 1 }, factor: 10, extraMs: 5 },
    ] satisfies Fault[]
  ).map((fault) => describeFault(fault));
  expect(sentences).toEqual([
    "the leader of orders-0 loses power",
    "a follower in the ISR of orders-0 crashes",
    "broker-1 will crash just before it renames a file",
    "broker-1 will lose power just before it changes the file system, not counting the first 21 times",
    "the active controller is heard by nobody, while it still hears others",
    "nothing passes between broker-1 and broker-2 and broker-3",
    "nothing passes from broker-1 to broker-2, while the way back works",
    "broker-2 has clocks that run slow by 50 ppm",
    "broker number 1 has a slow disk: 10 times as slow, 5 ms more a flush",
  ]);
  expect(describeScheduledFault({ atMs: 5, fault: { kind: "pause", target: 1 }, healAtMs: 9 })).toBe(
    "at 5 ms: broker-1 stands still, as in a long garbage collection; healed at 9 ms",
  );
});

test("a symbolic target is resolved when the fault strikes, and the trace names whom it struck", () => {
  const world = rig(3);
  world.cluster.recorder.keep();
  const standing = injectorOf(world).inject({ kind: "crash", target: LEADER });
  expect(standing.nodes).toEqual([2]);
  expect(world.cluster.isRunning(2)).toBe(false);
  standing.heal();
  standing.heal();
  expect(world.cluster.isRunning(2)).toBe(true);
  const told = world.cluster.recorder.events;
  const injected = told.find((event) => event.type === "fault.injected")!;
  expect(injected).toMatchObject({ nodes: [2], sentence: "the leader of orders-0 (n2) crashes" });
  expect(told.find((event) => event.type === "fault.healed")).toMatchObject({ sentence: "n2 is started again" });
  expect(told.find((event) => event.type === "process.crashed")).toMatchObject({ node: 2, cause: injected.seq });
  expect(told.filter((event) => event.type === "fault.healed").length).toBe(1);
});

test("a fault without a target strikes nobody and says so", () => {
  const world = rig(1);
  world.cluster.recorder.keep();
  injectorOf(world).inject({ kind: "crash", target: { role: "active-controller" } });
  expect(world.cluster.isRunning(1)).toBe(true);
  expect(world.cluster.recorder.events[0]).toMatchObject({ nodes: [], sentence: expect.stringMatching(/nobody/) });
});

test("a death midway strikes whoever was meant, when it comes to it; healing calls it off, or starts the machine", () => {
  const world = rig(2);
  const injector = injectorOf(world);
  const midway = { operation: "replace", nth: 1 } as const;
  const write = (): unknown => world.cluster.invoke(2, () => world.peer(2).env.storage.replace("a", Uint8Array.of(1)));
  injector.inject({ kind: "crash", target: LEADER, midway }).heal();
  write();
  expect(world.cluster.isRunning(2)).toBe(true);
  const standing = injector.inject({ kind: "power-loss", target: LEADER, midway });
  expect(world.cluster.isRunning(2)).toBe(true);
  write();
  expect(world.cluster.isRunning(2)).toBe(false);
  standing.heal();
  write();
  expect(world.cluster.isRunning(2)).toBe(true);
});

test("a place midway that does not exist is one sentence", () => {
  const injector = injectorOf(rig(1));
  const inject = (operation: string, nth: number): unknown =>
    injector.inject({ kind: "crash", target: 1, midway: { operation: operation as "any", nth } });
  expect(() => inject("write", 1)).toThrow(
    /^midway of the fault "crash" takes an operation \(any, create, .*\) and nth from 1, not .*"write"/,
  );
  expect(() => inject("any", 0)).toThrow(/nth from 1/);
  expect(() => inject("any", 1.5)).toThrow(/nth from 1/);
});

/** What the trace tells of healing, in milliseconds and sentences. */
function healings(world: Rig): readonly (readonly [number, string])[] {
  return world.cluster.recorder.events.flatMap((event) =>
    event.type === "fault.healed" && event.idle !== true ? [[event.atUs / 1000, event.sentence] as const] : [],
  );
}

test("a restart is told when the machine is started, and not again when everything heals", () => {
  const world = rig(3);
  world.cluster.recorder.keep();
  const injector = injectorOf(world);
  injector.inject({ kind: "restart", target: 1, downMs: 100 });
  injector.inject({ kind: "rolling-restart", targets: [2, 3], downMs: 50, betweenMs: 20 });
  world.run(1000);
  expect(healings(world)).toEqual([
    [100, "n1 is started again"],
    [140, "the rolling restart of n2 and n3 is over"],
  ]);
  injector.healAll();
  expect(healings(world).length).toBe(2);
});

test("healing that finds nothing to undo is not told", () => {
  const world = rig(3);
  world.cluster.recorder.keep();
  const injector = injectorOf(world);
  const faults: readonly Fault[] = [
    { kind: "crash", target: 1 },
    { kind: "power-loss", target: 1 },
    { kind: "pause", target: 2 },
    { kind: "slow-disk", target: 2, factor: 1, extraMs: 0 },
    { kind: "clock-step", target: 2, byMs: 7 },
    { kind: "reset-connections", from: 1, to: 2 },
    { kind: "isolate", target: { role: "active-controller" } },
    { kind: "partition", from: [{ role: "active-controller" }], to: [1], symmetric: true },
  ];
  for (const fault of faults) injector.inject(fault);
  world.cluster.start(1);
  world.cluster.machine(2).resume();
  injector.healAll();
  expect(healings(world)).toEqual([]);
  const healed = world.cluster.recorder.events.filter((event) => event.type === "fault.healed");
  expect(healed.length).toBe(faults.length);
  expect(healed[0]).toMatchObject({ sentence: "nothing is left to heal of this: n1 crashes" });
});

test("healing tells of harm that has not come yet as such", () => {
  const world = rig(2);
  world.cluster.recorder.keep();
  const injector = injectorOf(world);
  const midway = { operation: "replace", nth: 1 } as const;
  injector.inject({ kind: "crash", target: 1, midway }).heal();
  injector.inject({ kind: "power-loss", target: 1, midway }).heal();
  injector.inject({ kind: "shutdown", target: 2 }).heal();
  expect(healings(world).map(([, sentence]) => sentence)).toEqual([
    "n1 will not crash after all",
    "n1 will not lose power after all",
    "n2 is to start again once it has stopped",
  ]);
});

test("isolation cuts both ways and heals", () => {
  const world = rig(2);
  const connection = connected(world, 1, 2);
  const standing = injectorOf(world).inject({ kind: "isolate", target: 2 });
  world.cluster.invoke(1, () => connection.send(request(1)));
  world.run(1000);
  expect(world.seen(2)).toEqual(["accepted"]);
  standing.heal();
  world.run(50);
  expect(world.seen(2)).toEqual(["accepted", "1"]);
});

test("a schedule strikes and heals at its times", () => {
  const world = rig(2);
  injectorOf(world).schedule([
    { atMs: 100, fault: { kind: "power-loss", target: 1 }, healAtMs: 300 },
    { atMs: 200, fault: { kind: "restart", target: 2, downMs: 50 } },
  ]);
  const up = (): boolean[] => [world.cluster.isRunning(1), world.cluster.isRunning(2)];
  const states: boolean[][] = [];
  for (let step = 0; step < 4; step++) {
    world.run(step === 0 ? 50 : 75);
    states.push(up());
  }
  world.run(100);
  states.push(up());
  expect(states).toEqual([
    [true, true],
    [false, true],
    [false, false],
    [false, true],
    [true, true],
  ]);
});

test("rack power loss darkens the whole rack; healAll brings it back", () => {
  const world = rig(3);
  const injector = injectorOf(world);
  injector.inject({ kind: "rack-power-loss", rack: "odd" });
  expect([1, 2, 3].map((id) => world.cluster.isRunning(id))).toEqual([false, true, false]);
  injector.healAll();
  expect([1, 2, 3].map((id) => world.cluster.isRunning(id))).toEqual([true, true, true]);
});

test("a crash loop crashes until healed", () => {
  const world = rig(1);
  const standing = injectorOf(world).inject({ kind: "crash-loop", target: 1, upMs: 50, downMs: 50 });
  world.run(1000);
  expect(world.cluster.machine(1).incarnation).toBeGreaterThan(8);
  standing.heal();
  const { incarnation } = world.cluster.machine(1);
  world.run(1000);
  expect(world.cluster.isRunning(1)).toBe(true);
  expect(world.cluster.machine(1).incarnation).toBeLessThanOrEqual(incarnation);
});

test("a rolling restart takes the nodes down one at a time", () => {
  const world = rig(3);
  injectorOf(world).inject({ kind: "rolling-restart", targets: [1, 2, 3], downMs: 100, betweenMs: 100 });
  let mostDown = 0;
  for (let step = 0; step < 100; step++) {
    world.run(10);
    mostDown = Math.max(mostDown, [1, 2, 3].filter((id) => !world.cluster.isRunning(id)).length);
  }
  expect(mostDown).toBe(1);
  expect([1, 2, 3].map((id) => world.cluster.machine(id).incarnation)).toEqual([2, 2, 2]);
});

test("clock skew heals back, disk faults are set and cleared", () => {
  const world = rig(1);
  const machine = world.cluster.machine(1);
  const injector = injectorOf(world);
  injector.inject({ kind: "clock-skew", target: 1, offsetMs: 900 });
  injector.inject({ kind: "disk-error", target: 1 });
  injector.inject({ kind: "slow-disk", target: 1, factor: 3, extraMs: 2 });
  expect([machine.clock.wallOffsetMs, machine.disk.fault, machine.disk.slowFactor]).toEqual([900, "failed", 3]);
  injector.healAll();
  expect([machine.clock.wallOffsetMs, machine.disk.fault, machine.disk.slowFactor]).toEqual([0, "none", 1]);
});

function stamped(node: number, event: UnstampedEvent): TraceEvent {
  return { seq: 1, atUs: 5, node, cause: 0, ...event };
}

type Reason = "isr-change" | "unclean-election" | "unclean-revert";

function isrChanged(isr: number[], reason: Reason = "isr-change"): TraceEvent {
  return stamped(100, {
    type: "partition.changed",
    topic: "orders",
    partition: 0,
    leader: isr[0]!,
    leaderEpoch: 1,
    partitionEpoch: 1,
    replicas: [1, 2, 3],
    isr,
    elr: [],
    reason,
  });
}

const damage = (node: number, path = "data/orders-0/00.log", loss: "unflushed" | "wiped" = "unflushed"): TraceEvent =>
  stamped(node, { type: "disk.damaged", loss, path, lostBytes: 9 });

test("budget: one damaged replica of two excuses nothing, both do", () => {
  const budget = new FaultBudget([101, 102, 103]);
  for (const event of [isrChanged([1, 2]), damage(1), damage(3)]) budget.onEvent(event);
  expect(budget.excuseForRecords("orders", 0)).toBeUndefined();
  budget.onEvent(damage(2));
  expect(budget.excuseForRecords("orders", 0)?.sentence).toMatch(/every in-sync replica of orders-0 \(1, 2\)/);
  expect(budget.excuseForRecords("orders", 1)).toBeUndefined();
});

test("budget: with flush.messages=1 what was not flushed was promised to nobody; what was wiped was", () => {
  let isFlushedFirst = true;
  const budget = new FaultBudget([], () => isFlushedFirst);
  for (const event of [isrChanged([1, 2]), damage(1), damage(2)]) budget.onEvent(event);
  expect(budget.excuses).toEqual([]);
  for (const event of [damage(1, undefined, "wiped"), damage(2, undefined, "wiped")]) budget.onEvent(event);
  expect(budget.excuses.length).toBe(1);
  // Altered since: records may lie there that were told of unflushed.
  const altered = new FaultBudget([], () => isFlushedFirst);
  altered.onEvent(isrChanged([1]));
  isFlushedFirst = false;
  altered.onEvent(damage(1));
  expect(altered.excuses.length).toBe(1);
});

test("budget: a replica that lost bytes counts as whole once it is back in the ISR with its new life, not before", () => {
  const registered = stamped(101, { type: "broker.registered", brokerId: 2, brokerEpoch: 9 });
  const outside = [isrChanged([1]), damage(2)];
  const inside = [isrChanged([1, 2]), damage(2), isrChanged([1])];
  const backAndAlone = [isrChanged([1, 2]), isrChanged([2])];
  const excusesOf = (events: readonly TraceEvent[]): readonly string[] => {
    const budget = new FaultBudget([]);
    for (const event of events) budget.onEvent(event);
    return budget.excuses.map(({ sentence }) => sentence);
  };
  for (const before of [outside, inside]) {
    expect(excusesOf([...before, registered, ...backAndAlone])).toEqual([]);
    expect(excusesOf([...before, ...backAndAlone])).toEqual([
      "every in-sync replica of orders-0 (2) lost bytes before the others could give them back",
    ]);
  }
});

test("budget: the last in-sync replica alone is enough, an index file is not, an unclean election is", () => {
  const alone = new FaultBudget([]);
  alone.onEvent(isrChanged([1]));
  alone.onEvent(damage(1, "data/orders-0/00.index"));
  expect(alone.excuses).toEqual([]);
  alone.onEvent(damage(1));
  expect(alone.excuses.length).toBe(1);
  const unclean = new FaultBudget([]);
  unclean.onEvent(isrChanged([3], "unclean-election"));
  expect(unclean.excuseForRecords("orders", 0)?.sentence).toMatch(/outside the ISR/);
  const reverted = new FaultBudget([]);
  reverted.onEvent(isrChanged([3], "unclean-revert"));
  expect(reverted.excuseForRecords("orders", 0)?.sentence).toMatch(/none was in sync \(3\)/);
});

test("budget: metadata is excused by wiped disks of a majority, not by unflushed bytes", () => {
  const budget = new FaultBudget([101, 102, 103]);
  const path = "meta/__cluster_metadata-0/00.log";
  for (const node of [101, 102, 103]) budget.onEvent(damage(node, path));
  budget.onEvent(damage(101, path, "wiped"));
  expect(budget.excuseForMetadata()).toBeUndefined();
  budget.onEvent(damage(102, path, "wiped"));
  expect(budget.excuseForMetadata()?.sentence).toMatch(/101, 102 of 3/);
});

test("budget: an ISR that shrinks to a replica damaged before rests on nothing (last replica standing)", () => {
  const budget = new FaultBudget([]);
  for (const event of [isrChanged([1, 2]), damage(1)]) budget.onEvent(event);
  expect(budget.excuses).toEqual([]);
  budget.onEvent(isrChanged([1]));
  expect(budget.excuseForRecords("orders", 0)?.sentence).toMatch(/every in-sync replica of orders-0 \(1\)/);
});

test("budget: an eligible leader replica that kept its disk still holds everything (KIP-966)", () => {
  const budget = new FaultBudget([]);
  for (const event of [isrChanged([1, 2]), damage(1)]) budget.onEvent(event);
  const shrunk = isrChanged([1]);
  if (shrunk.type === "partition.changed") budget.onEvent({ ...shrunk, elr: [2] });
  expect(budget.excuses).toEqual([]);
  budget.onEvent(damage(2));
  expect(budget.excuses.length).toBe(1);
});

test("budget: records of acks=1 are excused by another leader, those of acks=all are not", () => {
  const budget = new FaultBudget([]);
  budget.onEvent(isrChanged([1, 2]));
  expect(budget.excuseForLeaderRecords("orders", 0)).toBeUndefined();
  budget.onEvent(isrChanged([2, 1]));
  expect(budget.excuseForLeaderRecords("orders", 0)?.sentence).toMatch(/changed leader from node 1 to node 2/);
  expect(budget.excuseForRecords("orders", 0)).toBeUndefined();
});
