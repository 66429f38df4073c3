// Deferred writes: operations that are decided and appended, and wait for their records to be committed.
// They finish in the order in which they were decided, so a response never tells of something an earlier,
// still unanswered operation did. Only the shard's runtime adds and finishes them.

import type { Timer, Timers, Clock } from "../environment.js";
import { assert } from "../assert.js";
import { type ErrorCode, Errors } from "../errors.js";
import type { Offset } from "../types.js";

interface DeferredWrite {
  readonly lastOffset: Offset;
  readonly deadlineMs: number;
  readonly finish: (error: ErrorCode) => void;
}

/** The waiting operations of one shard, oldest first. */
export class DeferredWrites {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #timer: Timer;
  #waiting: DeferredWrite[] = [];

  /** @param timeoutMs wait after which an operation fails with REQUEST_TIMED_OUT */
  constructor(clock: Clock, timers: Timers, timeoutMs: number, onTimer: () => void) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#timer = timers.create("coordinator-write-timeout", onTimer);
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** Waits until the high watermark passes `lastOffset`. */
  add(lastOffset: Offset, finish: (error: ErrorCode) => void): void {
    const newest = this.#waiting[this.#waiting.length - 1];
    assert(
      newest === undefined || newest.lastOffset <= lastOffset,
      "writes are deferred in the order of their offsets",
    );
    this.#waiting.push({ lastOffset, deadlineMs: this.#clock.monotonicMs() + this.#timeoutMs, finish });
    if (!this.#timer.armed) this.#timer.arm(this.#timeoutMs);
  }

  /** Finishes those whose records all lie below `highWatermark`. */
  complete(highWatermark: Offset): void {
    while (this.#waiting.length > 0 && this.#waiting[0]!.lastOffset < highWatermark) {
      this.#waiting.shift()!.finish(Errors.NONE);
    }
  }

  /** Fails those that waited too long; the records stay in the log and may be committed later all the same. */
  expire(): void {
    const now = this.#clock.monotonicMs();
    while (this.#waiting.length > 0 && this.#waiting[0]!.deadlineMs <= now) {
      this.#waiting.shift()!.finish(Errors.REQUEST_TIMED_OUT);
    }
    const oldest = this.#waiting[0];
    if (oldest !== undefined) this.#timer.arm(oldest.deadlineMs - now);
  }

  failAll(error: ErrorCode): void {
    this.#timer.cancel();
    const failed = this.#waiting;
    this.#waiting = [];
    for (const write of failed) write.finish(error);
  }
}
