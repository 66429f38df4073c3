// Local clock: what a machine believes the time is.
// Clocks of different machines differ: the wall clock may be off and may jump, and every clock runs a little fast or
// slow. Integer arithmetic only. The monotonic clock never goes back, whatever happens to the wall clock.

import { assert } from "../../core/assert.js";

/** 2024-10-01T00:00:00Z: simulated time 0 on a wall clock that is right. */
export const EPOCH_MS = 1_727_740_800_000;

const MILLION = 1_000_000;

export class LocalClock {
  private anchorSimUs = 0;
  private anchorLocalUs = 0;
  private ratePpm = 0;
  private wallOffset = 0;

  /** How fast the clock runs beyond the right rate, in parts per million. */
  get driftPpm(): number {
    return this.ratePpm;
  }

  /** How far the wall clock is ahead of the right time, in milliseconds, drift not counted. */
  get wallOffsetMs(): number {
    return this.wallOffset;
  }

  /** Local microseconds since the start of the run at a moment of simulated time. */
  localUs(simUs: number): number {
    if (this.ratePpm === 0) return simUs - this.anchorSimUs + this.anchorLocalUs;
    const elapsed = simUs - this.anchorSimUs;
    return this.anchorLocalUs + elapsed + Math.floor((elapsed * this.ratePpm) / MILLION);
  }

  /** The first moment of simulated time at which the clock shows at least `localUs`. */
  simUsAt(localUs: number): number {
    const elapsed = localUs - this.anchorLocalUs;
    if (this.ratePpm === 0) return this.anchorSimUs + elapsed;
    let simUs = this.anchorSimUs + elapsed - Math.floor((elapsed * this.ratePpm) / (MILLION + this.ratePpm)) - 1;
    while (this.localUs(simUs) < localUs) simUs++;
    return simUs;
  }

  monotonicMs(simUs: number): number {
    return Math.floor(this.localUs(simUs) / 1000);
  }

  wallMs(simUs: number): number {
    return EPOCH_MS + this.wallOffset + this.monotonicMs(simUs);
  }

  /** Changes the rate from now on, continuously. */
  setDrift(ppm: number, nowUs: number): void {
    assert(Number.isInteger(ppm) && ppm > -MILLION / 2 && ppm < MILLION, "clock drift is a sane whole number of ppm");
    this.anchorLocalUs = this.localUs(nowUs);
    this.anchorSimUs = nowUs;
    this.ratePpm = ppm;
  }

  /** Moves the wall clock by whole milliseconds, forward or back. */
  stepWall(byMs: number): void {
    assert(Number.isInteger(byMs), "a clock step is a whole number of milliseconds");
    this.wallOffset += byMs;
  }
}
