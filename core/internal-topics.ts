// Internal topics: the cluster's own state, kept in ordinary partitions. Clients may read them; only coordinators write
// them, which is why produce and DeleteRecords refuse them and Metadata marks them.

/** Committed offsets and the state of groups. */
export const GROUP_METADATA_TOPIC = "__consumer_offsets";
/** States of transactions (KIP-98). */
export const TRANSACTION_STATE_TOPIC = "__transaction_state";
/** States of share groups (KIP-932). */
export const SHARE_GROUP_STATE_TOPIC = "__share_group_state";

const INTERNAL_TOPICS: ReadonlySet<string> = new Set([
  GROUP_METADATA_TOPIC,
  TRANSACTION_STATE_TOPIC,
  SHARE_GROUP_STATE_TOPIC,
]);

/** Is the topic one of Kafka's own? */
export function isInternalTopic(topic: string): boolean {
  return INTERNAL_TOPICS.has(topic);
}
