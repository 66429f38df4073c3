// Producer batch: records of one partition that travel, succeed and fail together.
// It is open while the accumulator fills it, closed once it is drained for sending; from then on its records never
// change, only the producer id, epoch and sequence in front of them may, when the epoch is bumped (KIP-360).
// The accumulator fills it, the sender sends and completes it; delivery callbacks are called once, here.

import type { Environment } from "../environment.js";
import { type ErrorCode, errorName, Errors } from "../errors.js";
import { crc32c } from "../log/crc32c.js";
import {
  incrementSequence,
  MAX_RECORD_OVERHEAD_BYTES,
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
  NO_SEQUENCE,
  RecordBatchBuilder,
  type RecordHeader,
  decodeBatch,
} from "../log/record-batch.js";
import { utf8Length } from "../protocol/bytes.js";
import type { LeaderEpoch, Offset } from "../types.js";
import type { PartitionQueue } from "./partition-queue.js";
import type { DeliveryCallback } from "./producer-record.js";

const NO_HEADERS: readonly RecordHeader[] = [];

/** Upper bound of the bytes a record adds to a batch. */
export function recordUpperBoundBytes(
  key: Uint8Array | null,
  value: Uint8Array | null,
  headers: readonly RecordHeader[] | undefined,
): number {
  let bytes = MAX_RECORD_OVERHEAD_BYTES + (key?.length ?? 0) + (value?.length ?? 0);
  if (headers !== undefined) {
    for (const header of headers) bytes += 10 + utf8Length(header.key) + (header.value?.length ?? 0);
  }
  return bytes;
}

/** What is kept of a record until its outcome is known; its bytes are in the batch. */
interface BatchedRecord {
  readonly recordId: number;
  readonly timestampMs: number;
  readonly valueHash: number;
  readonly callback: DeliveryCallback | undefined;
}

export class ProducerBatch {
  /** Order of creation; the parts of a split batch keep the id of the whole, so that flush() waits for them. */
  readonly id: number;
  readonly queue: PartitionQueue;
  readonly createdMs: number;
  /** Bytes of `buffer.memory` it holds. */
  readonly reservedBytes: number;
  attempts = 0;
  /** Monotonic time before which it is not sent again. */
  retryAtMs = 0;
  inRetry = false;
  isDone = false;
  /** A request with it was sent and its answer is not in. */
  isInFlight = false;
  /** It may be in the log although nobody said so. */
  maybeWritten = false;
  producerId = NO_PRODUCER_ID;
  producerEpoch = NO_PRODUCER_EPOCH;
  baseSequence = NO_SEQUENCE;
  sequenceHasBeenReset = false;
  /** Leader epoch of the last attempt, to see that the leader changed since (KIP-951). */
  attemptLeaderEpoch: LeaderEpoch = -1;
  /** Size up to which it takes records: `batch.size`, or what its first record needs. */
  private readonly limitBytes: number;
  private isClosed = false;
  private readonly builder: RecordBatchBuilder;
  private bytes: Uint8Array | undefined;
  private readonly records: BatchedRecord[] = [];

  constructor(
    id: number,
    queue: PartitionQueue,
    createdMs: number,
    reservedBytes: number,
    capacityBytes: number,
    limitBytes: number,
  ) {
    this.id = id;
    this.queue = queue;
    this.createdMs = createdMs;
    this.reservedBytes = reservedBytes;
    this.limitBytes = limitBytes;
    this.builder = new RecordBatchBuilder({}, capacityBytes);
  }

  get recordCount(): number {
    return this.records.length;
  }

  get sizeBytes(): number {
    return this.bytes?.length ?? this.builder.estimatedSizeBytes;
  }

  get hasSequence(): boolean {
    return this.baseSequence !== NO_SEQUENCE;
  }

  get lastSequence(): number {
    return incrementSequence(this.baseSequence, this.recordCount - 1);
  }

  /** Full, or closed for another reason: no record will join it. */
  get isFull(): boolean {
    return this.isClosed || (this.recordCount > 0 && this.builder.estimatedSizeBytes >= this.limitBytes);
  }

  /** A first record always fits: a record larger than `batch.size` has a batch whose limit was made for it. */
  hasRoomFor(
    timestampMs: number,
    key: Uint8Array | null,
    value: Uint8Array | null,
    headers: readonly RecordHeader[] | undefined,
  ): boolean {
    if (this.isFull) return false;
    if (this.recordCount === 0) return true;
    const roomBytes = this.limitBytes - this.builder.estimatedSizeBytes;
    // The exact size takes a while, and matters only for the last record of a batch.
    if (recordUpperBoundBytes(key, value, headers) <= roomBytes) return true;
    return this.builder.sizeOfAppend(timestampMs, key, value, headers ?? NO_HEADERS) <= roomBytes;
  }

  append(
    timestampMs: number,
    key: Uint8Array | null,
    value: Uint8Array | null,
    headers: readonly RecordHeader[] | undefined,
    recordId: number,
    callback: DeliveryCallback | undefined,
    valueHash: number,
  ): void {
    this.builder.appendAt(this.records.length, timestampMs, key, value, headers ?? NO_HEADERS);
    this.records.push({ recordId, timestampMs, valueHash, callback });
  }

  close(): void {
    this.isClosed = true;
  }

