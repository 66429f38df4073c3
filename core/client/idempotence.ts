// Idempotence: how a producer makes retries harmless (KIP-98, KIP-360).
// The broker gives it an id and an epoch; each record to a partition takes the next sequence number, and keeps it
// across retries, so that the broker can tell a repetition from a new record and a gap from an order.
//
//   NO_ID ──InitProducerId──▶ READY ──sequence broken──▶ epoch + 1, sequences of that partition from 0, READY
//     ▲                                                   │
//     └────────────── epoch 32 767 used up ───────────────┘
//   NO_ID ──authorisation refused──▶ FATAL: every send fails
//
// Only the sender calls it. The transactional half of Kafka's TransactionManager is not here.

import { assert } from "../assert.js";
import type { Environment } from "../environment.js";
import { type ErrorCode, Errors, isRetriable } from "../errors.js";
import { incrementSequence, NO_PRODUCER_EPOCH, NO_PRODUCER_ID } from "../log/record-batch.js";
import type { Offset } from "../types.js";
import type { PartitionQueue } from "./partition-queue.js";
import type { ProducerBatch } from "./producer-batch.js";

const MAX_PRODUCER_EPOCH = 32_767;

export class Idempotence {
  producerId = NO_PRODUCER_ID;
  producerEpoch = NO_PRODUCER_EPOCH;
  /** Set once nothing can be sent any more. */
  fatalError: ErrorCode = Errors.NONE;
  private readonly env: Environment;
  private epochBumpRequired = false;
  private readonly partitionsToRewrite = new Set<PartitionQueue>();
  private readonly unresolvedPartitions = new Set<PartitionQueue>();

  constructor(env: Environment) {
    this.env = env;
  }

  get hasProducerId(): boolean {
    return this.producerId !== NO_PRODUCER_ID;
  }

  /** Adopts the answer to InitProducerId. */
  setProducerId(producerId: number, producerEpoch: number): void {
    this.producerId = producerId;
    this.producerEpoch = producerEpoch;
    this.rewriteSequences();
  }

  /** Acts on what went wrong since the last call. The sender calls it before it drains. */
  bumpEpochIfNeeded(): void {
    if (!this.epochBumpRequired) return;
    this.epochBumpRequired = false;
    if (this.producerEpoch === MAX_PRODUCER_EPOCH) {
      // The id is used up: the sender asks for a new one, and partitions move over as their open batches end.
      this.producerId = NO_PRODUCER_ID;
      this.producerEpoch = NO_PRODUCER_EPOCH;
      return;
    }
    this.producerEpoch += 1;
    this.env.marks.reached("producer-epoch-bumped");
    if (this.env.trace.enabled) {
      const { producerId, producerEpoch } = this;
      this.env.trace.emit({ type: "producer.epoch-bumped", producerId, producerEpoch });
    }
    this.rewriteSequences();
  }

  /** Moves the partitions whose sequence broke to the present id and epoch, their open batches included. */
  private rewriteSequences(): void {
    for (const queue of this.partitionsToRewrite) {
      this.startSequencesAtBeginning(queue);
      queue.sequences.unresolved = undefined;
      this.unresolvedPartitions.delete(queue);
    }
    this.partitionsToRewrite.clear();
  }

  /** May the first batch waiting in `queue` be sent now without breaking the sequence? */
  mayDrain(queue: PartitionQueue, batch: ProducerBatch): boolean {
    if (!this.hasProducerId) return false;
    const { sequences } = queue;
    if (!batch.hasSequence) {
      // New records wait until the batches of the old epoch are answered: sequence 0 must not overtake them.
      if (sequences.open.length > 0 && this.isStale(queue)) return false;
      return sequences.unresolved === undefined;
    }
    // A retry goes only when it is the lowest open sequence; this reduces the requests in flight to one meanwhile.
    const lowest = sequences.open[0];
    return lowest === undefined || lowest.baseSequence === batch.baseSequence;
  }

  /** Numbers a batch that is drained for the first time. */
  assignSequence(queue: PartitionQueue, batch: ProducerBatch): void {
    const { sequences } = queue;
    if (this.isStale(queue) && sequences.open.length === 0) this.startSequencesAtBeginning(queue);
    batch.setProducerState(this.producerId, this.producerEpoch, sequences.next);
    sequences.next = incrementSequence(sequences.next, batch.recordCount);
    this.addOpen(batch);
  }

  /** Keeps track of a batch that has a sequence: drained for the first time, or split from one that was. */
  addOpen(batch: ProducerBatch): void {
    const { open } = batch.queue.sequences;
    let at = open.length;
    while (at > 0 && isAfter(open[at - 1]!, batch)) at -= 1;
    if (at === open.length) open.push(batch);
    else open.splice(at, 0, batch);
  }

  removeOpen(batch: ProducerBatch): void {
    const { open } = batch.queue.sequences;
    const at = open.indexOf(batch);
    if (at === 0) open.shift();
    else if (at > 0) open.splice(at, 1);
  }

