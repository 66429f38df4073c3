// Completed fetch: the bytes a broker returned for one partition, handed over record by record.
// A batch is decoded when its first record is wanted. Batches may begin before the position (brokers answer in whole
// batches) and may be control batches or, under read_committed, belong to aborted transactions: such records are
// skipped, but the position moves past them, or the consumer would read them again for ever.

import { Errors, type ErrorCode } from "../errors.js";
import {
  batchIsControl,
  batchIsTransactional,
  batchLeaderEpoch,
  batchNextOffset,
  batchProducerId,
  batchSizeBytes,
  forEachRecord,
  hasCompleteBatch,
  isValidBatch,
  readEndTransactionMarker,
} from "../log/record-batch.js";
import type { LeaderEpoch, Offset } from "../types.js";
import type { ConsumedRecord } from "./consumer-record.js";
import type { AssignedPartition } from "./subscription-state.js";

export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: Offset;
}

export class CompletedFetch {
  readonly partition: AssignedPartition;
  /** `AssignedPartition.version` when it was asked for: any other means the position moved meanwhile. */
  readonly version: number;
  /** Next offset to hand over. */
  nextOffset: Offset;
  /** Epoch of the last record before `nextOffset`; −1 while unknown. */
  lastEpoch: LeaderEpoch = -1;
  /** Set when the bytes are damaged: nothing more comes. */
  error: ErrorCode = Errors.NONE;
  private readonly bytes: Uint8Array;
  private readonly checkCrcs: boolean;
  private readonly aborted: AbortedTransaction[];
  private abortedProducers: Set<number> | undefined;
  private position = 0;
  private decoded: ConsumedRecord[] = [];
  private decodedIndex = 0;
  private decodedEndOffset: Offset = -1;
  private decodedEpoch: LeaderEpoch = -1;

  /** @param aborted transactions to leave out; empty under read_uncommitted */
  constructor(
    partition: AssignedPartition,
    bytes: Uint8Array,
    checkCrcs: boolean,
    aborted: readonly AbortedTransaction[],
  ) {
    this.partition = partition;
    this.version = partition.version;
    this.nextOffset = partition.offset;
    this.bytes = bytes;
    this.checkCrcs = checkCrcs;
    this.aborted = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset);
  }

  /** True once every record was handed over or skipped. */
  get isExhausted(): boolean {
    if (this.error !== Errors.NONE) return true;
    return this.decodedIndex >= this.decoded.length && !hasCompleteBatch(this.bytes, this.position);
  }

  /** Appends up to `limit` records to `into` and moves `nextOffset` behind them. */
  take(limit: number, into: ConsumedRecord[]): void {
    let left = limit;
    while (this.error === Errors.NONE) {
      while (this.decodedIndex < this.decoded.length) {
        if (left === 0) return;
        const record = this.decoded[this.decodedIndex++]!;
        into.push(record);
        left -= 1;
        this.nextOffset = record.offset + 1;
        this.lastEpoch = record.leaderEpoch;
      }
      // Behind the last record of a batch there may be offsets compaction emptied: skip them with it.
      if (this.decodedEndOffset > this.nextOffset) this.nextOffset = this.decodedEndOffset;
      if (this.decodedEndOffset >= 0) this.lastEpoch = this.decodedEpoch;
      if (!hasCompleteBatch(this.bytes, this.position)) return;
      this.decodeNextBatch();
    }
  }

  private decodeNextBatch(): void {
    const { bytes, position } = this;
    this.position += batchSizeBytes(bytes, position);
    this.decodedIndex = 0;
    this.decoded = [];
    this.decodedEndOffset = batchNextOffset(bytes, position);
    this.decodedEpoch = batchLeaderEpoch(bytes, position);
    if (this.checkCrcs && !isValidBatch(bytes, position)) {
      this.error = Errors.CORRUPT_MESSAGE;
      return;
    }
    if (this.isAborted(position) || batchIsControl(bytes, position)) return;
    const { topic, partition } = this.partition;
    const { decoded, decodedEpoch: leaderEpoch, nextOffset } = this;
    this.error = forEachRecord(bytes, position, (offset, timestampMs, key, value, headers) => {
      if (offset < nextOffset) return;
      decoded.push({ topic, partition, offset, leaderEpoch, timestampMs, key, value, headers });
    });
  }

  private isAborted(position: number): boolean {
    if (this.aborted.length === 0 && this.abortedProducers === undefined) return false;
    this.abortedProducers ??= new Set();
    while (this.aborted.length > 0 && this.aborted[0]!.firstOffset < this.decodedEndOffset) {
      this.abortedProducers.add(this.aborted.shift()!.producerId);
    }
    const producerId = batchProducerId(this.bytes, position);
    if (batchIsControl(this.bytes, position)) {
      if (readEndTransactionMarker(this.bytes, position)?.commit === false) this.abortedProducers.delete(producerId);
      return false;
    }
    return batchIsTransactional(this.bytes, position) && this.abortedProducers.has(producerId);
  }
}
