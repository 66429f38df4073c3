// Batch filter: what remains of one batch after cleaning.
// The batch's offsets, producer fields and last offset stay; only records go. A batch that keeps everything is kept
// byte for byte, one that keeps nothing goes, unless its header is wanted. A batch that meets its first cleaning with a
// tombstone or a transaction marker in it gets a delete horizon, which takes the place of the base timestamp.

import { type ErrorCode, Errors } from "../errors.js";
import type { Offset } from "../types.js";
import { type BatchHeader, decodeBatchHeader } from "./batch-header.js";
import { type DecodedRecord, type Decompressor, forEachRecord } from "./batch-records.js";
import { RecordBatchBuilder } from "./record-batch-builder.js";

export interface RecordFilter {
  /** Wall clock of the cleaning, milliseconds. */
  readonly nowMs: number;
  /** Stamped into batches with tombstones that bear no horizon yet. */
  readonly deleteHorizonMs: number;
  /** Keep the header if all records go. */
  readonly keepsEmptyBatch: boolean;
  /** @param horizonPassed tombstones of this batch have lived long enough */
  keepsRecord(offset: Offset, key: Uint8Array | null, value: Uint8Array | null, horizonPassed: boolean): boolean;
}

export interface FilteredBatch {
  /** NONE, or why the batch could not be taken apart (`batch` is undefined then). */
  readonly error: ErrorCode;
  /** Undefined if nothing remains. */
  readonly batch: Uint8Array | undefined;
  readonly removedRecords: number;
}

/** Applies a filter to the one batch in `bytes`. Control batches are kept: markers go with their transactions. */
export function filterBatch(
  bytes: Uint8Array,
  filter: RecordFilter,
  decompress: Decompressor | undefined,
): FilteredBatch {
  const header = decodeBatchHeader(bytes, 0);
  if (header.isControl) return { error: Errors.NONE, batch: bytes, removedRecords: 0 };
  const horizonPassed = header.deleteHorizonMs !== undefined && header.deleteHorizonMs <= filter.nowMs;
  const kept: DecodedRecord[] = [];
  let hasTombstone = false;
  const error = forEachRecord(
    bytes,
    0,
    (offset, timestampMs, key, value, headers) => {
      if (!filter.keepsRecord(offset, key, value, horizonPassed)) return;
      if (value === null) hasTombstone = true;
      kept.push({ offset, timestampMs, key, value, headers });
    },
    decompress,
  );
  if (error !== Errors.NONE) return { error, batch: undefined, removedRecords: 0 };
  const removedRecords = header.recordCount - kept.length;
  const needsHorizon = hasTombstone && header.deleteHorizonMs === undefined;
  // Also if an earlier cleaning emptied it: the header was kept for a producer, or an end, that is no more.
  if (kept.length === 0 && !filter.keepsEmptyBatch) return { error, batch: undefined, removedRecords };
  if (removedRecords === 0 && !needsHorizon) return { error, batch: bytes, removedRecords };
  const deleteHorizonMs = header.deleteHorizonMs ?? (needsHorizon ? filter.deleteHorizonMs : undefined);
  return { error, batch: rebuild(header, kept, deleteHorizonMs), removedRecords };
}

function rebuild(header: BatchHeader, kept: readonly DecodedRecord[], deleteHorizonMs: number | undefined): Uint8Array {
  const builder = new RecordBatchBuilder({
    baseOffset: header.baseOffset,
    leaderEpoch: header.leaderEpoch,
    producerId: header.producerId,
    producerEpoch: header.producerEpoch,
    baseSequence: header.baseSequence,
    isTransactional: header.isTransactional,
    timestampType: header.timestampType,
    lastOffsetDelta: header.lastOffset - header.baseOffset,
    ...(deleteHorizonMs === undefined ? {} : { deleteHorizonMs }),
    // With LogAppendTime, and for an empty batch, the largest timestamp is not that of a record here.
    ...(header.timestampType === "LogAppendTime" || kept.length === 0 ? { maxTimestampMs: header.maxTimestamp } : {}),
  });
  for (const { offset, timestampMs, key, value, headers } of kept) {
    builder.appendAt(offset - header.baseOffset, timestampMs, key, value, headers);
  }
  return builder.build();
}
