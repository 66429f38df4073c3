// The public API: what scenarios, tests and tools import from "samsa".

export { simulate, type RunResult, type SimulateOptions } from "./run.js";
export { BUGS, type Bug, type BugName } from "../core/bugs.js";
export { PLACES, type Place, type PlaceName } from "../core/buggify.js";
export { scenario, type DataSet, type Scenario } from "./world/scenario.js";
export type * from "./world/world.js";
export type { Occasion, OccasionEvent } from "./world/occasions.js";
export type { NodeId, Offset } from "../core/types.js";
export { CHECKERS, type Verdict } from "./checkers/index.js";
export type { CheckerDefinition, Violation } from "./checkers/checker.js";
export type { Fault, FaultKind, FileOperation, Midway, ScheduledFault, Target } from "./faults/fault.js";
export type { TraceEvent, TraceHeader, TraceNode } from "./trace/format.js";
export { readTrace, writeTrace, TraceFileError } from "./trace/json-lines.js";
export { steadyLoad, type LoadedTopic, type SteadyLoad } from "./search/steady-load.js";
export { awaitDelivery, type DemandedTopics } from "./search/progress.js";
export { GoalNotReached } from "./kernel/simulation.js";
export { Mistake } from "./mistake.js";
export { ExpectationFailed } from "./world/expectation.js";
