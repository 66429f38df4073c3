// Metadata delta: what changed in the image since somebody last looked.
// A broker acts on changes, not on states: it becomes leader of the partitions that changed hands and leaves the
// thousand others alone. Lists are sorted, since acting on them becomes visible.

import { compareStrings, type NodeId, type Uuid } from "../types.js";
import type { PartitionRegistration, TopicImage } from "./registrations.js";

/** One partition that changed. `before` is absent when it was created, `after` when it was deleted. */
export interface PartitionDelta {
  readonly topic: string;
  readonly topicId: Uuid;
  readonly partition: number;
  readonly before?: PartitionRegistration;
  readonly after?: PartitionRegistration;
}

export interface MetadataDelta {
  /** By topic name, then partition; partitions of created and deleted topics included. */
  readonly changedPartitions: readonly PartitionDelta[];
  readonly createdTopics: readonly TopicImage[];
  /** As they were when they were deleted. */
  readonly deletedTopics: readonly TopicImage[];
  readonly changedBrokers: readonly NodeId[];
  /** Resource keys: `topic:NAME`, `broker:ID`, and `broker:` for the default of all brokers. */
  readonly changedConfigs: readonly string[];
}

interface TouchedPartition {
  readonly topic: string;
  readonly topicId: Uuid;
  readonly partition: number;
  readonly before: PartitionRegistration | undefined;
}

/** Collects what replaying records touches; only the image owns one. */
export class DeltaCollector {
  #partitions = new Map<string, TouchedPartition>();
  #created = new Map<Uuid, TopicImage>();
  #deleted = new Map<Uuid, TopicImage>();
  #brokers = new Set<NodeId>();
  #configs = new Set<string>();

  touchPartition(topic: TopicImage, partition: number, before: PartitionRegistration | undefined): void {
    const key = `${topic.topicId}:${partition}`;
    // Only the first state counts as `before`: a delta spans all changes since the last look.
    if (this.#partitions.has(key)) return;
    this.#partitions.set(key, { topic: topic.name, topicId: topic.topicId, partition, before });
  }

  topicCreated(topic: TopicImage): void {
    this.#created.set(topic.topicId, topic);
  }

  topicDeleted(topic: TopicImage): void {
    for (const [partition, row] of topic.partitions) this.touchPartition(topic, partition, row);
    // A topic that came and went between two looks was never seen.
    if (!this.#created.delete(topic.topicId)) this.#deleted.set(topic.topicId, topic);
  }

  touchBroker(id: NodeId): void {
    this.#brokers.add(id);
  }

  touchConfig(resource: string): void {
    this.#configs.add(resource);
  }

  get isEmpty(): boolean {
    return (
      this.#partitions.size === 0 &&
      this.#created.size === 0 &&
      this.#deleted.size === 0 &&
      this.#brokers.size === 0 &&
      this.#configs.size === 0
    );
  }

  /** Everything touched so far, given the topics as they are now; begins anew. */
  take(topicsById: ReadonlyMap<Uuid, TopicImage>): MetadataDelta {
    if (this.isEmpty) return EMPTY_DELTA;
    const delta: MetadataDelta = {
      changedPartitions: this.#changedPartitions(topicsById),
      createdTopics: [...this.#created.values()].sort(byName),
      deletedTopics: [...this.#deleted.values()].sort(byName),
      changedBrokers: [...this.#brokers].sort((a, b) => a - b),
      changedConfigs: [...this.#configs].sort(compareStrings),
    };
    this.#partitions = new Map();
    this.#created = new Map();
    this.#deleted = new Map();
    this.#brokers = new Set();
    this.#configs = new Set();
    return delta;
  }

  #changedPartitions(topicsById: ReadonlyMap<Uuid, TopicImage>): PartitionDelta[] {
    const changed: PartitionDelta[] = [];
    for (const { topic, topicId, partition, before } of this.#partitions.values()) {
      const after = topicsById.get(topicId)?.partitions.get(partition);
      if (before === after) continue;
      changed.push({
        topic,
        topicId,
        partition,
        ...(before === undefined ? {} : { before }),
        ...(after === undefined ? {} : { after }),
      });
    }
    return changed.sort(
      (a, b) => compareStrings(a.topic, b.topic) || a.partition - b.partition || compareStrings(a.topicId, b.topicId),
    );
  }
}

/** Nothing changed. */
export const EMPTY_DELTA: MetadataDelta = {
  changedPartitions: [],
  createdTopics: [],
  deletedTopics: [],
  changedBrokers: [],
  changedConfigs: [],
};

function byName(a: TopicImage, b: TopicImage): number {
  return compareStrings(a.name, b.name) || compareStrings(a.topicId, b.topicId);
}
