// Fetches that found nothing new and wait at the leader until something is appended or their time is up.
// One timer for all: deadlines come in order, for every replica of the quorum waits equally long.

import type { Environment, Timer } from "../environment.js";

export interface WaitingFetch {
  readonly deadlineMs: number;
  /** Looks again and answers. `isExpired`: nothing happened, so nothing new was learned of the fetcher either. */
  complete(isExpired: boolean): void;
}

export class FetchPurgatory {
  readonly #env: Environment;
  readonly #timer: Timer;
  #waiting: WaitingFetch[] = [];

  constructor(env: Environment) {
    this.#env = env;
    this.#timer = env.timers.create("quorum-fetch-expiry", () => this.#expire());
  }

  wait(fetch: WaitingFetch): void {
    this.#waiting.push(fetch);
    if (!this.#timer.armed) this.#timer.arm(fetch.deadlineMs - this.#env.clock.monotonicMs());
  }

  /** Something changed: everybody looks again. */
  completeAll(): void {
    if (this.#waiting.length === 0) return;
    const due = this.#waiting;
    this.#waiting = [];
    this.#timer.cancel();
    for (const fetch of due) fetch.complete(false);
  }

  #expire(): void {
    const nowMs = this.#env.clock.monotonicMs();
    const due = this.#waiting.filter((fetch) => fetch.deadlineMs <= nowMs);
    this.#waiting = this.#waiting.filter((fetch) => fetch.deadlineMs > nowMs);
    for (const fetch of due) fetch.complete(true);
    const next = this.#waiting[0];
    if (next !== undefined && !this.#timer.armed) this.#timer.arm(Math.max(0, next.deadlineMs - nowMs));
  }
}
