// Group records: keys and values of __consumer_offsets, the group coordinator's log.
// An int16 version precedes each (see versioned.ts); the version of a key says what the record is: 0 and 1 an offset,
// 2 a group. Compaction keeps the latest value of every key; a null value forgets it.

import { array, bytes, int32, int64, message, string } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Key of a committed offset. */
export const OffsetCommitKey = message({
  name: "OffsetCommitKey",
  apiKey: -1,
  versions: [0, 1],
  flexibleSince: null,
  fields: {
    group: string("0-1", "Id of the group."),
    topic: string("0-1", "Name of the topic."),
    partition: int32("0-1", "Number of the partition."),
  },
});
export type OffsetCommitKey = BodyOf<typeof OffsetCommitKey.fields>;

/** A committed offset. */
export const OffsetCommitValue = message({
  name: "OffsetCommitValue",
  apiKey: -1,
  versions: [0, 4],
  flexibleSince: 4,
  fields: {
    offset: int64("0+", "Offset of the next record to consume."),
    leaderEpoch: int32("3+", "Counts the leaders of the partition.", { default: -1, ignorable: true }),
    metadata: string("0+", "Free text kept with the offset."),
    commitTimestamp: int64("0+", "When the offset was committed, in ms since 1970."),
    expireTimestamp: int64("1", "When the offset expires, in ms since 1970; -1 to follow the group's retention.", {
      default: -1,
      ignorable: true,
    }),
  },
});
export type OffsetCommitValue = BodyOf<typeof OffsetCommitValue.fields>;

/** Key of a group. */
export const GroupMetadataKey = message({
  name: "GroupMetadataKey",
  apiKey: -1,
  versions: [2, 2],
  flexibleSince: null,
  fields: {
    group: string("2", "Id of the group."),
  },
});
export type GroupMetadataKey = BodyOf<typeof GroupMetadataKey.fields>;

/** A classic group: members, generation and assignment. */
export const GroupMetadataValue = message({
  name: "GroupMetadataValue",
  apiKey: -1,
  versions: [0, 4],
  flexibleSince: 4,
  fields: {
    protocolType: string("0+", "Kind of group: consumer, connect, …"),
    generation: int32("0+", "Generation of the group: counts its rebalances."),
    protocol: string("0+", "Name of the chosen protocol; null in an empty group.", { nullable: "0+" }),
    leader: string("0+", "Member that computes the assignment; null in an empty group.", { nullable: "0+" }),
    currentStateTimestamp: int64("2+", "When the group entered its state, in ms since 1970.", {
      default: -1,
      ignorable: true,
    }),
    members: array("0+", "Members, one entry each.", {
      memberId: string("0+", "Id the coordinator gave the member."),
      groupInstanceId: string(
        "3+",
        "Name of a static member, which survives its restarts; null for a dynamic one (KIP-345).",
        { nullable: "3+", default: null, ignorable: true },
      ),
      clientId: string("0+", "Name the client gave itself."),
      clientHost: string("0+", "Address the member connects from."),
      rebalanceTimeout: int32("1+", "How long a rebalance waits for the member to join again, in ms.", {
        default: -1,
        ignorable: true,
      }),
      sessionTimeout: int32("0+", "How long the member may be silent before it is expelled, in ms."),
      subscription: bytes("0+", "What the member told about itself when it joined."),
      assignment: bytes("0+", "What the member was assigned, in the form its embedded protocol defines."),
    }),
  },
});
export type GroupMetadataValue = BodyOf<typeof GroupMetadataValue.fields>;
