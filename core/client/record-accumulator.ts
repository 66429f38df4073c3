// Record accumulator: where records wait until a batch is worth sending.
// A batch per partition gathers records until it is full or has lingered long enough; the sender drains whole
// batches per broker. Memory is bounded by `buffer.memory`: without the bound a producer that outruns its brokers
// would grow until it dies with everything it accepted.
// The producer appends, the sender drains, re-queues and releases.

import { assert } from "../assert.js";
import type { Environment } from "../environment.js";
import type { ProducerConfig } from "../config/client-config.js";
import type { RecordHeader } from "../log/record-batch.js";
import {
  compareTopicPartitions,
  type LeaderEpoch,
  type NodeEndpoint,
  type NodeId,
  type TopicPartitionKey,
} from "../types.js";
import type { ClientMetadata, TopicMetadata } from "./client-metadata.js";
import type { Idempotence } from "./idempotence.js";
import { PartitionQueue } from "./partition-queue.js";
import { BuiltInPartitioner } from "./partitioner.js";
import { ProducerBatch, recordUpperBoundBytes } from "./producer-batch.js";
import type { DeliveryCallback } from "./producer-record.js";

/** What a round over all queues found. */
export interface ReadyResult {
  /** Brokers with at least one batch that should be sent now, by id. */
  readonly nodes: readonly NodeEndpoint[];
  /** Milliseconds until another batch may be ready. */
  readonly nextCheckMs: number;
  /** Topics with batches whose leader is not known. */
  readonly unknownLeaderTopics: ReadonlySet<string>;
}

const NO_TOPICS: ReadonlySet<string> = new Set();
/** Header of a batch, counted against `max.request.size` beside its records. */
const BATCH_OVERHEAD_BYTES = 61;

export class RecordAccumulator {
  /** Bytes of `buffer.memory` in use. */
  bufferedBytes = 0;
  /** All batches that have no outcome yet, oldest first. */
  readonly incomplete = new Set<ProducerBatch>();
  /** Send everything now: the producer is flushing or closing, or somebody waits for memory. */
  hurry = false;
  private readonly env: Environment;
  private readonly metadata: ClientMetadata;
  private readonly idempotence: Idempotence | undefined;
  private readonly batchSize: number;
  private readonly lingerMs: number;
  private readonly bufferMemory: number;
  private readonly deliveryTimeoutMs: number;
  private readonly maxRequestSize: number;
  private readonly isAdaptive: boolean;
  private readonly closesEarly: boolean;
  private readonly sendsEarly: boolean;
  private readonly queues = new Map<TopicPartitionKey, PartitionQueue>();
  private readonly queuesByTopic = new Map<string, PartitionQueue[]>();
  private readonly partitioners = new Map<string, BuiltInPartitioner>();
  /** By topic and partition. */
  private sortedQueues: PartitionQueue[] = [];
  /** By broker: which of the partitions it leads was looked at last. */
  private readonly drainIndex = new Map<NodeId, number>();
  private nextBatchId = 0;

  constructor(
    env: Environment,
    config: ProducerConfig,
    metadata: ClientMetadata,
    idempotence: Idempotence | undefined,
  ) {
    this.env = env;
    this.metadata = metadata;
    this.idempotence = idempotence;
    this.batchSize = config["batch.size"];
    this.lingerMs = config["linger.ms"];
    this.bufferMemory = config["buffer.memory"];
    this.deliveryTimeoutMs = config["delivery.timeout.ms"];
    this.maxRequestSize = config["max.request.size"];
    this.isAdaptive = config["partitioner.adaptive.partitioning.enable"];
    this.closesEarly = env.buggify.isOn("small-batch");
    this.sendsEarly = env.buggify.isOn("early-linger-end");
  }

  get allQueues(): readonly PartitionQueue[] {
    return this.sortedQueues;
  }

  /** The partition for a record without a key. */
  stickyPartition(topic: TopicMetadata): number {
    const partitioner = this.partitionerOf(topic.topic);
    const partition = partitioner.current(topic);
    // A switch may have been put off because a batch was half full; if it is gone by now, make it.
    if (this.isAtBatchBoundary(this.queueOf(topic, partition))) partitioner.onAppended(0, topic, true);
    return partitioner.current(topic);
  }

