import { expect, test } from "vitest";
import { Errors } from "../../../core/errors.js";
import { GroupHarness, subscription } from "./group-harness.js";

const RANGE = { name: "range", metadata: subscription("orders") };
const ROUND_ROBIN = { name: "roundrobin", metadata: subscription("orders") };

test("v4+ without member id: id allocated, MEMBER_ID_REQUIRED; v3 joins at once", () => {
  const harness = new GroupHarness();
  const required = harness.join();
  expect(required[0]!.errorCode).toBe(Errors.MEMBER_ID_REQUIRED);
  expect(required[0]!.memberId).toMatch(/^app-/);
  expect(harness.join({}, 3)).toEqual([]);
});

test("an id given with MEMBER_ID_REQUIRED is kept for one session only", () => {
  const harness = new GroupHarness();
  const { memberId } = harness.join()[0]!;
  harness.env.advance(10_000);
  expect(harness.join({ memberId })[0]!.errorCode).toBe(Errors.UNKNOWN_MEMBER_ID);
});

test("an open member id holds up the join phase", () => {
  const harness = new GroupHarness();
  const { leader, follower } = harness.stableGroup();
  const pending = harness.join()[0]!.memberId;
  harness.join({ memberId: leader });
  const rejoined = harness.join({ memberId: follower });
  harness.env.advance(0);
  expect(harness.state()).toBe("PreparingRebalance");
  harness.join({ memberId: pending });
  expect(rejoined[0]!.generationId).toBe(2);
});

test("initial rebalance waits group.initial.rebalance.delay.ms 3000, extended while members join", () => {
  const harness = new GroupHarness();
  const first = harness.joinAsNew();
  harness.env.advance(2_900);
  harness.joinAsNew();
  harness.env.advance(200);
  expect(first.responses).toEqual([]);
  harness.env.advance(2_900);
  expect(first.responses[0]).toMatchObject({ generationId: 1, leader: first.memberId });
  expect(first.responses[0]!.members).toHaveLength(2);
});

test("initial rebalance is extended up to the rebalance timeout only", () => {
  const harness = new GroupHarness();
  const first = harness.joinAsNew({ rebalanceTimeoutMs: 7_000 });
  for (let i = 0; i < 6; i++) {
    harness.env.advance(1_000);
    expect(first.responses).toEqual([]);
    harness.joinAsNew({ rebalanceTimeoutMs: 7_000 });
  }
  harness.env.advance(1_000);
  expect(first.responses).toHaveLength(1);
});

test("initial delay 0: the first member's join phase ends at once", () => {
  const harness = new GroupHarness({ "group.initial.rebalance.delay.ms": 0 });
  const first = harness.joinAsNew();
  harness.env.advance(0);
  expect(first.responses[0]!.generationId).toBe(1);
});

test("dynamic members that do not rejoin within max(rebalance timeouts) are removed", () => {
  const harness = new GroupHarness();
  const { leader, follower } = harness.stableGroup({ rebalanceTimeoutMs: 20_000 });
  const rejoined = harness.join({ memberId: leader, rebalanceTimeoutMs: 20_000 });
  for (let i = 0; i < 4; i++) {
    harness.heartbeat(follower, 1);
    harness.env.advance(5_000);
  }
  expect(rejoined[0]).toMatchObject({ generationId: 2, leader });
  expect(rejoined[0]!.members.map((member) => member.memberId)).toEqual([leader]);
});

test("a leader that does not rejoin is followed by a member that did", () => {
  const harness = new GroupHarness();
  const { follower } = harness.stableGroup();
  const rejoined = harness.join({ memberId: follower, protocols: [{ ...RANGE, metadata: subscription("x") }] });
  harness.env.advance(60_000);
  expect(rejoined[0]).toMatchObject({ generationId: 2, leader: follower });
});

