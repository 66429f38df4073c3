// Metadata image: the cluster as one node knows it, the sum of all metadata records up to an offset.
// Every broker and controller replays the same records in the same order, so all pass through the same images, at
// different times. Nothing orders one node's image against another's: epochs, not time, decide who is stale.
// Only `replay` changes the image. Rows are values: a change puts a new row in, so a holder of the old one keeps
// what it was told.

import { assertDefined, assertNever } from "../assert.js";
import { metadataRecord, type MetadataRecord, type MetadataRecordBody } from "../protocol/messages/metadata-records.js";
import { compareStrings, type NodeId, type Offset, type Uuid } from "../types.js";
import { DeltaCollector, type MetadataDelta } from "./metadata-delta.js";
import { mergePartition, partitionOf, partitionRecord } from "./partition-changes.js";
import type { BrokerRegistration, PartitionRegistration, TopicImage } from "./registrations.js";

/** Kafka's `ConfigResource.Type`, as numbered on the wire. */
export const ConfigResourceType = { TOPIC: 2, BROKER: 4 } as const;

/** Key of the settings of one topic. */
export function topicConfigKey(topic: string): string {
  return `topic:${topic}`;
}

/** Key of the settings of one broker; the empty id is the default of all brokers. */
export function brokerConfigKey(id: NodeId | ""): string {
  return `broker:${id}`;
}

/** `BrokerRegistrationChangeRecord.fenced`. */
const FENCING_UNFENCE = -1;
const FENCING_FENCE = 1;

interface MutableTopic extends TopicImage {
  readonly partitions: Map<number, PartitionRegistration>;
}

/** The part of a committed batch that an image replays; `core/raft` delivers them. */
export interface ReplayableBatch {
  readonly lastOffset: Offset;
  readonly epoch: number;
  readonly records: readonly MetadataRecord[];
}

export class MetadataImage {
  #offset: Offset = -1;
  #epoch = 0;
  readonly #brokers = new Map<NodeId, BrokerRegistration>();
  readonly #topics = new Map<string, MutableTopic>();
  readonly #topicsById = new Map<Uuid, MutableTopic>();
  readonly #configs = new Map<string, Map<string, string>>();
  readonly #features = new Map<string, number>();
  #nextProducerId = 0;
  readonly #delta = new DeltaCollector();

  /** Offset of the last record replayed; -1 before the first. */
  get offset(): Offset {
    return this.#offset;
  }
  /** Controller epoch in which that record was written. */
  get epoch(): number {
    return this.#epoch;
  }
  get brokers(): ReadonlyMap<NodeId, BrokerRegistration> {
    return this.#brokers;
  }
  get topics(): ReadonlyMap<string, TopicImage> {
    return this.#topics;
  }
  get topicsById(): ReadonlyMap<Uuid, TopicImage> {
    return this.#topicsById;
  }
  /** Settings by resource key (`topicConfigKey`, `brokerConfigKey`). */
  get configs(): ReadonlyMap<string, ReadonlyMap<string, string>> {
    return this.#configs;
  }
  /** Finalized feature levels by name; an absent feature has level 0. */
  get features(): ReadonlyMap<string, number> {
    return this.#features;
  }
  /** First producer id that was handed to nobody. */
  get nextProducerId(): number {
    return this.#nextProducerId;
  }

  partition(topic: string, partition: number): PartitionRegistration | undefined {
    return this.#topics.get(topic)?.partitions.get(partition);
  }

  /** Registered, unfenced and not on its way out: may lead and join an ISR. */
  isActive(brokerId: NodeId): boolean {
    const broker = this.#brokers.get(brokerId);
    return broker !== undefined && !broker.fenced && !broker.inControlledShutdown;
  }

