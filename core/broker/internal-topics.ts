// Internal topics: Kafka's own state, kept in ordinary partitions. Only coordinators write them.

/** Offsets and group metadata. */
export const GROUP_METADATA_TOPIC = "__consumer_offsets";
/** States of transactions. */
export const TRANSACTION_STATE_TOPIC = "__transaction_state";

/** Is the topic one of Kafka's own? */
export function isInternalTopic(topic: string): boolean {
  return topic === GROUP_METADATA_TOPIC || topic === TRANSACTION_STATE_TOPIC;
}