  /**
   * Adds a record to the open batch of its partition.
   * @returns undefined if `buffer.memory` is exhausted, else whether the sender should look (a batch began or filled)
   */
  append(
    topic: TopicMetadata,
    partition: number,
    isSticky: boolean,
    timestampMs: number,
    key: Uint8Array | null,
    value: Uint8Array | null,
    headers: readonly RecordHeader[] | undefined,
    recordId: number,
    callback: DeliveryCallback | undefined,
    valueHash: number,
  ): boolean | undefined {
    const queue = this.queueOf(topic, partition);
    let batch = queue.waiting[queue.waiting.length - 1];
    let isNew = false;
    const isClosedEarly = this.closesEarly && this.env.buggify.strikes("small-batch");
    if (batch === undefined || isClosedEarly || !batch.hasRoomFor(timestampMs, key, value, headers)) {
      const upperBoundBytes = recordUpperBoundBytes(key, value, headers);
      const reservedBytes = Math.max(this.batchSize, upperBoundBytes + BATCH_OVERHEAD_BYTES);
      if (this.bufferedBytes + reservedBytes > this.bufferMemory) return undefined;
      batch?.close();
      this.bufferedBytes += reservedBytes;
      const capacityBytes = Math.max(queue.capacityHintBytes, upperBoundBytes + BATCH_OVERHEAD_BYTES);
      const nowMs = this.env.clock.monotonicMs();
      batch = new ProducerBatch(this.nextBatchId++, queue, nowMs, reservedBytes, capacityBytes, reservedBytes);
      queue.waiting.push(batch);
      this.incomplete.add(batch);
      isNew = true;
    }
    const sizeBefore = isNew ? 0 : batch.sizeBytes;
    batch.append(timestampMs, key, value, headers, recordId, callback, valueHash);
    const isFull = batch.isFull;
    if (isSticky) {
      const appendedBytes = batch.sizeBytes - sizeBefore;
      this.partitioners.get(topic.topic)?.onAppended(appendedBytes, topic, this.isAtBatchBoundary(queue));
    }
    return isNew || isFull;
  }

  /** Which brokers should be sent something now. */
  ready(nowMs: number): ReadyResult {
    const nodes: NodeEndpoint[] = [];
    let nextCheckMs = Number.MAX_SAFE_INTEGER;
    let unknownLeaderTopics = NO_TOPICS;
    for (const queue of this.sortedQueues) {
      if (queue.waiting.length === 0) continue;
      const batch = queue.waiting[0]!;
      const leader = this.metadata.leaderOf(queue.topic, queue.partition);
      if (leader === undefined) {
        if (!unknownLeaderTopics.has(queue.topic)) unknownLeaderTopics = new Set([...unknownLeaderTopics, queue.topic]);
        continue;
      }
      if (queue.isMuted) continue;
      const isBackingOff = this.isBackingOff(batch, nowMs);
      const isFull = queue.waiting.length > 1 || batch.isFull;
      const lingerEndsMs = batch.attempts > 0 ? nowMs : batch.createdMs + this.lingerMs;
      const isDue = nowMs >= lingerEndsMs || (this.sendsEarly && this.env.buggify.strikes("early-linger-end"));
      const isSendable = isFull || this.hurry || isDue;
      if (isSendable && !isBackingOff) addById(nodes, leader);
      else nextCheckMs = Math.min(nextCheckMs, (isBackingOff ? batch.retryAtMs : lingerEndsMs) - nowMs);
    }
    if (this.isAdaptive) this.updateLoadStats();
    return { nodes, nextCheckMs, unknownLeaderTopics };
  }

  /**
   * Takes at most one batch of each partition the node leads, up to `max.request.size`. It begins with the partition
   * where it ended before, so that none starves behind another. A partition that must wait for its own batches ends it,
   * as in Kafka: those behind it wait, too.
   */
  drain(node: NodeEndpoint, nowMs: number): ProducerBatch[] {
    const led = this.sortedQueues.filter(
      ({ topic, partition }) => this.metadata.leaderOf(topic, partition)?.id === node.id,
    );
    const drained: ProducerBatch[] = [];
    if (led.length === 0) return drained;
    const start = (this.drainIndex.get(node.id) ?? 0) % led.length;
    let sizeBytes = 0;
    for (let i = 0; i < led.length; i++) {
      const index = (start + i) % led.length;
      const queue = led[index]!;
      this.drainIndex.set(node.id, index);
      const batch = queue.waiting[0];
      if (batch === undefined || queue.isMuted || this.isBackingOff(batch, nowMs)) continue;
      if (drained.length > 0 && sizeBytes + batch.sizeBytes > this.maxRequestSize) break;
      if (this.idempotence !== undefined && !this.idempotence.mayDrain(queue, batch)) break;
      queue.waiting.shift();
      batch.close();
      if (this.idempotence !== undefined && !batch.hasSequence) this.idempotence.assignSequence(queue, batch);
      batch.attemptLeaderEpoch = this.leaderEpochOf(queue);
      sizeBytes += batch.sizeBytes;
      drained.push(batch);
    }
    return drained;
  }

  /** Puts a batch back that will be sent again, where its sequence belongs. */
  reenqueue(batch: ProducerBatch, retryAtMs: number): void {
    batch.retryAtMs = retryAtMs;
    batch.inRetry = true;
    this.insertInSequenceOrder(batch);
  }

  /** Puts the parts of a batch that was too large in its place, as if they had never been tried. */
  splitAndReenqueue(batch: ProducerBatch): void {
    // At most half: a batch the broker refuses although it is within `batch.size` must shrink too (KAFKA-8350).
    const limitBytes = Math.min(this.batchSize, Math.floor(batch.sizeBytes / 2));
    const parts = batch.split(limitBytes, (bytes) => Math.max(this.batchSize, bytes));
    this.release(batch);
    for (let i = parts.length - 1; i >= 0; i--) {
      const part = parts[i]!;
      this.bufferedBytes += part.reservedBytes;
      this.incomplete.add(part);
      if (part.hasSequence) this.idempotence?.addOpen(part);
      this.insertInSequenceOrder(part);
    }
  }

