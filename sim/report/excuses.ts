// Excuses as reports show them: what holds of many partitions of a topic is one line, not fifty.

import type { Excuse } from "../faults/budget.js";

/** So many partitions are named; more are counted. */
const NAMED = 2;

/** "Excused: …", a line for each reason, in the order in which the reasons arose. */
export function excuseLines(excuses: readonly Excuse[]): readonly string[] {
  const reasons = new Map<string, { readonly topic: string; readonly partitions: string[]; readonly excuse: Excuse }>();
  for (const excuse of excuses) {
    const { partition, sentence } = excuse;
    const topic = partition?.slice(0, partition.lastIndexOf("-")) ?? "";
    const reason = JSON.stringify([topic, partition === undefined ? sentence : sentence.split(partition)]);
    const known = reasons.get(reason);
    if (known === undefined) reasons.set(reason, { topic, partitions: [partition ?? ""], excuse });
    else known.partitions.push(partition ?? "");
  }
  return [...reasons.values()].map(({ topic, partitions, excuse: { partition, sentence } }) => {
    const whom = partitions.length > NAMED ? `${partitions.length} partitions of ${topic}` : partitions.join(" and ");
    return `Excused: ${partition === undefined ? sentence : sentence.replaceAll(partition, whom)}`;
  });
}
