// Scoped key: the key of a partition within a group or on a node, for the maps of checkers.

import { topicPartitionKey, type NodeId, type TopicPartitionKey } from "../../core/types.js";

/** Keys made so far: a string put together anew would have to be hashed anew by every map that is asked for it. */
const KEYS = new Map<string | NodeId, Map<TopicPartitionKey, string>>();

/** "workers/orders-0": the partition as one group, or one node, sees it. */
export function scopedKey(scope: string | NodeId, topic: string, partition: number): string {
  let keys = KEYS.get(scope);
  if (keys === undefined) KEYS.set(scope, (keys = new Map()));
  const inner = topicPartitionKey(topic, partition);
  let key = keys.get(inner);
  if (key === undefined) keys.set(inner, (key = `${scope}/${inner}`));
  return key;
}
