// Fetched batches: what a follower checks before it appends what its leader sent.
// Less than a leader checks: the leader has validated the records, so only damage on the way and a fetcher that lost
// its place can be wrong here.

import { Errors } from "../errors.js";
import type { Offset } from "../types.js";
import { batchBaseOffset, batchLastOffset, batchSizeBytes, hasCompleteBatch, isValidBatch } from "./batch-header.js";
import { type AppendError, appendError } from "./log-validator.js";

export interface FetchedBatches {
  readonly ok: true;
  /** Whole, undamaged batches take this many bytes; a fetch may be cut inside the next one. */
  readonly validBytes: number;
  /**
   * The empty log must first restart here: the leader's log start lies inside a batch (after DeleteRecords), and
   * batches travel whole. Its start goes back with it, until the leader's, which comes along, moves it up again.
   */
  readonly restartAt: Offset | undefined;
}

/** Checks batches meant to be appended at `logEndOffset`. */
export function analyzeFetchedBatches(
  batches: Uint8Array,
  logStartOffset: Offset,
  logEndOffset: Offset,
): FetchedBatches | AppendError {
  const restartAt = logStartOffset === logEndOffset ? restartOffset(batches, logEndOffset) : undefined;
  let nextOffset = restartAt ?? logEndOffset;
  let position = 0;
  while (hasCompleteBatch(batches, position)) {
    if (!isValidBatch(batches, position)) return appendError(Errors.CORRUPT_MESSAGE, "a batch fails its CRC check");
    if (batchBaseOffset(batches, position) < nextOffset) {
      return appendError(Errors.OFFSET_OUT_OF_RANGE, "a batch begins below the log end offset");
    }
    nextOffset = batchLastOffset(batches, position) + 1;
    position += batchSizeBytes(batches, position);
  }
  return { ok: true, validBytes: position, restartAt };
}

function restartOffset(batches: Uint8Array, logEndOffset: Offset): Offset | undefined {
  if (!hasCompleteBatch(batches, 0)) return undefined;
  const baseOffset = batchBaseOffset(batches, 0);
  const straddlesLogEnd = baseOffset < logEndOffset && batchLastOffset(batches, 0) >= logEndOffset;
  return straddlesLogEnd ? baseOffset : undefined;
}
