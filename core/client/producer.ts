// Producer: publishes records and tells, for each, what became of it.
// `send` never blocks: where Kafka's client would (metadata unknown, memory exhausted), the record waits here, behind
// those sent before it, for at most `max.block.ms`. Everything else happens in the accumulator and the sender.
//
//   send ─▶ [waits for metadata or memory] ─▶ accumulator ─▶ sender ─▶ broker ─▶ onDelivery, exactly once

import { checkProducerConfig } from "./producer-config-check.js";
import type { ProducerConfig } from "../config/client-config.js";
import type { Environment, Timer } from "../environment.js";
import { type ErrorCode, errorName, Errors } from "../errors.js";
import { ClientMetadata, type TopicMetadata } from "./client-metadata.js";
import { type ClientNetwork, createClientNetwork } from "./client-network.js";
import { Idempotence } from "./idempotence.js";
import { partitionForKey } from "./murmur2.js";
import { recordUpperBoundBytes, valueHashOf } from "./producer-batch.js";
import type { DeliveryCallback, ProducerRecord } from "./producer-record.js";
import { RecordAccumulator } from "./record-accumulator.js";
import { Sender } from "./sender.js";

/** A send that has no batch yet. */
interface BlockedSend {
  readonly record: ProducerRecord;
  readonly recordId: number;
  readonly onDelivery: DeliveryCallback | undefined;
  readonly deadlineMs: number;
}

interface Flush {
  /** Batches and records up to these are waited for. */
  readonly lastRecordId: number;
  readonly batches: ReadonlySet<number>;
  readonly onFlushed: () => void;
}

export class Producer {
  private readonly env: Environment;
  private readonly network: ClientNetwork;
  private readonly metadata: ClientMetadata;
  private readonly accumulator: RecordAccumulator;
  private readonly sender: Sender;
  private readonly maxBlockMs: number;
  private readonly maxRequestSize: number;
  private readonly bufferMemory: number;
  private readonly ignoreKeys: boolean;
  private readonly idempotence: Idempotence | undefined;
  private readonly blockTimer: Timer;
  /** Sends waiting for the metadata of their topic. */
  private readonly blockedByTopic = new Map<string, BlockedSend[]>();
  /** Sends waiting for memory, in order, whatever their topic. */
  private readonly blockedByMemory: BlockedSend[] = [];
  private readonly flushes: Flush[] = [];
  private nextRecordId = 0;
  private blockedCount = 0;
  private onClosed: (() => void) | undefined;
  private state: "open" | "closing" | "closed" = "open";

  /**
   * @param network for tests; left out: connections over `env.network`
   * @throws ConfigError if settings contradict each other (idempotence without acks=all, …)
   */
  constructor(env: Environment, config: ProducerConfig, network?: ClientNetwork) {
    checkProducerConfig(config);
    this.env = env;
    this.maxBlockMs = config["max.block.ms"];
    this.maxRequestSize = config["max.request.size"];
    this.bufferMemory = config["buffer.memory"];
    this.ignoreKeys = config["partitioner.ignore.keys"];
    this.network = network ?? createClientNetwork(env, config);
    this.metadata = new ClientMetadata(env, this.network, config, true, config["metadata.max.idle.ms"]);
    this.idempotence = config["enable.idempotence"] ? new Idempotence(env) : undefined;
    this.accumulator = new RecordAccumulator(env, config, this.metadata, this.idempotence);
    this.sender = new Sender(env, config, this.network, this.metadata, this.accumulator, this.idempotence, () =>
      this.onProgress(),
    );
    this.blockTimer = env.timers.create("max-block", () => this.expireBlocked());
    this.metadata.onUpdate(() => this.onMetadata());
    this.metadata.start();
  }

  /** Records whose outcome is open. */
  get pendingCount(): number {
    let count = this.blockedCount;
    for (const batch of this.accumulator.incomplete) count += batch.recordCount;
    return count;
  }

  /** Bytes of `buffer.memory` in use. */
  get bufferedBytes(): number {
    return this.accumulator.bufferedBytes;
  }

  /** −1 while it has none. */
  get producerId(): number {
    return this.idempotence?.producerId ?? -1;
  }

  get producerEpoch(): number {
    return this.idempotence?.producerEpoch ?? -1;
  }

