import { createRequire } from "node:module";
import { expect, test } from "vitest";
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
  subscribedTopicsOf,
} from "../../../core/coordinator/consumer-protocol.js";
import { type GroupRecord, groupRecordCodec, groupTombstone } from "../../../core/coordinator/group-records.js";
import { coordinatorPartition, javaHash } from "../../../core/coordinator/java-hash.js";
import { MalformedMessageError } from "../../../core/protocol/errors.js";

const require = createRequire(import.meta.url);

function roundTrip(record: GroupRecord): GroupRecord | undefined {
  const { key, value } = groupRecordCodec.encode(record, 0);
  return groupRecordCodec.decode(key, value);
}

const hex = (bytes: Uint8Array | null): string => Buffer.from(bytes ?? []).toString("hex");

test("javaHash is String.hashCode; partition is abs(hash) mod n, abs(MIN_VALUE) = 0", () => {
  expect(javaHash("")).toBe(0);
  expect(javaHash("hello")).toBe(99162322);
  // The well-known string whose hash is Integer.MIN_VALUE.
  expect(javaHash("polygenelubricants")).toBe(-2147483648);
  expect(coordinatorPartition("polygenelubricants", 50)).toBe(0);
  expect(coordinatorPartition("hello", 50)).toBe(22);
});

test("offset commits are written as key v1 and value v3", () => {
  const value = { offset: 42, leaderEpoch: 3, metadata: "m", commitTimestampMs: 1000, expireTimestampMs: -1 };
  const record: GroupRecord = {
    type: "offset-commit",
    group: "g",
    topic: "t",
    partition: 7,
    value,
    generationId: -1,
    memberId: "",
  };
  const encoded = groupRecordCodec.encode(record, 0);
  // int16 1, "g", "t", int32 7 · int16 3, int64 42, int32 3, "m", int64 1000.
  expect(hex(encoded.key)).toBe("000100016700017400000007");
  expect(hex(encoded.value)).toBe("0003000000000000002a0000000300016d00000000000003e8");
  expect(roundTrip(record)).toEqual(record);
  const expiring = { ...record, value: { ...value, leaderEpoch: -1, expireTimestampMs: 9 } };
  expect(roundTrip(expiring)).toEqual(expiring);
});

test("group metadata and tombstones survive the log", () => {
  const record: GroupRecord = {
    type: "group-metadata",
    group: "g",
    value: {
      protocolType: "consumer",
      generation: 4,
      protocol: "range",
      leader: "m1",
      currentStateTimestamp: 5,
      members: [
        {
          memberId: "m1",
          groupInstanceId: "i",
          clientId: "c",
          clientHost: "/h",
          rebalanceTimeout: 1,
          sessionTimeout: 2,
          subscription: Uint8Array.of(1),
          assignment: Uint8Array.of(2, 3),
        },
      ],
    },
  };
  expect(roundTrip(record)).toEqual(record);
  expect(roundTrip(groupTombstone("g"))).toEqual(groupTombstone("g"));
  expect(groupRecordCodec.encode(groupTombstone("g"), 0).value).toBeNull();
});

test("subscriptions and assignments are read by kafkajs, and kafkajs's by us", () => {
  const { MemberMetadata, MemberAssignment } = require("kafkajs").AssignerProtocol;
  const theirs = MemberMetadata.encode({ version: 1, topics: ["a", "b"], userData: Buffer.from([9]) });
  expect(subscribedTopicsOf(theirs)).toEqual(["a", "b"]);
  const theirShare = MemberAssignment.encode({ version: 1, assignment: { a: [0, 2] }, userData: Buffer.alloc(0) });
  expect(decodeAssignment(theirShare)).toEqual([
    { topic: "a", partition: 0 },
    { topic: "a", partition: 2 },
  ]);
  const ours = Buffer.from(encodeAssignment([{ topic: "b", partition: 1 }]));
  expect(MemberAssignment.decode(ours).assignment).toEqual({ b: [1] });
});

test("a subscription survives encoding; foreign bytes are no subscription", () => {
  const subscription = {
    topics: ["a", "b"],
    userData: null,
    ownedPartitions: [{ topic: "a", partition: 1 }],
    generationId: 3,
    rackId: "r",
  };
  expect(decodeSubscription(encodeSubscription(subscription))).toEqual(subscription);
  expect(subscribedTopicsOf(Uint8Array.of(1))).toBeUndefined();
  expect(() => decodeSubscription(Uint8Array.of(0, 0, 9))).toThrow(MalformedMessageError);
});
