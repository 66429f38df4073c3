// Exponential backoff with jitter (KIP-580): how long a client waits before it repeats something that failed.
// Doubling keeps a crowd of clients from hammering a broker that is already in trouble; jitter of a fifth either way
// keeps them from coming back all at the same moment.

import type { Random } from "../environment.js";

export class ExponentialBackoff {
  private readonly initialMs: number;
  private readonly maxMs: number;
  private readonly random: Random;

  /** `maxMs` below `initialMs` means: always `maxMs`, as Kafka reads `retry.backoff.max.ms`. */
  constructor(random: Random, initialMs: number, maxMs: number) {
    this.random = random;
    this.initialMs = Math.min(initialMs, maxMs);
    this.maxMs = maxMs;
  }

  /** The wait in ms after `failures` earlier failures in a row (0 for the first wait). Draws a random number. */
  delayMs(failures: number): number {
    let termMs = this.initialMs;
    for (let i = 0; i < failures && termMs < this.maxMs; i++) termMs *= 2;
    termMs = Math.min(termMs, this.maxMs);
    const fifthMs = Math.floor(termMs / 5);
    if (fifthMs === 0) return termMs;
    return Math.min(termMs - fifthMs + this.random.below(2 * fifthMs + 1), this.maxMs);
  }
}
