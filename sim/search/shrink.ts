// Shrink: from a trial that fails to a small one that still does. It cuts by meaning: first what saves most time and
// reading (steps, clients, topics, length), then what is left is made milder and rounder, until no cut is left that
// keeps the failure. It knows nothing of runs: whoever calls it says whether a trial still fails.

import { milderSteps, rounded } from "./milder.js";
import { retargeted } from "./retarget.js";
import { endOf } from "./timeline.js";
import type { ConfigOverrides } from "../../core/config/definition.js";
import type { Step, Trial } from "./trial.js";

export interface ShrinkOptions {
  /** Trials that may be run; 400 unless told. */
  readonly maxRuns?: number;
  /** Told of each trial that still failed, and of the runs so far. */
  readonly onProgress?: (smallest: Trial, runs: number) => void;
}

export interface Shrunk {
  readonly trial: Trial;
  /** How many trials were run. */
  readonly runs: number;
}

/** @param stillFails runs a trial: does it fail in the same way? */
export function shrinkTrial(trial: Trial, stillFails: (trial: Trial) => boolean, options: ShrinkOptions = {}): Shrunk {
  const work = new Work(trial, stillFails, options);
  let before: Trial;
  do {
    before = work.trial;
    for (const pass of PASSES) pass(work);
  } while (work.trial !== before && !work.isSpent);
  return { trial: work.trial, runs: work.runs };
}

/** The smallest trial so far, and the runs that are left. */
class Work {
  trial: Trial;
  runs = 0;
  readonly #stillFails: (trial: Trial) => boolean;
  readonly #options: ShrinkOptions;
  readonly #tried = new Set<string>();

  constructor(trial: Trial, stillFails: (trial: Trial) => boolean, options: ShrinkOptions) {
    this.trial = trial;
    this.#stillFails = stillFails;
    this.#options = options;
    this.#tried.add(JSON.stringify(trial));
  }

