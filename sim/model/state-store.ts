// State store: every state an exploration has met, each once.
//
// States are byte strings of one width in one growing array, so a million of them take megabytes and not gigabytes.
// The array is the queue of the breadth-first search as well: states stand in the order in which they were met.
// Membership is exact: a hash finds the candidates, the bytes decide. Written by the explorer only.

export class StateStore {
  private readonly widthBytes: number;
  private bytes: Uint8Array;
  /** Open addressing: index of a state + 1, or 0. Its length is a power of two. */
  private slots = new Int32Array(1 << 12);
  private count = 0;

  constructor(widthBytes: number) {
    this.widthBytes = widthBytes;
    this.bytes = new Uint8Array(widthBytes << 10);
  }

  get size(): number {
    return this.count;
  }

  /** Adds a state and returns its index; -1 if it was known. */
  add(state: Uint8Array): number {
    if (this.count * 2 >= this.slots.length) this.growSlots();
    const mask = this.slots.length - 1;
    let slot = hashOf(state, 0, this.widthBytes) & mask;
    for (;;) {
      const known = this.slots[slot]!;
      if (known === 0) break;
      if (this.equals(known - 1, state)) return -1;
      slot = (slot + 1) & mask;
    }
    const start = this.count * this.widthBytes;
    if (start + this.widthBytes > this.bytes.length) this.growBytes();
    this.bytes.set(state, start);
    this.slots[slot] = ++this.count;
    return this.count - 1;
  }

  /** A view of a state's bytes, valid until the next `add`. */
  at(index: number): Uint8Array {
    return this.bytes.subarray(index * this.widthBytes, (index + 1) * this.widthBytes);
  }

  private equals(index: number, state: Uint8Array): boolean {
    const start = index * this.widthBytes;
    for (let i = 0; i < this.widthBytes; i++) if (this.bytes[start + i] !== state[i]) return false;
    return true;
  }

  private growBytes(): void {
    const grown = new Uint8Array(this.bytes.length * 2);
    grown.set(this.bytes);
    this.bytes = grown;
  }

  private growSlots(): void {
    const grown = new Int32Array(this.slots.length * 2);
    const mask = grown.length - 1;
    for (let index = 0; index < this.count; index++) {
      let slot = hashOf(this.bytes, index * this.widthBytes, this.widthBytes) & mask;
      while (grown[slot] !== 0) slot = (slot + 1) & mask;
      grown[slot] = index + 1;
    }
    this.slots = grown;
  }
}

/** FNV-1a with a final mix, since slots are chosen by the low bits. */
function hashOf(bytes: Uint8Array, start: number, length: number): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < start + length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}
