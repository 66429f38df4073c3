// Merging: the union of what shards found out.
// A union of sets, so that the order of the files and how often each is given make no difference. Two results of one
// seed that differ are both kept: a seed that ends in two ways is a finding of its own, for one seed is one run.

import { ReachedUnion, type Reached } from "../../coverage/reached.js";
import { seedsOf, type Campaign } from "./plan.js";
import { isFinding, resultLine, type Ending, type ResultsFile, type SeedKind, type SeedResult } from "./results.js";

/** How far a shard came. */
export interface ShardState {
  readonly index: number;
  /** How its search ended; none if it was killed. */
  readonly ending: Ending | undefined;
  /** Seeds without a result, of a campaign with an end. */
  readonly missingSeeds: readonly number[];
}

/** Seeds that failed alike. */
export interface Finding {
  readonly signature: string;
  readonly kind: SeedKind;
  /** What happened at the lowest seed. */
  readonly message: string;
  /** In ascending order. */
  readonly seeds: readonly number[];
  /** What the trial of the lowest seed is bred from; nothing if it was drawn. */
  readonly bredFrom: readonly number[];
}

export interface CampaignReport {
  readonly campaign: Campaign;
  readonly shards: number;
  /** Shards that a merge should have, and has nothing of. */
  readonly missingShards: readonly number[];
  readonly shardStates: readonly ShardState[];
  readonly counts: Readonly<Record<SeedKind, number>>;
  readonly simulatedMs: number;
  readonly handledEvents: number;
  readonly seen: Readonly<Record<string, number>>;
  /** What all of them together reached in the protocol. */
  readonly reached: Reached;
  /** How many idle runs lacked what. */
  readonly workMissing: Readonly<Record<string, number>>;
  /** The one with the lowest seed first. */
  readonly findings: readonly Finding[];
  /** Seeds with more than one result: not deterministic. */
  readonly disagreements: readonly { readonly seed: number; readonly results: readonly SeedResult[] }[];
  /** Every shard came to an end, and none lacks a seed that it should have. */
  readonly complete: boolean;
}

const BY_RANK: readonly (Ending | undefined)[] = [undefined, "time", "first finding", "all seeds"];

/**
 * Adds up the files of one campaign. They must agree on campaign and number of shards; see `differenceOf`.
 * @param expected which shards there should be: all of them, or the one that reports on itself
 */
export function mergeResults(
  files: readonly [ResultsFile, ...ResultsFile[]],
  expected: "all-shards" | "these-shards" = "all-shards",
): CampaignReport {
  const { campaign, shard } = files[0];
  const endings = new Map<number, Ending | undefined>();
  const bySeed = new Map<number, Map<string, SeedResult>>();
  for (const file of files) {
    const known = endings.get(file.shard.index);
    const better = BY_RANK.indexOf(file.ending) > BY_RANK.indexOf(known) ? file.ending : known;
    endings.set(file.shard.index, better);
    for (const result of file.results) {
      let results = bySeed.get(result.seed);
      if (results === undefined) bySeed.set(result.seed, (results = new Map()));
      results.set(resultLine(result), result);
    }
  }

  const seeds = [...bySeed]
    .sort(([a], [b]) => a - b)
    .map(([seed, results]) => ({
      seed,
      results: [...results].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, result]) => result),
    }));
  const shardStates = [...endings]
    .sort(([a], [b]) => a - b)
    .map(([index, ending]) => ({
      index,
      ending,
      missingSeeds: seedsOf(campaign, { index, of: shard.of }).filter((seed) => !bySeed.has(seed)),
    }));
  const all = Array.from({ length: shard.of }, (_, index) => index + 1);
  const missingShards = expected === "all-shards" ? all.filter((index) => !endings.has(index)) : [];
  return {
    campaign,
    shards: shard.of,
    missingShards,
    shardStates,
    ...totals(seeds.map(({ results }) => results[0]!)),
    reached: unionOf(seeds.flatMap(({ results }) => results)),
    findings: groupFindings(seeds.flatMap(({ results }) => results)),
    disagreements: seeds.filter(({ results }) => results.length > 1),
    complete: missingShards.length === 0 && shardStates.every(isComplete),
  };
}

/** A search that stops at its first finding has done what it was asked. */
export function isComplete({ ending, missingSeeds }: ShardState): boolean {
  return ending !== undefined && (ending !== "all seeds" || missingSeeds.length === 0);
}

/** Each seed counts once. */
function totals(
  results: readonly SeedResult[],
): Pick<CampaignReport, "counts" | "simulatedMs" | "handledEvents" | "seen" | "workMissing"> {
  const counts: Record<SeedKind, number> = { passed: 0, idle: 0, failed: 0, crashed: 0, hung: 0 };
  const seen: Record<string, number> = {};
  const workMissing: Record<string, number> = {};
  let simulatedMs = 0;
  let handledEvents = 0;
  for (const result of results) {
    counts[result.kind]++;
    simulatedMs += result.simulatedMs;
    handledEvents += result.handledEvents;
    for (const [name, count] of Object.entries(result.seen)) seen[name] = (seen[name] ?? 0) + count;
    for (const sentence of result.workMissing ?? []) {
      const demand = demandIn(sentence);
      workMissing[demand] = (workMissing[demand] ?? 0) + 1;
    }
  }
  return { counts, simulatedMs, handledEvents, seen, workMissing };
}

function unionOf(results: readonly SeedResult[]): Reached {
  const union = new ReachedUnion();
  for (const { reached } of results) if (reached !== undefined) union.add(reached);
  return union.all;
}

/** What was demanded, without how far a run came: "0 of 1 faults" and the like are counted together. */
function demandIn(sentence: string): string {
  return sentence.replace(/^\d+ of (\d+) /, "fewer than $1 ");
}

function groupFindings(results: readonly SeedResult[]): readonly Finding[] {
  const groups = new Map<string, SeedResult[]>();
  for (const result of results.filter(isFinding)) {
    const signature = result.signature ?? result.kind;
    const group = groups.get(signature);
    if (group === undefined) groups.set(signature, [result]);
    else group.push(result);
  }
  // Results come in the order of their seeds, so the groups stand in the order of their lowest seeds.
  return [...groups].map(([signature, group]) => ({
    signature,
    kind: group[0]!.kind,
    message: group[0]!.message ?? signature,
    seeds: [...new Set(group.map(({ seed }) => seed))],
    bredFrom: group[0]!.bredFrom ?? [],
  }));
}
