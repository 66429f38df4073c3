// Catalogue: every exploration worth keeping, with what came out of it.
//
// First the published results of the TLA+ models of Kafka's replication, then the same question asked of core/. A
// result is "holds" (the space within the bounds was visited to its end) or the length of the shortest violation.
// Tests explore the small ones at every run, `npm run bench -- models core-models` all of them.

import type { BugName } from "../../core/bugs.js";
import { type AwaitedIsr, AsyncIsrModel } from "./async-isr-model.js";
import { AWAIT_KNOWN_ISR, AWAIT_MAXIMAL_ISR, validHighWatermark } from "./async-isr-model.js";
import { BROKER_STRONG_ISR, BROKER_WEAK_ISR, tellLogs } from "./broker-invariants.js";
import { BrokerModel } from "./broker-model.js";
import { type Exploration, explore, type Invariant, type Model } from "./explore.js";
import { LEADER_IN_ISR, STRONG_ISR, WEAK_ISR } from "./replication-invariants.js";
import { ReplicationModel } from "./replication-model.js";
import { KIP_101, KIP_279, KIP_279_BY_EPOCHS, KIP_320, KIP_320_FIRST_TRY } from "./replication-rules.js";
import { KIP_320_UNFENCED_TRUNCATION, type Rules, TRUNCATE_TO_HIGH_WATERMARK } from "./replication-rules.js";
import { tellExploration } from "./tell.js";

/** "holds", or the number of steps of the shortest way to a violation. */
export type Outcome = "holds" | number;

export interface Explored {
  readonly outcomes: Readonly<Record<string, Outcome | "unknown">>;
  readonly states: number;
  readonly text: string;
}

export interface Experiment {
  readonly name: string;
  readonly expected: Readonly<Record<string, Outcome>>;
  /** Different states within the bounds, where all of them are visited. */
  readonly states?: number;
  /** True if tests repeat it at every run: it takes a few seconds at most. */
  readonly isSmall: boolean;
  run(): Explored;
}

function experiment<State>(
  model: () => Model<State>,
  invariants: readonly Invariant<State>[],
  kept: Omit<Experiment, "run" | "name">,
  tellState?: (state: State) => string,
): Experiment {
  const { name, bounds } = model();
  const run = (): Explored => {
    const found = explore(model(), invariants);
    return {
      outcomes: outcomesOf(found, invariants),
      states: found.states,
      text: tellExploration(found, invariants, tellState),
    };
  };
  return { name: `${name}: ${bounds}`, ...kept, run };
}

function outcomesOf<State>(found: Exploration<State>, invariants: readonly Invariant<State>[]): Explored["outcomes"] {
  const outcome = (name: string): Outcome | "unknown" => {
    const violation = found.violations.find(({ invariant }) => invariant === name);
    return violation?.story.length ?? (found.complete ? "holds" : "unknown");
  };
  return Object.fromEntries(invariants.map(({ name }) => [name, outcome(name)]));
}

type Size = readonly [replicas: number, records: number, maxEpoch: number];

function violated(rules: Rules, [replicas, records, maxEpoch]: Size, weak: number, strong: number): Experiment {
  const model = () => new ReplicationModel(rules, { replicas, records, maxEpoch });
  return experiment(model, [WEAK_ISR, STRONG_ISR], { expected: { WeakIsr: weak, StrongIsr: strong }, isSmall: true });
}

function holds(rules: Rules, [replicas, records, maxEpoch]: Size, states: number, isSmall = true): Experiment {
  const model = () => new ReplicationModel(rules, { replicas, records, maxEpoch });
  const expected = { WeakIsr: "holds", StrongIsr: "holds", LeaderInIsr: "holds" } as const;
  return experiment(model, [WEAK_ISR, STRONG_ISR, LEADER_IN_ISR], { expected, states, isSmall });
}

