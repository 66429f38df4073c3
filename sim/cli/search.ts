// samsa search: runs trials drawn from seeds until one fails, and makes that one small.

import { availableParallelism } from "node:os";
import { BUG_NAMES } from "../../core/bugs.js";
import { nearestNames } from "../../core/config/definition.js";
import { describeReached, ReachedUnion } from "../coverage/reached.js";
import { CampaignWorker } from "../search/campaign/campaign-worker.js";
import { runCampaign } from "../search/campaign/campaign.js";
import { mergeResults, type CampaignReport } from "../search/campaign/merge.js";
import { MAX_SEED, type Campaign, type Shard } from "../search/campaign/plan.js";
import { exitCodeOf, jsonOf } from "../search/campaign/report-files.js";
import { formatCampaign, formatCount, formatSimulated, nameCampaign, plural } from "../search/campaign/report-text.js";
import { isFinding, type Ending, type SeedResult } from "../search/campaign/results.js";
import { PROFILE_NAMES } from "../search/profiles.js";
import { checkOutput, samsaVersion } from "./files.js";
import { parseOptions, type ParsedOptions } from "./options.js";
import { Progress } from "./progress.js";
import { bugsNamed } from "./run.js";
import { formatFound, investigate, type Found } from "./search-findings.js";
import { mergeShards } from "./search-merge.js";
import { publishReport } from "./search-report.js";
import { ResultsLog, resultsPath } from "./search-results.js";
import { UsageError, type Command } from "./usage.js";

const DEFAULT_SEEDS = 1000;
const DEFAULT_FOLDER = "out";
const MAX_WORKERS = 256;
const MAX_SHARDS = 100_000;
/** So many kinds of failures are made small; the others are listed. */
const MAX_INVESTIGATED = 10;

export interface Search {
  readonly campaign: Campaign;
  readonly shard: Shard;
  readonly workers: number;
  readonly timeMs: number | undefined;
  readonly keepGoing: boolean;
  /** Results are kept in this file; nowhere if undefined. */
  readonly resultsFile: string | undefined;
  /** What is found goes here. */
  readonly folder: string;
  readonly json: boolean;
  readonly junit: string | undefined;
}

export const searchCommand: Command = {
  name: "search",
  summary: "run trials drawn from seeds, find one that fails, make it small",
  help: `samsa search [options]
samsa search merge <FILE.jsonl>… [--json] [--junit FILE]

Draws a cluster, a load and a schedule of faults from each seed and runs it, on all cores. At the first finding (a
violated claim, a goal not reached, an exception, a run without end) it stops, makes the trial small, tells what
happened and writes it as a scenario (.ts), as data (.json) and as a replay (.html).

  --seeds N        how many seeds (${DEFAULT_SEEDS} unless told)
  --time T         for how long, such as 60s, 10m, 2h; with --seeds, whichever ends first
  --first N        the first seed (1 unless told)
  --profile NAME   what is drawn: ${PROFILE_NAMES.join(", ")} (mixed unless told)
  --bug NAME       switch a historic bug on; may be repeated
  --steer          seeds that reach something new in the protocol breed: later ones may be neighbours of their trials
  --bred-from LIST run neighbours of a trial that was bred: of the last of these seeds, separated by commas
  --keep-going     go on after a finding; one of each kind is made small
  --workers N      threads (as many as there are cores unless told); they change nothing that is found
  --shard I/N      run only the I-th of N shares of the seeds
  --out PATH       keep the result of each seed in a .jsonl file, or in a folder (shard-I-of-N.jsonl); findings go
                   beside it, otherwise to ${DEFAULT_FOLDER}/. A search that was killed goes on where its file ends
  --json           the report as JSON
  --junit FILE     the report as JUnit XML

merge adds up the files of all shards, in any order, and names what is missing.
Where GITHUB_STEP_SUMMARY names a file, both append their report to it.

Exit code: 0 nothing found, 1 something found, 2 wrong usage, 3 it did not come to its end, or failed itself.`,
  async run(args) {
    if (args[0] === "merge") return mergeShards(args.slice(1));
    return runSearch(parseSearch(args));
  },
};

/**
 * Searches, reports and writes down what it finds; returns the exit code.
 * @param runner URL of the module that runs seeds, if it is not our own
 */
