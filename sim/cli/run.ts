// samsa run: runs one scenario and tells its story.

import { performance } from "node:perf_hooks";
import { PLACE_NAMES, type PlaceName } from "../../core/buggify.js";
import { BUG_NAMES, type BugName } from "../../core/bugs.js";
import { nearestNames } from "../../core/config/definition.js";
import { SCENARIOS } from "../../scenarios/index.js";
import { MUSEUM } from "../../scenarios/museum/index.js";
import { drawTrial } from "../search/draw.js";
import { describeTrial } from "../search/failure-story.js";
import type { Trial } from "../search/trial.js";
import { trialScenario } from "../search/trial-scenario.js";
import { formatRun } from "../report/run-report.js";
import { simulate, type SimulateOptions } from "../run.js";
import type { Scenario } from "../world/scenario.js";
import { loadDataSet, writeOutput, writeReplayPage, writeTraceFile } from "./files.js";
import { parseOptions } from "./options.js";
import { Progress } from "./progress.js";
import { importScenario, isScenarioFile, readTrial } from "./scenario-files.js";
import { ExitCode, UsageError, type Command } from "./usage.js";

const MAX_SEED = 0xffffffff;

/** The seed a random scenario is named after. */
function seedInName(name: string): number | undefined {
  const seed = Number(/^random-(\d{1,10})$/.exec(name)?.[1] ?? NaN);
  return seed <= MAX_SEED ? seed : undefined;
}

/** The scenario of that name. @throws UsageError naming the nearest ones */
function scenarioNamed(name: string): Scenario {
  const all = [...SCENARIOS, ...MUSEUM];
  const found = all.find((scenario) => scenario.name === name);
  if (found !== undefined) return found;
  if (name.startsWith("random-"))
    throw new UsageError(`No scenario is called "${name}"; random-N is drawn from N, a whole number to ${MAX_SEED}.`);
  const nearest = nearestNames(
    name,
    all.map((scenario) => scenario.name),
    3,
  );
  const hint = nearest.length === 0 ? "samsa list names them all" : `did you mean ${nearest.join(", or ")}?`;
  throw new UsageError(`No scenario is called "${name}"; ${hint}`);
}

/** A scenario to run, with the seed it is to be run with unless told another. */
interface Runnable {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly wire: SimulateOptions["wire"];
  /** What it plays, if that is plain data. */
  readonly trial?: Trial;
}

/** The scenario of a name, or in a file. */
async function runnable(name: string): Promise<Runnable> {
  if (name.endsWith(".json")) {
    const trial = readTrial(name);
    return { scenario: trialScenario(trial), seed: trial.seed, wire: trial.wire, trial };
  }
  const drawnFrom = seedInName(name);
  if (drawnFrom !== undefined) {
    const trial = drawTrial(drawnFrom);
    return { scenario: trialScenario(trial), seed: drawnFrom, wire: "objects", trial };
  }
  const scenario = isScenarioFile(name) ? await importScenario(name) : scenarioNamed(name);
  return { scenario, seed: scenario.seed ?? 1, wire: "objects" };
}

/** The bugs of those names. @throws UsageError naming the nearest ones */
export function bugsNamed(names: readonly string[]): readonly BugName[] {
  return names.map((name) => {
    const found = BUG_NAMES.find((bug) => bug === name);
    if (found !== undefined) return found;
    const nearest = nearestNames(name, BUG_NAMES, 3);
    const hint = nearest.length === 0 ? `there are ${BUG_NAMES.join(", ")}` : `did you mean ${nearest.join(", or ")}?`;
    throw new UsageError(`No historic bug is called "${name}"; ${hint}`);
  });
}

/** The places of those names; "all" is every one. @throws UsageError naming the nearest ones */
function placesNamed(names: readonly string[]): readonly PlaceName[] {
  return names.flatMap((name) => {
    if (name === "all") return PLACE_NAMES;
    const found = PLACE_NAMES.find((place) => place === name);
    if (found !== undefined) return [found];
    const nearest = nearestNames(name, PLACE_NAMES, 3);
    const hint =
      nearest.length === 0 ? `there are all, ${PLACE_NAMES.join(", ")}` : `did you mean ${nearest.join(", or ")}?`;
    throw new UsageError(`No place for rare events is called "${name}"; ${hint}`);
  });
}

