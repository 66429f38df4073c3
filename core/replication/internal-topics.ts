// Topics in which the cluster keeps its own state: clients read them, only coordinators write them.

const INTERNAL_TOPICS: ReadonlySet<string> = new Set([
  "__consumer_offsets",
  "__transaction_state",
  "__share_group_state",
]);

export function isInternalTopic(topic: string): boolean {
  return INTERNAL_TOPICS.has(topic);
}