  /**
   * Queues a record. `onDelivery` is called exactly once; during `send` only if the record can never be sent (too
   * large, producer closed).
   * @returns the number of the record, counting from 0
   */
  send(record: ProducerRecord, onDelivery?: DeliveryCallback): number {
    const recordId = this.nextRecordId++;
    if (this.state !== "open") {
      this.refuse(record, recordId, onDelivery, Errors.INVALID_REQUEST);
      return recordId;
    }
    const sizeBytes = recordUpperBoundBytes(record.key ?? null, record.value, record.headers) + 61;
    if (sizeBytes > this.maxRequestSize || sizeBytes > this.bufferMemory) {
      this.refuse(record, recordId, onDelivery, Errors.MESSAGE_TOO_LARGE);
      return recordId;
    }
    const waiting = this.blockedByTopic.get(record.topic);
    if (waiting !== undefined) this.block(waiting, record, recordId, onDelivery);
    else if (this.blockedByMemory.length > 0) this.block(this.blockedByMemory, record, recordId, onDelivery);
    else if (!this.admit(record, recordId, onDelivery, -1)) this.sender.wakeup();
    return recordId;
  }

  /** Sends everything that waits without lingering; `onFlushed` when all of it has its outcome. */
  flush(onFlushed: () => void): void {
    const batches = new Set<number>();
    for (const batch of this.accumulator.incomplete) batches.add(batch.id);
    this.flushes.push({ lastRecordId: this.nextRecordId - 1, batches, onFlushed });
    this.sender.wakeup();
    this.accumulator.hurry = true;
  }

  /** Refuses further sends, flushes, then closes the connections. */
  close(onClosed: () => void = () => {}): void {
    if (this.state === "closed") {
      onClosed();
      return;
    }
    this.state = "closing";
    this.onClosed = onClosed;
    this.accumulator.hurry = true;
    this.sender.wakeup();
  }

  /** Puts the record into a batch, or into the queue of those that cannot be yet. */
  private admit(
    record: ProducerRecord,
    recordId: number,
    onDelivery: DeliveryCallback | undefined,
    deadlineMs: number,
  ): boolean {
    this.metadata.addTopic(record.topic);
    const topic = this.metadata.topic(record.topic);
    if (topic === undefined || (record.partition ?? 0) >= topic.partitions.length) {
      this.metadata.requestUpdateForTopic(record.topic);
      const waiting: BlockedSend[] = [];
      this.blockedByTopic.set(record.topic, waiting);
      this.block(waiting, record, recordId, onDelivery, deadlineMs);
      return false;
    }
    if (!this.append(topic, record, recordId, onDelivery)) {
      this.block(this.blockedByMemory, record, recordId, onDelivery, deadlineMs);
      this.accumulator.hurry = true;
      return false;
    }
    return true;
  }

  private append(
    topic: TopicMetadata,
    record: ProducerRecord,
    recordId: number,
    onDelivery: DeliveryCallback | undefined,
  ): boolean {
    const key = record.key ?? null;
    let partition = record.partition ?? -1;
    const isSticky = partition < 0 && (key === null || this.ignoreKeys);
    if (isSticky) partition = this.accumulator.stickyPartition(topic);
    else if (partition < 0 && key !== null) partition = partitionForKey(key, topic.partitions.length);
    const timestampMs = record.timestampMs ?? this.env.clock.wallMs();
    const valueHash = valueHashOf(this.env, record.value);
    const { accumulator } = this;
    const shouldWake = accumulator.append(
      topic,
      partition,
      isSticky,
      timestampMs,
      key,
      record.value,
      record.headers,
      recordId,
      onDelivery,
      valueHash,
    );
    if (shouldWake === undefined) return false;
    if (this.env.trace.enabled) {
      this.env.trace.emit({ type: "producer.send", recordId, topic: topic.topic, partition, valueHash });
    }
    if (shouldWake) this.sender.wakeup();
    return true;
  }

  private block(
    waiting: BlockedSend[],
    record: ProducerRecord,
    recordId: number,
    onDelivery: DeliveryCallback | undefined,
    deadlineMs = -1,
  ): void {
    const untilMs = deadlineMs >= 0 ? deadlineMs : this.env.clock.monotonicMs() + this.maxBlockMs;
    waiting.push({ record, recordId, onDelivery, deadlineMs: untilMs });
    this.blockedCount += 1;
    if (!this.blockTimer.armed) this.blockTimer.arm(Math.max(0, untilMs - this.env.clock.monotonicMs()));
  }

  private onMetadata(): void {
    for (const topic of [...this.blockedByTopic.keys()].sort()) {
      this.metadata.addTopic(topic);
      const error = this.metadata.topicError(topic);
      const isHopeless = error === Errors.INVALID_TOPIC_EXCEPTION || error === Errors.TOPIC_AUTHORIZATION_FAILED;
      if (isHopeless || this.metadata.topic(topic) !== undefined) this.readmitTopic(topic, isHopeless ? error : 0);
    }
    this.sender.wakeup();
  }

