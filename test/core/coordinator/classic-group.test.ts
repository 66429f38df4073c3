import { describe, expect, test } from "vitest";
import { Errors } from "../../../core/errors.js";
import { GROUP, GroupHarness, subscription } from "./group-harness.js";

/** A group whose join phase ended: members know generation 1 and have not synced. */
function completingGroup(harness = new GroupHarness()) {
  const first = harness.joinAsNew();
  const second = harness.joinAsNew();
  harness.env.advance(6_000);
  const leader = first.responses[0]!.leader;
  const follower = leader === first.memberId ? second.memberId : first.memberId;
  expect(harness.state()).toBe("CompletingRebalance");
  return { harness, leader, follower };
}

/** A group of two that rebalances from Stable: a third member joined, nobody has rejoined. */
function preparingGroup(harness = new GroupHarness()) {
  const members = harness.stableGroup();
  const third = harness.joinAsNew();
  expect(harness.state()).toBe("PreparingRebalance");
  return { harness, third, ...members };
}

describe("Empty", () => {
  test("Join starts a rebalance", () => {
    const harness = new GroupHarness();
    harness.joinAsNew();
    expect(harness.state()).toBe("PreparingRebalance");
  });

  test("Sync and Heartbeat: UNKNOWN_MEMBER_ID", () => {
    const harness = new GroupHarness();
    harness.commit(5);
    expect(harness.state()).toBe("Empty");
    expect(harness.sync("m", 1)[0]!.errorCode).toBe(Errors.UNKNOWN_MEMBER_ID);
    expect(harness.heartbeat("m", 1)).toBe(Errors.UNKNOWN_MEMBER_ID);
  });

  test("Commit: only generation -1", () => {
    const harness = new GroupHarness();
    expect(harness.commit(5)).toEqual([Errors.NONE]);
    expect(harness.commit(6, { memberId: "m", generationIdOrMemberEpoch: 0 })).toEqual([Errors.UNKNOWN_MEMBER_ID]);
  });

  test("expires to Dead when no offsets are left", () => {
    const harness = new GroupHarness({ "offsets.retention.minutes": 1 });
    harness.commit(5);
    harness.env.advance(600_000);
    expect(harness.state()).toBe("Dead");
  });
});

describe("PreparingRebalance", () => {
  test("Join is parked", () => {
    const { harness, leader } = preparingGroup();
    expect(harness.join({ memberId: leader })).toEqual([]);
  });

  test("Sync and Heartbeat: REBALANCE_IN_PROGRESS", () => {
    const { harness, leader } = preparingGroup();
    expect(harness.sync(leader, 1)[0]!.errorCode).toBe(Errors.REBALANCE_IN_PROGRESS);
    expect(harness.heartbeat(leader, 1)).toBe(Errors.REBALANCE_IN_PROGRESS);
  });

  test("Commit: the generation that ends is accepted", () => {
    const { harness, leader } = preparingGroup();
    expect(harness.commit(5, { memberId: leader, generationIdOrMemberEpoch: 1 })).toEqual([Errors.NONE]);
  });

  test("to CompletingRebalance when all rejoined", () => {
    const { harness, leader, follower, third } = preparingGroup();
    harness.join({ memberId: leader });
    const rejoined = harness.join({ memberId: follower });
    expect(harness.state()).toBe("CompletingRebalance");
    expect(rejoined[0]).toMatchObject({ generationId: 2, members: [], leader });
    expect(third.responses[0]!.generationId).toBe(2);
  });

  test("to Empty with generation + 1 when the last member leaves", () => {
    const harness = new GroupHarness();
    const { leader, follower } = harness.stableGroup();
    harness.leave([{ memberId: leader }, { memberId: follower }]);
    expect(harness.state()).toBe("Empty");
    expect(harness.env.trace.ofType("group.transitioned").at(-1)).toMatchObject({ to: "Empty", generationId: 2 });
  });
});

