// A small memory of where batches start in a segment file.
// Followers and consumers read on from where they stopped, and producers append at the end: the offset asked for is
// nearly always one seen a moment ago. A hit saves the scan from the nearest index entry. Forgetting is harmless.

import type { Offset } from "../types.js";

const SLOTS = 64;
const EMPTY = -1;

/** Offset → file position, direct-mapped. */
export class BatchPositionCache {
  private readonly offsets = new Float64Array(SLOTS).fill(EMPTY);
  private readonly positions = new Float64Array(SLOTS);

  get(offset: Offset): number | undefined {
    const slot = slotOf(offset);
    return this.offsets[slot] === offset ? this.positions[slot] : undefined;
  }

  set(offset: Offset, position: number): void {
    const slot = slotOf(offset);
    this.offsets[slot] = offset;
    this.positions[slot] = position;
  }

  /** Must be called when the file is cut: positions behind the cut will hold other batches. */
  clear(): void {
    this.offsets.fill(EMPTY);
  }
}

/** Multiplicative hashing: batches of equal length must not share a slot. */
function slotOf(offset: Offset): number {
  return Math.imul(offset, 0x9e3779b1) >>> 26;
}
