// Moving leadership without a fault, as an operator does: reorder the replicas, and elect the preferred one.

import type { NodeId, World } from "../../sim/index.js";

/** The first of `replicas` becomes the leader of partition 0 of the topic; the others stay its followers. */
export function moveLeadership(world: World, topic: string, replicas: readonly NodeId[]): void {
  world.reassign(topic, 0, replicas);
  world.electPreferredLeaders();
  world.until(`broker ${replicas[0]} leads`, () => world.leaderOf(topic, 0) === replicas[0]);
}