  /** Gives the batch its place in the producer's sequence; while it is not in the hands of the network only. */
  setProducerState(producerId: number, producerEpoch: number, baseSequence: number): void {
    this.producerId = producerId;
    this.producerEpoch = producerEpoch;
    this.baseSequence = baseSequence;
    this.bytes = undefined;
  }

  /** As `setProducerState`, after an epoch bump: answers to earlier attempts speak of a sequence that is gone. */
  resetProducerState(producerId: number, producerEpoch: number, baseSequence: number): void {
    this.setProducerState(producerId, producerEpoch, baseSequence);
    this.sequenceHasBeenReset = true;
  }

  /** The bytes to send. Each change of the producer state makes new ones: bytes once sent are never touched. */
  build(): Uint8Array {
    this.isClosed = true;
    this.bytes ??= this.builder.build({
      producerId: this.producerId,
      producerEpoch: this.producerEpoch,
      baseSequence: this.baseSequence,
    });
    return this.bytes;
  }

  hasReachedDeliveryTimeout(deliveryTimeoutMs: number, nowMs: number): boolean {
    return deliveryTimeoutMs <= nowMs - this.createdMs;
  }

  traceSent(env: Environment): void {
    env.trace.emit({
      type: "producer.batch-sent",
      topic: this.queue.topic,
      partition: this.queue.partition,
      firstRecordId: this.records[0]!.recordId,
      lastRecordId: this.records[this.records.length - 1]!.recordId,
      attempt: this.attempts,
      producerId: this.producerId,
      producerEpoch: this.producerEpoch,
      baseSequence: this.baseSequence,
    });
  }

  /**
   * Ends the batch well. Ignored if it ended before: a late answer to an expired batch changes nothing.
   * @param baseOffset −1 if unknown
   * @param logAppendTimeMs −1 unless the topic uses LogAppendTime
   * @returns true if the batch ended now
   */
  complete(env: Environment, baseOffset: Offset, logAppendTimeMs: number, acks: number): boolean {
    if (this.isDone) return false;
    this.isDone = true;
    const { topic, partition } = this.queue;
    for (let i = 0; i < this.records.length; i++) {
      const { recordId, valueHash, callback, timestampMs: createTimeMs } = this.records[i]!;
      const offset = baseOffset < 0 ? -1 : baseOffset + i;
      if (env.trace.enabled) {
        env.trace.emit({ type: "producer.acknowledged", recordId, topic, partition, offset, valueHash, acks });
      }
      if (callback !== undefined) {
        const timestampMs = logAppendTimeMs < 0 ? createTimeMs : logAppendTimeMs;
        callback({ ok: true, topic, partition, offset, timestampMs });
      }
    }
    return true;
  }

  /**
   * Ends the batch badly.
   * @param errorOf overrides `error` for single records, by index in the batch
   * @returns true if the batch ended now
   */
  fail(env: Environment, error: ErrorCode, errorOf?: (index: number) => ErrorCode): boolean {
    if (this.isDone) return false;
    this.isDone = true;
    const { topic, partition } = this.queue;
    const outcomeUnknown = this.maybeWritten || this.isInFlight;
    for (let i = 0; i < this.records.length; i++) {
      const { recordId, callback } = this.records[i]!;
      const code = errorOf === undefined ? error : errorOf(i);
      const name = errorName(code);
      if (env.trace.enabled) {
        env.trace.emit({ type: "producer.failed", recordId, topic, partition, error: name, outcomeUnknown });
      }
      callback?.({ ok: false, topic, partition, error: code, errorName: name, outcomeUnknown });
    }
    return true;
  }

  /**
   * Takes a batch the broker found too large apart into batches of at most `limitBytes`, in order. They share the
   * age of the whole and inherit consecutive sequences if it had one.
   */
  split(limitBytes: number, reserve: (bytes: number) => number): ProducerBatch[] {
    const records = decodeBatch(this.build()) ?? [];
    const parts: ProducerBatch[] = [];
    let part: ProducerBatch | undefined;
    for (let i = 0; i < records.length; i++) {
      const { timestampMs, key, value, headers } = records[i]!;
      if (part === undefined || !part.hasRoomFor(timestampMs, key, value, headers)) {
        const reservedBytes = reserve(recordUpperBoundBytes(key, value, headers));
        part = new ProducerBatch(this.id, this.queue, this.createdMs, reservedBytes, limitBytes, limitBytes);
        parts.push(part);
      }
      const { recordId, callback, valueHash } = this.records[i]!;
      part.append(timestampMs, key, value, headers, recordId, callback, valueHash);
    }
    let sequence = this.baseSequence;
    for (const piece of parts) {
      piece.maybeWritten = this.maybeWritten;
      piece.close();
      if (sequence === NO_SEQUENCE) continue;
      piece.setProducerState(this.producerId, this.producerEpoch, sequence);
      sequence = incrementSequence(sequence, piece.recordCount);
    }
    this.isDone = true;
    return parts;
  }
}

/** Hash of a record's value as trace facts carry it; 0 for null and whenever nobody listens. */
export function valueHashOf(env: Environment, value: Uint8Array | null): number {
  return env.trace.enabled && value !== null ? crc32c(value) : 0;
}

/** Error of the records of a batch that were valid when others were not: the batch stands or falls as one. */
export const INVALID_BATCH_MATE = Errors.INVALID_RECORD;