  /** Batches still waiting whose delivery timeout is over; they leave their queues. */
  expire(nowMs: number): ProducerBatch[] {
    const expired: ProducerBatch[] = [];
    for (const { waiting } of this.sortedQueues) {
      while (waiting.length > 0 && waiting[0]!.hasReachedDeliveryTimeout(this.deliveryTimeoutMs, nowMs)) {
        expired.push(waiting.shift()!);
      }
    }
    return expired;
  }

  /** Monotonic time at which the oldest batch expires; `Number.MAX_SAFE_INTEGER` if there is none. */
  nextExpiryMs(): number {
    let oldestMs = Number.MAX_SAFE_INTEGER;
    for (const { waiting, inFlight } of this.sortedQueues) {
      if (waiting.length > 0) oldestMs = Math.min(oldestMs, waiting[0]!.createdMs + this.deliveryTimeoutMs);
      if (inFlight.length > 0) oldestMs = Math.min(oldestMs, inFlight[0]!.createdMs + this.deliveryTimeoutMs);
    }
    return oldestMs;
  }

  /** The batch has its outcome: its memory is free again. */
  release(batch: ProducerBatch): void {
    if (!this.incomplete.delete(batch)) return;
    this.bufferedBytes -= batch.reservedBytes;
    batch.queue.capacityHintBytes = Math.min(Math.max(batch.sizeBytes, 512), this.batchSize + 512);
    assert(this.bufferedBytes >= 0, "no more memory is released than was reserved");
  }

  private isBackingOff(batch: ProducerBatch, nowMs: number): boolean {
    if (batch.attempts === 0 || nowMs >= batch.retryAtMs) return false;
    // KIP-951: a new leader has not refused the batch yet, so there is nothing to wait for.
    return this.leaderEpochOf(batch.queue) <= batch.attemptLeaderEpoch;
  }

  private leaderEpochOf(queue: PartitionQueue): LeaderEpoch {
    return this.metadata.partition(queue.topic, queue.partition)?.leaderEpoch ?? -1;
  }

  private insertInSequenceOrder(batch: ProducerBatch): void {
    const { waiting } = batch.queue;
    let at = 0;
    if (batch.hasSequence) {
      while (at < waiting.length && waiting[at]!.hasSequence && waiting[at]!.baseSequence < batch.baseSequence) at += 1;
    }
    waiting.splice(at, 0, batch);
  }

  /** Made with the first record of a topic, whatever its key: the load of its partitions is known from then on. */
  private partitionerOf(topic: string): BuiltInPartitioner {
    let partitioner = this.partitioners.get(topic);
    if (partitioner === undefined) {
      partitioner = new BuiltInPartitioner(this.env.random, this.batchSize);
      this.partitioners.set(topic, partitioner);
    }
    return partitioner;
  }

  private queueOf(topic: TopicMetadata, partition: number): PartitionQueue {
    let queues = this.queuesByTopic.get(topic.topic);
    if (queues === undefined) {
      this.queuesByTopic.set(topic.topic, (queues = []));
      this.partitionerOf(topic.topic);
    }
    const known = queues[partition];
    if (known !== undefined) return known;
    const queue = new PartitionQueue(topic.topic, partition);
    queues[partition] = queue;
    this.queues.set(queue.key, queue);
    this.sortedQueues = [...this.queues.values()].sort(compareTopicPartitions);
    return queue;
  }

  private isAtBatchBoundary(queue: PartitionQueue): boolean {
    const last = queue.waiting[queue.waiting.length - 1];
    return last === undefined || last.isFull;
  }

  private updateLoadStats(): void {
    for (const [topic, partitioner] of this.partitioners) {
      const metadata = this.metadata.topic(topic);
      const queues = this.queuesByTopic.get(topic);
      if (metadata === undefined || queues === undefined) continue;
      // As long as a partition was never sent to, its load says nothing: all are chosen alike.
      const isKnown = metadata.partitions.length >= 2 && countQueues(queues) >= metadata.partitions.length;
      if (isKnown) partitioner.updateLoad(metadata, queues);
      else partitioner.forgetLoad();
    }
  }
}

/** Queues by partition have holes where nothing was ever sent. */
function countQueues(queues: readonly (PartitionQueue | undefined)[]): number {
  let count = 0;
  for (const queue of queues) if (queue !== undefined) count += 1;
  return count;
}

/** Adds a broker to a list that is in order of ids, unless it is there. */
function addById(nodes: NodeEndpoint[], node: NodeEndpoint): void {
  let at = nodes.length;
  while (at > 0 && nodes[at - 1]!.id >= node.id) at--;
  if (at === nodes.length) nodes.push(node);
  else if (nodes[at]!.id !== node.id) nodes.splice(at, 0, node);
}
