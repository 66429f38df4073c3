// Producer state: what a partition remembers of one idempotent producer.
// A producer numbers its batches per partition; the leader accepts the next number, recognises its five latest
// batches as repetitions and refuses the rest. So a retry after a lost response neither duplicates nor reorders
// (KIP-98). Every replica builds the same state from the log, for it may lead next.

import { type ErrorCode, Errors } from "../errors.js";
import type { Offset } from "../types.js";
import { NO_PRODUCER_EPOCH, NO_SEQUENCE, incrementSequence } from "./batch-header.js";

/** How many of a producer's latest batches can be recognised again: as many as it may have in flight. */
export const NUM_BATCHES_TO_RETAIN = 5;

export interface BatchMetadata {
  readonly lastSequence: number;
  readonly lastOffset: Offset;
  /** lastOffset − base offset. */
  readonly offsetDelta: number;
  /** Largest timestamp of the batch. */
  readonly timestampMs: number;
}

/** State of one producer id. Read-only outside this folder. */
export class ProducerState {
  readonly producerId: number;
  producerEpoch = NO_PRODUCER_EPOCH;
  /** Oldest first, at most five; all of the current epoch. */
  batches: BatchMetadata[] = [];
  coordinatorEpoch = -1;
  lastTimestampMs = -1;
  /** First offset of the open transaction. */
  currentTxnFirstOffset: Offset | undefined = undefined;

  constructor(producerId: number) {
    this.producerId = producerId;
  }

  get lastSequence(): number {
    return this.batches[this.batches.length - 1]?.lastSequence ?? NO_SEQUENCE;
  }

  /** Offset of the last data batch; -1 if there is none. */
  get lastDataOffset(): Offset {
    return this.batches[this.batches.length - 1]?.lastOffset ?? -1;
  }

  /** The remembered batch with exactly these sequences, if the epoch is the current one. */
  findDuplicate(producerEpoch: number, baseSequence: number, lastSequence: number): BatchMetadata | undefined {
    if (producerEpoch !== this.producerEpoch) return undefined;
    return this.batches.find((batch) => batch.lastSequence === lastSequence && firstSequenceOf(batch) === baseSequence);
  }

  /** Notes a batch of the log. A new epoch forgets the batches of the old one. */
  addBatch(producerEpoch: number, batch: BatchMetadata): void {
    this.installEpoch(producerEpoch);
    if (this.batches.length === NUM_BATCHES_TO_RETAIN) this.batches.shift();
    this.batches.push(batch);
    this.lastTimestampMs = batch.timestampMs;
  }

  /** Notes a transaction marker: it ends the transaction, and a higher epoch in it fences the old producer. */
  endTransaction(producerEpoch: number, coordinatorEpoch: number, timestampMs: number): void {
    this.installEpoch(producerEpoch);
    this.coordinatorEpoch = coordinatorEpoch;
    this.currentTxnFirstOffset = undefined;
    this.lastTimestampMs = timestampMs;
  }

  private installEpoch(producerEpoch: number): void {
    if (producerEpoch === this.producerEpoch) return;
    this.batches = [];
    this.producerEpoch = producerEpoch;
  }
}

function firstSequenceOf(batch: BatchMetadata): number {
  const first = batch.lastSequence - batch.offsetDelta;
  return first >= 0 ? first : first + 2_147_483_648;
}

export interface ProducerCheckError {
  readonly error: ErrorCode;
  readonly message: string;
}

/**
 * May a data batch be appended? Duplicates were looked for before.
 * @param state what is known of the producer; undefined if nothing
 * @param checkSequence false for the coordinator's own writes, which carry an epoch but no sequence
 */
export function validateDataBatch(
  state: ProducerState | undefined,
  producerEpoch: number,
  baseSequence: number,
  isTransactional: boolean,
  checkSequence: boolean,
): ProducerCheckError | undefined {
  if (state === undefined || state.producerEpoch === NO_PRODUCER_EPOCH) return undefined;
  // Does a newer incarnation of the producer write already? Then this one is a zombie.
  if (producerEpoch < state.producerEpoch) {
    return {
      error: Errors.INVALID_PRODUCER_EPOCH,
      message: `producer epoch ${producerEpoch} is older than ${state.producerEpoch}`,
    };
  }
  if (checkSequence && !followsLastBatch(state, producerEpoch, baseSequence)) {
    return {
      error: Errors.OUT_OF_ORDER_SEQUENCE_NUMBER,
      message: `sequence ${baseSequence} (epoch ${producerEpoch}) does not follow ${state.lastSequence}`,
    };
  }
  // Does plain data arrive inside an open transaction?
  if (state.currentTxnFirstOffset !== undefined && !isTransactional) {
    return { error: Errors.INVALID_TXN_STATE, message: "expected a transactional batch" };
  }
  return undefined;
}

function followsLastBatch(state: ProducerState, producerEpoch: number, baseSequence: number): boolean {
  const startsNewEpoch = producerEpoch !== state.producerEpoch;
  if (startsNewEpoch) return baseSequence === 0;
  const lastSequence = state.lastSequence;
  return lastSequence === NO_SEQUENCE ? baseSequence === 0 : baseSequence === incrementSequence(lastSequence, 1);
}

/** May a transaction marker be appended? */
export function validateMarker(
  state: ProducerState | undefined,
  producerEpoch: number,
  coordinatorEpoch: number,
): ProducerCheckError | undefined {
  if (state === undefined) return undefined;
  if (producerEpoch < state.producerEpoch) {
    return { error: Errors.INVALID_PRODUCER_EPOCH, message: "marker of an older producer epoch" };
  }
  if (coordinatorEpoch < state.coordinatorEpoch) {
    return { error: Errors.TRANSACTION_COORDINATOR_FENCED, message: "marker of an older transaction coordinator" };
  }
  return undefined;
}
