// Reducer of partitions: logs, leaders, ISR and consumer positions, from what replicas, controllers and clients tell.
// The controller's committed word (`partition.changed`) decides leader and ISR; what a replica believes of itself
// stays with the replica, so that a zombie leader can be seen beside the true one.

import type { EventOf, TraceEvent } from "../trace-types.js";
import { truncateTo } from "./batches.js";
import type { ClusterState, GroupPosition, PartitionState, ReplicaState } from "./state.js";

/** The log of the KRaft quorum; it tells its high watermark without naming itself. */
const METADATA_PARTITION = "__cluster_metadata-0";

/** Applies what an event says about one partition; other events do nothing. */
export function reducePartitions(state: ClusterState, event: TraceEvent): void {
  switch (event.type) {
    case "log.appended":
    case "log.truncated":
    case "log.start-advanced":
    case "log.opened":
    case "log.deleted":
    case "high-watermark.advanced":
    case "high-watermark.lowered":
    case "partition.became-leader":
    case "partition.became-follower": {
      const partition = partitionOf(state, event.topic, event.partition, event.seq);
      reduceReplica(partition, replicaOf(partition, event.node), event);
      return;
    }
    case "partition.changed":
      applyPartitionChange(partitionOf(state, event.topic, event.partition, event.seq), event);
      return;
    case "isr.expanded":
    case "isr.shrunk": {
      const partition = partitionOf(state, event.topic, event.partition, event.seq);
      if (event.partitionEpoch <= partition.partitionEpoch) return;
      partition.partitionEpoch = event.partitionEpoch;
      partition.isr = event.isr;
      return;
    }
    case "quorum.high-watermark-advanced": {
      const replica = state.partitions.get(METADATA_PARTITION)?.replicas.get(event.node);
      if (replica === undefined) return;
      replica.highWatermark = event.highWatermark;
      state.partitions.get(METADATA_PARTITION)!.changedSeq = event.seq;
      return;
    }
    case "consumer.delivered": {
      const partition = partitionOf(state, event.topic, event.partition, event.seq);
      positionOf(partition, event.group).position = event.offset + 1;
      return;
    }
    case "consumer.position-reset": {
      const group = state.nodes.get(event.node)?.group ?? "";
      const partition = partitionOf(state, event.topic, event.partition, event.seq);
      positionOf(partition, group).position = event.to;
      return;
    }
    case "group.offset-committed": {
      const partition = partitionOf(state, event.topic, event.partition, event.seq);
      positionOf(partition, event.group).committed = event.offset;
      return;
    }
    case "process.crashed":
    case "process.stopped":
      forgetRoles(state, event.node, event.seq);
      return;
    default:
  }
}

type ReplicaEvent = EventOf<
  | "log.appended"
  | "log.truncated"
  | "log.start-advanced"
  | "log.opened"
  | "log.deleted"
  | "high-watermark.advanced"
  | "high-watermark.lowered"
  | "partition.became-leader"
  | "partition.became-follower"
>;

function reduceReplica(partition: PartitionState, replica: ReplicaState, event: ReplicaEvent): void {
  switch (event.type) {
    case "log.appended": {
      const { baseOffset, lastOffset, leaderEpoch, isControl, seq } = event;
      const previous = truncateTo(replica.tail, baseOffset);
      replica.tail = { previous, baseOffset, lastOffset, leaderEpoch, isControl, seq };
      replica.logEndOffset = lastOffset + 1;
      return;
    }
    case "log.truncated":
      replica.tail = truncateTo(replica.tail, event.toOffset);
      replica.logEndOffset = event.toOffset;
      replica.truncatedAtUs = event.atUs;
      replica.truncatedFrom = event.fromOffset;
      replica.truncatedTo = event.toOffset;
      return;
    case "log.start-advanced":
      replica.logStartOffset = event.logStartOffset;
      if (replica.logEndOffset < event.logStartOffset) replica.logEndOffset = event.logStartOffset;
      return;
    case "log.opened":
      replica.logStartOffset = event.logStartOffset;
      replica.logEndOffset = event.logEndOffset;
      replica.highWatermark = event.highWatermark;
      replica.tail = truncateTo(replica.tail, event.logEndOffset);
      return;
    case "log.deleted":
      partition.replicas.delete(replica.nodeId);
      return;
    case "high-watermark.advanced":
    case "high-watermark.lowered":
      replica.highWatermark = event.highWatermark;
      return;
    case "partition.became-leader":
    case "partition.became-follower":
      replica.role = event.type === "partition.became-leader" ? "leader" : "follower";
      replica.leaderEpoch = event.leaderEpoch;
      replica.logEndOffset = event.logEndOffset;
      replica.highWatermark = event.highWatermark;
      return;
  }
}

function applyPartitionChange(partition: PartitionState, event: EventOf<"partition.changed">): void {
  partition.leader = event.leader;
  partition.leaderEpoch = event.leaderEpoch;
  partition.partitionEpoch = event.partitionEpoch;
  partition.replicaIds = event.replicas;
  partition.isr = event.isr;
  partition.deleted = event.reason === "deleted";
}

function forgetRoles(state: ClusterState, nodeId: number, seq: number): void {
  for (const partition of state.partitions.values()) {
    const replica = partition.replicas.get(nodeId);
    if (replica === undefined) continue;
    replica.role = "none";
    partition.changedSeq = seq;
  }
}

function partitionOf(state: ClusterState, topic: string, partition: number, seq: number): PartitionState {
  const key = `${topic}-${partition}`;
  let found = state.partitions.get(key);
  if (found === undefined) {
    found = {
      key,
      topic,
      partition,
      leader: -1,
      leaderEpoch: -1,
      partitionEpoch: -1,
      replicaIds: [],
      isr: [],
      deleted: false,
      replicas: new Map(),
      positions: new Map(),
      changedSeq: seq,
    };
    state.partitions.set(key, found);
  }
  found.changedSeq = seq;
  return found;
}

function replicaOf(partition: PartitionState, nodeId: number): ReplicaState {
  let replica = partition.replicas.get(nodeId);
  if (replica === undefined) {
    replica = {
      nodeId,
      role: "none",
      leaderEpoch: -1,
      logStartOffset: 0,
      logEndOffset: 0,
      highWatermark: 0,
      tail: null,
      truncatedAtUs: -Infinity,
      truncatedFrom: 0,
      truncatedTo: 0,
    };
    partition.replicas.set(nodeId, replica);
  }
  return replica;
}

function positionOf(partition: PartitionState, group: string): GroupPosition {
  let position = partition.positions.get(group);
  if (position === undefined) {
    position = { group, position: -1, committed: -1 };
    partition.positions.set(group, position);
  }
  return position;
}
