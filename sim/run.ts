// A run: one scenario, one seed, one verdict.
// Everything a caller may want to know afterwards is in the result: the story, the verdicts, what was seen, the digest.

import type { PlaceName } from "../core/buggify.js";
import type { BugName } from "../core/bugs.js";
import { CHECKERS, CheckerPanel, type CheckerDefinition, type ExcuseFor, type Verdict } from "./checkers/index.js";
import { Coverage } from "./coverage/coverage.js";
import type { Reached } from "./coverage/reached.js";
import { FaultBudget, type Excuse } from "./faults/budget.js";
import { GoalNotReached } from "./kernel/simulation.js";
import type { DrawListener } from "./kernel/random.js";
import { Mistake, refuse } from "./mistake.js";
import { SeenCounter, type Seen } from "./report/seen.js";
import { StoryTeller, type StoryLine } from "./report/story.js";
import type { TraceEvent, TraceHeader } from "./trace/format.js";
import { endViewOf } from "./world/end-view.js";
import { ExpectationFailed } from "./world/expectation.js";
import { promiseProblem, scenarioProblem } from "./world/scenario-check.js";
import { expectedViolations, type Scenario } from "./world/scenario.js";
import { seedProblem } from "./world/seed.js";
import { SimulatedWorld } from "./world/simulated-world.js";

export interface SimulateOptions {
  /** Decides everything that is drawn; the scenario's own seed, or 1, unless told. */
  readonly seed?: number;
  /** Keep the whole trace in the result. Off unless told: it costs memory. */
  readonly trace?: boolean;
  /** Off: no checkers, no story, nothing listens; for measuring. */
  readonly checkers?: boolean | readonly CheckerDefinition[];
  /** "encoded": every message goes through Kafka's wire format. "objects" unless told. */
  readonly wire?: "objects" | "encoded";
  /** Deep-freeze messages, so that a node that changes one fails at once. */
  readonly freeze?: boolean;
  /** Historic bugs to switch on, instead of those the scenario names; an empty list cures an exhibit. */
  readonly bugs?: readonly BugName[];
  /** Places where the legal but unlikely may happen, instead of those the scenario names. */
  readonly buggify?: readonly PlaceName[];
  /** Say in the result where in the protocol the run has been. */
  readonly coverage?: boolean;
  /** Events after which the run is given up as one that never ends; as many as it takes unless told. */
  readonly maxEvents?: number;
  /** What the scenario's data set holds, if it names one. */
  readonly data?: unknown;
  /** Told of every random draw, to find where two runs part. */
  readonly onDraw?: DrawListener;
  /** Called now and then with the simulated time, for a progress line. */
  readonly onProgress?: (nowMs: number) => void;
}

export interface RunResult {
  readonly scenario: string;
  readonly seed: number;
  /** Historic bugs that were switched on. */
  readonly bugs: readonly BugName[];
  /** Places where the unlikely might happen. */
  readonly buggify: readonly PlaceName[];
  /** Names of the checkers that had to be violated. */
  readonly expected: readonly string[];
  /** Sixteen hexadecimal digits that stand for everything that happened. */
  readonly digest: string;
  readonly simulatedMs: number;
  readonly handledEvents: number;
  readonly verdicts: readonly Verdict[];
  /** The verdicts as if nothing excused what was violated. */
  readonly strictVerdicts: readonly Verdict[];
  /** Guarantees that the faults made impossible, with the reason. */
  readonly excuses: readonly Excuse[];
  readonly seen: Seen;
  /** Where in the protocol the run has been; undefined unless `coverage` was asked for. */
  readonly reached: Reached | undefined;
  readonly story: readonly StoryLine[];
  /** Names of checkers that were violated without being expected to be, and the other way round. */
  readonly unexpected: readonly string[];
  readonly missing: readonly string[];
  /** What stopped the script, in a sentence: a goal not reached, a claim that did not hold, a node's failure. */
  readonly failure: string | undefined;
  /** The exception behind `failure`; for a goal or a claim of the script, that one. */
  readonly error: unknown;
  /** What of it is a bug in us, and not the script's own complaint; undefined if nothing. */
  readonly failureCause: unknown;
  /** Everything went as the scenario expects. */
  readonly ok: boolean;
  readonly header: TraceHeader;
  /** Empty unless `trace` was asked for. */
  readonly events: readonly TraceEvent[];
}

