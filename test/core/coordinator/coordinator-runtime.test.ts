import { expect, test } from "vitest";
import { GROUP_METADATA_TOPIC } from "../../../core/internal-topics.js";
import { Errors } from "../../../core/errors.js";
import { encodeBatch } from "../../../core/log/record-batch.js";
import { FakeEnvironment } from "../support/fake-environment.js";
import { FakePartition, GROUP, GroupHarness } from "./group-harness.js";

/** A batch of one record, as some other coordinator would write it. */
function foreignBatch(key: Uint8Array, value: Uint8Array | null): Uint8Array {
  return encodeBatch([{ key, value, timestampMs: 0 }]);
}

test("a response leaves only after the high watermark passes its records", () => {
  const harness = new GroupHarness();
  harness.autoReplicate = false;
  const commit = harness.commit(5);
  harness.coordinator.onHighWatermarkAdvanced(GROUP_METADATA_TOPIC, 0, 1, 0);
  expect(commit).toEqual([]);
  harness.coordinator.onHighWatermarkAdvanced(GROUP_METADATA_TOPIC, 0, 1, 1);
  expect(commit).toEqual([Errors.NONE]);
});

test("responses leave in the order of their decisions; a heartbeat waits for writes before it", () => {
  const harness = new GroupHarness();
  const { leader } = harness.stableGroup();
  harness.autoReplicate = false;
  const member = { memberId: leader, generationIdOrMemberEpoch: 1 };
  const first = harness.commit(5, member);
  expect(harness.heartbeat(leader, 1)).toBeUndefined();
  const second = harness.commit(6, member);
  harness.coordinator.onHighWatermarkAdvanced(GROUP_METADATA_TOPIC, 0, 1, harness.partition.logEndOffset - 1);
  expect([first, second]).toEqual([[Errors.NONE], []]);
  harness.replicate();
  expect(second).toEqual([Errors.NONE]);
});

test("a commit not replicated within offsets.commit.timeout.ms: COORDINATOR_NOT_AVAILABLE, and may appear later", () => {
  const harness = new GroupHarness();
  harness.autoReplicate = false;
  const commit = harness.commit(5);
  harness.env.advance(4_999);
  expect(commit).toEqual([]);
  harness.env.advance(1);
  expect(commit).toEqual([Errors.COORDINATOR_NOT_AVAILABLE]);
  harness.replicate();
  expect(commit).toHaveLength(1);
  expect(harness.fetch()).toEqual([[Errors.NONE, 5]]);
});

test("a write the log refuses changes nothing", () => {
  const harness = new GroupHarness();
  harness.commit(5);
  harness.partition.refuseWith = Errors.NOT_ENOUGH_REPLICAS;
  expect(harness.commit(9)).toEqual([Errors.COORDINATOR_NOT_AVAILABLE]);
  harness.partition.refuseWith = Errors.NOT_LEADER_OR_FOLLOWER;
  expect(harness.commit(9)).toEqual([Errors.NOT_COORDINATOR]);
  harness.partition.refuseWith = Errors.MESSAGE_TOO_LARGE;
  expect(harness.commit(9)).toEqual([Errors.UNKNOWN_SERVER_ERROR]);
  harness.partition.refuseWith = Errors.NONE;
  expect(harness.fetch(true)).toEqual([[Errors.NONE, 5]]);
});

test("leadership is lost while a commit is pending: it is never acknowledged (M35, KAFKA-20634)", () => {
  const harness = new GroupHarness();
  harness.autoReplicate = false;
  const commit = harness.commit(5);
  // The new leader of epoch 2 truncates our record and writes another at the same offset; as its follower we learn
  // a high watermark beyond it before we learn that we resigned.
  harness.partition.truncateTo(0);
  harness.partition.leaderEpoch = 2;
  harness.coordinator.onHighWatermarkAdvanced(GROUP_METADATA_TOPIC, 0, 2, 10);
  expect(commit).toEqual([]);
  harness.coordinator.onResigned(GROUP_METADATA_TOPIC, 0, 2);
  expect(commit).toEqual([Errors.NOT_COORDINATOR]);
  harness.coordinator.onHighWatermarkAdvanced(GROUP_METADATA_TOPIC, 0, 1, 10);
  expect(commit).toHaveLength(1);
  expect(harness.fetch()).toEqual([[Errors.NOT_COORDINATOR, undefined]]);
});

