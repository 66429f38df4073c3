import { test as property, fc } from "@fast-check/vitest";
import { expect, test } from "vitest";
import {
  buildPartitionChange,
  type PartitionChangeOptions,
} from "../../../core/controller/partition-change-builder.js";
import { mergePartition } from "../../../core/metadata/partition-changes.js";
import type { PartitionRegistration } from "../../../core/metadata/registrations.js";
import { ZERO_UUID } from "../../../core/types.js";

const BASE: PartitionRegistration = {
  replicas: [1, 2, 3],
  isr: [1, 2, 3],
  removingReplicas: [],
  addingReplicas: [],
  elr: [],
  lastKnownElr: [],
  leader: 1,
  leaderRecoveryState: 0,
  leaderEpoch: 5,
  partitionEpoch: 9,
};

function change(
  partition: Partial<PartitionRegistration>,
  alive: readonly number[],
  options: Partial<PartitionChangeOptions> = {},
): PartitionRegistration {
  const before = { ...BASE, ...partition };
  const record = buildPartitionChange({
    topicId: ZERO_UUID,
    partitionId: 0,
    partition: before,
    isAcceptableLeader: (id) => alive.includes(id),
    minIsr: 1,
    elrEnabled: false,
    ...options,
  });
  return record === undefined ? before : mergePartition(before, record.body);
}

test("clean election: the first live ISR member in assignment order leads, both epochs grow", () => {
  const after = change({}, [2, 3], { targetIsr: [2, 3] });
  expect(after).toMatchObject({ leader: 2, isr: [2, 3], leaderEpoch: 6, partitionEpoch: 10 });
});

test("ISR change without election: the partition epoch grows, the leader epoch does not", () => {
  expect(change({}, [1, 2, 3], { targetIsr: [1, 2] })).toMatchObject({
    leader: 1,
    isr: [1, 2],
    leaderEpoch: 5,
    partitionEpoch: 10,
  });
});

test("last replica standing: without ELR the last ISR member stays on record, leaderless (ELR off)", () => {
  const after = change({ isr: [1] }, [2, 3], { targetIsr: [] });
  expect(after).toMatchObject({ isr: [1], leader: -1, leaderEpoch: 6 });
  const back = change(after, [1, 2, 3]);
  expect(back).toMatchObject({ isr: [1], leader: 1 });
});

test("unclean election: ISR becomes the new leader alone, and it is RECOVERING", () => {
  const after = change({ isr: [1] }, [3], { targetIsr: [], election: "UNCLEAN" });
  expect(after).toMatchObject({ isr: [3], leader: 3, leaderRecoveryState: 1 });
});

test("a clean leader is preferred to an unclean one even where unclean is allowed", () => {
  expect(change({}, [3], { targetIsr: [3], election: "UNCLEAN" })).toMatchObject({ leader: 3, leaderRecoveryState: 0 });
});

test("preferred election: the first replica takes over if it is in the ISR", () => {
  const options = { election: "PREFERRED" } as const;
  expect(change({ leader: 2 }, [1, 2, 3], options)).toMatchObject({ leader: 1, leaderEpoch: 6 });
  expect(change({ leader: 2, isr: [2, 3] }, [1, 2, 3], options)).toMatchObject({ leader: 2, leaderEpoch: 5 });
});

test("ELR: a replica that leaves an ISR below min ISR stays eligible (min ISR 2)", () => {
  const elr = { elrEnabled: true, minIsr: 2 };
  expect(change({}, [1, 2], { ...elr, targetIsr: [1, 2] })).toMatchObject({ isr: [1, 2], elr: [] });
  expect(change({ isr: [1, 2] }, [1], { ...elr, targetIsr: [1] })).toMatchObject({ isr: [1], elr: [2] });
});

test("ELR: the ISR may become empty; the leader then comes from the ELR, as the whole ISR", () => {
  const elr = { elrEnabled: true, minIsr: 2 };
  const empty = change({ isr: [1], elr: [2] }, [3], { ...elr, targetIsr: [] });
  expect(empty).toMatchObject({ isr: [], elr: [1, 2], leader: -1, lastKnownElr: [1] });
  const elected = change(empty, [2, 3], elr);
  expect(elected).toMatchObject({ isr: [2], elr: [1], leader: 2, lastKnownElr: [], leaderRecoveryState: 0 });
});

test("ELR: enough in-sync replicas clear it", () => {
  const after = change({ isr: [1], elr: [2, 3] }, [1, 2, 3], { elrEnabled: true, minIsr: 2, targetIsr: [1, 2] });
  expect(after).toMatchObject({ isr: [1, 2], elr: [], lastKnownElr: [] });
});