test("the join of a new member is parked 5 minutes at most", () => {
  const harness = new GroupHarness();
  const joined = harness.joinAsNew({ groupInstanceId: null });
  harness.env.advance(6_000);
  harness.sync(joined.memberId, 1);
  const parked = harness.join({ sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 400_000 }, 3);
  for (let i = 0; i < 60; i++) {
    expect(parked).toEqual([]);
    harness.heartbeat(joined.memberId, 1);
    harness.env.advance(5_000);
  }
  expect(parked[0]!.errorCode).toBe(Errors.UNKNOWN_MEMBER_ID);
});

test("protocol = by vote on members' preference among the common ones", () => {
  const harness = new GroupHarness();
  const sticky = { name: "sticky", metadata: subscription("orders") };
  const first = harness.joinAsNew({ protocols: [sticky, RANGE, ROUND_ROBIN] });
  harness.joinAsNew({ protocols: [ROUND_ROBIN, RANGE] });
  harness.joinAsNew({ protocols: [ROUND_ROBIN, RANGE] });
  harness.env.advance(10_000);
  expect(first.responses[0]!.protocolName).toBe("roundrobin");
});

test("no assignor in common, or another protocol type: INCONSISTENT_GROUP_PROTOCOL", () => {
  const harness = new GroupHarness();
  harness.joinAsNew({ protocols: [RANGE] });
  expect(harness.join({ protocols: [ROUND_ROBIN] })[0]!.errorCode).toBe(Errors.INCONSISTENT_GROUP_PROTOCOL);
  expect(harness.join({ protocolType: "connect" })[0]!.errorCode).toBe(Errors.INCONSISTENT_GROUP_PROTOCOL);
});

test("session timeout within [6 s, 30 min], else INVALID_SESSION_TIMEOUT", () => {
  const harness = new GroupHarness();
  expect(harness.join({ sessionTimeoutMs: 5_999 })[0]!.errorCode).toBe(Errors.INVALID_SESSION_TIMEOUT);
  expect(harness.join({ sessionTimeoutMs: 6_000 })[0]!.errorCode).toBe(Errors.MEMBER_ID_REQUIRED);
  expect(harness.join({ sessionTimeoutMs: 1_800_001 })[0]!.errorCode).toBe(Errors.INVALID_SESSION_TIMEOUT);
});

test("group.max.size: one member too many is GROUP_MAX_SIZE_REACHED", () => {
  const harness = new GroupHarness({ "group.max.size": 2 });
  harness.stableGroup();
  expect(harness.join()[0]!.errorCode).toBe(Errors.GROUP_MAX_SIZE_REACHED);
});

test("the empty group id: INVALID_GROUP_ID", () => {
  expect(new GroupHarness().join({ groupId: "" })[0]!.errorCode).toBe(Errors.INVALID_GROUP_ID);
});

test("a new group that cannot be stored does not exist afterwards", () => {
  const harness = new GroupHarness();
  harness.partition.refuseWith = Errors.NOT_ENOUGH_REPLICAS;
  const joined = harness.join({}, 3);
  expect(joined[0]!.errorCode).toBe(Errors.COORDINATOR_NOT_AVAILABLE);
  expect(harness.state()).toBe("Dead");
});

test("a static member that restarts takes its share over without a rebalance (KIP-345)", () => {
  const harness = new GroupHarness();
  const a = harness.join({ groupInstanceId: "a" });
  const b = harness.join({ groupInstanceId: "b" });
  harness.env.advance(6_000);
  const [leader, follower] = [a[0]!.memberId, b[0]!.memberId];
  harness.sync(leader, 1, [{ memberId: follower, assignment: Uint8Array.of(9) }]);
  const restarted = harness.join({ groupInstanceId: "b" })[0]!;
  expect(restarted).toMatchObject({ errorCode: Errors.NONE, generationId: 1, skipAssignment: false, leader });
  expect(restarted.memberId).not.toBe(follower);
  expect(harness.sync(restarted.memberId, 1)[0]!.assignment).toEqual(Uint8Array.of(9));
  expect(harness.heartbeat(follower, 1, "b")).toBe(Errors.FENCED_INSTANCE_ID);
  expect(harness.state()).toBe("Stable");

  const leaderAgain = harness.join({ groupInstanceId: "a" })[0]!;
  expect(leaderAgain).toMatchObject({ skipAssignment: true, leader: leaderAgain.memberId });
});