function asyncIsr(awaited: AwaitedIsr, replicas: number, outcome: Outcome, states?: number): Experiment {
  const model = () => new AsyncIsrModel({ replicas, maxOffset: 2, maxVersion: 3 }, awaited);
  const kept = { expected: { ValidHighWatermark: outcome }, isSmall: true };
  return experiment(model, [validHighWatermark(awaited)], states === undefined ? kept : { ...kept, states });
}

/** The TLA+ modules, as published. */
export const PUBLISHED: readonly Experiment[] = [
  violated(TRUNCATE_TO_HIGH_WATERMARK, [2, 2, 2], 8, 9),
  violated(KIP_101, [2, 2, 2], 11, 11),
  holds(KIP_279, [2, 2, 2], 12_435),
  holds(KIP_279, [2, 3, 3], 319_991, false),
  violated(KIP_279, [3, 2, 2], 10, 10),
  violated(KIP_279_BY_EPOCHS, [2, 2, 2], 11, 11),
  holds(KIP_320_FIRST_TRY, [2, 2, 2], 11_743),
  holds(KIP_320_FIRST_TRY, [2, 3, 3], 283_031, false),
  violated(KIP_320_FIRST_TRY, [3, 2, 2], 11, 12),
  holds(KIP_320, [2, 2, 2], 8_985),
  holds(KIP_320, [2, 3, 3], 192_007, false),
  holds(KIP_320, [3, 2, 2], 971_002),
  violated(KIP_320_UNFENCED_TRUNCATION, [3, 2, 2], 13, 13),
  asyncIsr(AWAIT_MAXIMAL_ISR, 3, "holds", 22_456),
  asyncIsr(AWAIT_KNOWN_ISR, 3, 6),
];

type CoreSize = readonly [
  replicas: number,
  records: number,
  maxLeaderEpoch: number,
  maxPartitionEpoch: number,
  answers?: "with answers",
];

function core(
  bugs: readonly BugName[],
  size: CoreSize,
  expected: Readonly<Record<string, Outcome>>,
  states?: number,
): Experiment {
  const [replicas, records, maxLeaderEpoch, maxPartitionEpoch, answers] = size;
  const bounds = { replicas, records, maxLeaderEpoch, maxPartitionEpoch, answers: answers !== undefined };
  const model = () => new BrokerModel(bounds, bugs);
  const invariants = [BROKER_WEAK_ISR, BROKER_STRONG_ISR].filter(({ name }) => Object.hasOwn(expected, name));
  const kept = { expected, isSmall: replicas === 2 && (states ?? 0) < 50_000 };
  return experiment(model, invariants, states === undefined ? kept : { ...kept, states }, tellLogs);
}

const HOLDS = { WeakIsr: "holds", StrongIsr: "holds" } as const;

/** core/ itself, whole and with one rule less. */
export const CORE: readonly Experiment[] = [
  core(["truncate-to-high-watermark"], [2, 2, 2, 3], { WeakIsr: 8, StrongIsr: 8 }),
  core(["truncate-in-one-round"], [2, 2, 2, 3], { WeakIsr: 10, StrongIsr: 10 }),
  core(["unfenced-fetch"], [2, 2, 2, 3], { WeakIsr: 9, StrongIsr: 9 }),
  core(["join-isr-at-high-watermark"], [2, 2, 2, 3], HOLDS, 34_163),
  core(["join-isr-at-high-watermark"], [3, 1, 1, 3], { WeakIsr: "holds", StrongIsr: 11 }, 694_610),
  core(["forget-proposed-isr"], [2, 1, 1, 3], HOLDS, 2_245),
  core(["forget-proposed-isr"], [2, 1, 1, 3, "with answers"], { WeakIsr: 10, StrongIsr: 9 }),
  core([], [2, 1, 1, 3, "with answers"], HOLDS, 7_238),
  core([], [2, 2, 2, 3, "with answers"], HOLDS, 137_266),
  core([], [2, 2, 2, 3], HOLDS, 34_163),
  core([], [2, 3, 2, 4], HOLDS, 215_991),
  core([], [3, 1, 1, 3], HOLDS, 684_666),
];
