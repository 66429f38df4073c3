import { expect, test } from "vitest";
import { Errors } from "../../../core/errors.js";
import { OffsetDeleteRequest } from "../../../core/protocol/messages/offset-delete.js";
import { GROUP, GroupHarness } from "./group-harness.js";

const MINUTE_MS = 60_000;

test("a commit of an old generation is fenced, and the offset stays (M32)", () => {
  const harness = new GroupHarness();
  const { leader, follower } = harness.stableGroup();
  harness.leave([{ memberId: follower }]);
  harness.join({ memberId: leader });
  harness.sync(leader, 2);
  expect(harness.commit(20, { memberId: leader, generationIdOrMemberEpoch: 2 })).toEqual([Errors.NONE]);
  expect(harness.commit(10, { memberId: leader, generationIdOrMemberEpoch: 1 })).toEqual([Errors.ILLEGAL_GENERATION]);
  expect(harness.commit(10, { memberId: follower, generationIdOrMemberEpoch: 1 })).toEqual([Errors.UNKNOWN_MEMBER_ID]);
  expect(harness.fetch()).toEqual([[Errors.NONE, 20]]);
  expect(harness.env.trace.ofType("group.request-fenced")).toMatchObject([
    { error: Errors.ILLEGAL_GENERATION, generationId: 1 },
    { error: Errors.UNKNOWN_MEMBER_ID },
  ]);
});

test("a commit without membership is refused while the group has members", () => {
  const harness = new GroupHarness();
  harness.stableGroup();
  expect(harness.commit(5)).toEqual([Errors.UNKNOWN_MEMBER_ID]);
});

test("unknown group with a generation: ILLEGAL_GENERATION, GROUP_ID_NOT_FOUND from v9", () => {
  const harness = new GroupHarness();
  const request = { memberId: "m", generationIdOrMemberEpoch: 3 };
  expect(harness.commit(5, request, 8)).toEqual([Errors.ILLEGAL_GENERATION]);
  expect(harness.commit(5, request, 9)).toEqual([Errors.GROUP_ID_NOT_FOUND]);
});

test("metadata longer than offset.metadata.max.bytes: OFFSET_METADATA_TOO_LARGE for that partition", () => {
  const harness = new GroupHarness({ "offset.metadata.max.bytes": 3 });
  const partitions = [
    { partitionIndex: 0, committedOffset: 1, committedMetadata: "four" },
    { partitionIndex: 1, committedOffset: 1, committedMetadata: "abc" },
  ];
  expect(harness.commit(0, { topics: [{ name: "orders", partitions }] })).toEqual([Errors.OFFSET_METADATA_TOO_LARGE]);
  expect(harness.partition.records()).toHaveLength(1);
});

test("a fetch answers what is committed; with requireStable it waits for what is under way", () => {
  const harness = new GroupHarness();
  harness.commit(5);
  harness.autoReplicate = false;
  const commit = harness.commit(8);
  const stable = harness.fetch(true);
  expect(harness.fetch()).toEqual([[Errors.NONE, 5]]);
  expect([commit, stable]).toEqual([[], []]);
  harness.replicate();
  expect(commit).toEqual([Errors.NONE]);
  expect(stable).toEqual([[Errors.NONE, 8]]);
  expect(harness.fetch()).toEqual([[Errors.NONE, 8]]);
});

test("a fetch with requireStable that waits in vain is sent to look for the coordinator again", () => {
  const harness = new GroupHarness();
  harness.autoReplicate = false;
  harness.commit(5);
  const stable = harness.fetch(true);
  harness.env.advance(5_000);
  expect(stable).toEqual([[Errors.NOT_COORDINATOR, undefined]]);
});

test("an unknown group has no offsets, which is no error", () => {
  expect(new GroupHarness().fetch()).toEqual([[Errors.NONE, -1]]);
});

test("null topics: all offsets of the group, by topic and partition", () => {
  const harness = new GroupHarness();
  const partition = (partitionIndex: number) => ({ partitionIndex, committedOffset: 1, committedMetadata: null });
  harness.commit(0, { topics: [{ name: "b", partitions: [partition(1), partition(0)] }] });
  harness.commit(0, { topics: [{ name: "a", partitions: [partition(3)] }] });
  const found: string[] = [];
  harness.coordinator.fetchOffsets({ groupId: GROUP, topics: null }, false, ({ topics }) => {
    for (const { name, partitions } of topics) for (const p of partitions) found.push(`${name}-${p.partitionIndex}`);
  });
  expect(found).toEqual(["a-3", "b-0", "b-1"]);
});

