// Trials as fast-check draws them: a cluster, a workload and a schedule of faults that fit each other.

import fc from "fast-check";
import type { BugName } from "../../core/bugs.js";
import { describeTrial } from "../search/failure-story.js";
import type { Step, Trial } from "../search/trial.js";
import type { ClusterOptions } from "../world/world.js";
import { clusters, type ClusterChoices } from "./clusters.js";
import { faultSchedules, type FaultScheduleChoices } from "./fault-schedules.js";
import { fitTrial } from "./fit-trial.js";
import { plainestFirst, type OneOf } from "./plainest-first.js";
import { workloads, type Workload, type WorkloadChoices } from "./workloads.js";

/** Each part as choices, or as an arbitrary of your own. */
export interface TrialChoices {
  readonly cluster?: ClusterChoices | fc.Arbitrary<ClusterOptions>;
  readonly workload?: WorkloadChoices | fc.Arbitrary<Workload>;
  /** Racks and topics are those of cluster and workload, unless told. */
  readonly faults?: FaultScheduleChoices | fc.Arbitrary<readonly Step[]>;
  /** What decides delays, election time-outs and torn writes; it does not shrink. */
  readonly seeds?: fc.Arbitrary<number>;
  /** "objects" unless told; "encoded" sends every message through Kafka's wire format. */
  readonly wire?: OneOf<Trial["wire"]>;
  /** Historic bugs to switch on. */
  readonly bugs?: readonly BugName[];
  /**
   * True: a loss that Kafka never promised to prevent (acks=1, every in-sync disk gone) is excused. Off unless told:
   * a property asks what a configuration survives, and "that was never promised" is then an answer too.
   */
  readonly excusesUnpromised?: boolean;
}

function isArbitrary<T>(part: object): part is fc.Arbitrary<T> {
  return part instanceof fc.Arbitrary;
}

function schedulesOf(choices: TrialChoices): fc.Arbitrary<readonly Step[]> {
  const { cluster = {}, workload = {}, faults = {} } = choices;
  if (isArbitrary<readonly Step[]>(faults)) return faults;
  const racks = isArbitrary(cluster) ? undefined : cluster.racks;
  const topics = isArbitrary(workload) ? undefined : workload.topics?.map(({ topic }) => topic);
  return faultSchedules({
    ...(racks === undefined ? {} : { racks: [...new Set(racks)] }),
    ...(topics === undefined ? {} : { topics }),
    ...faults,
  });
}

/** Trials; every part shrinks on its own. A counterexample is printed as sentences. */
export function trials(choices: TrialChoices = {}): fc.Arbitrary<Trial> {
  const { cluster = {}, workload = {}, bugs = [], excusesUnpromised = false } = choices;
  return fc
    .record({
      seed: fc.noShrink(choices.seeds ?? fc.integer({ min: 1, max: 9999 })),
      cluster: isArbitrary<ClusterOptions>(cluster) ? cluster : clusters(cluster),
      workload: isArbitrary<Workload>(workload) ? workload : workloads(workload),
      steps: schedulesOf(choices),
      wire: plainestFirst(choices.wire ?? "objects"),
    })
    .map(({ workload: drawn, ...parts }) =>
      printable(fitTrial({ ...parts, ...drawn, durationMs: 0, bugs, buggify: [], excusesUnpromised })),
    );
}

/** Tells fast-check to print sentences. Hidden from `Object.keys`: a trial stays plain data. */
function printable(trial: Trial): Trial {
  return Object.defineProperty(trial, fc.toStringMethod, {
    value: () => `\n${describeTrial(trial)}  seed ${trial.seed}\n`,
  });
}