  /** Topics by name: the order in which anything visible is derived from them. */
  sortedTopics(): readonly TopicImage[] {
    return [...this.#topics.values()].sort((a, b) => compareStrings(a.name, b.name));
  }

  /** Replays a batch and moves `offset` and `epoch` to its end. */
  replayBatch(batch: ReplayableBatch): void {
    for (const record of batch.records) this.replay(record);
    this.advanceTo(batch.lastOffset, batch.epoch);
  }

  /** Says that everything up to `offset` has been replayed. */
  advanceTo(offset: Offset, epoch: number): void {
    this.#offset = offset;
    this.#epoch = epoch;
  }

  /**
   * Makes the image the one these records build from nothing, as if what differs had been deleted and created.
   * A topic that stays keeps its rows where they are equal, so that the delta names only what really changed.
   */
  replaceWith(records: readonly MetadataRecord[], offset: Offset, epoch: number): void {
    const next = new MetadataImage();
    for (const record of records) next.replay(record);
    for (const id of this.#brokers.keys()) this.#delta.touchBroker(id);
    for (const id of next.#brokers.keys()) this.#delta.touchBroker(id);
    for (const key of this.#configs.keys()) this.#delta.touchConfig(key);
    for (const key of next.#configs.keys()) this.#delta.touchConfig(key);
    this.#replaceTopics(next);
    replaceEntries(this.#brokers, next.#brokers);
    replaceEntries(this.#configs, next.#configs);
    replaceEntries(this.#features, next.#features);
    this.#nextProducerId = next.#nextProducerId;
    this.advanceTo(offset, epoch);
  }

  #replaceTopics(next: MetadataImage): void {
    for (const topic of this.#topics.values()) {
      if (!next.#topicsById.has(topic.topicId)) this.#delta.topicDeleted(topic);
    }
    for (const topic of next.#topics.values()) {
      const known = this.#topicsById.get(topic.topicId);
      if (known === undefined) this.#delta.topicCreated(topic);
      for (const [partition, row] of topic.partitions) {
        const before = known?.partitions.get(partition);
        // The partition epoch counts every change: the same epoch is the same row.
        if (before?.partitionEpoch === row.partitionEpoch) topic.partitions.set(partition, before);
        else this.#delta.touchPartition(topic, partition, before);
      }
    }
    replaceEntries(this.#topics, next.#topics);
    replaceEntries(this.#topicsById, next.#topicsById);
  }

  /** What changed since the last call. */
  takeDelta(): MetadataDelta {
    return this.#delta.take(this.#topicsById);
  }

  /** Applies one record. The log is the truth: a record that does not fit the image is a bug, never an error. */
  replay(record: MetadataRecord): void {
    switch (record.type) {
      case "RegisterBrokerRecord":
        return this.#registerBroker(record.body);
      case "UnregisterBrokerRecord":
        this.#brokers.delete(record.body.brokerId);
        return this.#delta.touchBroker(record.body.brokerId);
      case "FenceBrokerRecord":
        return this.#changeBroker(record.body.id, { fenced: true });
      case "UnfenceBrokerRecord":
        return this.#changeBroker(record.body.id, { fenced: false });
      case "BrokerRegistrationChangeRecord":
        return this.#changeBroker(record.body.brokerId, {
          ...(record.body.fenced === FENCING_FENCE ? { fenced: true } : {}),
          ...(record.body.fenced === FENCING_UNFENCE ? { fenced: false } : {}),
          ...(record.body.inControlledShutdown === 0 ? {} : { inControlledShutdown: true }),
        });
      case "TopicRecord":
        return this.#createTopic(record.body);
      case "PartitionRecord":
        return this.#putPartition(record.body.topicId, record.body.partitionId, partitionOf(record.body));
      case "PartitionChangeRecord": {
        const { topicId, partitionId } = record.body;
        const row = this.#topicsById.get(topicId)?.partitions.get(partitionId);
        const before = assertDefined(row, "a partition change names a known partition");
        return this.#putPartition(topicId, partitionId, mergePartition(before, record.body));
      }
      case "RemoveTopicRecord":
        return this.#removeTopic(record.body.topicId);
      case "ClearElrRecord":
        return this.#clearElr(record.body.topicName);
      case "ConfigRecord":
        return this.#setConfig(record.body);
      case "FeatureLevelRecord":
        if (record.body.featureLevel === 0) this.#features.delete(record.body.name);
        else this.#features.set(record.body.name, record.body.featureLevel);
        return;
      case "ProducerIdsRecord":
        this.#nextProducerId = record.body.nextProducerId;
        return;
      case "NoOpRecord":
      case "RegisterControllerRecord":
      case "BeginTransactionRecord":
      case "EndTransactionRecord":
      case "AbortTransactionRecord":
        return;
      default:
        return assertNever(record);
    }
  }

  #registerBroker(body: MetadataRecordBody<"RegisterBrokerRecord">): void {
    const endPoint = assertDefined(body.endPoints[0], "a broker registers an endpoint");
    this.#brokers.set(body.brokerId, {
      id: body.brokerId,
      epoch: body.brokerEpoch,
      incarnationId: body.incarnationId,
      host: endPoint.host,
      port: endPoint.port,
      rack: body.rack,
      fenced: body.fenced,
      inControlledShutdown: body.inControlledShutdown,
    });
    this.#delta.touchBroker(body.brokerId);
  }

  #changeBroker(id: NodeId, change: Partial<BrokerRegistration>): void {
    const broker = assertDefined(this.#brokers.get(id), "a registration change names a registered broker");
    this.#brokers.set(id, { ...broker, ...change });
    this.#delta.touchBroker(id);
  }

  #createTopic(body: MetadataRecordBody<"TopicRecord">): void {
    const topic: MutableTopic = { name: body.name, topicId: body.topicId, partitions: new Map() };
    this.#topics.set(body.name, topic);
    this.#topicsById.set(body.topicId, topic);
    this.#delta.topicCreated(topic);
  }

  #putPartition(topicId: Uuid, partition: number, row: PartitionRegistration): void {
    const topic = assertDefined(this.#topicsById.get(topicId), "a partition record names a known topic");
    this.#delta.touchPartition(topic, partition, topic.partitions.get(partition));
    topic.partitions.set(partition, row);
  }

  #removeTopic(topicId: Uuid): void {
    const topic = assertDefined(this.#topicsById.get(topicId), "a removal names a known topic");
    this.#delta.topicDeleted(topic);
    this.#topicsById.delete(topicId);
    this.#topics.delete(topic.name);
    // A topic created again under the name must not inherit the settings of its namesake.
    if (this.#configs.delete(topicConfigKey(topic.name))) this.#delta.touchConfig(topicConfigKey(topic.name));
  }

  /** The empty name stands for all topics. */
  #clearElr(topicName: string): void {
    const topics = topicName === "" ? this.#topics.values() : [this.#topics.get(topicName)];
    for (const topic of topics) {
      if (topic === undefined) continue;
      for (const [partition, row] of topic.partitions) {
        if (row.elr.length === 0 && row.lastKnownElr.length === 0) continue;
        this.#putPartition(topic.topicId, partition, {
          ...row,
          elr: [],
          lastKnownElr: [],
          partitionEpoch: row.partitionEpoch + 1,
        });
      }
    }
  }

  #setConfig(body: MetadataRecordBody<"ConfigRecord">): void {
    const isTopic = body.resourceType === ConfigResourceType.TOPIC;
    const key = isTopic ? topicConfigKey(body.resourceName) : `broker:${body.resourceName}`;
    let settings = this.#configs.get(key);
    if (settings === undefined) this.#configs.set(key, (settings = new Map()));
    if (body.value === null) settings.delete(body.name);
    else settings.set(body.name, body.value);
    if (settings.size === 0) this.#configs.delete(key);
    this.#delta.touchConfig(key);
  }

  /** Records that build this image from nothing: what a snapshot holds. Sorted, so equal images give equal bytes. */
  toRecords(): MetadataRecord[] {
    const records: MetadataRecord[] = [];
    for (const [name, featureLevel] of [...this.#features].sort((a, b) => compareStrings(a[0], b[0]))) {
      records.push(metadataRecord("FeatureLevelRecord", { name, featureLevel }));
    }
    for (const broker of [...this.#brokers.values()].sort((a, b) => a.id - b.id)) records.push(brokerRecord(broker));
    for (const topic of this.sortedTopics()) {
      records.push(metadataRecord("TopicRecord", { name: topic.name, topicId: topic.topicId }));
      for (const [partition, row] of [...topic.partitions].sort((a, b) => a[0] - b[0])) {
        records.push(partitionRecord(topic.topicId, partition, row));
      }
    }
    for (const [key, settings] of [...this.#configs].sort((a, b) => compareStrings(a[0], b[0]))) {
      const resourceType = key.startsWith("topic:") ? ConfigResourceType.TOPIC : ConfigResourceType.BROKER;
      const resourceName = key.slice(key.indexOf(":") + 1);
      for (const [name, value] of [...settings].sort((a, b) => compareStrings(a[0], b[0]))) {
        records.push(metadataRecord("ConfigRecord", { resourceType, resourceName, name, value }));
      }
    }
    if (this.#nextProducerId > 0) {
      records.push(metadataRecord("ProducerIdsRecord", { brokerId: -1, nextProducerId: this.#nextProducerId }));
    }
    return records;
  }
}

function replaceEntries<K, V>(target: Map<K, V>, source: ReadonlyMap<K, V>): void {
  target.clear();
  for (const [key, value] of source) target.set(key, value);
}

function brokerRecord(broker: BrokerRegistration): MetadataRecord {
  return metadataRecord("RegisterBrokerRecord", {
    brokerId: broker.id,
    incarnationId: broker.incarnationId,
    brokerEpoch: broker.epoch,
    endPoints: [{ name: "PLAINTEXT", host: broker.host, port: broker.port, securityProtocol: 0 }],
    rack: broker.rack,
    fenced: broker.fenced,
    inControlledShutdown: broker.inControlledShutdown,
  });
}
