// Runner: what a worker does with a seed: draw the trial, run it, say what came of it; and make a failure small.
// Everything follows from seed, profile and bugs. The trials of a search go through the wire format or not, and with
// frozen messages or not, as they are drawn.

import { drawTrial } from "../draw.js";
import { mutateTrial } from "../mutate.js";
import { runTrial, type TrialOutcome } from "../outcome.js";
import type { ProfileName } from "../profiles.js";
import type { Trial } from "../trial.js";
import { failsAlike } from "./fails-alike.js";
import { shrinkInAHurry } from "./hurried-shrink.js";
import type { Task } from "./plan.js";
import type { SeedRunner } from "./protocol.js";
import type { SeedResult } from "./results.js";

/** More than this many runs are not worth what they might still take away. */
const MAX_SHRINK_RUNS = 400;

/** The trial of a seed: drawn, or the neighbour it makes of the trial it is bred from. */
export function trialOf({ profile, bugs }: Task, seed: number, bredFrom: readonly number[] = []): Trial {
  const [first = seed, ...line] = bredFrom;
  const drawn = drawTrial(first, profile as ProfileName, { bugs });
  return bredFrom.length === 0 ? drawn : [...line, seed].reduce(mutateTrial, drawn);
}

/** A runner of the seeds of a task; `RunnerModule.createRunner`. */
export function createRunner(task: Task): SeedRunner {
  return {
    run: (seed, alive, bredFrom) => {
      const outcome = runTrial(trialOf(task, seed, bredFrom), { coverage: true, onProgress: alive });
      return seedResult(seed, outcome, bredFrom);
    },
    shrink: (seed, onProgress, alive, bredFrom) => {
      const drawn = trialOf(task, seed, bredFrom);
      const original = runTrial(drawn, { onProgress: alive });
      let runs = 0;
      let steps = drawn.steps.length;
      const stillFails = (trial: Trial, patienceMs: number | undefined): boolean => {
        const outcome = runTrial(trial, { onProgress: alive, ...(patienceMs === undefined ? {} : { patienceMs }) });
        const isAlike = failsAlike(original, outcome, task.bugs);
        if (isAlike) steps = trial.steps.length;
        onProgress({ runs: ++runs, steps });
        return isAlike;
      };
      const trial = shrinkInAHurry(drawn, stillFails, { maxRuns: MAX_SHRINK_RUNS });
      return { trial, stepsBefore: drawn.steps.length, runs };
    },
  };
}

/** An outcome as a line of results. */
export function seedResult(seed: number, outcome: TrialOutcome, bredFrom: readonly number[] = []): SeedResult {
  const { kind, signature, failure, violations, workMissing, digest, simulatedMs, handledEvents } = outcome;
  const { seen, reached } = outcome;
  const first = violations[0];
  const message = first === undefined ? failure : `${first.checker}: ${first.message}`;
  return {
    seed,
    ...(bredFrom.length === 0 ? {} : { bredFrom }),
    kind,
    ...(signature === undefined ? {} : { signature }),
    ...(message === undefined ? {} : { message }),
    ...(kind === "idle" ? { workMissing } : {}),
    digest,
    simulatedMs,
    handledEvents,
    seen: Object.fromEntries(Object.entries(seen).filter(([, count]) => count > 0)),
    ...(reached === undefined ? {} : { reached }),
  };
}
