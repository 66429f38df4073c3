// Protocol between a campaign and its workers: one seed asked, one result told.
// A worker has one thing to do at a time, so that when it dies everybody knows what killed it.

import type { Trial } from "../trial.js";
import type { Task } from "./plan.js";
import type { SeedResult } from "./results.js";

export type Request =
  | { readonly kind: "run"; readonly seed: number; readonly bredFrom: readonly number[] }
  /** Look for the smallest trial that fails like the seed's own. */
  | { readonly kind: "shrink"; readonly seed: number; readonly bredFrom: readonly number[] };

export type Answer =
  /** The worker has loaded what it needs. */
  | { readonly kind: "ready" }
  | { readonly kind: "result"; readonly result: SeedResult }
  /** Sent now and then while a trial runs: a thread that says nothing is in an endless loop. */
  | { readonly kind: "alive" }
  | { readonly kind: "shrinking"; readonly progress: ShrinkProgress }
  | { readonly kind: "shrunk"; readonly shrunk: Shrunk };

export interface ShrinkProgress {
  readonly runs: number;
  /** Steps of the smallest trial so far. */
  readonly steps: number;
}

/** A failure made small. */
export interface Shrunk {
  readonly trial: Trial;
  /** Steps of the trial as it was drawn. */
  readonly stepsBefore: number;
  /** How many trials were run to get there. */
  readonly runs: number;
}

/**
 * What a worker does with a seed, and the seeds it is bred from. Must not depend on the seeds before. `alive` is to be
 * called while a trial runs.
 */
export interface SeedRunner {
  run(seed: number, alive: () => void, bredFrom: readonly number[]): SeedResult;
  shrink(
    seed: number,
    onProgress: (progress: ShrinkProgress) => void,
    alive: () => void,
    bredFrom: readonly number[],
  ): Shrunk;
}

/** What the module named by `WorkerData.runner` exports. */
export interface RunnerModule {
  createRunner(task: Task): SeedRunner;
}

export interface WorkerData {
  /** URL of a `RunnerModule`. */
  readonly runner: string;
  readonly task: Task;
}
