// Digest: sixteen hexadecimal digits that stand for everything that happened in a run.
// It is mixed from the events the kernel hands to processes and the bytes they write, always, and never from the
// trace: switching tracing on or off cannot change it. Two runs with one digest did the same things.

export class Digest {
  private low = 0x2545f491 | 0;
  private high = 0x9e3779b9 | 0;

  /** Mixes an integer; only its lowest 32 bits count. */
  mix(value: number): void {
    const low = Math.imul(this.low ^ value, 0x85ebca6b);
    this.high = Math.imul(this.high ^ (low >>> 15) ^ low, 0xc2b2ae35) + this.low;
    this.low = low ^ (low >>> 13);
  }

  /** Mixes an event: when, what, on which node, and two numbers that tell it apart. */
  mixEvent(atUs: number, kind: number, node: number, first: number, second: number): void {
    this.mix(atUs);
    this.mix((kind << 24) ^ node);
    this.mix(first);
    this.mix(second);
  }

  /** The digest so far; mixing may go on afterwards. */
  hex(): string {
    return hex32(this.high) + hex32(Math.imul(this.low ^ (this.low >>> 16), 0x27d4eb2f));
  }
}

function hex32(value: number): string {
  return (value >>> 0).toString(16).padStart(8, "0");
}
