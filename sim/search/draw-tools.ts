// Drawing: how choices are made, from one random stream for each purpose, so that a draw added for one moves no other.

import { assert } from "../../core/assert.js";
import type { ConfigOverrides } from "../../core/config/definition.js";
import { RandomStream } from "../kernel/random.js";

/** How often each name is drawn against the others; 0 or absent: never. */
export type Weights = Readonly<Record<string, number>>;

/** The stream of one purpose of a trial. */
export function streamOf(seed: number, purpose: string): RandomStream {
  return new RandomStream(seed, `trial/${purpose}`);
}

/** One of the choices, each as likely as it is listed. */
export function pick<T>(random: RandomStream, choices: readonly T[]): T {
  assert(choices.length > 0, "there is something to choose from");
  return choices[random.below(choices.length)] as T;
}

/** A whole number from `atLeast` to `atMost`. */
export function between(random: RandomStream, atLeast: number, atMost: number): number {
  return atLeast + random.below(Math.max(1, atMost - atLeast + 1));
}

/** A span that is short as often as long: its size is drawn before itself. */
export function span(random: RandomStream, atLeast: number, atMost: number): number {
  let bound = atMost;
  while (bound > atLeast * 2 + 1 && random.chance(1, 2)) bound = Math.floor(bound / 3);
  return between(random, atLeast, Math.max(atLeast, bound));
}

/** A name by its weight; undefined if none has any. */
export function pickWeighted(random: RandomStream, weights: Weights): string | undefined {
  const names = Object.keys(weights);
  const sum = names.reduce((total, name) => total + (weights[name] ?? 0), 0);
  if (sum === 0) return undefined;
  let left = random.below(sum);
  for (const name of names) {
    left -= weights[name] ?? 0;
    if (left < 0) return name;
  }
  return undefined;
}

/**
 * Swarm testing: each name is on or off for the whole run, by a draw of its own, before its weight counts. A run with
 * only pauses finds what a run with everything drowns.
 */
export function swarm(seed: number, purpose: string, weights: Weights, everything = false): Weights {
  // Some runs have only a few kinds, some nearly all.
  const [numerator, denominator] = pick(streamOf(seed, `${purpose}/breadth`), [
    [1, 6],
    [1, 2],
    [1, 2],
    [5, 6],
  ] as const);
  const on = Object.keys(weights).filter(
    (name) => everything || streamOf(seed, `${purpose}/${name}`).chance(numerator, denominator),
  );
  return Object.fromEntries(on.map((name) => [name, weights[name] ?? 0]));
}

/** Settings whose drawn value is not undefined: what stays at Kafka's default is not written down. */
export function settings(drawn: Readonly<Record<string, ConfigOverrides[string] | undefined>>): ConfigOverrides {
  return Object.fromEntries(Object.entries(drawn).filter(([, value]) => value !== undefined)) as ConfigOverrides;
}
