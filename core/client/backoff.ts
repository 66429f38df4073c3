// Exponential backoff with jitter (KIP-580): how long a client waits before it repeats something that failed.
// Doubling keeps a crowd of clients from hammering a broker that is already in trouble; jitter of a fifth either way
// keeps them from coming back all at the same moment.

import type { Random } from "../environment.js";
import { type BackoffSettings, exponentialBackoffMs } from "../protocol/backoff.js";

export class ExponentialBackoff {
  private readonly settings: BackoffSettings;
  private readonly random: Random;

  /** `maxMs` below `initialMs` means: always `maxMs`, as Kafka reads `retry.backoff.max.ms`. */
  constructor(random: Random, initialMs: number, maxMs: number) {
    this.settings = { initialMs, maxMs };
    this.random = random;
  }

  /** The wait in ms after `failures` earlier failures in a row (0 for the first wait). Draws a random number. */
  delayMs(failures: number): number {
    return exponentialBackoffMs(this.settings, failures, this.random);
  }
}
