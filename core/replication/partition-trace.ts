// What a partition tells about itself, in one place so that the rules stay readable.
// Callers guard nothing: every function looks at `trace.enabled` first and builds no object when nobody listens.

import type { TraceSink } from "../environment.js";
import type { LeaderEpoch, NodeId, Offset } from "../types.js";

/** The part of a partition that is told. */
export interface TracedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly isLeader: boolean;
  readonly leaderId: NodeId;
  readonly leaderEpoch: LeaderEpoch;
  readonly partitionEpoch: number;
  readonly isr: readonly NodeId[];
  readonly logEndOffset: Offset;
  readonly highWatermark: Offset;
}

/** The replica began a new leader epoch, as leader or as follower. */
export function traceRole(trace: TraceSink, partition: TracedPartition): void {
  if (!trace.enabled) return;
  const common = {
    topic: partition.topic,
    partition: partition.partition,
    leaderEpoch: partition.leaderEpoch,
    partitionEpoch: partition.partitionEpoch,
    logEndOffset: partition.logEndOffset,
    highWatermark: partition.highWatermark,
  };
  if (partition.isLeader) trace.emit({ type: "partition.became-leader", ...common, isr: partition.isr });
  else trace.emit({ type: "partition.became-follower", ...common, leader: partition.leaderId });
}

/** The high watermark moved from `from` to where it is. */
export function traceHighWatermark(trace: TraceSink, partition: TracedPartition, from: Offset): void {
  if (!trace.enabled) return;
  trace.emit({
    type: partition.highWatermark > from ? "high-watermark.advanced" : "high-watermark.lowered",
    topic: partition.topic,
    partition: partition.partition,
    role: partition.isLeader ? "leader" : "follower",
    leaderEpoch: partition.leaderEpoch,
    from,
    highWatermark: partition.highWatermark,
  });
}