const WRITTEN_ONCE = "A producer without idempotence may write a record twice when it retries.";

const KNOWN_PRODUCER =
  "A leader that has forgotten a producer, or never knew it, cannot tell its batches (KAFKA-14359).";

/** A run whose script goes on step by step. */
export interface OpenRun {
  readonly world: SimulatedWorld;
  /** Lets the script go on. What it throws ends the run, and is in its result; a mistake of its author is thrown. */
  play(action: (world: SimulatedWorld) => void): void;
  /** Whether something was thrown. */
  readonly isOver: boolean;
  /** Heals everything and judges; once, at the end. */
  judge(): RunResult;
}

/**
 * Runs a scenario to its end and judges it.
 * Never throws for what happens in the simulation: a failed run is a result with `ok: false`.
 * @throws Mistake if the scenario or its options say what cannot be
 */
export function simulate(scenario: Scenario, options: SimulateOptions = {}): RunResult {
  const run = openRun(scenario, options);
  run.play((world) => {
    refuse(promiseProblem(`the run of ${scenario.name}`, scenario.run(world)));
  });
  return run.judge();
}

/**
 * Starts the cluster of a scenario, and leaves it to the caller what happens then.
 * @throws Mistake if the scenario or its options say what cannot be
 */
export function openRun(scenario: Scenario, options: SimulateOptions = {}): OpenRun {
  const claims = [...CHECKERS, ...(typeof options.checkers === "object" ? options.checkers : [])];
  const seed = options.seed ?? scenario.seed ?? 1;
  refuse(
    seedProblem(seed) ??
      scenarioProblem(
        scenario,
        claims.map(({ name }) => name),
      ),
    `scenario ${scenario.name}`,
  );
  const bugs = options.bugs ?? scenario.bugs ?? [];
  const buggify = options.buggify ?? scenario.buggify ?? [];
  const coverage =
    options.coverage === true ? new Coverage((node) => world.cluster.machine(node).spec.role) : undefined;
  const world: SimulatedWorld = new SimulatedWorld(scenario.cluster, {
    seed,
    wire: options.wire ?? "objects",
    freeze: options.freeze ?? false,
    bugs,
    buggify,
    marks: coverage,
    maxEvents: options.maxEvents,
    data: options.data,
    onDraw: options.onDraw,
    onProgress: options.onProgress,
  });
  const { recorder } = world.cluster;
  const watched = options.checkers !== false;
  const panel = new CheckerPanel(typeof options.checkers === "object" ? options.checkers : undefined);
  const budget = new FaultBudget(world.controllers);
  // What a leader shows is excused more often than what a producer was told: the high watermark may pass what the leader
  // itself has not flushed yet, as in Kafka, when its followers have.
  const toldBudget = new FaultBudget(world.controllers, (topic) => world.flushesFirst(topic));
  const seen = new SeenCounter();
  const story = new StoryTeller(world.nameOf);
  if (options.trace === true) recorder.keep();
  if (coverage !== undefined) recorder.listen((event) => coverage.onEvent(event), Coverage.watches);
  if (watched) {
    panel.listenTo(recorder);
    recorder.listen((event) => budget.onEvent(event), FaultBudget.watches);
    recorder.listen((event) => toldBudget.onEvent(event), FaultBudget.watches);
    recorder.listen((event) => seen.onEvent(event), SeenCounter.watches);
    recorder.listen((event) => story.onEvent(event), StoryTeller.watches);
  }

  let stopped: Stopped = { failure: undefined, error: undefined };
  const run: OpenRun = {
    world,
    play(action) {
      if (run.isOver) return;
      try {
        action(world);
      } catch (error) {
        if (error instanceof Mistake) throw error;
        stopped = { failure: error instanceof Error ? error.message : String(error), error };
      }
    },
    get isOver() {
      return stopped.failure !== undefined;
    },
    judge() {
      run.play(() => world.finish());
      return judge({
        scenario,
        seed,
        bugs,
        buggify,
        world,
        watched,
        panel,
        budget,
        toldBudget,
        seen,
        story,
        coverage,
        ...stopped,
      });
    },
  };
  run.play(() => world.start());
  return run;
}