test("re-elected at once: a pending commit of the old epoch fails, and the log decides whether it counts", () => {
  const harness = new GroupHarness();
  harness.autoReplicate = false;
  const commit = harness.commit(5);
  harness.elect();
  expect(commit).toEqual([Errors.NOT_COORDINATOR]);
  expect(harness.fetch()).toEqual([[Errors.NONE, -1]]);
  harness.replicate();
  expect(harness.fetch()).toEqual([[Errors.NONE, 5]]);
});

test("leader of the next epoch as well: pending commits and parked joins go on, and nothing is loaded", () => {
  const harness = new GroupHarness();
  harness.autoReplicate = false;
  const joined = harness.joinAsNew();
  const commit = harness.commit(5, { groupId: "another" });
  harness.partition.highWatermark = harness.partition.logEndOffset;
  harness.lead(2);
  expect(commit).toEqual([Errors.NONE]);
  const later = harness.commit(6, { groupId: "another" });
  harness.coordinator.onHighWatermarkAdvanced(GROUP_METADATA_TOPIC, 0, 1, harness.partition.logEndOffset);
  expect(later).toEqual([]);
  harness.autoReplicate = true;
  harness.replicate();
  expect(later).toEqual([Errors.NONE]);
  harness.env.advance(6_000);
  expect(joined.responses[0]).toMatchObject({ errorCode: Errors.NONE, generationId: 1 });
  expect(harness.env.trace.ofType("coordinator.loaded")).toHaveLength(1);
});

test("leader of the next epoch while still loading: the load goes on and counts for the new epoch", () => {
  const partition = new FakePartition();
  new GroupHarness({}, partition).commit(5);
  partition.onAppended = () => {};
  const harness = new GroupHarness({}, partition);
  harness.coordinator.onLeadership(GROUP_METADATA_TOPIC, 0, 3, partition);
  partition.leaderEpoch = 4;
  harness.coordinator.onLeadership(GROUP_METADATA_TOPIC, 0, 4, partition);
  expect(harness.fetch()).toEqual([[Errors.COORDINATOR_LOAD_IN_PROGRESS, undefined]]);
  harness.env.advance(0);
  expect(harness.fetch()).toEqual([[Errors.NONE, 5]]);
  expect(harness.env.trace.ofType("coordinator.loaded")).toMatchObject([
    { coordinatorEpoch: 1 },
    { coordinatorEpoch: 4 },
  ]);
  expect(harness.env.trace.ofType("coordinator.unloaded")).toMatchObject([{ coordinatorEpoch: 1 }]);
});

test("losing the partition answers parked joins and syncs with NOT_COORDINATOR", () => {
  const harness = new GroupHarness();
  const first = harness.joinAsNew();
  harness.coordinator.onResigned(GROUP_METADATA_TOPIC, 0, 2);
  expect(first.responses[0]!.errorCode).toBe(Errors.NOT_COORDINATOR);

  const other = new GroupHarness();
  const member = other.joinAsNew();
  other.joinAsNew();
  other.env.advance(6_000);
  const follower = other.env.trace
    .ofType("group.transitioned")
    .at(-1)!
    .members.find((id) => id !== member.memberId)!;
  const leaderId = member.responses[0]!.leader;
  const waiting = other.sync(leaderId === member.memberId ? follower : member.memberId, 1);
  other.coordinator.onResigned(GROUP_METADATA_TOPIC, 0, 2);
  expect(waiting[0]!.errorCode).toBe(Errors.NOT_COORDINATOR);
  other.env.advance(1_000_000);
  expect(other.env.timers.all.filter((timer) => timer.armed)).toEqual([]);
});

test("COORDINATOR_LOAD_IN_PROGRESS while loading; heartbeats are taken at their word", () => {
  const harness = new GroupHarness();
  harness.commit(5);
  harness.commit(6);
  harness.partition.leaderEpoch = 3;
  harness.coordinator.onLeadership(GROUP_METADATA_TOPIC, 0, 3, harness.partition);
  expect(harness.fetch()).toEqual([[Errors.COORDINATOR_LOAD_IN_PROGRESS, undefined]]);
  expect(harness.join()[0]!.errorCode).toBe(Errors.COORDINATOR_LOAD_IN_PROGRESS);
  expect(harness.heartbeat("m", 1)).toBe(Errors.NONE);
  harness.env.advance(0);
  expect(harness.fetch()).toEqual([[Errors.NONE, 6]]);
});

