// Producer state manager: the producers of one partition, their open transactions, and their snapshots on disk.
// The state is a fold over the log; snapshots are taken when a segment closes, at clean shutdown and after the state
// was rebuilt, named by the offset they stand for. Whoever cuts the log rebuilds the state from the newest snapshot
// not beyond the cut.
//
// A transaction is ongoing until its marker is in the log, then unreplicated until the marker is below the high
// watermark. The first unstable offset, the earliest start of any of them, bounds what read_committed consumers see.

import type { Environment } from "../environment.js";
import { Errors } from "../errors.js";
import type { Offset } from "../types.js";
import {
  NO_PRODUCER_ID,
  NO_SEQUENCE,
  batchBaseOffset,
  batchBaseSequence,
  batchIsControl,
  batchIsTransactional,
  batchLastOffset,
  batchLastOffsetDelta,
  batchMaxTimestamp,
  batchProducerEpoch,
  batchProducerId,
  batchSizeBytes,
  incrementSequence,
} from "./batch-header.js";
import { readEndTransactionMarker } from "./control-record.js";
import type { LocalLog } from "./local-log.js";
import { PRODUCER_SNAPSHOT_SUFFIX, offsetOfPath, producerSnapshotPath } from "./log-files.js";
import { decodeProducerSnapshot, encodeProducerSnapshot } from "./producer-snapshot.js";
import {
  type BatchMetadata,
  type ProducerCheckError,
  ProducerState,
  validateDataBatch,
  validateMarker,
} from "./producer-state.js";

interface Transaction {
  readonly producerId: number;
  readonly firstOffset: Offset;
  /** Offset of the marker, once it is in the log. */
  markerOffset: Offset | undefined;
}

export class ProducerStateManager {
  private readonly env: Environment;
  private readonly directory: string;
  private readonly ignoresSequences: boolean;
  private readonly forgetsWithRecords: boolean;
  private readonly producers = new Map<number, ProducerState>();
  /** Ongoing and unreplicated transactions, by first offset. */
  private transactions: Transaction[] = [];
  /** Offsets of the snapshot files, increasing. */
  private snapshots: Offset[] = [];
  /** The state covers the log up to here (exclusive). */
  mapEndOffset: Offset = 0;

  constructor(env: Environment, directory: string) {
    this.env = env;
    this.directory = directory;
    this.ignoresSequences = env.bugs["ignore-sequences"];
    this.forgetsWithRecords = env.bugs["reuse-sequences"];
    for (const path of env.storage.list(directory)) {
      const offset = path.endsWith(PRODUCER_SNAPSHOT_SUFFIX) ? offsetOfPath(path) : undefined;
      if (offset !== undefined) this.snapshots.push(offset);
    }
  }

  get(producerId: number): ProducerState | undefined {
    return this.producers.get(producerId);
  }

  /** All producers, by id. */
  activeProducers(): readonly ProducerState[] {
    return [...this.producers.values()].sort((a, b) => a.producerId - b.producerId);
  }

  /**
   * May the leader append these batches? Not asked for replicated ones: their leader has asked.
   * @param isClient clients number their batches; the broker's own coordinators do not
   * @returns the refusal; or the batch of the log that this one repeats; or undefined: append
   */
  check(batches: Uint8Array, isClient: boolean): ProducerCheckError | BatchMetadata | undefined {
    if (this.ignoresSequences) return undefined;
    for (let at = 0; at < batches.length; at += batchSizeBytes(batches, at)) {
      const producerId = batchProducerId(batches, at);
      if (producerId === NO_PRODUCER_ID) continue;
      const state = this.producers.get(producerId);
      if (this.forgetsWithRecords && isClient && state === undefined && batchBaseSequence(batches, at) !== 0) {
        return { error: Errors.UNKNOWN_PRODUCER_ID, message: `nothing is known of producer ${producerId}` };
      }
      const verdict =
        (isClient ? findDuplicate(state, batches, at) : undefined) ?? validate(state, batches, at, isClient);
      if (verdict !== undefined) {
        this.markRefusal(verdict);
        return verdict;
      }
    }
    return undefined;
  }

  private markRefusal(verdict: ProducerCheckError | BatchMetadata): void {
    const { marks } = this.env;
    if (!("error" in verdict)) marks.reached("duplicate-batch");
    else if (verdict.error === Errors.OUT_OF_ORDER_SEQUENCE_NUMBER) marks.reached("sequence-gap-refused");
    else if (verdict.error === Errors.INVALID_PRODUCER_EPOCH) marks.reached("old-producer-epoch-refused");
  }

