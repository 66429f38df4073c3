// Preferred read replica (KIP-392): a leader sends a consumer to a replica in the consumer's own rack.
// Traffic between racks costs money; reading from a follower costs only freshness. A replica qualifies if it is in
// sync and has the asked offset. The rule is RackAwareReplicaSelector's; without a selector the leader serves all.

import type { NodeId, Offset } from "../types.js";
import { type ClusterView, isBrokerAlive } from "./cluster-view.js";
import type { Partition } from "./partition.js";
import type { Replica } from "./replica.js";

/** Values of `replica.selector.class` that mean rack awareness. */
const RACK_AWARE = "RackAwareReplicaSelector";

export function isRackAware(selectorClass: string): boolean {
  return selectorClass === RACK_AWARE || selectorClass.endsWith(`.${RACK_AWARE}`);
}

/** The follower a consumer in `rack` should read `offset` from; undefined to read here. */
export function preferredReadReplica(
  partition: Partition,
  cluster: ClusterView,
  localBrokerId: NodeId,
  rack: string,
  offset: Offset,
): NodeId | undefined {
  if (rack === "" || !partition.isLeader || rackOf(cluster, localBrokerId) === rack) return undefined;
  let best: Replica | undefined;
  for (const replica of partition.replicas) {
    const hasOffset = replica.logEndOffset >= offset && replica.logStartOffset <= offset;
    const qualifies =
      hasOffset &&
      partition.isr.includes(replica.brokerId) &&
      isBrokerAlive(cluster, replica.brokerId) &&
      rackOf(cluster, replica.brokerId) === rack;
    if (qualifies && (best === undefined || isMoreCaughtUp(replica, best))) best = replica;
  }
  return best?.brokerId;
}

function rackOf(cluster: ClusterView, brokerId: NodeId): string {
  return cluster.brokers.get(brokerId)?.rack ?? "";
}

function isMoreCaughtUp(a: Replica, b: Replica): boolean {
  if (a.logEndOffset !== b.logEndOffset) return a.logEndOffset > b.logEndOffset;
  if (a.lastCaughtUpTimeMs !== b.lastCaughtUpTimeMs) return a.lastCaughtUpTimeMs > b.lastCaughtUpTimeMs;
  return a.brokerId > b.brokerId;
}
