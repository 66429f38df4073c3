// Session timer: the silence after which a member counts as dead.
// Every heartbeat and commit moves the deadline, so moving it must cost nothing: the alarm stays where it is and,
// when it rings too early, is set again for the rest.

import type { Clock, Timer, Timers } from "../environment.js";

/** An alarm whose deadline moves all the time. */
export class SessionTimer {
  readonly #clock: Clock;
  readonly #timer: Timer;
  readonly #onExpired: () => void;
  #deadlineMs = 0;
  #alarmMs = 0;

  constructor(clock: Clock, timers: Timers, onExpired: () => void) {
    this.#clock = clock;
    this.#timer = timers.create("group-member-session", () => this.#ring());
    this.#onExpired = onExpired;
  }

  /** Expires `timeoutMs` from now unless restarted or cancelled before. */
  restart(timeoutMs: number): void {
    this.#deadlineMs = this.#clock.monotonicMs() + timeoutMs;
    if (!this.#timer.armed || this.#deadlineMs < this.#alarmMs) this.#arm(timeoutMs);
  }

  cancel(): void {
    this.#timer.cancel();
  }

  #arm(delayMs: number): void {
    this.#alarmMs = this.#deadlineMs;
    this.#timer.arm(delayMs);
  }

  #ring(): void {
    const remainingMs = this.#deadlineMs - this.#clock.monotonicMs();
    if (remainingMs > 0) this.#arm(remainingMs);
    else this.#onExpired();
  }
}