  /** Folds a batch of the log into the state. */
  update(batch: Uint8Array, at: number): void {
    const lastOffset = batchLastOffset(batch, at);
    this.mapEndOffset = lastOffset + 1;
    const producerId = batchProducerId(batch, at);
    if (producerId === NO_PRODUCER_ID) return;
    const baseOffset = batchBaseOffset(batch, at);
    if (batchIsControl(batch, at)) {
      this.endTransaction(batch, at, producerId, baseOffset);
      return;
    }
    const state = this.getOrCreate(producerId);
    const baseSequence = batchBaseSequence(batch, at);
    state.addBatch(batchProducerEpoch(batch, at), {
      lastSequence:
        baseSequence === NO_SEQUENCE ? NO_SEQUENCE : incrementSequence(baseSequence, lastOffset - baseOffset),
      lastOffset,
      offsetDelta: lastOffset - baseOffset,
      timestampMs: batchMaxTimestamp(batch, at),
    });
    if (batchIsTransactional(batch, at) && state.currentTxnFirstOffset === undefined) {
      state.currentTxnFirstOffset = baseOffset;
      this.transactions.push({ producerId, firstOffset: baseOffset, markerOffset: undefined });
    }
  }

  /** The earliest offset whose outcome readers cannot rely on yet; undefined if there is none. */
  firstUnstableOffset(): Offset | undefined {
    return this.transactions[0]?.firstOffset;
  }

  /** Forgets finished transactions whose marker is below the high watermark. */
  onHighWatermarkUpdated(highWatermark: Offset): void {
    if (this.transactions.length === 0) return;
    this.transactions = this.transactions.filter(
      ({ markerOffset }) => markerOffset === undefined || markerOffset >= highWatermark,
    );
  }

  /** Forgets producers that have not written for `expirationMs`, except inside a transaction. */
  removeExpired(nowMs: number, expirationMs: number): void {
    for (const [producerId, state] of this.producers) {
      if (isExpired(state, nowMs, expirationMs)) this.producers.delete(producerId);
    }
  }

  /** Writes a snapshot of the state as of `mapEndOffset`, unless there is one or nothing happened yet. */
  takeSnapshot(): void {
    const newest = this.snapshots[this.snapshots.length - 1] ?? 0;
    if (this.mapEndOffset <= newest) return;
    const bytes = encodeProducerSnapshot(this.activeProducers());
    this.env.storage.replace(producerSnapshotPath(this.directory, this.mapEndOffset), bytes);
    this.snapshots.push(this.mapEndOffset);
  }

  /** The state of the log as it is: from the newest snapshot and the batches behind it. Ends with a snapshot. */
  rebuild(log: LocalLog, logStartOffset: Offset): void {
    this.reload(logStartOffset, log.logEndOffset, log.config.producerIdExpirationMs);
    if (this.mapEndOffset < log.logEndOffset) {
      log.forEachBatchFrom(this.mapEndOffset, (batch) => this.update(batch, 0));
    }
    this.mapEndOffset = log.logEndOffset;
    this.takeSnapshot();
  }

  /**
   * Removes snapshots at which no segment begins, except the newest, if it lies within the last segment. Every start
   * after a crash and every truncation leaves one, and where no segments are deleted, they would stay for ever.
   * @param baseOffsets of all segments, increasing
   */
  removeStraySnapshots(baseOffsets: readonly Offset[]): void {
    const wanted = new Set(baseOffsets);
    const newest = this.snapshots[this.snapshots.length - 1] ?? 0;
    if (newest > baseOffsets[baseOffsets.length - 1]!) wanted.add(newest);
    this.removeSnapshots((offset) => !wanted.has(offset));
  }

  /** Forgets everything: the log was emptied and goes on at `offset`. */
  truncateFullyAndStartAt(offset: Offset): void {
    this.producers.clear();
    this.transactions = [];
    this.removeSnapshots(() => true);
    this.mapEndOffset = offset;
  }

  /**
   * The log begins at `offset` now: snapshots before it go. The state in memory stays: a producer whose records are
   * all gone still counts on (KIP-360, KAFKA-7190).
   */
  removeSnapshotsBefore(offset: Offset): void {
    if (this.forgetsWithRecords) this.removeProducersBefore(offset);
    this.removeSnapshots((snapshot) => snapshot < offset);
  }

