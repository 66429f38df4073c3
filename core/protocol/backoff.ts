// Exponential backoff with jitter: how long to wait before trying again.
// Waits double up to a limit, so that a peer that stays away is not hammered; the jitter of ±20 % keeps clients that
// lost the same node from all coming back in the same moment. Reconnects and connection set-up use it (KIP-144, 601).

import type { Random } from "../environment.js";

export interface BackoffSettings {
  readonly initialMs: number;
  readonly maxMs: number;
}

const JITTER_PERCENT = 20;

/** Milliseconds to wait after `failedAttempts` failures (from 0 on). Draws once, unless the wait is fixed. */
export function exponentialBackoffMs(settings: BackoffSettings, failedAttempts: number, random: Random): number {
  const { initialMs, maxMs } = settings;
  // Kafka has no jitter where the wait cannot grow.
  if (maxMs <= initialMs) return maxMs;
  let waitMs = initialMs;
  for (let attempt = 0; attempt < failedAttempts && waitMs < maxMs; attempt++) waitMs *= 2;
  waitMs = Math.min(waitMs, maxMs);
  const percent = 100 - JITTER_PERCENT + random.below(2 * JITTER_PERCENT + 1);
  return Math.min(maxMs, Math.floor((waitMs * percent) / 100));
}
