// The built-in partitioner: where records without a key go (KIP-480, KIP-794).
// It sticks to one partition until a batch's worth of bytes went there, so that batches fill, and then chooses anew:
// uniformly, or, when queues differ, less often those whose broker is slow (adaptive).
// The accumulator tells it the queue lengths; one instance serves one topic of one producer.

import type { Random } from "../environment.js";
import type { TopicMetadata } from "./client-metadata.js";
import type { PartitionQueue } from "./partition-queue.js";

const MAX_INT32 = 2_147_483_647;
const NONE = -1;

interface LoadStats {
  /** Partition ids with a known leader. */
  readonly partitions: readonly number[];
  /** Running sum of (longest queue + 1 − own queue). */
  readonly cumulative: readonly number[];
}

export class BuiltInPartitioner {
  private readonly random: Random;
  private readonly stickyBytes: number;
  private partition = NONE;
  private producedBytes = 0;
  private loadStats: LoadStats | undefined;

  /** @param stickyBytes `batch.size` */
  constructor(random: Random, stickyBytes: number) {
    this.random = random;
    this.stickyBytes = Math.max(1, stickyBytes);
  }

  /** The partition for the next record without a key. */
  current(topic: TopicMetadata): number {
    if (this.partition === NONE || this.partition >= topic.partitions.length) this.choose(topic);
    return this.partition;
  }

  /**
   * Notes that `bytes` went to the current partition and maybe moves on.
   * @param isBatchBoundary no batch of the partition is half full: moving on now wastes nothing
   */
  onAppended(bytes: number, topic: TopicMetadata, isBatchBoundary: boolean): void {
    this.producedBytes += bytes;
    const isDue = this.producedBytes >= this.stickyBytes && isBatchBoundary;
    // Without this limit a partition whose batches are always half full would be kept for ever.
    const isOverdue = this.producedBytes >= this.stickyBytes * 2;
    if (isDue || isOverdue) this.choose(topic);
  }

  /** Chooses uniformly from now on. */
  forgetLoad(): void {
    this.loadStats = undefined;
  }

  /**
   * Takes how many batches wait for each partition that has a leader.
   * @param queues by partition
   */
  updateLoad(topic: TopicMetadata, queues: readonly (PartitionQueue | undefined)[]): void {
    this.loadStats = undefined;
    // Mostly nothing waits anywhere, and this is asked before every request: look before anything is built.
    let longest = 0;
    let shortest = Infinity;
    let ledCount = 0;
    for (const { partition, leader } of topic.partitions) {
      if (leader < 0) continue;
      const length = queues[partition]?.waiting.length ?? 0;
      ledCount++;
      if (length > longest) longest = length;
      if (length < shortest) shortest = length;
    }
    if (ledCount === 0 || (longest === shortest && ledCount === topic.partitions.length)) return;
    const partitions: number[] = [];
    const cumulative: number[] = [];
    let sum = 0;
    for (const { partition, leader } of topic.partitions) {
      if (leader < 0) continue;
      sum += longest + 1 - (queues[partition]?.waiting.length ?? 0);
      partitions.push(partition);
      cumulative.push(sum);
    }
    this.loadStats = { partitions, cumulative };
  }

  private choose(topic: TopicMetadata): void {
    this.producedBytes = 0;
    const draw = this.random.below(MAX_INT32);
    const stats = this.loadStats;
    if (stats !== undefined) {
      const weighted = draw % stats.cumulative[stats.cumulative.length - 1]!;
      const index = stats.cumulative.findIndex((bound) => weighted < bound);
      this.partition = stats.partitions[index]!;
      return;
    }
    const available = topic.partitions.filter((partition) => partition.leader >= 0);
    const choices = available.length > 0 ? available : topic.partitions;
    this.partition = choices[draw % choices.length]!.partition;
  }
}