export async function runSearch(search: Search, runner?: string): Promise<number> {
  const { campaign, shard } = search;
  // Better now than after hours.
  if (search.junit !== undefined) checkOutput(search.junit);
  const log = search.resultsFile === undefined ? undefined : new ResultsLog(search.resultsFile, campaign, shard);
  const startedAt = performance.now();
  const { results, ending } = await runSeeds(search, log, runner);
  const seconds = (performance.now() - startedAt) / 1000;
  const report = mergeResults([{ campaign, shard, results, ending }], "these-shards");
  const found = await investigateAll(search, report, results, runner);
  if (search.json) {
    const extra = { seconds: Math.round(seconds), resultsFile: log?.path, found };
    process.stdout.write(`${JSON.stringify({ ...jsonOf(report), ...extra }, null, 2)}\n`);
  } else {
    const colour = process.stdout.isTTY === true;
    for (const each of found) process.stdout.write(`${formatFound(each, colour)}\n`);
    process.stdout.write(formatCampaign(report, colour));
    const ran = results.length - (log?.known.length ?? 0);
    const speed = `${(ran / seconds).toFixed(1)} seeds a second with ${plural(search.workers, "worker")}`;
    process.stdout.write(`${seconds.toFixed(1)} s, ${speed}.\n`);
    if (log !== undefined) process.stdout.write(`Results: ${log.path}\n`);
  }
  publishReport(report, search.junit);
  return exitCodeOf(report);
}

/** Runs what is not known yet; all results in the order of the seeds. */
async function runSeeds(
  search: Search,
  log: ResultsLog | undefined,
  runner: string | undefined,
): Promise<{ readonly results: readonly SeedResult[]; readonly ending: Ending | undefined }> {
  const { campaign, shard, workers, keepGoing, timeMs } = search;
  const results = [...(log?.known ?? [])];
  const startedAt = performance.now();
  const progress = new Progress(!search.json);
  const line = progressLine(campaign, shard, startedAt, results);
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  // The second time the program ends at once, as without us.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, onSignal);
  let ending: Ending | undefined;
  try {
    ending = await runCampaign(campaign, shard, {
      workers,
      keepGoing,
      known: [...results],
      ...(runner === undefined ? {} : { runner }),
      outOfTime: () => timeMs !== undefined && performance.now() - startedAt >= timeMs,
      signal: stop.signal,
      onResult: (result) => {
        results.push(result);
        log?.append(result);
        progress.show(line(result));
      },
    });
  } finally {
    progress.clear();
    log?.close(ending);
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, onSignal);
  }
  return { results, ending };
}

/** Seeds a second, simulated time, what was idle and what was found so far. */
function progressLine(
  campaign: Campaign,
  shard: Shard,
  startedAt: number,
  known: readonly SeedResult[],
): (result: SeedResult) => string {
  const all = campaign.seeds === null ? undefined : Math.ceil((campaign.seeds - shard.index + 1) / shard.of);
  let seeds = 0;
  let simulatedMs = 0;
  let idle = 0;
  let findings = 0;
  const reached = new ReachedUnion();
  for (const each of known) if (each.reached !== undefined) reached.add(each.reached);
  return (result) => {
    seeds++;
    if (result.reached !== undefined) reached.add(result.reached);
    simulatedMs += result.simulatedMs;
    if (result.kind === "idle") idle++;
    if (isFinding(result)) findings++;
    const speed = (seeds / ((performance.now() - startedAt) / 1000)).toFixed(1);
    const of = all === undefined ? "" : ` of ${formatCount(all)}`;
    const simulated = `${formatSimulated(simulatedMs)} simulated`;
    return `${nameCampaign(campaign)}: ${formatCount(seeds)}${of} seeds, ${speed} a second, ${simulated}, ${idle} idle, ${findings} found; ${describeReached(reached.pairCount, reached.markCount)}`;
  };
}

async function investigateAll(
  { campaign, folder, json }: Search,
  report: CampaignReport,
  results: readonly SeedResult[],
  runner: string | undefined,
): Promise<readonly Found[]> {
  const progress = new Progress(!json);
  const found: Found[] = [];
  for (const { seeds } of report.findings.slice(0, MAX_INVESTIGATED)) {
    const result = results.find(({ seed }) => seed === seeds[0])!;
    const worker = new CampaignWorker({ task: campaign, ...(runner === undefined ? {} : { runner }) });
    found.push(await investigate(campaign, result, folder, worker, (text) => progress.show(text)));
    await worker.close();
    progress.clear();
  }
  return found;
}

