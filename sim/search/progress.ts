// Progress after healing: a group takes in everything that is committed. Safety alone is cheap.

import { GoalNotReached } from "../kernel/simulation.js";
import type { ConsumerHandle, World } from "../world/world.js";
import { Afterthoughts, type OpenPartition } from "./afterthought.js";

/**
 * Simulated time in which a healed group must come further, until it has taken in everything: who works long on each
 * record is slow, not stuck. A member whose coordinator lost power while it waited for the answer to JoinGroup notices
 * after max.poll.interval.ms and five seconds: it sends nothing meanwhile.
 */
const WITHIN_MS = 400_000;

/** Topics a group must read, each with how many of its partitions are demanded. */
export type DemandedTopics = Readonly<Record<string, number | "all">>;

/**
 * Runs until every demanded partition belongs to a member that has read all there is up to its high watermark. Of a group of
 * static members demand only the partitions the topics began with: the leader of the group watches the metadata for
 * new ones, and one that returns in time is told to keep its assignment and takes what it sees then as what it had
 * assigned (ConsumerCoordinator.onLeaderElected, KIP-814): partitions added while it was away wait for a rebalance.
 * A group whose members were all fenced reads nothing. Whoever reads from a follower may have to wait for the next
 * record: see afterthought.ts.
 * @throws GoalNotReached naming the partition that nobody reads, or not to its end
 */
export function awaitDelivery(
  world: World,
  consumers: readonly ConsumerHandle[],
  topics: DemandedTopics,
  withinMs = WITHIN_MS,
): void {
  let open: Unread | undefined;
  let lookAt = 0;
  const afterthoughts = new Afterthoughts(world);
  const caughtUp = (): boolean => {
    if (world.nowMs < lookAt) return false;
    lookAt = world.nowMs + 50;
    open = unread(world, consumers, topics);
    if (open?.partition !== undefined) afterthoughts.consider(open.partition);
    return open === undefined;
  };
  for (let furthest = progressOf(consumers); ; furthest = progressOf(consumers)) {
    try {
      return world.until("the group has taken in every committed record", caughtUp, withinMs);
    } catch (error) {
      if (error instanceof GoalNotReached && progressOf(consumers) > furthest) continue;
      if (open !== undefined && error instanceof Error) error.message += `: ${open.sentence}`;
      throw error;
    }
  }
}

/** How far the members have come in all they own. */
function progressOf(consumers: readonly ConsumerHandle[]): number {
  let sum = 0;
  for (const consumer of consumers)
    for (const name of consumer.assignment) {
      const cut = name.lastIndexOf("-");
      sum += consumer.position(name.slice(0, cut), Number(name.slice(cut + 1))) ?? 0;
    }
  return sum;
}

/**
 * Fencing ends a consumer (FENCED_INSTANCE_ID). Two processes of one instance id may each be told that the other has
 * it; and one alone may be fenced by itself: a coordinator that was replaced while it stored the member's id has
 * answered that it could not, the next one gave the member another id, and a third finds the first one in its log.
 */
function areFenced(consumers: readonly ConsumerHandle[]): boolean {
  return consumers.length > 0 && consumers.every(({ isFenced }) => isFenced);
}

interface Unread {
  readonly sentence: string;
  /** Undefined if nobody reads it. */
  readonly partition?: OpenPartition;
}

function unread(world: World, consumers: readonly ConsumerHandle[], topics: DemandedTopics): Unread | undefined {
  if (areFenced(consumers)) return undefined;
  const owners = new Map<string, ConsumerHandle>();
  for (const consumer of consumers) for (const partition of consumer.assignment) owners.set(partition, consumer);
  for (const [topic, count] of Object.entries(topics)) {
    const demanded = count === "all" ? Infinity : count;
    for (let partition = 0; partition < demanded; partition++) {
      const leader = world.leaderOf(topic, partition);
      if (leader === undefined) break;
      const owner = owners.get(`${topic}-${partition}`);
      if (owner === undefined) return { sentence: `nobody reads ${topic}-${partition}` };
      const end = world.highWatermarkOf(leader, topic, partition);
      const position = owner.position(topic, partition);
      if (end !== undefined && position !== undefined) {
        if (position >= end || !world.hasRecordsFrom(leader, topic, partition, position)) continue;
      }
      const sentence = `${owner.name} is at ${position} of ${topic}-${partition}, which ends at ${end}`;
      return position === undefined ? { sentence } : { sentence, partition: { topic, partition, position } };
    }
  }
  return undefined;
}