/** How a script was stopped, if it was. */
interface Stopped {
  readonly failure: string | undefined;
  readonly error: unknown;
}

/** A run that has ended, and all who watched it. */
interface EndedRun extends Stopped {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly bugs: readonly BugName[];
  readonly buggify: readonly PlaceName[];
  readonly world: SimulatedWorld;
  readonly watched: boolean;
  readonly panel: CheckerPanel;
  readonly budget: FaultBudget;
  readonly toldBudget: FaultBudget;
  readonly seen: SeenCounter;
  readonly story: StoryTeller;
  readonly coverage: Coverage | undefined;
}

function judge(run: EndedRun): RunResult {
  const { scenario, seed, bugs, buggify, world, watched, panel, budget, toldBudget, seen, story, failure, error } = run;
  const { recorder } = world.cluster;
  const expected = expectedViolations(scenario, bugs);
  const excuseFor: ExcuseFor = (restsOn, partition) => {
    if (scenario.excusesUnpromised !== true) return undefined;
    if (restsOn === "written-once") return WRITTEN_ONCE;
    if (restsOn === "known-producer") return KNOWN_PRODUCER;
    if (partition === undefined && restsOn === "committed-offsets")
      return budget.excuseForOffsets() ?? budget.excuseForMetadata();
    if (restsOn === "committed-metadata" || partition === undefined) return budget.excuseForMetadata();
    const cut = partition.lastIndexOf("-");
    const name = [partition.slice(0, cut), Number(partition.slice(cut + 1))] as const;
    if (restsOn === "isr-acknowledged-records") return toldBudget.excuseForRecords(...name);
    if (restsOn === "leader-acknowledged-records") return budget.excuseForLeaderRecords(...name);
    return (
      budget.excuseForRecords(...name) ?? (restsOn === "committed-offsets" ? budget.excuseForOffsets() : undefined)
    );
  };
  const verdicts = watched ? panel.end(endViewOf(world, failure === undefined), excuseFor) : [];
  return {
    scenario: scenario.name,
    seed,
    bugs,
    buggify,
    expected,
    digest: world.cluster.digest.hex(),
    simulatedMs: world.nowMs,
    handledEvents: world.cluster.simulation.handledEvents,
    verdicts,
    strictVerdicts: watched ? panel.verdicts() : [],
    excuses: scenario.excusesUnpromised === true ? budget.excuses : [],
    seen: seen.seen,
    reached: run.coverage?.all,
    story: story.lines,
    ...comparison(verdicts, expected, failure),
    failure,
    error,
    failureCause: error instanceof GoalNotReached || error instanceof ExpectationFailed ? undefined : error,
    header: {
      format: "samsa-trace",
      version: 1,
      seed,
      scenario: scenario.name,
      ...(bugs.length === 0 ? {} : { bugs }),
      ...(buggify.length === 0 ? {} : { buggify }),
      nodes: world.cluster.traceNodes(),
      digest: world.cluster.digest.hex(),
      verdicts,
    },
    events: recorder.events,
  };
}

/** The same run, judged as if nothing excused what was violated. */
export function withoutExcuses(result: RunResult): RunResult {
  const { strictVerdicts: verdicts, expected, failure, header } = result;
  return {
    ...result,
    ...comparison(verdicts, expected, failure),
    verdicts,
    excuses: [],
    header: { ...header, verdicts },
  };
}

/** What was violated against what had to be. Without verdicts nobody watched, and nothing can be missing. */
function comparison(
  verdicts: readonly Verdict[],
  expected: readonly string[],
  failure: string | undefined,
): Pick<RunResult, "unexpected" | "missing" | "ok"> {
  const violated = verdicts.filter(({ violations }) => violations > 0).map(({ checker }) => checker);
  const unexpected = violated.filter((name) => !expected.includes(name));
  const missing = verdicts.length === 0 ? [] : expected.filter((name) => !violated.includes(name));
  return { unexpected, missing, ok: failure === undefined && unexpected.length === 0 && missing.length === 0 };
}
