// What a node tells about itself: one union of typed facts.
// Facts, never frames: checkers, the text report and the visualizer rebuild state from them.
// Adding a member makes every exhaustive `switch` over the union fail to compile.
// Emission is guarded by `trace.enabled`; nothing reads a fact back into the node, so recording cannot change a run.

import type { PlaceName } from "./buggify.js";
import type { ErrorCode } from "./errors.js";
import type { LeaderEpoch, NodeId, Offset } from "./types.js";

/** Facts about the log of one replica. `crc` identifies the content of a batch, whatever its offsets. */
export type LogEvent =
  | {
      readonly type: "log.appended";
      readonly topic: string;
      readonly partition: number;
      /** Who decided the offsets: this node as leader, or the leader it follows. */
      readonly origin: "leader" | "follower";
      readonly baseOffset: Offset;
      readonly lastOffset: Offset;
      readonly leaderEpoch: LeaderEpoch;
      readonly crc: number;
      readonly sizeBytes: number;
      readonly producerId: number;
      readonly producerEpoch: number;
      readonly baseSequence: number;
      readonly isControl: boolean;
    }
  | {
      readonly type: "log.truncated";
      readonly topic: string;
      readonly partition: number;
      readonly fromOffset: Offset;
      readonly toOffset: Offset;
      /** Present if the log was emptied, to begin anew there: nothing of it is left, wherever it ended. */
      readonly logStartOffset?: Offset;
    }
  | {
      readonly type: "log.start-advanced";
      readonly topic: string;
      readonly partition: number;
      readonly logStartOffset: Offset;
      readonly reason: "retention" | "delete-records" | "follow-leader" | "snapshot";
    }
  | {
      readonly type: "log.opened";
      readonly topic: string;
      readonly partition: number;
      readonly logStartOffset: Offset;
      readonly logEndOffset: Offset;
      readonly highWatermark: Offset;
      /** Bytes dropped by recovery because they were torn or failed their CRC. */
      readonly droppedBytes: number;
    }
  | { readonly type: "log.deleted"; readonly topic: string; readonly partition: number }
  | {
      readonly type: "log.compacted";
      readonly topic: string;
      readonly partition: number;
      readonly upToOffset: Offset;
      readonly removedRecords: number;
    };

/** Facts about replication, as the replica that tells them sees it. */
export type ReplicationEvent =
  | {
      readonly type: "partition.became-leader";
      readonly topic: string;
      readonly partition: number;
      readonly leaderEpoch: LeaderEpoch;
      readonly partitionEpoch: number;
      readonly isr: readonly NodeId[];
      readonly logEndOffset: Offset;
      readonly highWatermark: Offset;
    }
  | {
      readonly type: "partition.became-follower";
      readonly topic: string;
      readonly partition: number;
      readonly leaderEpoch: LeaderEpoch;
      readonly partitionEpoch: number;
      readonly leader: NodeId;
      readonly logEndOffset: Offset;
      readonly highWatermark: Offset;
    }
  | {
      readonly type: "high-watermark.advanced" | "high-watermark.lowered";
      readonly topic: string;
      readonly partition: number;
      readonly role: "leader" | "follower";
      readonly leaderEpoch: LeaderEpoch;
      readonly from: Offset;
      readonly highWatermark: Offset;
    }
  | {
      /** The leader asks the controller for a new ISR (AlterPartition, KIP-497). */
      readonly type: "isr.expand-requested" | "isr.shrink-requested";
      readonly topic: string;
      readonly partition: number;
      readonly leaderEpoch: LeaderEpoch;
      readonly isr: readonly NodeId[];
      readonly proposed: readonly NodeId[];
    }
  | {
      /** The leader learned that the controller committed this ISR. */
      readonly type: "isr.expanded" | "isr.shrunk";
      readonly topic: string;
      readonly partition: number;
      readonly leaderEpoch: LeaderEpoch;
      readonly partitionEpoch: number;
      readonly isr: readonly NodeId[];
    }
  | {
      /** The controller refused the ISR the leader had asked for; with some errors the change may be made all the same. */
      readonly type: "isr.change-refused";
      readonly topic: string;
      readonly partition: number;
      readonly leaderEpoch: LeaderEpoch;
      readonly partitionEpoch: number;
      readonly error: ErrorCode;
    }
  | {
      /** The leader refused a follower's fetch: one of them is of another leader epoch. */
      readonly type: "replica.fenced";
      readonly topic: string;
      readonly partition: number;
      readonly error: ErrorCode;
      readonly peer: NodeId;
    }
  | {
      /** What the leader sent does not fit the follower's log; it follows no more until there is a new leader epoch. */
      readonly type: "replica.failed";
      readonly topic: string;
      readonly partition: number;
      readonly error: ErrorCode;
      readonly peer: NodeId;
    }
  | {
      /** A produce request was refused or accepted by the leader: what the client is told, by partition. */
      readonly type: "produce.rejected";
      readonly topic: string;
      readonly partition: number;
      readonly error: ErrorCode;
    }
  | { readonly type: "log-dir.failed"; readonly directory: string };

/** Facts about the KRaft quorum, told by its voters and observers. */
export type QuorumEvent =
  | {
      readonly type: "quorum.transitioned";
      readonly from: string;
      readonly to: string;
      readonly epoch: number;
      readonly leaderId: NodeId;
      readonly votedId: NodeId;
    }
  | { readonly type: "quorum.high-watermark-advanced"; readonly epoch: number; readonly highWatermark: Offset }
  | {
      readonly type: "quorum.vote-answered";
      readonly candidate: NodeId;
      readonly epoch: number;
      readonly granted: boolean;
      readonly preVote: boolean;
    }
  | {
      readonly type: "quorum.snapshot-created" | "quorum.snapshot-loaded";
      readonly endOffset: Offset;
      readonly epoch: number;
    };

