// Clusters as fast-check draws them: how many brokers and controllers, in which racks, with which settings.

import fc from "fast-check";
import type { ConfigOverrides } from "../../core/config/definition.js";
import { refuse } from "../mistake.js";
import { clusterProblem } from "../world/node-ids.js";
import type { ClusterOptions } from "../world/world.js";
import { choicesOf, plainestFirst, type OneOf } from "./plainest-first.js";

/** Settings by Kafka's names, each a value or several to draw from, the plainest first. */
export type ConfigChoices = Readonly<Record<string, OneOf<string | number | boolean>>>;

export interface ClusterChoices {
  /** How many; 3, 4 or 5 unless told. */
  readonly brokers?: OneOf<number>;
  /** How many; 1 or 3 unless told. */
  readonly controllers?: OneOf<number>;
  /** Racks, dealt to brokers in turn; none unless told. */
  readonly racks?: readonly string[];
  /** Settings of every broker and controller. `__consumer_offsets` has 4 partitions unless told. */
  readonly config?: ConfigChoices;
}

/** Kafka makes 50 partitions of it; creating them is half the time of a short run. */
const QUICK: ConfigChoices = { "offsets.topic.num.partitions": 4 };

/** Settings drawn one by one; shrinks each to its plainest value. */
export function configs(choices: ConfigChoices): fc.Arbitrary<ConfigOverrides> {
  return fc.record(Object.fromEntries(Object.entries(choices).map(([name, of]) => [name, plainestFirst(of)])));
}

/**
 * Clusters; they shrink to fewer nodes and plainer settings.
 * @throws Mistake if one of them cannot be
 */
export function clusters(choices: ClusterChoices = {}): fc.Arbitrary<ClusterOptions> {
  const { racks, config, brokers = [3, 4, 5], controllers = [1, 3] } = choices;
  for (const each of choicesOf(brokers)) refuse(clusterProblem({ brokers: each, controllers: 1 }));
  for (const each of choicesOf(controllers)) refuse(clusterProblem({ brokers: 1, controllers: each }));
  return fc
    .record({
      brokers: plainestFirst(brokers),
      controllers: plainestFirst(controllers),
      config: configs({ ...QUICK, ...config }),
    })
    .map((cluster) => (racks === undefined ? cluster : { ...cluster, racks }));
}
