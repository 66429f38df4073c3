// Plan: which seeds a campaign runs, and which of them are this shard's.
// A campaign is a range of seeds under one profile; shards share it by turns (seed 1 to shard 1, seed 2 to shard 2 …),
// so that each has a sample of the whole, and so that a campaign without an end, which runs for a time, can be shared
// too. Position p of a shard is its p-th seed; everything else follows from this arithmetic.

import type { BugName } from "../../../core/bugs.js";
import { MAX_SEED } from "../../world/seed.js";

export { MAX_SEED };

/** What a seed is run as. */
export interface Task {
  readonly profile: string;
  /** Historic bugs that are switched on, in the order of the registry. */
  readonly bugs: readonly BugName[];
  /** The trials are neighbours of that of the last of these seeds, itself bred from the one before; see mutate.ts. */
  readonly bredFrom?: readonly number[];
}

/** What all shards of a campaign have in common. */
export interface Campaign extends Task {
  /** The version of Samsa: a seed means the same run only within one. */
  readonly samsa: string;
  readonly firstSeed: number;
  /** How many; null: as many as there is time for. */
  readonly seeds: number | null;
  /** Trials that reached something new breed others; see corpus.ts. */
  readonly steers?: boolean;
}

export interface Shard {
  /** From 1 to `of`. */
  readonly index: number;
  readonly of: number;
}

/** The seed at a position of a shard, from 0 on; undefined behind its last. */
export function seedAt(campaign: Campaign, shard: Shard, position: number): number | undefined {
  const offset = position * shard.of + shard.index - 1;
  if (offset >= (campaign.seeds ?? Infinity)) return undefined;
  const seed = campaign.firstSeed + offset;
  return seed <= MAX_SEED ? seed : undefined;
}

/** Every seed of a shard of a campaign that has an end. */
export function seedsOf(campaign: Campaign, shard: Shard): readonly number[] {
  const seeds: number[] = [];
  if (campaign.seeds === null) return seeds;
  for (let position = 0; ; position++) {
    const seed = seedAt(campaign, shard, position);
    if (seed === undefined) return seeds;
    seeds.push(seed);
  }
}

/** Why two files cannot be of one campaign, in a few words; undefined if they can. */
export function differenceOf(a: Campaign, b: Campaign): string | undefined {
  if (a.samsa !== b.samsa) return `it is of Samsa ${b.samsa}, not ${a.samsa}`;
  if (a.profile !== b.profile) return `its profile is ${b.profile}, not ${a.profile}`;
  if (a.bugs.join() !== b.bugs.join()) return `its bugs are ${bugList(b)}, not ${bugList(a)}`;
  if (a.firstSeed !== b.firstSeed) return `it begins at seed ${b.firstSeed}, not ${a.firstSeed}`;
  if ((a.steers === true) !== (b.steers === true)) return `it ${b.steers === true ? "is" : "is not"} steered`;
  if (String(a.bredFrom ?? "") !== String(b.bredFrom ?? "")) return "its trials are bred from others";
  if (a.seeds !== b.seeds) return `it has ${b.seeds ?? "any number of"} seeds, not ${a.seeds ?? "any number"}`;
  return undefined;
}

function bugList({ bugs }: Campaign): string {
  return bugs.length === 0 ? "none" : bugs.join(", ");
}

/** The command that runs one seed again, as it is typed. */
export function commandFor(task: Task, seed: number, bredFrom: readonly number[] = task.bredFrom ?? []): string {
  const line = bredFrom.length === 0 ? "" : ` --bred-from ${bredFrom.join(",")}`;
  const profile = task.profile === "mixed" ? "" : ` --profile ${task.profile}`;
  return `samsa search --first ${seed} --seeds 1${line}${profile}${task.bugs.map((bug) => ` --bug ${bug}`).join("")}`;
}
