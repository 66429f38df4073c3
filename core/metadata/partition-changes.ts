// What a metadata record does to the row of one partition.
// One place, because controllers and brokers must come to the same row from the same records: partition epochs count
// changes, leader epochs count elections, and both are compared between nodes that replayed at different times.

import type { MetadataRecord, MetadataRecordBody } from "../protocol/messages/metadata-records.js";
import { metadataRecord } from "../protocol/messages/metadata-records.js";
import type { Uuid } from "../types.js";
import type { LeaderRecoveryState, PartitionRegistration } from "./registrations.js";

/** `PartitionChangeRecord.leader`: the change says nothing about the leader. */
export const NO_LEADER_CHANGE = -2;
/** `PartitionChangeRecord.leaderRecoveryState`: the change says nothing about it. */
export const NO_RECOVERY_STATE_CHANGE = -1;

/** Applies a change: the partition epoch grows by one always, the leader epoch iff the change sets the leader. */
export function mergePartition(
  partition: PartitionRegistration,
  change: MetadataRecordBody<"PartitionChangeRecord">,
): PartitionRegistration {
  const setsLeader = change.leader !== NO_LEADER_CHANGE;
  return {
    replicas: change.replicas ?? partition.replicas,
    isr: change.isr ?? partition.isr,
    removingReplicas: change.removingReplicas ?? partition.removingReplicas,
    addingReplicas: change.addingReplicas ?? partition.addingReplicas,
    elr: change.eligibleLeaderReplicas ?? partition.elr,
    lastKnownElr: change.lastKnownElr ?? partition.lastKnownElr,
    leader: setsLeader ? change.leader : partition.leader,
    leaderRecoveryState:
      change.leaderRecoveryState === NO_RECOVERY_STATE_CHANGE
        ? partition.leaderRecoveryState
        : (change.leaderRecoveryState as LeaderRecoveryState),
    leaderEpoch: setsLeader ? partition.leaderEpoch + 1 : partition.leaderEpoch,
    partitionEpoch: partition.partitionEpoch + 1,
  };
}

/** The row a PartitionRecord describes. */
export function partitionOf(record: MetadataRecordBody<"PartitionRecord">): PartitionRegistration {
  return {
    replicas: record.replicas,
    isr: record.isr,
    removingReplicas: record.removingReplicas,
    addingReplicas: record.addingReplicas,
    elr: record.eligibleLeaderReplicas ?? [],
    lastKnownElr: record.lastKnownElr ?? [],
    leader: record.leader,
    leaderRecoveryState: record.leaderRecoveryState as LeaderRecoveryState,
    leaderEpoch: record.leaderEpoch,
    partitionEpoch: record.partitionEpoch,
  };
}

/** The record that describes a row in full: at creation and in snapshots. */
export function partitionRecord(topicId: Uuid, partitionId: number, row: PartitionRegistration): MetadataRecord {
  return metadataRecord("PartitionRecord", {
    topicId,
    partitionId,
    replicas: row.replicas,
    isr: row.isr,
    removingReplicas: row.removingReplicas,
    addingReplicas: row.addingReplicas,
    leader: row.leader,
    leaderRecoveryState: row.leaderRecoveryState,
    leaderEpoch: row.leaderEpoch,
    partitionEpoch: row.partitionEpoch,
    eligibleLeaderReplicas: row.elr.length === 0 ? null : row.elr,
    lastKnownElr: row.lastKnownElr.length === 0 ? null : row.lastKnownElr,
  });
}