test("ELR: an unclean shutdown takes a replica out of ISR and ELR", () => {
  const options = { elrEnabled: true, minIsr: 2, targetIsr: [] as number[], uncleanShutdownReplicas: [1] };
  expect(change({ isr: [1], elr: [2] }, [], options)).toMatchObject({ isr: [], elr: [2], leader: -1 });
});

test("last known leader: elected when ISR and ELR are empty, but only if it is alive (KAFKA-19522)", () => {
  const lost = { isr: [], elr: [], lastKnownElr: [1], leader: -1 };
  expect(change(lost, [2, 3], { elrEnabled: true })).toMatchObject({ leader: -1 });
  expect(change(lost, [1], { elrEnabled: true })).toMatchObject({
    leader: 1,
    isr: [1],
    leaderRecoveryState: 1,
    lastKnownElr: [],
  });
});

test("reassignment: completes in the record that puts every target replica into the ISR (KIP-455)", () => {
  const going = { replicas: [4, 2, 1], addingReplicas: [4], removingReplicas: [1], isr: [1, 2] };
  const half = change(going, [1, 2, 4], { targetIsr: [1, 2] });
  expect(half.replicas).toEqual([4, 2, 1]);
  const done = change(going, [1, 2, 4], { targetIsr: [1, 2, 4] });
  expect(done).toMatchObject({ replicas: [4, 2], isr: [2, 4], addingReplicas: [], removingReplicas: [], leader: 4 });
});

test("reassignment: when replicas leave and the leader stays, its epoch is bumped all the same", () => {
  const going = { replicas: [1, 2, 3], removingReplicas: [3], isr: [1, 2] };
  expect(change(going, [1, 2, 3])).toMatchObject({ replicas: [1, 2], leader: 1, leaderEpoch: 6 });
});

const ids = fc.uniqueArray(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 });

property.prop([
  fc.record({
    replicas: ids,
    isrMask: fc.integer({ min: 0, max: 15 }),
    elrMask: fc.integer({ min: 0, max: 15 }),
    leaderIndex: fc.integer({ min: -1, max: 3 }),
    targetMask: fc.integer({ min: 0, max: 15 }),
    alive: fc.subarray([1, 2, 3, 4, 5]),
    minIsr: fc.integer({ min: 1, max: 3 }),
    elrEnabled: fc.boolean(),
    election: fc.constantFrom("ONLINE", "PREFERRED", "UNCLEAN" as const),
  }),
])("invariants: the leader is live and in the ISR, ISR and ELR are disjoint parts of the replicas", (input) => {
  const { replicas, alive, minIsr, elrEnabled } = input;
  const pick = (mask: number): number[] => replicas.filter((_, index) => (mask & (1 << index)) !== 0);
  const isr = pick(input.isrMask);
  const leader = isr[input.leaderIndex] ?? -1;
  const elr = elrEnabled && isr.length < minIsr ? pick(input.elrMask).filter((id) => !isr.includes(id)) : [];
  if (!elrEnabled && isr.length === 0) return;
  const before = { replicas, isr, elr, leader };
  // Nobody proposes an ISR without a leader that is alive.
  const targetIsr = replicas.filter(
    (id) =>
      (id === leader && alive.includes(id)) ||
      (pick(input.targetMask).includes(id) && (isr.includes(id) || alive.includes(id))),
  );
  const election = input.election as "ONLINE" | "PREFERRED" | "UNCLEAN";
  const after = change(before, alive, { minIsr, elrEnabled, election, targetIsr });
  if (after.leader !== -1) {
    expect(after.isr).toContain(after.leader);
    expect(alive).toContain(after.leader);
  }
  expect(after.isr.every((id) => after.replicas.includes(id))).toBe(true);
  expect(after.elr.every((id) => after.replicas.includes(id) && !after.isr.includes(id))).toBe(true);
  if (!elrEnabled) expect(after.isr.length).toBeGreaterThan(0);
  if (after.isr.length >= minIsr) expect(after.elr).toEqual([]);
  // Without permission nobody leads who was neither in the new ISR nor eligible.
  if (election !== "UNCLEAN" && after.leader !== -1 && after.leader !== leader) {
    expect([...targetIsr, ...elr, ...isr]).toContain(after.leader);
  }
  expect(after.leaderEpoch - BASE.leaderEpoch).toBeLessThanOrEqual(after.partitionEpoch - BASE.partitionEpoch);
});
