// Afterthought: the next record, published where readers of a follower wait for it.
// A follower whose log diverges from its leader's is told so and truncates, and does not look at the watermark in that
// same answer (KAFKA-14704): that is to come with the next fetch. But the leader remembers what it has told, and an
// incremental fetch leaves out what has not changed since (KIP-227). So the follower's watermark stays behind until
// something changes, and whoever reads from it (KIP-392) does not get what is committed. Kafka's code does the same.
// The next record heals it, and nothing else is certain to: without one, the end of a run would wait for good.

import type { ProducerHandle, World } from "../world/world.js";

/** A partition that its reader has not read to the end. */
export interface OpenPartition {
  readonly topic: string;
  readonly partition: number;
  readonly position: number;
}

/** A watermark on its way takes a fetch, or half a second with nothing to fetch. */
const ON_ITS_WAY_MS = 5_000;

export class Afterthoughts {
  readonly #world: World;
  #producer: ProducerHandle | undefined;
  /** By partition: since when its reader waits, or that it waits for the record already. */
  readonly #waiting = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Publishes one record to the partition, once, if a follower has withheld its end from a reader for some time. */
  consider(open: OpenPartition): void {
    const world = this.#world;
    const { topic, partition } = open;
    const name = `${topic}-${partition}`;
    if (!isWithheld(world, open)) {
      this.#waiting.delete(name);
      return;
    }
    const sinceMs = this.#waiting.get(name) ?? world.nowMs;
    this.#waiting.set(name, sinceMs);
    if (world.nowMs - sinceMs < ON_ITS_WAY_MS) return;
    this.#waiting.set(name, Infinity);
    world.note(
      `A follower of ${name} truncated and was not told the high watermark again: its readers wait for the next record`,
    );
    this.#producer ??= world.producer("afterthought");
    this.#producer.send(topic, { key: "afterthought", value: "the next record", partition });
  }
}

/** Does a replica that has all records believe that those at the reader's position are not committed yet? */
function isWithheld(world: World, { topic, partition, position }: OpenPartition): boolean {
  const leader = world.leaderOf(topic, partition);
  if (leader === undefined) return false;
  const end = world.logEndOffsetOf(leader, topic, partition);
  return world.isrOf(topic, partition).some((replica) => {
    const highWatermark = world.highWatermarkOf(replica, topic, partition);
    const hasAll = world.logEndOffsetOf(replica, topic, partition) === end;
    return replica !== leader && hasAll && highWatermark !== undefined && highWatermark <= position;
  });
}