test("a leader that restarts over JoinGroup v8 is told to follow its old self (KIP-814)", () => {
  const harness = new GroupHarness();
  const [first] = [harness.join({ groupInstanceId: "a" })];
  harness.env.advance(6_000);
  harness.sync(first[0]!.memberId, 1);
  const again = harness.join({ groupInstanceId: "a" }, 8)[0]!;
  expect(again).toMatchObject({ leader: first[0]!.memberId, members: [], skipAssignment: false });
});

test("a static takeover that cannot be stored leaves the old member in place", () => {
  const harness = new GroupHarness();
  const old = harness.join({ groupInstanceId: "a" });
  harness.env.advance(6_000);
  harness.sync(old[0]!.memberId, 1, [{ memberId: old[0]!.memberId, assignment: Uint8Array.of(3) }]);
  harness.partition.refuseWith = Errors.NOT_ENOUGH_REPLICAS;
  expect(harness.join({ groupInstanceId: "a" })[0]!.errorCode).toBe(Errors.COORDINATOR_NOT_AVAILABLE);
  harness.partition.refuseWith = Errors.NONE;
  expect(harness.heartbeat(old[0]!.memberId, 1, "a")).toBe(Errors.NONE);
  expect(harness.sync(old[0]!.memberId, 1)[0]!.assignment).toEqual(Uint8Array.of(3));
});

test("two processes with one instance id in PreparingRebalance: the first is fenced (M34, KAFKA-8500)", () => {
  const harness = new GroupHarness();
  const first = harness.join({ groupInstanceId: "a" });
  const second = harness.join({ groupInstanceId: "a" });
  expect(first[0]!.errorCode).toBe(Errors.FENCED_INSTANCE_ID);
  harness.env.advance(10_000);
  expect(second[0]).toMatchObject({ errorCode: Errors.NONE, generationId: 1 });
  expect(second[0]!.members).toHaveLength(1);
});

test("two processes with one instance id while syncing: the parked sync of the first is fenced", () => {
  const harness = new GroupHarness();
  harness.join({ groupInstanceId: "lead" });
  const first = harness.join({ groupInstanceId: "a" });
  harness.env.advance(6_000);
  const parked = harness.sync(first[0]!.memberId, 1);
  const second = harness.join({ groupInstanceId: "a" });
  expect(parked[0]!.errorCode).toBe(Errors.FENCED_INSTANCE_ID);
  expect(second).toEqual([]);
  expect(harness.state()).toBe("PreparingRebalance");
});

test("LeaveGroup by instance id removes a static member; unknown ones are UNKNOWN_MEMBER_ID", () => {
  const harness = new GroupHarness();
  const first = harness.join({ groupInstanceId: "a" });
  harness.env.advance(6_000);
  harness.sync(first[0]!.memberId, 1);
  const left = harness.leave([
    { memberId: "", groupInstanceId: "a" },
    { memberId: "", groupInstanceId: "b" },
    { memberId: "nobody" },
  ])[0]!;
  expect(left.members.map((member) => member.errorCode)).toEqual([
    Errors.NONE,
    Errors.UNKNOWN_MEMBER_ID,
    Errors.UNKNOWN_MEMBER_ID,
  ]);
  expect(harness.state()).toBe("Empty");
});

test("a static member that is silent in the join phase stays; nobody rejoined: the phase is prolonged", () => {
  const harness = new GroupHarness();
  const a = harness.join({ groupInstanceId: "a", sessionTimeoutMs: 300_000 });
  harness.env.advance(6_000);
  const memberId = a[0]!.memberId;
  harness.sync(memberId, 1);
  const guest = harness.joinAsNew({ sessionTimeoutMs: 300_000 });
  harness.leave([{ memberId: guest.memberId }]);
  harness.env.advance(60_000);
  expect(harness.state()).toBe("PreparingRebalance");
  expect(harness.join({ memberId, groupInstanceId: "a" })[0]).toMatchObject({ generationId: 2, leader: memberId });
});