  get isSpent(): boolean {
    return this.runs >= (this.#options.maxRuns ?? 400);
  }

  /** Takes the candidate if it still fails. One that was tried before is not run again. */
  take(candidate: Trial): boolean {
    if (this.isSpent) return false;
    const fitting = retargeted(candidate);
    const text = JSON.stringify(fitting);
    if (this.#tried.has(text)) return false;
    this.#tried.add(text);
    this.runs++;
    if (!this.#stillFails(fitting)) return false;
    this.trial = fitting;
    this.#options.onProgress?.(fitting, this.runs);
    return true;
  }
}

type Pass = (work: Work) => void;

/** Leaves out of a list whatever can be: everything, halves, quarters, at last single elements. */
function dropping<T>(get: (trial: Trial) => readonly T[], put: (trial: Trial, list: readonly T[]) => Trial): Pass {
  return (work) => {
    for (let size = get(work.trial).length; size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      // From the end: what happened last is most often not needed.
      for (let end = get(work.trial).length; end > 0; end -= size) {
        const list = get(work.trial);
        work.take(put(work.trial, [...list.slice(0, Math.max(0, end - size)), ...list.slice(end)]));
      }
    }
  };
}

/** Makes a number as small as can be, by halving the distance to the smallest, up to a tenth of what is left. */
function lowering(
  atLeast: number,
  get: (trial: Trial) => number,
  put: (trial: Trial, value: number) => Trial,
  unit = 1,
): Pass {
  return (work) => {
    if (get(work.trial) <= atLeast || work.take(put(work.trial, atLeast))) return;
    let tooLow = atLeast;
    for (;;) {
      const high = get(work.trial);
      const middle = Math.round((tooLow + high) / 2 / unit) * unit;
      if (middle <= tooLow || middle >= high || (high - tooLow) * 10 < high || work.isSpent) return;
      if (!work.take(put(work.trial, middle))) tooLow = middle;
    }
  };
}

/** Leaves settings at Kafka's default where that changes nothing. */
function defaulting(
  get: (trial: Trial) => ConfigOverrides | undefined,
  put: (trial: Trial, config: ConfigOverrides) => Trial,
): Pass {
  return dropping(
    (trial) => Object.entries(get(trial) ?? {}),
    (trial, entries) => put(trial, Object.fromEntries(entries) as ConfigOverrides),
  );
}

function replaced<T>(list: readonly T[], index: number, value: T): readonly T[] {
  return list.map((each, at) => (at === index ? value : each));
}

/** A pass for each element of a list. */
function each<T>(get: (trial: Trial) => readonly T[], pass: (index: number) => Pass): Pass {
  return (work) => {
    for (let index = 0; index < get(work.trial).length; index++) pass(index)(work);
  };
}

const steps = (trial: Trial): readonly Step[] => trial.steps;
const withStep = (trial: Trial, index: number, step: Step): Trial => ({
  ...trial,
  steps: [...replaced(trial.steps, index, step)].sort((a, b) => a.atMs - b.atMs),
});

/** Each step in its mildest form. */
const milder: Pass = (work) => {
  for (let index = 0; index < work.trial.steps.length; index++) {
    for (let again = true; again && !work.isSpent;)
      again = milderSteps(work.trial.steps[index]!).some((step) => work.take(withStep(work.trial, index, step)));
  }
};

function withEnd(step: Step, endMs: number): Step {
  if (step.kind === "hold") return { ...step, releaseAtMs: endMs };
  return step.kind === "fault" ? { ...step, healAtMs: endMs } : step;
}

/** Faults that need no healing of their own are healed with everything else; others sooner. */
const endSooner: Pass = (work) => {
  for (let index = 0; index < work.trial.steps.length; index++) {
    const step = work.trial.steps[index]!;
    const end = endOf(step);
    if (end === undefined) continue;
    if (step.kind === "fault") {
      const { healAtMs: _, ...unhealed } = step;
      if (work.take(withStep(work.trial, index, unhealed))) continue;
    }
    const after = end - step.atMs;
    for (const shorter of [rounded(after / 4), rounded(after / 2), rounded(after)])
      if (shorter > 0 && shorter < after && work.take(withStep(work.trial, index, withEnd(step, step.atMs + shorter))))
        break;
  }
};

/** Everything sooner by what passes before the first step. */
const beginSooner: Pass = (work) => {
  const first = work.trial.steps[0]?.atMs ?? 0;
  for (const byMs of [first - 100, Math.floor(first / 2)]) {
    if (byMs <= 0) continue;
    const moved = work.trial.steps.map((step) => moveBy(step, -byMs));
    if (
      work.take({
        ...work.trial,
        steps: moved,
        durationMs: Math.max(1000, Math.ceil((work.trial.durationMs - byMs) / 100) * 100),
      })
    )
      return;
  }
};

function moveBy(step: Step, byMs: number): Step {
  const moved = { ...step, atMs: Math.max(0, step.atMs + byMs) };
  const end = endOf(step);
  return end === undefined ? moved : withEnd(moved, Math.max(0, end + byMs));
}

/** Times that are round: whole seconds, tenths, hundredths; all at once first. */
const rounder: Pass = (work) => {
  const roundTo = (unit: number) => (step: Step) => {
    const round = (ms: number): number => Math.round(ms / unit) * unit;
    const moved = { ...step, atMs: round(step.atMs) };
    const end = endOf(step);
    return end === undefined ? moved : withEnd(moved, Math.max(round(end), moved.atMs + unit));
  };
  for (const unit of [1000, 100, 10]) {
    const steps = work.trial.steps.map(roundTo(unit));
    if (work.take({ ...work.trial, steps: [...steps].sort((a, b) => a.atMs - b.atMs) })) break;
  }
  for (const unit of [1000, 100, 10]) {
    const { load } = work.trial;
    const everyMs = Math.round(load.everyMs / unit) * unit;
    if (everyMs > 0 && work.take({ ...work.trial, load: { ...load, everyMs } })) break;
  }
  for (let index = 0; index < work.trial.steps.length; index++)
    for (const unit of [1000, 100, 10])
      if (work.take(withStep(work.trial, index, roundTo(unit)(work.trial.steps[index]!)))) break;
};

/** Over sooner: what would begin later goes with it. */
const shorter: Pass = lowering(
  1000,
  (trial) => trial.durationMs,
  (trial, durationMs) => ({ ...trial, durationMs, steps: trial.steps.filter(({ atMs }) => atMs < durationMs) }),
  100,
);

/** Messages need not be encoded to break most claims; a run without that takes half the time. */
const unencoded: Pass = (work) => {
  if (work.trial.wire !== "objects") work.take({ ...work.trial, wire: "objects" });
};

/**
 * In rounds, until nothing changes: what saves most first, above all what makes the runs to come short. Consumers are
 * half of what happens in a run, and seldom what it takes.
 */
const PASSES: readonly Pass[] = [
  unencoded,
  shorter,
  dropping(
    (trial) => trial.consumers,
    (trial, consumers) => ({ ...trial, consumers }),
  ),
  dropping(steps, (trial, list) => ({ ...trial, steps: list })),
  shorter,
  dropping(
    (trial) => trial.buggify,
    (trial, buggify) => ({ ...trial, buggify }),
  ),
  dropping(
    (trial) => trial.producers,
    (trial, producers) => ({ ...trial, producers }),
  ),
  dropping(
    (trial) => trial.topics,
    (trial, topics) => ({ ...trial, topics }),
  ),
  each(
    (trial) => trial.topics,
    (index) =>
      lowering(
        1,
        (trial) => trial.topics[index]!.partitions,
        (trial, partitions) => ({
          ...trial,
          topics: replaced(trial.topics, index, { ...trial.topics[index]!, partitions }),
        }),
      ),
  ),
  lowering(
    1,
    (trial) => trial.cluster.controllers,
    (trial, controllers) => ({
      ...trial,
      // An even number of voters bears no more failures than one less.
      cluster: { ...trial.cluster, controllers: controllers === 2 ? 3 : controllers },
    }),
  ),
  lowering(
    1,
    (trial) => trial.cluster.brokers,
    (trial, brokers) => ({ ...trial, cluster: { ...trial.cluster, brokers } }),
  ),
  each(
    (trial) => trial.topics,
    (index) =>
      lowering(
        1,
        (trial) => trial.topics[index]!.replicationFactor,
        (trial, replicationFactor) => ({
          ...trial,
          topics: replaced(trial.topics, index, { ...trial.topics[index]!, replicationFactor }),
        }),
      ),
  ),
  lowering(
    0,
    (trial) => trial.load.records,
    (trial, records) => ({
      ...trial,
      // Over the same time.
      load: {
        ...trial.load,
        records,
        everyMs: Math.ceil((trial.load.everyMs * trial.load.records) / Math.max(1, records)),
      },
    }),
  ),
  lowering(
    0,
    (trial) => trial.load.records,
    (trial, records) => ({ ...trial, load: { ...trial.load, records } }),
  ),
  lowering(
    1,
    (trial) => trial.load.atOnce ?? 1,
    (trial, atOnce) => ({ ...trial, load: { ...trial.load, atOnce } }),
  ),
  lowering(
    0,
    (trial) => trial.load.keys,
    (trial, keys) => ({ ...trial, load: { ...trial.load, keys } }),
  ),
  lowering(
    0,
    (trial) => trial.load.valueBytes,
    (trial, valueBytes) => ({ ...trial, load: { ...trial.load, valueBytes } }),
  ),
  defaulting(
    (trial) => trial.cluster.config,
    (trial, config) => ({ ...trial, cluster: { ...trial.cluster, config } }),
  ),
  each(
    (trial) => trial.topics,
    (index) =>
      defaulting(
        (trial) => trial.topics[index]?.config,
        (trial, config) => ({
          ...trial,
          topics: replaced(trial.topics, index, { ...trial.topics[index]!, config }),
        }),
      ),
  ),
  each(
    (trial) => trial.producers,
    (index) =>
      defaulting(
        (trial) => trial.producers[index]?.config,
        (trial, config) => ({
          ...trial,
          producers: replaced(trial.producers, index, { ...trial.producers[index]!, config }),
        }),
      ),
  ),
  each(
    (trial) => trial.consumers,
    (index) =>
      lowering(
        0,
        (trial) => trial.consumers[index]!.workMs ?? 0,
        (trial, workMs) => ({
          ...trial,
          consumers: replaced(trial.consumers, index, { ...trial.consumers[index]!, workMs }),
        }),
      ),
  ),
  each(
    (trial) => trial.consumers,
    (index) =>
      defaulting(
        (trial) => trial.consumers[index]?.config,
        (trial, config) => ({
          ...trial,
          consumers: replaced(trial.consumers, index, { ...trial.consumers[index]!, config }),
        }),
      ),
  ),
  (work) => {
    const { racks: _, ...cluster } = work.trial.cluster;
    if (work.trial.cluster.racks !== undefined) work.take({ ...work.trial, cluster });
  },
  milder,
  endSooner,
  beginSooner,
  rounder,
];