  private removeProducersBefore(offset: Offset): void {
    for (const [producerId, state] of this.producers) {
      if (state.lastDataOffset < offset) this.producers.delete(producerId);
    }
  }

  /**
   * Starts over from the newest usable snapshot within (logStartOffset, logEndOffset]; others out of it are removed.
   * Producers of the snapshot that have not written for `expirationMs` stay forgotten.
   */
  private reload(logStartOffset: Offset, logEndOffset: Offset, expirationMs: number): void {
    this.producers.clear();
    this.transactions = [];
    this.removeSnapshots((offset) => offset > logEndOffset || offset <= logStartOffset);
    this.mapEndOffset = logStartOffset;
    while (this.snapshots.length > 0) {
      const offset = this.snapshots[this.snapshots.length - 1]!;
      const file = this.env.storage.open(producerSnapshotPath(this.directory, offset));
      const states = decodeProducerSnapshot(file.read(0, file.sizeBytes));
      if (states !== undefined) {
        const nowMs = this.env.clock.wallMs();
        this.install(states.filter((state) => !isExpired(state, nowMs, expirationMs)));
        this.mapEndOffset = offset;
        return;
      }
      this.env.marks.reached("producer-snapshot-unreadable");
      this.removeSnapshots((candidate) => candidate === offset);
    }
  }

  private install(states: readonly ProducerState[]): void {
    for (const state of states) {
      this.producers.set(state.producerId, state);
      const firstOffset = state.currentTxnFirstOffset;
      if (firstOffset === undefined) continue;
      this.transactions.push({ producerId: state.producerId, firstOffset, markerOffset: undefined });
    }
    this.transactions.sort((a, b) => a.firstOffset - b.firstOffset);
  }

  private endTransaction(batch: Uint8Array, at: number, producerId: number, markerOffset: Offset): void {
    const marker = readEndTransactionMarker(batch, at);
    // An empty control batch is what the cleaner leaves of a marker whose transaction is gone.
    if (marker === undefined) return;
    const state = this.getOrCreate(producerId);
    const open = this.transactions.find((t) => t.producerId === producerId && t.markerOffset === undefined);
    if (open !== undefined) open.markerOffset = markerOffset;
    state.endTransaction(batchProducerEpoch(batch, at), marker.coordinatorEpoch, batchMaxTimestamp(batch, at));
  }

  private getOrCreate(producerId: number): ProducerState {
    let state = this.producers.get(producerId);
    if (state === undefined) {
      state = new ProducerState(producerId);
      this.producers.set(producerId, state);
    }
    return state;
  }

  private removeSnapshots(isUnwanted: (offset: Offset) => boolean): void {
    const unwanted = this.snapshots.filter(isUnwanted);
    if (unwanted.length === 0) return;
    this.snapshots = this.snapshots.filter((offset) => !isUnwanted(offset));
    for (const offset of unwanted) this.env.storage.remove(producerSnapshotPath(this.directory, offset));
  }
}

function isExpired(state: ProducerState, nowMs: number, expirationMs: number): boolean {
  return state.currentTxnFirstOffset === undefined && nowMs - state.lastTimestampMs >= expirationMs;
}

function findDuplicate(state: ProducerState | undefined, batch: Uint8Array, at: number): BatchMetadata | undefined {
  const baseSequence = batchBaseSequence(batch, at);
  if (state === undefined || baseSequence === NO_SEQUENCE) return undefined;
  const lastSequence = incrementSequence(baseSequence, batchLastOffsetDelta(batch, at));
  return state.findDuplicate(batchProducerEpoch(batch, at), baseSequence, lastSequence);
}

function validate(
  state: ProducerState | undefined,
  batch: Uint8Array,
  at: number,
  checkSequence: boolean,
): ProducerCheckError | undefined {
  const producerEpoch = batchProducerEpoch(batch, at);
  if (!batchIsControl(batch, at)) {
    const isTransactional = batchIsTransactional(batch, at);
    return validateDataBatch(state, producerEpoch, batchBaseSequence(batch, at), isTransactional, checkSequence);
  }
  const marker = readEndTransactionMarker(batch, at);
  return marker === undefined ? undefined : validateMarker(state, producerEpoch, marker.coordinatorEpoch);
}
