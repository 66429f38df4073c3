// What replication needs to know of the cluster: a narrow view of the metadata image.
// Replication never changes it; the metadata image of the broker satisfies these interfaces as it is, and tests
// write their own in a line.

import type { BrokerRegistration, PartitionRegistration, TopicImage } from "../metadata/registrations.js";
import type { NodeId, Offset, Uuid } from "../types.js";

/** The part of the metadata image that replication reads. */
export interface ClusterView {
  readonly brokers: ReadonlyMap<NodeId, BrokerRegistration>;
  readonly topics: ReadonlyMap<string, TopicImage>;
  readonly topicsById: ReadonlyMap<Uuid, TopicImage>;
  partition(topic: string, partition: number): PartitionRegistration | undefined;
}

/** One partition whose registration changed. `before` is absent when new, `after` when gone. */
export interface PartitionChange {
  readonly topic: string;
  readonly topicId: Uuid;
  readonly partition: number;
  readonly before?: PartitionRegistration | undefined;
  readonly after?: PartitionRegistration | undefined;
}

/** The part of a metadata delta that replication applies. */
export interface ReplicationDelta {
  readonly changedPartitions: readonly PartitionChange[];
  readonly deletedTopics: readonly TopicImage[];
  /** Resource keys, "topic:NAME" or "broker:ID". */
  readonly changedConfigs: readonly string[];
}

/** A replica may lead or join an ISR only while its broker is neither fenced nor on its way out. */
export function isBrokerActive(cluster: ClusterView, brokerId: NodeId): boolean {
  const broker = cluster.brokers.get(brokerId);
  return broker !== undefined && !broker.fenced && !broker.inControlledShutdown;
}

/** True while the broker is registered and not fenced: it may be told to clients and counts as alive. */
export function isBrokerAlive(cluster: ClusterView, brokerId: NodeId): boolean {
  const broker = cluster.brokers.get(brokerId);
  return broker !== undefined && !broker.fenced;
}

/** The broker's current incarnation, or undefined while it is unknown or fenced. */
export function aliveBrokerEpoch(cluster: ClusterView, brokerId: NodeId): Offset | undefined {
  const broker = cluster.brokers.get(brokerId);
  return broker === undefined || broker.fenced ? undefined : broker.epoch;
}