/** Facts about the cluster's metadata: decided by the active controller, learned by brokers. */
export type MetadataEvent =
  | { readonly type: "controller.activated" | "controller.resigned"; readonly epoch: number }
  | { readonly type: "broker.registered"; readonly brokerId: NodeId; readonly brokerEpoch: number }
  | {
      readonly type: "broker.fenced" | "broker.unfenced" | "broker.controlled-shutdown";
      readonly brokerId: NodeId;
      readonly brokerEpoch: number;
    }
  | {
      /** The active controller committed a new state of a partition. */
      readonly type: "partition.changed";
      readonly topic: string;
      readonly partition: number;
      readonly leader: NodeId;
      readonly leaderEpoch: LeaderEpoch;
      readonly partitionEpoch: number;
      readonly replicas: readonly NodeId[];
      readonly isr: readonly NodeId[];
      readonly elr: readonly NodeId[];
      readonly reason:
        | "created"
        | "clean-election"
        | "unclean-election"
        | "unclean-revert"
        | "preferred-election"
        | "isr-change"
        | "reassignment"
        | "deleted";
    }
  | { readonly type: "metadata.applied"; readonly offset: Offset; readonly epoch: number }
  | { readonly type: "broker.state-changed"; readonly from: string; readonly to: string };

/** Facts about consumer groups, told by the group's coordinator. */
export type GroupEvent =
  | {
      readonly type: "group.transitioned";
      readonly group: string;
      readonly from: string;
      readonly to: string;
      readonly generationId: number;
      readonly members: readonly string[];
      readonly reason: string;
    }
  | {
      readonly type: "group.member-removed";
      readonly group: string;
      readonly memberId: string;
      readonly reason: string;
    }
  | {
      /** A static member did not rejoin in time: the next generation goes on without asking it, and keeps its place. */
      readonly type: "group.member-left-behind";
      readonly group: string;
      readonly memberId: string;
      /** The generation that ends: the next one is the first it knows nothing of. */
      readonly generationId: number;
    }
  | {
      readonly type: "group.offset-committed";
      readonly group: string;
      readonly topic: string;
      readonly partition: number;
      readonly offset: Offset;
      readonly generationId: number;
      readonly memberId: string;
    }
  | {
      readonly type: "group.request-fenced";
      readonly group: string;
      readonly memberId: string;
      readonly generationId: number;
      readonly error: ErrorCode;
    }
  | {
      readonly type: "coordinator.loaded" | "coordinator.unloaded";
      readonly topic: string;
      readonly partition: number;
      readonly coordinatorEpoch: LeaderEpoch;
    };

/** Facts about clients, told by producers and consumers themselves. */
export type ClientEvent =
  | {
      /** A record was handed to the producer. `recordId` numbers the sends of this producer from 0. */
      readonly type: "producer.send";
      readonly recordId: number;
      readonly topic: string;
      readonly partition: number;
      readonly valueHash: number;
    }
  | {
      readonly type: "producer.acknowledged";
      readonly recordId: number;
      readonly topic: string;
      readonly partition: number;
      /** -1 where the broker did not say (acks=0, DUPLICATE_SEQUENCE_NUMBER). */
      readonly offset: Offset;
      readonly valueHash: number;
      readonly acks: number;
    }
  | {
      readonly type: "producer.failed";
      readonly recordId: number;
      readonly topic: string;
      readonly partition: number;
      readonly error: string;
      /** True if the record may have been written all the same. */
      readonly outcomeUnknown: boolean;
    }
  | { readonly type: "producer.epoch-bumped"; readonly producerId: number; readonly producerEpoch: number }
  | {
      readonly type: "producer.batch-sent";
      readonly topic: string;
      readonly partition: number;
      readonly firstRecordId: number;
      readonly lastRecordId: number;
      readonly attempt: number;
      readonly producerId: number;
      readonly producerEpoch: number;
      readonly baseSequence: number;
    }
  | {
      readonly type: "consumer.delivered";
      readonly group: string;
      readonly topic: string;
      readonly partition: number;
      readonly offset: Offset;
      readonly leaderEpoch: LeaderEpoch;
      readonly valueHash: number;
    }
  | {
      readonly type: "consumer.assigned" | "consumer.revoked" | "consumer.lost";
      readonly group: string;
      readonly memberId: string;
      readonly generationId: number;
      readonly partitions: readonly string[];
    }
  | {
      readonly type: "consumer.position-reset";
      /** Empty without a group. */
      readonly group: string;
      readonly topic: string;
      readonly partition: number;
      readonly from: Offset;
      readonly to: Offset;
      readonly reason: "committed" | "earliest" | "latest" | "seek" | "truncation";
    }
  | {
      /** Unanswered: the connection ended first. The commit may still be under way, and arrive behind later ones. */
      readonly type: "consumer.commit-acknowledged" | "consumer.commit-unanswered";
      readonly group: string;
      readonly topic: string;
      readonly partition: number;
      readonly offset: Offset;
      readonly generationId: number;
    }
  | {
      readonly type: "consumer.end-offset";
      readonly topic: string;
      readonly partition: number;
      readonly endOffset: Offset;
    };

/** A place of buggify.ts struck: something legal but unlikely happens now. Told by the host on the node's behalf. */
export interface BuggifyEvent {
  readonly type: "buggify.struck";
  readonly place: PlaceName;
}

export type CoreEvent =
  LogEvent | ReplicationEvent | QuorumEvent | MetadataEvent | GroupEvent | ClientEvent | BuggifyEvent;
