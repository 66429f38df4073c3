// What every decision of the controller starts from: the image, the settings, and a few questions asked of both.
// Handlers only read it; they return the records that would change it, and replaying those is the one way it does.

import type { BrokerConfig } from "../config/broker-config.js";
import type { TopicConfig } from "../config/topic-config.js";
import type { Environment } from "../environment.js";
import { resolveTopicSetting } from "../metadata/effective-config.js";
import type { MetadataImage } from "../metadata/metadata-image.js";
import type { PartitionRegistration, TopicImage } from "../metadata/registrations.js";
import type { MetadataRecord } from "../protocol/messages/metadata-records.js";
import type { NodeId } from "../types.js";
import { buildPartitionChange, type PartitionChangeOptions } from "./partition-change-builder.js";

/** A decision: records to commit, and what to answer once they are. */
export interface ControllerResult<R> {
  readonly records: readonly MetadataRecord[];
  readonly response: R;
}

/** Eligible leader replicas are a feature of the cluster: off until its level is 1. */
export const ELR_FEATURE = "eligible.leader.replicas.version";
export const METADATA_VERSION_FEATURE = "metadata.version";

type ChangeTargets = Omit<
  PartitionChangeOptions,
  "topicId" | "partitionId" | "partition" | "minIsr" | "elrEnabled" | "isAcceptableLeader"
> & { readonly isAcceptableLeader?: (id: NodeId) => boolean };

export class ControllerState {
  readonly env: Environment;
  readonly config: BrokerConfig;
  readonly image: MetadataImage;

  constructor(env: Environment, config: BrokerConfig, image: MetadataImage) {
    this.env = env;
    this.config = config;
    this.image = image;
  }

  get elrEnabled(): boolean {
    if (this.env.bugs["last-replica-standing"]) return false;
    return (this.image.features.get(ELR_FEATURE) ?? 0) > 0;
  }

  topicSetting<K extends keyof TopicConfig>(topic: string, name: K): TopicConfig[K] {
    return resolveTopicSetting(this.image, topic, name, this.config).value;
  }

  uncleanElectionEnabled(topic: string): boolean {
    return this.topicSetting(topic, "unclean.leader.election.enable");
  }

  /** min.insync.replicas, but never more than there are replicas. */
  effectiveMinIsr(topic: TopicImage): number {
    const replicationFactor = topic.partitions.get(0)?.replicas.length ?? Number.MAX_SAFE_INTEGER;
    return Math.min(this.topicSetting(topic.name, "min.insync.replicas"), replicationFactor);
  }

  /** The record for a change of one partition, decided on the state as it is; undefined if nothing changes. */
  change(
    topic: TopicImage,
    partitionId: number,
    partition: PartitionRegistration,
    targets: ChangeTargets,
  ): ReturnType<typeof buildPartitionChange> {
    return buildPartitionChange({
      isAcceptableLeader: (id) => this.image.isActive(id),
      ...targets,
      topicId: topic.topicId,
      partitionId,
      partition,
      minIsr: this.effectiveMinIsr(topic),
      elrEnabled: this.elrEnabled,
      bugs: this.env.bugs,
      marks: this.env.marks,
    });
  }

  /**
   * Visits all partitions by topic name and number. A scan, where Kafka keeps an index by broker: brokers come and go
   * a few times an hour, and a scan of thousands of rows takes less than the election it leads to.
   */
  forEachPartition(visit: (topic: TopicImage, partitionId: number, partition: PartitionRegistration) => void): void {
    for (const topic of this.image.sortedTopics()) {
      for (const partitionId of [...topic.partitions.keys()].sort((a, b) => a - b)) {
        visit(topic, partitionId, topic.partitions.get(partitionId)!);
      }
    }
  }

  hasLeaderships(brokerId: NodeId): boolean {
    for (const topic of this.image.topics.values()) {
      for (const partition of topic.partitions.values()) if (partition.leader === brokerId) return true;
    }
    return false;
  }
}