describe("CompletingRebalance", () => {
  test("Join with the same metadata: the current answer again", () => {
    const { harness, leader } = completingGroup();
    const again = harness.join({ memberId: leader })[0]!;
    expect(again).toMatchObject({ errorCode: Errors.NONE, generationId: 1, leader });
    expect(again.members).toHaveLength(2);
    expect(harness.state()).toBe("CompletingRebalance");
  });

  test("Join with changed metadata: rebalance", () => {
    const { harness, follower } = completingGroup();
    harness.join({ memberId: follower, protocols: [{ name: "range", metadata: subscription("refunds") }] });
    expect(harness.state()).toBe("PreparingRebalance");
  });

  test("Sync is parked until the leader's is stored", () => {
    const { harness, leader, follower } = completingGroup();
    harness.autoReplicate = false;
    const followerSync = harness.sync(follower, 1);
    const leaderSync = harness.sync(leader, 1, [{ memberId: follower, assignment: Uint8Array.of(7) }]);
    expect([...followerSync, ...leaderSync]).toEqual([]);
    harness.replicate();
    expect(harness.state()).toBe("Stable");
    expect(followerSync[0]!.assignment).toEqual(Uint8Array.of(7));
    expect(leaderSync[0]!.assignment).toEqual(new Uint8Array(0));
  });

  test("Heartbeat: ok, members may send it as soon as they know the generation", () => {
    const { harness, leader } = completingGroup();
    expect(harness.heartbeat(leader, 1)).toBe(Errors.NONE);
  });

  test("Commit: REBALANCE_IN_PROGRESS", () => {
    const { harness, leader } = completingGroup();
    const errors = harness.commit(5, { memberId: leader, generationIdOrMemberEpoch: 1 });
    expect(errors).toEqual([Errors.REBALANCE_IN_PROGRESS]);
  });

  test("members that do not sync within the rebalance timeout are removed", () => {
    const { harness, leader, follower } = completingGroup();
    harness.sync(leader, 1);
    expect(harness.state()).toBe("Stable");
    for (let i = 0; i < 8; i++) {
      harness.heartbeat(leader, 1);
      harness.heartbeat(follower, 1);
      harness.env.advance(8_500);
    }
    expect(harness.heartbeat(follower, 1)).toBe(Errors.UNKNOWN_MEMBER_ID);
    expect(harness.heartbeat(leader, 1)).toBe(Errors.REBALANCE_IN_PROGRESS);
  });

  test("the assignment cannot be stored: those who wait are told, and rebalance", () => {
    const { harness, leader, follower } = completingGroup();
    const followerSync = harness.sync(follower, 1);
    harness.partition.refuseWith = Errors.NOT_ENOUGH_REPLICAS;
    const leaderSync = harness.sync(leader, 1);
    expect(followerSync[0]!.errorCode).toBe(Errors.COORDINATOR_NOT_AVAILABLE);
    expect(leaderSync[0]!.errorCode).toBe(Errors.COORDINATOR_NOT_AVAILABLE);
    expect(harness.state()).toBe("PreparingRebalance");
  });
});

describe("Stable", () => {
  test("Join of the leader: rebalance", () => {
    const harness = new GroupHarness();
    const { leader } = harness.stableGroup();
    expect(harness.join({ memberId: leader })).toEqual([]);
    expect(harness.state()).toBe("PreparingRebalance");
  });

  test("Join of a follower with changed metadata: rebalance; unchanged: the current answer", () => {
    const harness = new GroupHarness();
    const { follower } = harness.stableGroup();
    expect(harness.join({ memberId: follower })[0]).toMatchObject({ generationId: 1, members: [] });
    expect(harness.state()).toBe("Stable");
    harness.join({ memberId: follower, protocols: [{ name: "range", metadata: subscription("refunds") }] });
    expect(harness.state()).toBe("PreparingRebalance");
  });

  test("Sync: current assignment; Heartbeat and Commit: ok", () => {
    const harness = new GroupHarness();
    const { leader, follower } = harness.stableGroup();
    expect(harness.sync(follower, 1)[0]!.assignment).toEqual(Uint8Array.of(2));
    expect(harness.heartbeat(leader, 1)).toBe(Errors.NONE);
    expect(harness.commit(5, { memberId: leader, generationIdOrMemberEpoch: 1 })).toEqual([Errors.NONE]);
    expect(harness.fetch()).toEqual([[Errors.NONE, 5]]);
  });

  test("a member's session ends: the others are told to rejoin", () => {
    const harness = new GroupHarness();
    const { leader, follower } = harness.stableGroup();
    harness.env.advance(9_000);
    expect(harness.heartbeat(leader, 1)).toBe(Errors.NONE);
    harness.env.advance(2_000);
    expect(harness.heartbeat(leader, 1)).toBe(Errors.REBALANCE_IN_PROGRESS);
    expect(harness.heartbeat(follower, 1)).toBe(Errors.UNKNOWN_MEMBER_ID);
    expect(harness.env.trace.ofType("group.member-removed")).toMatchObject([{ memberId: follower }]);
  });

  test("a commit keeps a member alive as a heartbeat does", () => {
    const harness = new GroupHarness();
    const { leader } = harness.stableGroup();
    for (let i = 0; i < 3; i++) {
      harness.env.advance(9_000);
      harness.commit(i, { memberId: leader, generationIdOrMemberEpoch: 1 });
    }
    expect(harness.env.trace.ofType("group.member-removed").map((event) => event.memberId)).not.toContain(leader);
  });
});

test("Dead: a deleted group is unknown to its former members", () => {
  const harness = new GroupHarness();
  const { leader, follower } = harness.stableGroup();
  harness.leave([{ memberId: leader }, { memberId: follower }]);
  const errors: number[] = [];
  harness.coordinator.deleteGroup(GROUP, (error) => errors.push(error));
  expect(errors).toEqual([Errors.NONE]);
  expect(harness.state()).toBe("Dead");
  expect(harness.join({ memberId: leader })[0]!.errorCode).toBe(Errors.UNKNOWN_MEMBER_ID);
  expect(harness.heartbeat(leader, 1)).toBe(Errors.UNKNOWN_MEMBER_ID);
});

test("deleting a group with members: NON_EMPTY_GROUP", () => {
  const harness = new GroupHarness();
  harness.stableGroup();
  const errors: number[] = [];
  harness.coordinator.deleteGroup(GROUP, (error) => errors.push(error));
  expect(errors).toEqual([Errors.NON_EMPTY_GROUP]);
});
