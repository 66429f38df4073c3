// The report of a campaign as text: how many seeds ended how, what was seen, what was found, what is missing.

import pc from "picocolors";
import { formatSeen } from "../../report/run-report.js";
import { describeReached, isNothing, neverReached, type Reached } from "../../coverage/reached.js";
import { isComplete, type CampaignReport, type ShardState } from "./merge.js";
import { commandFor, type Campaign } from "./plan.js";
import type { SeedKind } from "./results.js";

const MEANINGS: readonly (readonly [kind: SeedKind, meaning: string])[] = [
  ["passed", "every claim held, and the cluster healed"],
  ["idle", "too little happened to prove anything"],
  ["failed", "a claim was violated, or a goal not reached"],
  ["crashed", "Samsa itself failed"],
  ["hung", "did not end"],
];

/** How many seeds are named where there may be thousands. */
const NAMED_SEEDS = 5;

/** Of fewer it says nothing what they did not reach. */
const ENOUGH_SEEDS = 20;

export function formatCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** "1 seed", "10,000 seeds". */
export function plural(count: number, one: string, several = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : several}`;
}

/** Simulated time in the unit one speaks of it. */
export function formatSimulated(ms: number): string {
  if (ms >= 3_600_000) return `${(ms / 3_600_000).toFixed(1)} h`;
  if (ms >= 60_000) return `${(ms / 60_000).toFixed(1)} min`;
  return `${(ms / 1000).toFixed(1)} s`;
}

/** The first few of many. */
export function nameSeeds(seeds: readonly number[]): string {
  return seeds.slice(0, NAMED_SEEDS).join(", ") + (seeds.length > NAMED_SEEDS ? ", …" : "");
}

/** "mixed", "quorum with unclean-votes". */
export function nameCampaign({ profile, bugs }: Campaign): string {
  return bugs.length === 0 ? profile : `${profile} with ${bugs.join(", ")}`;
}

/** What a merge lacks, a sentence each. */
export function missingSentences(report: CampaignReport): readonly string[] {
  const absent = report.missingShards.map((index) => `Shard ${index} of ${report.shards} is missing.`);
  const cut = report.shardStates.filter((state) => !isComplete(state)).map((state) => cutSentence(state, report));
  return [...absent, ...cut];
}

function cutSentence({ index, ending, missingSeeds }: ShardState, { shards }: CampaignReport): string {
  const which = shards === 1 ? "The search" : `Shard ${index} of ${shards}`;
  const verb = ending === undefined ? "did not come to its end" : "has holes";
  if (missingSeeds.length === 0) return `${which} ${verb}.`;
  return `${which} ${verb}: ${plural(missingSeeds.length, "seed")} missing (${nameSeeds(missingSeeds)}).`;
}

/** The whole report; ends with a line break. */
export function formatCampaign(report: CampaignReport, colour = false): string {
  const paint = pc.createColors(colour);
  const { campaign, counts, findings, disagreements, workMissing } = report;
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const lines = [
    paint.bold(
      `${nameCampaign(campaign)}: ${plural(total, "seed")}, ${formatSimulated(report.simulatedMs)} simulated, ` +
        `${plural(report.handledEvents, "event")}.`,
    ),
  ];
  for (const [kind, meaning] of MEANINGS) {
    if (counts[kind] === 0 && kind !== "passed") continue;
    const why = kind === "idle" ? `: ${idleReasons(workMissing)}` : "";
    lines.push(`  ${kind.padEnd(8)}${formatCount(counts[kind]).padStart(9)}  ${meaning}${why}`);
  }
  lines.push(formatSeen(report.seen));
  lines.push(...reachedSentences(report.reached, total));
  for (const { signature, message, seeds, bredFrom } of findings) {
    lines.push(paint.red(`✗ ${signature}: ${plural(seeds.length, "seed")} (${nameSeeds(seeds)})`));
    lines.push(`    ${message.split("\n")[0]}`, `    ${commandFor(campaign, seeds[0]!, bredFrom)}`);
  }
  for (const { seed, results } of disagreements) {
    const ways = results.map(({ kind, digest }) => `${kind} ${digest ?? "without a digest"}`).join("; ");
    lines.push(paint.red(`✗ Seed ${seed} ended in ${results.length} ways: ${ways}.`));
  }
  for (const sentence of missingSentences(report)) lines.push(paint.yellow(`! ${sentence}`));
  return `${lines.join("\n")}\n`;
}

/** Where in the protocol the seeds have been, and which rare branches none of them took. */
function reachedSentences(reached: Reached, seeds: number): readonly string[] {
  if (isNothing(reached)) return [];
  const { marks, states, troubles } = neverReached(reached);
  const lines = [`Reached: ${describeReached(reached.pairs.length, reached.marks.length)}.`];
  const never: readonly (readonly [what: string, names: readonly string[]])[] = [
    ["rare branches (core/marks.ts)", marks],
    ["receivers", states],
    ["troubles", troubles],
  ];
  if (seeds < ENOUGH_SEEDS) return lines;
  for (const [what, names] of never)
    if (names.length > 0) lines.push(`Never in ${plural(seeds, "seed")}, ${what}: ${names.join(", ")}.`);
  return lines;
}

function idleReasons(workMissing: Readonly<Record<string, number>>): string {
  return Object.entries(workMissing)
    .sort(([a, many], [b, more]) => more - many || (a < b ? -1 : 1))
    .map(([name, count]) => `${formatCount(count)} × ${name}`)
    .join(", ");
}
