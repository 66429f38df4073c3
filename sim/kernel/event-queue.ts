// Event queue: what will happen, ordered by (time, sequence number).
// Ties are decided by the order of scheduling, so a run has one order on every engine. A 4-ary heap over typed
// arrays, because an object or a closure an event would cost more than most handlers. Only the simulation pops.

const ARITY = 4;
const CANCELLED = -1;
/** Below this many cancelled entries a sweep is not worth its cost. */
const SWEEP_FLOOR = 256;

export class EventQueue {
  /** The event popped last: valid after `pop` returned true, until the next `pop`. */
  atUs = 0;
  kind = 0;
  payload: unknown = undefined;

  private capacity = 1024;
  private heapTime = new Float64Array(this.capacity);
  private heapSequence = new Float64Array(this.capacity);
  private heapSlot = new Int32Array(this.capacity);
  private slotKind = new Int32Array(this.capacity);
  private readonly slotPayload: unknown[] = [];
  private freeSlots = new Int32Array(this.capacity);
  private freeCount = 0;
  private slotCount = 0;
  private count = 0;
  private cancelledCount = 0;
  private nextSequence = 0;
  /**
   * The first entry was popped and its place not filled yet. Most handlers schedule one event: it goes there, at half
   * the cost of closing the gap from the end of the heap and adding to the end.
   */
  private hasGap = false;

  /** Events still to happen; cancelled ones do not count. */
  get size(): number {
    return this.entryCount - this.cancelledCount;
  }

  /** Entries held in memory, cancelled ones included: at most about twice `size`. */
  get entryCount(): number {
    return this.hasGap ? this.count - 1 : this.count;
  }

  /** Schedules an event of `kind` (≥ 0). Returns a handle for `cancel`, valid until the event is popped. */
  push(atUs: number, kind: number, payload: unknown): number {
    if (this.count === this.capacity) this.grow();
    const slot = this.freeCount > 0 ? this.freeSlots[--this.freeCount]! : this.slotCount++;
    this.slotKind[slot] = kind;
    this.slotPayload[slot] = payload;
    if (this.hasGap) {
      this.hasGap = false;
      this.siftDown(0, atUs, this.nextSequence++, slot);
    } else this.siftUp(this.count++, atUs, this.nextSequence++, slot);
    return slot;
  }

  /** Forgets a scheduled event. The entry is dropped when it surfaces, or by a sweep once such entries prevail. */
  cancel(handle: number): void {
    this.slotKind[handle] = CANCELLED;
    this.slotPayload[handle] = undefined;
    this.cancelledCount++;
    if (this.cancelledCount > SWEEP_FLOOR && this.cancelledCount > this.count >>> 1) this.sweep();
  }

  /** Time of the next event in microseconds, Infinity if there is none. */
  nextTimeUs(): number {
    if (this.hasGap) this.closeGap();
    while (this.count > 0) {
      if (this.slotKind[this.heapSlot[0]!] !== CANCELLED) return this.heapTime[0]!;
      this.cancelledCount--;
      this.freeFirst();
      this.closeGap();
    }
    return Infinity;
  }

  /** Takes the next event into `atUs`, `kind` and `payload`; false if there is none. */
  pop(): boolean {
    if (this.hasGap) this.closeGap();
    while (this.count > 0) {
      const slot = this.heapSlot[0]!;
      const kind = this.slotKind[slot]!;
      if (kind === CANCELLED) {
        this.cancelledCount--;
        this.freeFirst();
        this.closeGap();
        continue;
      }
      this.atUs = this.heapTime[0]!;
      this.kind = kind;
      this.payload = this.slotPayload[slot];
      this.slotPayload[slot] = undefined;
      this.freeFirst();
      return true;
    }
    return false;
  }

  /** Frees the first entry's slot; its place is a gap from now on. */
  private freeFirst(): void {
    this.freeSlots[this.freeCount++] = this.heapSlot[0]!;
    this.hasGap = true;
  }

  private closeGap(): void {
    this.hasGap = false;
    const last = --this.count;
    if (last > 0) this.siftDown(0, this.heapTime[last]!, this.heapSequence[last]!, this.heapSlot[last]!);
  }

  private siftUp(start: number, time: number, sequence: number, slot: number): void {
    const { heapTime, heapSequence, heapSlot } = this;
    let index = start;
    while (index > 0) {
      const parent = ((index - 1) / ARITY) | 0;
      const parentTime = heapTime[parent]!;
      if (parentTime < time || (parentTime === time && heapSequence[parent]! < sequence)) break;
      heapTime[index] = parentTime;
      heapSequence[index] = heapSequence[parent]!;
      heapSlot[index] = heapSlot[parent]!;
      index = parent;
    }
    heapTime[index] = time;
    heapSequence[index] = sequence;
    heapSlot[index] = slot;
  }

  private siftDown(start: number, time: number, sequence: number, slot: number): void {
    const { heapTime, heapSequence, heapSlot, count } = this;
    let index = start;
    for (;;) {
      const first = index * ARITY + 1;
      if (first >= count) break;
      const end = first + ARITY < count ? first + ARITY : count;
      let best = first;
      let bestTime = heapTime[first]!;
      for (let child = first + 1; child < end; child++) {
        const childTime = heapTime[child]!;
        if (childTime < bestTime || (childTime === bestTime && heapSequence[child]! < heapSequence[best]!)) {
          best = child;
          bestTime = childTime;
        }
      }
      if (time < bestTime || (time === bestTime && sequence < heapSequence[best]!)) break;
      heapTime[index] = bestTime;
      heapSequence[index] = heapSequence[best]!;
      heapSlot[index] = heapSlot[best]!;
      index = best;
    }
    heapTime[index] = time;
    heapSequence[index] = sequence;
    heapSlot[index] = slot;
  }

  /** Drops cancelled entries and restores the heap. (time, sequence) is a total order, so no pop can tell. */
  private sweep(): void {
    if (this.hasGap) this.closeGap();
    const { heapTime, heapSequence, heapSlot } = this;
    let kept = 0;
    for (let index = 0; index < this.count; index++) {
      const slot = heapSlot[index]!;
      if (this.slotKind[slot] === CANCELLED) {
        this.freeSlots[this.freeCount++] = slot;
        continue;
      }
      heapTime[kept] = heapTime[index]!;
      heapSequence[kept] = heapSequence[index]!;
      heapSlot[kept++] = slot;
    }
    this.count = kept;
    this.cancelledCount = 0;
    for (let index = ((kept - 2) / ARITY) | 0; index >= 0; index--) {
      if (index < kept) this.siftDown(index, heapTime[index]!, heapSequence[index]!, heapSlot[index]!);
    }
  }

  private grow(): void {
    this.capacity *= 2;
    this.heapTime = copyInto(new Float64Array(this.capacity), this.heapTime);
    this.heapSequence = copyInto(new Float64Array(this.capacity), this.heapSequence);
    this.heapSlot = copyInto(new Int32Array(this.capacity), this.heapSlot);
    this.slotKind = copyInto(new Int32Array(this.capacity), this.slotKind);
    this.freeSlots = copyInto(new Int32Array(this.capacity), this.freeSlots);
  }
}

function copyInto<T extends Float64Array | Int32Array>(target: T, source: T): T {
  target.set(source);
  return target;
}
