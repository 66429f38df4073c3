// What the controller has decided of a broker and of a partition: the rows of the metadata image.
// They are values: a change makes a new object, so a holder of an old one still sees what it was told.

import type { LeaderEpoch, NodeId, Offset, Uuid } from "../types.js";

/** RECOVERED = 0; RECOVERING = 1 after an unclean election, until the leader has said otherwise (KIP-704). */
export type LeaderRecoveryState = 0 | 1;

/**
 * The controller's state of one partition (Kafka's `PartitionRegistration`).
 * `partitionEpoch` grows with every change; `leaderEpoch` only with changes that set the leader, even to itself.
 */
export interface PartitionRegistration {
  /** Assignment in order; the first is the preferred leader. */
  readonly replicas: readonly NodeId[];
  readonly isr: readonly NodeId[];
  readonly removingReplicas: readonly NodeId[];
  readonly addingReplicas: readonly NodeId[];
  /** Eligible leader replicas: left an ISR below min.insync.replicas, hence hold all committed data (KIP-966). */
  readonly elr: readonly NodeId[];
  readonly lastKnownElr: readonly NodeId[];
  /** -1 when nobody leads. */
  readonly leader: NodeId;
  readonly leaderRecoveryState: LeaderRecoveryState;
  readonly leaderEpoch: LeaderEpoch;
  readonly partitionEpoch: number;
}

/** A broker as the controller knows it. `epoch` is the offset of its registration record: its incarnation (KIP-380). */
export interface BrokerRegistration {
  readonly id: NodeId;
  readonly epoch: Offset;
  readonly incarnationId: Uuid;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
  /** Fenced brokers serve nobody and join no ISR; a broker starts fenced. */
  readonly fenced: boolean;
  readonly inControlledShutdown: boolean;
}

/** A topic and its partitions by index. */
export interface TopicImage {
  readonly name: string;
  readonly topicId: Uuid;
  readonly partitions: ReadonlyMap<number, PartitionRegistration>;
}