/** What the arguments ask for. @throws UsageError for whatever makes no sense */
export function parseSearch(args: readonly string[]): Search {
  const options = parseOptions("search", args, {
    seeds: { type: "string" },
    time: { type: "string" },
    first: { type: "string" },
    workers: { type: "string" },
    shard: { type: "string" },
    profile: { type: "string" },
    bug: { type: "string", multiple: true },
    steer: { type: "boolean" },
    "bred-from": { type: "string" },
    "keep-going": { type: "boolean" },
    out: { type: "string" },
    json: { type: "boolean" },
    junit: { type: "string" },
  });
  const [stray] = options.positionals;
  if (stray !== undefined) throw new UsageError(`samsa search takes options only, or "merge" first, not "${stray}".`);
  const firstSeed = options.number("first", { atLeast: 0, atMost: MAX_SEED }) ?? 1;
  const timeMs = parseTime(options);
  const room = MAX_SEED - firstSeed + 1;
  const asked = options.number("seeds", { atLeast: 1, atMost: room });
  const seeds = asked ?? (timeMs === undefined ? Math.min(DEFAULT_SEEDS, room) : null);
  const named = bugsNamed(options.texts("bug"));
  const out = options.text("out");
  const bredFrom = parseLine(options.text("bred-from"));
  if (bredFrom !== undefined && options.flag("steer"))
    throw new UsageError("A search is steered, or bred from a trial: --steer and --bred-from exclude each other.");
  const shard = parseShard(options.text("shard"));
  const resultsFile = out === undefined ? undefined : resultsPath(out, shard);
  return {
    campaign: {
      samsa: samsaVersion(),
      profile: profileNamed(options.text("profile") ?? "mixed"),
      bugs: BUG_NAMES.filter((bug) => named.includes(bug)),
      firstSeed,
      seeds,
      ...(options.flag("steer") ? { steers: true } : {}),
      ...(bredFrom === undefined ? {} : { bredFrom }),
    },
    shard,
    workers: options.number("workers", { atLeast: 1, atMost: MAX_WORKERS }) ?? availableParallelism(),
    timeMs,
    keepGoing: options.flag("keep-going"),
    resultsFile,
    folder: resultsFile === undefined ? DEFAULT_FOLDER : folderOf(resultsFile),
    json: options.flag("json"),
    junit: options.text("junit"),
  };
}

/** The profile of that name. @throws UsageError naming the nearest ones */
export function profileNamed(name: string): string {
  const found = PROFILE_NAMES.find((profile) => profile === name);
  if (found !== undefined) return found;
  const nearest = nearestNames(name, PROFILE_NAMES, 1)[0];
  const hint = nearest === undefined ? `there are ${PROFILE_NAMES.join(", ")}` : `did you mean ${nearest}?`;
  throw new UsageError(`No profile is called "${name}"; ${hint}`);
}

/** "2/4": the second of four. */
function parseShard(text: string | undefined): Shard {
  if (text === undefined) return { index: 1, of: 1 };
  const [, index, of] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (index === undefined || of === undefined || index < 1 || index > of || of > MAX_SHARDS)
    throw new UsageError(`--shard takes a number of how many, such as 2/4, not "${text}".`);
  return { index, of };
}

/** "12,57": seeds, the oldest first. */
function parseLine(text: string | undefined): readonly number[] | undefined {
  if (text === undefined) return undefined;
  const line = text.split(",").map((each) => (/^\d+$/.test(each) ? Number(each) : NaN));
  if (!line.every((seed) => seed <= MAX_SEED))
    throw new UsageError(`--bred-from takes seeds separated by commas, such as 12,57, not "${text}".`);
  return line;
}

const UNITS_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

/** "90s", "10m", "2h" in milliseconds. */
function parseTime(options: ParsedOptions): number | undefined {
  const text = options.text("time");
  if (text === undefined) return undefined;
  const [, count, unit] = /^(\d{1,6})([smh])$/.exec(text) ?? [];
  const timeMs = Number(count) * (UNITS_MS[unit ?? ""] ?? NaN);
  if (!(timeMs > 0))
    throw new UsageError(`--time takes seconds, minutes or hours, such as 90s, 10m or 2h, not "${text}".`);
  return timeMs;
}

function folderOf(path: string): string {
  const cut = path.lastIndexOf("/");
  return cut < 0 ? "." : path.slice(0, Math.max(1, cut));
}