export const runCommand: Command = {
  name: "run",
  summary: "run a scenario: its story, its verdicts, its digest",
  help: `samsa run <scenario or file> [options]

Runs a scenario and tells what happened when, and why; then the verdict of every checker.
The scenario random-N is drawn from N: cluster, workload and faults that nobody scripted. It is told first what was
drawn; with --json it is there as data ("trial"), which can be changed, saved as a file and run.
A file is run too: a trial as JSON, or a TypeScript module that exports a scenario, as samsa search writes them.

  --seed N        what is drawn is drawn from N (0 to 4294967295; unless told, that of the file, N for random-N, or 1)
  --trace FILE    write the whole trace as JSON lines (.jsonl, or .jsonl.gz)
  --html FILE     write a page that replays every message; one file, needs no network
  --draws FILE    write every random draw, one a line, for samsa diverge
  --bug NAME      switch a historic bug on, besides those the scenario exhibits; may be repeated
  --buggify NAME  let the legal but unlikely happen at a place of core/buggify.ts, or at "all"; may be repeated
  --cured         switch the scenario's own bugs off: then everything must hold
  --wire          send every message through Kafka's wire format
  --json          the result as JSON
  --quiet         only verdicts that are not as expected, and nothing if all are

Exit code: 0 as expected, 1 a claim was violated (or one that should be was not), 2 wrong usage.`,
  async run(args) {
    const options = parseOptions("run", args, {
      seed: { type: "string" },
      trace: { type: "string" },
      html: { type: "string" },
      draws: { type: "string" },
      bug: { type: "string", multiple: true },
      buggify: { type: "string", multiple: true },
      cured: { type: "boolean" },
      wire: { type: "boolean" },
      json: { type: "boolean" },
      quiet: { type: "boolean", short: "q" },
    });
    const [name, ...more] = options.positionals;
    if (name === undefined) throw new UsageError("samsa run takes the name of a scenario; samsa list names them all.");
    if (more.length > 0) throw new UsageError(`samsa run takes one scenario, and got ${options.positionals.length}.`);
    const { scenario, wire, trial, ...own } = await runnable(name);
    const seed = options.number("seed", { atLeast: 0, atMost: MAX_SEED }) ?? own.seed;
    const tracePath = options.text("trace");
    const htmlPath = options.text("html");
    const drawsPath = options.text("draws");
    const extraBugs = bugsNamed(options.texts("bug"));
    if (options.flag("cured") && (scenario.bugs ?? []).length === 0)
      throw new UsageError(`${name} has no bug that --cured could switch off; leave the option out.`);
    const bugs = [...new Set([...(options.flag("cured") ? [] : (scenario.bugs ?? [])), ...extraBugs])];
    const extraPlaces = options.texts("buggify");
    const buggify = [...new Set([...(scenario.buggify ?? []), ...placesNamed(extraPlaces)])];
    const flags = [
      ...extraBugs.map((bug) => ` --bug ${bug}`),
      ...extraPlaces.map((place) => ` --buggify ${place}`),
      ...(options.flag("cured") ? [" --cured"] : []),
      ...(options.flag("wire") ? [" --wire"] : []),
    ].join("");
    const quiet = options.flag("quiet");
    const asJson = options.flag("json");

    const draws: string[] = [];
    const progress = new Progress(!quiet && !asJson);
    const startedAt = performance.now();
    const result = simulate(scenario, {
      seed,
      bugs,
      buggify,
      trace: tracePath !== undefined || htmlPath !== undefined,
      wire: options.flag("wire") ? "encoded" : (wire ?? "objects"),
      ...(scenario.data === undefined ? {} : { data: loadDataSet(scenario.data) }),
      ...(drawsPath === undefined
        ? {}
        : { onDraw: (stream, bound, value) => void draws.push(`${stream} ${bound} ${value}`) }),
      onProgress: (nowMs) => progress.show(`${scenario.name}: ${(nowMs / 1000).toFixed(0)} s simulated`),
    });
    const wallMs = performance.now() - startedAt;
    progress.clear();

    const trace = { header: result.header, events: result.events };
    const written: Record<string, string> = {};
    if (tracePath !== undefined) written["trace"] = writeTraceFile(tracePath, trace);
    if (htmlPath !== undefined) written["replay"] = writeReplayPage(htmlPath, trace);
    if (drawsPath !== undefined) written["draws"] = writeOutput(drawsPath, `${draws.join("\n")}\n`);

    const { events: _events, header: _header, error: _error, failureCause, ...summary } = result;
    if (asJson)
      process.stdout.write(
        `${JSON.stringify({ ...summary, trial, wallMs: Math.round(wallMs), ...written }, null, 2)}\n`,
      );
    else
      process.stdout.write(
        formatRun(scenario, result, {
          wallMs,
          written,
          quiet,
          colour: process.stdout.isTTY === true,
          flags,
          command: name,
          ...(trial === undefined ? {} : { plays: describeTrial(trial) }),
        }),
      );
    if (failureCause !== undefined) {
      process.stderr.write(
        `${failureCause instanceof Error ? (failureCause.stack ?? failureCause.message) : String(failureCause)}\n`,
      );
      if (failureCause instanceof Error && failureCause.cause instanceof Error)
        process.stderr.write(`caused by ${failureCause.cause.stack ?? ""}\n`);
    }
    return result.ok ? ExitCode.OK : ExitCode.VIOLATED;
  },
};