test("a late resignation of an older epoch, and a late election, are ignored", () => {
  const harness = new GroupHarness();
  harness.commit(5);
  harness.elect();
  harness.coordinator.onResigned(GROUP_METADATA_TOPIC, 0, 1);
  expect(harness.fetch()).toEqual([[Errors.NONE, 5]]);
  harness.coordinator.onResigned(GROUP_METADATA_TOPIC, 0, 3);
  harness.coordinator.onLeadership(GROUP_METADATA_TOPIC, 0, 2, harness.partition);
  harness.env.advance(0);
  expect(harness.fetch()).toEqual([[Errors.NOT_COORDINATOR, undefined]]);
});

test("the topic was deleted and made anew: its leader epochs begin again", () => {
  const harness = new GroupHarness();
  harness.commit(5);
  harness.elect();
  harness.coordinator.onDeleted(GROUP_METADATA_TOPIC, 0);
  expect(harness.fetch()).toEqual([[Errors.NOT_COORDINATOR, undefined]]);
  const anew = new FakePartition();
  harness.coordinator.onLeadership(GROUP_METADATA_TOPIC, 0, 0, anew);
  harness.env.advance(0);
  expect(harness.fetch()).toEqual([[Errors.NONE, -1]]);
});

test("record types of later versions are skipped on loading (KIP-915)", () => {
  const partition = new FakePartition();
  partition.appendForCoordinator("", 0, foreignBatch(Uint8Array.of(0, 99, 1, 2), Uint8Array.of(1)), 0);
  const harness = new GroupHarness({}, partition);
  expect(harness.commit(5)).toEqual([Errors.NONE]);
});

test("a log that cannot be read is nobody's to coordinate: NOT_COORDINATOR", () => {
  const partition = new FakePartition();
  partition.appendForCoordinator("", 0, foreignBatch(Uint8Array.of(0, 1, 9), null), 0);
  const harness = new GroupHarness({}, partition);
  expect(harness.commit(5)).toEqual([Errors.NOT_COORDINATOR]);
});

test("a follow-up request that arrives inside an answer waits for the decision under way", () => {
  const harness = new GroupHarness({ "group.initial.rebalance.delay.ms": 0 });
  const memberId = harness.join()[0]!.memberId;
  const states: string[] = [];
  const { coordinator } = harness;
  const body = {
    groupId: GROUP,
    memberId,
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 60_000,
    groupInstanceId: null,
    protocolType: "consumer",
    protocols: [{ name: "range", metadata: new Uint8Array(0) }],
    reason: null,
  };
  coordinator.joinGroup(body, { apiVersion: 9, clientId: "app", clientHost: "" }, () => {
    coordinator.describeGroup(GROUP, 5, (group) => states.push(`${group.groupState}/${group.members.length}`));
  });
  harness.env.advance(0);
  expect(states).toEqual(["CompletingRebalance/1"]);
});

test("what is told as committed is what is below the high watermark, once, by whoever coordinates then", () => {
  const harness = new GroupHarness();
  const committed = () => harness.env.trace.ofType("group.offset-committed").map((event) => event.offset);
  harness.commit(5);
  harness.autoReplicate = false;
  harness.commit(6);
  expect(committed()).toEqual([5]);
  harness.elect();
  expect(committed()).toEqual([5]);
  harness.replicate();
  expect(committed()).toEqual([5, 6]);
});

test("before startup and after shutdown: COORDINATOR_NOT_AVAILABLE", () => {
  const harness = new GroupHarness({}, new FakePartition(), new FakeEnvironment());
  harness.coordinator.shutdown();
  expect(harness.commit(5)).toEqual([Errors.COORDINATOR_NOT_AVAILABLE]);
  expect(harness.join()[0]!.errorCode).toBe(Errors.COORDINATOR_NOT_AVAILABLE);
});
