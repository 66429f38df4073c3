// Metadata records about topics and their partitions.
// The active controller alone writes them; leaders, ISRs and reassignments are what their sum says.

import { array, int32, int8, message, string, uuid } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** A topic was created. */
export const TopicRecord = message({
  name: "TopicRecord",
  apiKey: 2,
  versions: [0, 0],
  flexibleSince: 0,
  fields: {
    name: string("0+", "Name of the topic."),
    topicId: uuid("0+", "Id of the topic; unlike its name never used again."),
  },
});
export type TopicRecord = BodyOf<typeof TopicRecord.fields>;

/** A partition was created, or in a snapshot: its whole state. */
export const PartitionRecord = message({
  name: "PartitionRecord",
  apiKey: 3,
  versions: [0, 2],
  flexibleSince: 0,
  fields: {
    partitionId: int32("0+", "Number of the partition.", { default: -1 }),
    topicId: uuid("0+", "Id of the topic; unlike its name never used again."),
    replicas: array("0+", "All replicas, the preferred leader first.", "int32"),
    isr: array("0+", "The in-sync replicas.", "int32"),
    removingReplicas: array("0+", "Replicas being removed by a running reassignment.", "int32"),
    addingReplicas: array("0+", "Replicas being added by a running reassignment.", "int32"),
    leader: int32("0+", "Id of the leader, -1 if the partition has none.", { default: -1 }),
    leaderRecoveryState: int8("0+", "0 recovered, 1 recovering from an unclean election.", { tagged: "0+", tag: 0 }),
    leaderEpoch: int32("0+", "Counts the leaders of the partition.", { default: -1 }),
    partitionEpoch: int32(
      "0+",
      "Counts the changes of the partition's state; a change based on an older one is refused.",
      { default: -1 },
    ),
    directories: array("1+", "Log directory of each replica, in the order of the replicas.", "uuid"),
    eligibleLeaderReplicas: array(
      "2+",
      "Replicas outside the ISR that hold all committed records all the same (KIP-966).",
      "int32",
      { nullable: "2+", tagged: "2+", tag: 1, default: null },
    ),
    lastKnownElr: array("2+", "Former eligible leader replicas that were lost uncleanly (KIP-966).", "int32", {
      nullable: "2+",
      tagged: "2+",
      tag: 2,
      default: null,
    }),
  },
});
export type PartitionRecord = BodyOf<typeof PartitionRecord.fields>;

/** Something about a partition changed; what is absent stays. */
export const PartitionChangeRecord = message({
  name: "PartitionChangeRecord",
  apiKey: 5,
  versions: [0, 2],
  flexibleSince: 0,
  fields: {
    partitionId: int32("0+", "Number of the partition.", { default: -1 }),
    topicId: uuid("0+", "Id of the topic; unlike its name never used again."),
    isr: array("0+", "The new in-sync replicas; null for no change.", "int32", {
      nullable: "0+",
      tagged: "0+",
      tag: 0,
      default: null,
    }),
    leader: int32("0+", "The new leader, -1 if there is none, -2 for no change.", {
      tagged: "0+",
      tag: 1,
      default: -2,
    }),
    replicas: array("0+", "The new replicas; null for no change.", "int32", {
      nullable: "0+",
      tagged: "0+",
      tag: 2,
      default: null,
    }),
    removingReplicas: array("0+", "The new replicas being removed; null for no change.", "int32", {
      nullable: "0+",
      tagged: "0+",
      tag: 3,
      default: null,
    }),
    addingReplicas: array("0+", "The new replicas being added; null for no change.", "int32", {
      nullable: "0+",
      tagged: "0+",
      tag: 4,
      default: null,
    }),
    leaderRecoveryState: int8("0+", "0 recovered, 1 recovering from an unclean election, -1 for no change.", {
      tagged: "0+",
      tag: 5,
      default: -1,
    }),
    directories: array("1+", "The new log directories, in the order of the replicas; null for no change.", "uuid", {
      nullable: "1+",
      tagged: "1+",
      tag: 8,
      default: null,
    }),
    eligibleLeaderReplicas: array("2+", "The new eligible leader replicas; null for no change.", "int32", {
      nullable: "2+",
      tagged: "2+",
      tag: 6,
      default: null,
    }),
    lastKnownElr: array("2+", "The new last known eligible leader replicas; null for no change.", "int32", {
      nullable: "2+",
      tagged: "2+",
      tag: 7,
      default: null,
    }),
  },
});
export type PartitionChangeRecord = BodyOf<typeof PartitionChangeRecord.fields>;

/** A topic was deleted with all its partitions. */
export const RemoveTopicRecord = message({
  name: "RemoveTopicRecord",
  apiKey: 9,
  versions: [0, 0],
  flexibleSince: 0,
  fields: {
    topicId: uuid("0+", "Id of the topic; unlike its name never used again."),
  },
});
export type RemoveTopicRecord = BodyOf<typeof RemoveTopicRecord.fields>;

/** The eligible leader replicas of a topic (of all topics, if it is not named) were cleared. */
export const ClearElrRecord = message({
  name: "ClearElrRecord",
  apiKey: 28,
  versions: [0, 0],
  flexibleSince: 0,
  fields: {
    topicName: string("0+", "Name of the topic."),
  },
});
export type ClearElrRecord = BodyOf<typeof ClearElrRecord.fields>;
