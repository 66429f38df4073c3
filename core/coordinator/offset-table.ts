// Offset table: the committed offset of each (group, topic, partition).
// A coordinator keeps two: the latest, which includes commits still being replicated and decides what may be
// expired or deleted, and the committed one, which is what consumers are told. Only replay changes them.

import { compareStrings } from "../types.js";
import type { OffsetAndMetadata } from "./group-records.js";

type ByPartition = Map<number, OffsetAndMetadata>;
type ByTopic = Map<string, ByPartition>;

export interface OffsetEntry {
  readonly topic: string;
  readonly partition: number;
  readonly value: OffsetAndMetadata;
}

export class OffsetTable {
  readonly #groups = new Map<string, ByTopic>();

  get(group: string, topic: string, partition: number): OffsetAndMetadata | undefined {
    return this.#groups.get(group)?.get(topic)?.get(partition);
  }

  put(group: string, topic: string, partition: number, value: OffsetAndMetadata): void {
    let topics = this.#groups.get(group);
    if (topics === undefined) this.#groups.set(group, (topics = new Map()));
    let partitions = topics.get(topic);
    if (partitions === undefined) topics.set(topic, (partitions = new Map()));
    partitions.set(partition, value);
  }

  remove(group: string, topic: string, partition: number): void {
    const topics = this.#groups.get(group);
    const partitions = topics?.get(topic);
    if (topics === undefined || partitions === undefined) return;
    partitions.delete(partition);
    if (partitions.size === 0) topics.delete(topic);
    if (topics.size === 0) this.#groups.delete(group);
  }

  /** The offsets of a group, by topic and partition. */
  entries(group: string): readonly OffsetEntry[] {
    const entries: OffsetEntry[] = [];
    const topics = [...(this.#groups.get(group) ?? [])].sort(([a], [b]) => compareStrings(a, b));
    for (const [topic, partitions] of topics) {
      for (const [partition, value] of [...partitions].sort(([a], [b]) => a - b)) {
        entries.push({ topic, partition, value });
      }
    }
    return entries;
  }

  /** Groups with offsets, by id. */
  groups(): readonly string[] {
    return [...this.#groups.keys()].sort(compareStrings);
  }
}
