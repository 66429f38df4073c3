// Batches of a replica's log, as a chain from the newest back to the oldest.
// A link never changes once made, so a saved state and the running state share it: appending costs one link,
// truncating forgets some, saving the state copies one reference, and drawing the tail walks only what it shows.

/** One record batch and the one before it. */
export interface Batch {
  readonly previous: Batch | null;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly leaderEpoch: number;
  readonly isControl: boolean;
  /** Seq of the `log.appended` event. */
  readonly seq: number;
}

/** The chain without records at or after `endOffset`; a batch the cut goes through keeps its beginning. */
export function truncateTo(tail: Batch | null, endOffset: number): Batch | null {
  let batch = tail;
  while (batch !== null && batch.baseOffset >= endOffset) batch = batch.previous;
  if (batch === null || batch.lastOffset < endOffset) return batch;
  return { ...batch, lastOffset: endOffset - 1 };
}

/** Batches that reach `fromOffset` or further, newest first. */
export function* batchesFrom(tail: Batch | null, fromOffset: number): Generator<Batch> {
  for (let batch = tail; batch !== null && batch.lastOffset >= fromOffset; batch = batch.previous) yield batch;
}
