// A trial in sentences: what a counterexample reads like.

import { describeScheduledStep } from "../search/describe-step.js";
import type { Trial, TrialTopic } from "../search/trial.js";

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

function describeConfig(config: object | undefined): string {
  const settings = Object.entries(config ?? {}).map(([name, value]) => `${name}=${String(value)}`);
  return settings.length === 0 ? "" : ` with ${settings.join(", ")}`;
}

function describeTopic({ topic, partitions, replicationFactor, assignment, config }: TrialTopic): string {
  const where = assignment === undefined ? "" : ` on brokers ${assignment.map((each) => each.join(", ")).join(" / ")}`;
  const copies = `replication factor ${replicationFactor}`;
  return `${topic}: ${plural(partitions, "partition")}, ${copies}${where}${describeConfig(config)}`;
}

/** The whole trial, a fact a line. */
export function describeTrial(trial: Trial): string {
  const { cluster, topics, producers, consumers, load, steps, seed, bugs } = trial;
  const racks =
    cluster.racks === undefined || cluster.racks.length === 0 ? "" : ` in racks ${cluster.racks.join(", ")}`;
  const nodes = `${plural(cluster.brokers, "broker")}${racks}, ${plural(cluster.controllers, "controller")}`;
  const writers = producers.map(({ name, config }) => `${name}${describeConfig(config)}`);
  const lines = [
    `${nodes}${describeConfig(cluster.config)}`,
    ...topics.map(describeTopic),
    `${plural(load.records, "record")}, one every ${load.everyMs} ms, from ${writers.join(" and ")}`,
    ...(consumers.length === 0 ? [] : [`${plural(consumers.length, "consumer")}`]),
    ...(bugs.length === 0 ? [] : [`bugs: ${bugs.join(", ")}`]),
    ...steps.map(describeScheduledStep),
    `seed ${seed}`,
  ];
  return `\n${lines.map((line) => `  ${line}`).join("\n")}\n`;
}