  private readmitTopic(topic: string, error: ErrorCode): void {
    const waiting = this.blockedByTopic.get(topic) ?? [];
    this.blockedByTopic.delete(topic);
    this.blockedCount -= waiting.length;
    for (const send of waiting) {
      if (error !== Errors.NONE) this.refuse(send.record, send.recordId, send.onDelivery, error);
      else this.readmit(send);
    }
  }

  /** Behind those of the same topic or before it in the queue for memory, if there are any. */
  private readmit(send: BlockedSend): void {
    const { record, recordId, onDelivery, deadlineMs } = send;
    const waiting =
      this.blockedByTopic.get(record.topic) ?? (this.blockedByMemory.length > 0 ? this.blockedByMemory : undefined);
    if (waiting !== undefined) this.block(waiting, record, recordId, onDelivery, deadlineMs);
    else this.admit(record, recordId, onDelivery, deadlineMs);
  }

  private onProgress(): void {
    while (this.blockedByMemory.length > 0) {
      const waiting = this.blockedByMemory.splice(0);
      this.blockedCount -= waiting.length;
      for (const send of waiting) this.readmit(send);
      if (this.blockedByMemory.length > 0) break;
    }
    this.completeFlushes();
    this.accumulator.hurry = this.flushes.length > 0 || this.state !== "open" || this.blockedByMemory.length > 0;
    if (this.state === "closing" && this.accumulator.incomplete.size === 0 && this.blockedCount === 0) this.shut();
  }

  private completeFlushes(): void {
    if (this.flushes.length === 0) return;
    const openBatches = new Set<number>();
    for (const batch of this.accumulator.incomplete) openBatches.add(batch.id);
    const isDone = (flush: Flush): boolean =>
      !this.hasBlockedUpTo(flush.lastRecordId) && ![...flush.batches].some((id) => openBatches.has(id));
    const done = this.flushes.filter(isDone);
    for (const flush of done) this.flushes.splice(this.flushes.indexOf(flush), 1);
    for (const flush of done) flush.onFlushed();
  }

  private hasBlockedUpTo(recordId: number): boolean {
    if ((this.blockedByMemory[0]?.recordId ?? recordId + 1) <= recordId) return true;
    for (const waiting of this.blockedByTopic.values()) {
      if ((waiting[0]?.recordId ?? recordId + 1) <= recordId) return true;
    }
    return false;
  }

  private shut(): void {
    this.state = "closed";
    this.sender.close();
    this.metadata.close();
    this.blockTimer.cancel();
    this.network.close();
    this.onClosed?.();
  }

  private expireBlocked(): void {
    const nowMs = this.env.clock.monotonicMs();
    let nextMs = Number.MAX_SAFE_INTEGER;
    const expired: BlockedSend[] = [];
    const queues = [...this.blockedByTopic.values(), this.blockedByMemory];
    for (const waiting of queues) {
      while (waiting.length > 0 && waiting[0]!.deadlineMs <= nowMs) expired.push(waiting.shift()!);
      if (waiting.length > 0) nextMs = Math.min(nextMs, waiting[0]!.deadlineMs);
    }
    for (const [topic, waiting] of this.blockedByTopic) if (waiting.length === 0) this.blockedByTopic.delete(topic);
    this.blockedCount -= expired.length;
    if (nextMs < Number.MAX_SAFE_INTEGER) this.blockTimer.arm(nextMs - nowMs);
    expired.sort((a, b) => a.recordId - b.recordId);
    for (const send of expired) this.refuse(send.record, send.recordId, send.onDelivery, Errors.REQUEST_TIMED_OUT);
    this.onProgress();
  }

  /** Ends a record that never reached a batch. */
  private refuse(
    record: ProducerRecord,
    recordId: number,
    onDelivery: DeliveryCallback | undefined,
    error: ErrorCode,
  ): void {
    const { topic } = record;
    const partition = record.partition ?? -1;
    const name = errorName(error);
    if (this.env.trace.enabled) {
      const valueHash = valueHashOf(this.env, record.value);
      this.env.trace.emit({ type: "producer.send", recordId, topic, partition, valueHash });
      const outcomeUnknown = false;
      this.env.trace.emit({ type: "producer.failed", recordId, topic, partition, error: name, outcomeUnknown });
    }
    onDelivery?.({ ok: false, topic, partition, error, errorName: name, outcomeUnknown: false });
  }
}