  handleCompleted(batch: ProducerBatch, baseOffset: Offset): void {
    const { sequences } = batch.queue;
    const isCurrent = batch.producerId === sequences.producerId && batch.producerEpoch === sequences.producerEpoch;
    if (isCurrent && batch.lastSequence > sequences.lastAcked) sequences.lastAcked = batch.lastSequence;
    if (baseOffset >= 0) {
      sequences.lastAckedOffset = Math.max(sequences.lastAckedOffset, baseOffset + batch.recordCount - 1);
    }
    this.removeOpen(batch);
  }

  /**
   * A batch ended badly.
   * @param sequenceIsFree the broker certainly refused it while retries were left, so its sequence leaves a gap
   */
  handleFailed(batch: ProducerBatch, error: ErrorCode, sequenceIsFree: boolean): void {
    this.removeOpen(batch);
    const isFatal =
      error === Errors.CLUSTER_AUTHORIZATION_FAILED ||
      error === Errors.PRODUCER_FENCED ||
      error === Errors.UNSUPPORTED_VERSION;
    if (isFatal) this.fatalError = error;
    if (this.fatalError !== Errors.NONE) return;
    if (error === Errors.OUT_OF_ORDER_SEQUENCE_NUMBER) this.requestEpochBump(batch.queue);
    else if (error === Errors.UNKNOWN_PRODUCER_ID) this.startSequencesAtBeginning(batch.queue);
    else if (sequenceIsFree) this.requestEpochBump(batch.queue);
  }

  /** A batch expired after it was sent: nobody knows whether its sequence was used. */
  markUnresolved(batch: ProducerBatch): void {
    const { sequences } = batch.queue;
    const nextSequence = batch.lastSequence + 1;
    this.env.marks.reached("batch-unresolved");
    sequences.unresolved = Math.max(sequences.unresolved ?? nextSequence, nextSequence);
    this.unresolvedPartitions.add(batch.queue);
  }

  /** Where no answer is open any more: either a later batch proved the sequence whole, or the epoch is bumped. */
  maybeResolveSequences(): void {
    for (const queue of this.unresolvedPartitions) {
      const { sequences } = queue;
      if (sequences.open.length > 0) continue;
      if (sequences.next - sequences.lastAcked !== 1) this.requestEpochBump(queue);
      sequences.unresolved = undefined;
      this.unresolvedPartitions.delete(queue);
    }
  }

  /** Is a batch that was refused with `error` worth sending again? May ask for an epoch bump on the way. */
  canRetry(batch: ProducerBatch, error: ErrorCode, logStartOffset: Offset): boolean {
    const { queue } = batch;
    const { sequences } = queue;
    if (error === Errors.UNKNOWN_PRODUCER_ID) {
      if (this.env.bugs["reuse-sequences"]) return this.reuseSequences(batch);
      // −1: the broker lost the partition while it answered; the next leader will say more.
      if (logStartOffset !== -1 && !batch.sequenceHasBeenReset) this.requestEpochBump(queue);
      return true;
    }
    if (error === Errors.OUT_OF_ORDER_SEQUENCE_NUMBER) {
      const isNext = batch.baseSequence - sequences.lastAcked === 1;
      // One before it is missing and will be sent again first.
      if (sequences.unresolved === undefined && (batch.sequenceHasBeenReset || !isNext)) return true;
      const followsTheUnresolved = sequences.unresolved === batch.baseSequence;
      if (sequences.unresolved === undefined || followsTheUnresolved) this.requestEpochBump(queue);
      return true;
    }
    return isRetriable(error);
  }

  /** Starts again at 0 in the same epoch, where a request of before that is still under way is taken for the new one. */
  private reuseSequences(batch: ProducerBatch): true {
    if (!batch.sequenceHasBeenReset) this.startSequencesAtBeginning(batch.queue);
    return true;
  }

  private requestEpochBump(queue: PartitionQueue): void {
    this.epochBumpRequired = true;
    this.partitionsToRewrite.add(queue);
  }

  private isStale(queue: PartitionQueue): boolean {
    const { producerId, producerEpoch } = queue.sequences;
    return producerId !== this.producerId || producerEpoch !== this.producerEpoch;
  }

  private startSequencesAtBeginning(queue: PartitionQueue): void {
    const { sequences } = queue;
    let sequence = 0;
    for (const batch of sequences.open) {
      batch.resetProducerState(this.producerId, this.producerEpoch, sequence);
      sequence += batch.recordCount;
    }
    sequences.producerId = this.producerId;
    sequences.producerEpoch = this.producerEpoch;
    sequences.next = sequence;
    sequences.lastAcked = -1;
    assert(sequences.next >= 0, "sequences start at 0");
  }
}

function isAfter(a: ProducerBatch, b: ProducerBatch): boolean {
  if (a.producerId !== b.producerId) return a.producerId > b.producerId;
  if (a.producerEpoch !== b.producerEpoch) return a.producerEpoch > b.producerEpoch;
  return a.baseSequence > b.baseSequence;
}
