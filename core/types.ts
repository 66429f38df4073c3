// The words every other file uses.
// Offsets, epochs and timestamps are int64 on the wire; here they are numbers, and the codec asserts the safe range.

/** Identifies a process: broker, controller or client. Kafka's `node.id`. */
export type NodeId = number;

/** Position of a record in a partition. Names ending in `endOffset` are exclusive, `lastOffset` inclusive. */
export type Offset = number;

/** Counts the leaders of a partition; stamped on every batch. See KIP-101. */
export type LeaderEpoch = number;

/** 22 characters of URL-safe base64 without padding, as Kafka prints its UUIDs. */
export type Uuid = string;

/** Kafka's `Uuid.ZERO_UUID`: "none" on the wire. */
export const ZERO_UUID: Uuid = "AAAAAAAAAAAAAAAAAAAAAA";

/** "No leader" in partition state and on the wire. */
export const NO_LEADER = -1;

/** "No epoch known": the peer does not check. */
export const NO_EPOCH = -1;

/** One ordered log of a topic. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** Where a node listens. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** A node and where to reach it. */
export interface NodeEndpoint extends Endpoint {
  readonly id: NodeId;
}

/** The text form of a topic partition, "orders-0": the key of maps and of log directories. */
export type TopicPartitionKey = string;

/** Keys made so far: a string put together anew would have to be hashed anew by every map that is asked for it. */
const KEYS = new Map<string, TopicPartitionKey[]>();

/** Key of a topic partition in maps, and the name of its log directory: `topic-partition`. */
export function topicPartitionKey(topic: string, partition: number): TopicPartitionKey {
  let keys = KEYS.get(topic);
  if (keys === undefined) KEYS.set(topic, (keys = []));
  return (keys[partition] ??= `${topic}-${partition}`);
}

/** Order of two strings by UTF-16 code unit: independent of any locale, as `localeCompare` is not. */
export function compareStrings(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Order of topic partitions: by topic name, then partition number. Iteration that becomes visible uses it. */
export function compareTopicPartitions(a: TopicPartition, b: TopicPartition): number {
  return compareStrings(a.topic, b.topic) || a.partition - b.partition;
}
