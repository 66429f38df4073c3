// Pacer: lets simulated time follow the wall clock.
// The simulation runs in slices: up to the present, then sleep until its next event is due or something arrives.
// Timers of the host are no finer than a millisecond, so what arrives from outside is followed a little into the
// future: a request is then usually answered within the slice that brought it, instead of a timer or two later.

import type { Simulation } from "../kernel/simulation.js";

/** How far into the future an action from outside is followed: long enough for a write to three replicas. */
const FOLLOW_US = 600;
/** How far simulated time may be ahead of the wall clock. */
const MAX_AHEAD_US = 5_000;
/** Longest sleep, so that a clock that was wrong about it does no harm. */
const MAX_SLEEP_MS = 100;

export interface PacerListener {
  /** After each slice: something may have changed inside. Outside the simulation. */
  onSlice(): void;
  /** An exception inside the simulation, after which it stands still. */
  onFailure(error: unknown): void;
}

export class Pacer {
  readonly #simulation: Simulation;
  readonly #startedAtMs: number;
  readonly #startedAtUs: number;
  readonly #listener: PacerListener;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #running = false;

  /** Begins pacing at once. */
  constructor(simulation: Simulation, listener: PacerListener) {
    this.#simulation = simulation;
    this.#startedAtMs = performance.now();
    this.#startedAtUs = simulation.nowUs();
    this.#listener = listener;
    this.#sleep();
  }

  /** Runs `action` at the present moment of the simulation: for what arrives from outside. */
  act(action: () => void): void {
    if (this.#stopped) return;
    // Called from within the simulation (a socket that closes while we write to it): we are in the present already.
    if (this.#running) return action();
    this.#slice(() => {
      this.#catchUp();
      action();
      const nowUs = this.#simulation.nowUs();
      this.#simulation.runToUs(Math.max(nowUs, Math.min(nowUs + FOLLOW_US, this.#presentUs() + MAX_AHEAD_US)));
    });
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #slice(work: () => void): void {
    this.#running = true;
    try {
      work();
    } catch (error) {
      this.stop();
      this.#listener.onFailure(error);
      return;
    } finally {
      this.#running = false;
    }
    this.#listener.onSlice();
    this.#sleep();
  }

  #presentUs(): number {
    return this.#startedAtUs + Math.floor((performance.now() - this.#startedAtMs) * 1000);
  }

  #catchUp(): void {
    this.#simulation.runToUs(Math.max(this.#simulation.nowUs(), this.#presentUs()));
  }

  #sleep(): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    const dueInMs = (this.#simulation.nextEventUs() - this.#presentUs()) / 1000;
    this.#timer = setTimeout(
      () => this.#slice(() => this.#catchUp()),
      Math.max(0, Math.min(MAX_SLEEP_MS, Math.ceil(dueInMs))),
    );
  }
}
