// Pacer: lets simulated time follow the wall clock.
// The simulation runs in slices: up to the present, then sleep until its next event is due or something arrives.

import type { Simulation } from "../kernel/simulation.js";

/** Longest sleep: keeps the clocks of the two worlds close even if nothing happens. */
const MAX_SLEEP_MS = 20;

export class Pacer {
  readonly #simulation: Simulation;
  readonly #startedAtMs: number;
  readonly #startedAtUs: number;
  readonly #onFailure: (error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #running = false;

  /** Begins pacing at once. `onFailure` is told of an exception inside the simulation, after which it stands still. */
  constructor(simulation: Simulation, onFailure: (error: unknown) => void) {
    this.#simulation = simulation;
    this.#startedAtMs = performance.now();
    this.#startedAtUs = simulation.nowUs();
    this.#onFailure = onFailure;
    this.#sleep(0);
  }

  /** Runs `action` at the present moment of the simulation: for what arrives from outside. */
  act(action: () => void): void {
    if (this.#stopped) return;
    // Called from within the simulation (a socket that closes while we write to it): we are in the present already.
    if (this.#running) return action();
    this.#guard(() => {
      this.#catchUp();
      action();
      this.#catchUp();
    });
    this.#sleep(0);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #catchUp(): void {
    const elapsedUs = Math.floor((performance.now() - this.#startedAtMs) * 1000);
    this.#simulation.runToUs(Math.max(this.#simulation.nowUs(), this.#startedAtUs + elapsedUs));
  }

  #guard(work: () => void): void {
    this.#running = true;
    try {
      work();
    } catch (error) {
      this.stop();
      this.#onFailure(error);
    } finally {
      this.#running = false;
    }
  }

  #sleep(ms: number): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#guard(() => this.#catchUp());
      this.#sleep(this.#untilNextMs());
    }, ms);
  }

  #untilNextMs(): number {
    const nowUs = this.#startedAtUs + (performance.now() - this.#startedAtMs) * 1000;
    const nextUs = this.#simulation.nextEventUs();
    return Math.max(0, Math.min(MAX_SLEEP_MS, Math.floor((nextUs - nowUs) / 1000)));
  }
}
