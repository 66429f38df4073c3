// Consumer protocol: what the members of a consumer group tell each other through the coordinator.
// A member's subscription goes to the leader inside JoinGroup; the leader's assignment comes back inside SyncGroup.
// To the coordinator both are opaque bytes; it reads only the topics, to know which offsets are still in use.

import { ByteReader, ByteWriter } from "../protocol/bytes.js";
import { MalformedMessageError } from "../protocol/errors.js";
import { ConsumerProtocolAssignment, ConsumerProtocolSubscription } from "../protocol/messages/consumer-protocol.js";
import { compareStrings, compareTopicPartitions, type TopicPartition } from "../types.js";

/** Protocol type of groups that consume. */
export const CONSUMER_PROTOCOL_TYPE = "consumer";

/** What a member wants and has. */
export interface Subscription {
  readonly topics: readonly string[];
  readonly userData: Uint8Array | null;
  /** What the member owned when it joined (KIP-429); empty under the eager protocol. */
  readonly ownedPartitions: readonly TopicPartition[];
  /** Generation in which it owned them; -1 if unknown. */
  readonly generationId: number;
  readonly rackId: string | null;
}

/** @throws AssertionError if a string is longer than 32767 bytes */
export function encodeSubscription(subscription: Subscription): Uint8Array {
  const [, version] = ConsumerProtocolSubscription.versions;
  const { topics, userData, generationId, rackId } = subscription;
  const writer = new ByteWriter();
  writer.int16(version);
  ConsumerProtocolSubscription.encode(
    writer,
    {
      topics: [...topics].sort(compareStrings),
      userData,
      ownedPartitions: byTopic(subscription.ownedPartitions),
      generationId,
      rackId,
    },
    version,
  );
  return writer.toBytes();
}

/** @throws MalformedMessageError if the bytes are no subscription */
export function decodeSubscription(bytes: Uint8Array): Subscription {
  const reader = new ByteReader(bytes);
  const version = readVersion(reader, ConsumerProtocolSubscription.versions[1]);
  const body = ConsumerProtocolSubscription.decode(reader, version);
  return {
    topics: body.topics,
    userData: body.userData,
    ownedPartitions: body.ownedPartitions.flatMap(({ topic, partitions }) =>
      partitions.map((partition) => ({ topic, partition })),
    ),
    generationId: body.generationId,
    rackId: body.rackId,
  };
}

/** The share of one member. */
export function encodeAssignment(
  partitions: readonly TopicPartition[],
  userData: Uint8Array | null = null,
): Uint8Array {
  const [, version] = ConsumerProtocolAssignment.versions;
  const writer = new ByteWriter();
  writer.int16(version);
  ConsumerProtocolAssignment.encode(writer, { assignedPartitions: byTopic(partitions), userData }, version);
  return writer.toBytes();
}

/**
 * The partitions a member was given. No bytes at all mean none: a leader may leave a member out.
 * @throws MalformedMessageError if the bytes are no assignment
 */
export function decodeAssignment(bytes: Uint8Array): readonly TopicPartition[] {
  if (bytes.length === 0) return [];
  const reader = new ByteReader(bytes);
  const version = readVersion(reader, ConsumerProtocolAssignment.versions[1]);
  const { assignedPartitions } = ConsumerProtocolAssignment.decode(reader, version);
  return assignedPartitions.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })));
}

/** The topics of a subscription; undefined if it is not readable as one. Every version begins like version 0. */
export function subscribedTopicsOf(metadata: Uint8Array): readonly string[] | undefined {
  try {
    const reader = new ByteReader(metadata);
    readVersion(reader, 0);
    return ConsumerProtocolSubscription.decode(reader, 0).topics;
  } catch (error) {
    if (error instanceof MalformedMessageError) return undefined;
    throw error;
  }
}

/** Versions only add at the end, so a newer one is read as the newest we know. */
function readVersion(reader: ByteReader, newestKnown: number): number {
  const version = reader.int16();
  if (version < 0) throw new MalformedMessageError("a consumer protocol version is negative");
  return Math.min(version, newestKnown);
}

function byTopic(
  partitions: readonly TopicPartition[],
): readonly { readonly topic: string; readonly partitions: readonly number[] }[] {
  const topics = new Map<string, number[]>();
  for (const { topic, partition } of [...partitions].sort(compareTopicPartitions)) {
    const known = topics.get(topic);
    if (known === undefined) topics.set(topic, [partition]);
    else known.push(partition);
  }
  return [...topics].map(([topic, ofTopic]) => ({ topic, partitions: ofTopic }));
}
