// A small memory of where batches start in a segment file.
// Followers and consumers read on from where they stopped, and producers append at the end: the offset asked for is
// nearly always one seen a moment ago. A hit saves the scan from the nearest index entry. Forgetting is harmless.

import type { Offset } from "../types.js";

const SLOTS = 64;
const EMPTY = -1;
const NO_SLOTS = new Float64Array(0);

/** Offset → file position, direct-mapped. */
export class BatchPositionCache {
  /** For each slot an offset, then its position. Made when first used: many segments are rewritten or removed unread. */
  private slots = NO_SLOTS;

  get(offset: Offset): number | undefined {
    const slot = slotOf(offset);
    return this.slots[slot] === offset ? this.slots[slot + 1] : undefined;
  }

  set(offset: Offset, position: number): void {
    if (this.slots === NO_SLOTS) this.slots = new Float64Array(SLOTS * 2).fill(EMPTY);
    const slot = slotOf(offset);
    this.slots[slot] = offset;
    this.slots[slot + 1] = position;
  }

  /** Must be called when the file is cut: positions behind the cut will hold other batches. */
  clear(): void {
    this.slots = NO_SLOTS;
  }
}

/** Multiplicative hashing: batches of equal length must not share a slot. */
function slotOf(offset: Offset): number {
  return (Math.imul(offset, 0x9e3779b1) >>> 26) * 2;
}