test("simple group: offsets expire offsets.retention.minutes after their commit", () => {
  const harness = new GroupHarness({ "offsets.retention.minutes": 30 });
  harness.commit(5);
  harness.env.advance(29 * MINUTE_MS);
  expect(harness.fetch()).toEqual([[Errors.NONE, 5]]);
  harness.env.advance(MINUTE_MS);
  expect(harness.fetch()).toEqual([[Errors.NONE, -1]]);
  expect(harness.partition.records().filter((record) => record.value === null)).toHaveLength(2);
});

test("offsets of a group expire after the moment it became empty, not after the commit", () => {
  const harness = new GroupHarness({ "offsets.retention.minutes": 30 });
  const { leader, follower } = harness.stableGroup();
  harness.commit(5, { memberId: leader, generationIdOrMemberEpoch: 1 });
  for (let i = 0; i < 40 * 12; i++) {
    harness.heartbeat(leader, 1);
    harness.heartbeat(follower, 1);
    harness.env.advance(5_000);
  }
  harness.leave([{ memberId: leader }, { memberId: follower }]);
  harness.env.advance(20 * MINUTE_MS);
  expect(harness.fetch()).toEqual([[Errors.NONE, 5]]);
  harness.env.advance(20 * MINUTE_MS);
  expect(harness.fetch()).toEqual([[Errors.NONE, -1]]);
  expect(harness.state()).toBe("Dead");
});

test("a stable group keeps the offsets of subscribed topics and loses those of others", () => {
  const harness = new GroupHarness({ "offsets.retention.minutes": 30 });
  const { leader, follower } = harness.stableGroup();
  const partitions = [{ partitionIndex: 0, committedOffset: 7, committedMetadata: "" }];
  const member = { memberId: leader, generationIdOrMemberEpoch: 1 };
  harness.commit(0, { ...member, topics: [{ name: "refunds", partitions }] });
  harness.commit(5, member);
  for (let i = 0; i < 41 * 12; i++) {
    harness.heartbeat(leader, 1);
    harness.heartbeat(follower, 1);
    harness.env.advance(5_000);
  }
  const names: string[] = [];
  harness.coordinator.fetchOffsets({ groupId: GROUP, topics: null }, false, ({ topics }) =>
    names.push(...topics.map(({ name }) => name)),
  );
  expect(names).toEqual(["orders"]);
});

test("a retention asked for by OffsetCommit v2-4 wins over the broker's", () => {
  const harness = new GroupHarness();
  harness.commit(5, { retentionTimeMs: 5 * MINUTE_MS }, 4);
  harness.env.advance(10 * MINUTE_MS);
  expect(harness.fetch()).toEqual([[Errors.NONE, -1]]);
});

test("OffsetDelete: not for topics the group reads", () => {
  const harness = new GroupHarness();
  const { leader } = harness.stableGroup();
  const member = { memberId: leader, generationIdOrMemberEpoch: 1 };
  harness.commit(5, member);
  const partitions = [{ partitionIndex: 0, committedOffset: 7, committedMetadata: "" }];
  harness.commit(0, { ...member, topics: [{ name: "refunds", partitions }] });
  const body = OffsetDeleteRequest.create({
    groupId: GROUP,
    topics: [
      { name: "orders", partitions: [{ partitionIndex: 0 }] },
      { name: "refunds", partitions: [{ partitionIndex: 0 }] },
    ],
  });
  const errors: number[] = [];
  harness.coordinator.deleteOffsets(body, ({ topics }) =>
    errors.push(...topics.map((topic) => topic.partitions[0]!.errorCode)),
  );
  expect(errors).toEqual([Errors.GROUP_SUBSCRIBED_TO_TOPIC, Errors.NONE]);
  expect(harness.partition.records().at(-1)!.value).toBeNull();
});

test("offsets of deleted partitions are forgotten", () => {
  const harness = new GroupHarness();
  harness.commit(5);
  harness.coordinator.onPartitionsDeleted([{ topic: "orders", partition: 0 }]);
  expect(harness.fetch()).toEqual([[Errors.NONE, -1]]);
});
