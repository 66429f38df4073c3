// The public API for property tests: what a suite imports from "samsa/testing". It needs fast-check beside it, and no
// test runner.

export { clusters, configs, type ClusterChoices, type ConfigChoices } from "./clusters.js";
export { workloads, type TopicChoices, type Workload, type WorkloadChoices } from "./workloads.js";
export {
  faultSchedules,
  TARGET_FORMS,
  type FaultScheduleChoices,
  type FaultStep,
  type TargetForm,
} from "./fault-schedules.js";
export { FAULT_KINDS } from "./fault-kinds.js";
export { trials, type TrialChoices } from "./trials.js";
export { plainestFirst, roundTimes, type OneOf } from "./plainest-first.js";
export { simulate, trialOf, type TrialParts, type TrialResult } from "./simulate.js";
export { describeRun } from "./describe-run.js";
export { describeTrial } from "../search/failure-story.js";
export { matchers, type MatcherResult, type RunMatchers } from "./matchers.js";
export { scenario, type Scenario } from "../world/scenario.js";
export type * from "../world/world.js";
export type * from "../search/trial.js";
export type { Fault, FaultKind, ScheduledFault, Target } from "../faults/fault.js";
export { Mistake } from "../mistake.js";
export type { RunResult, SimulateOptions } from "../run.js";
export { openWorld, RunStopped, type OpenWorld, type OpenWorldOptions } from "./open-world.js";
export { DeliveryModel, readBack, type SentRecord } from "./delivery-model.js";
export { DAMAGES, worldCommands, type CommandChoices, type Damage, type WorldCommand } from "./commands.js";
