// Assignor: deals the partitions of a group's topics out to its members.
// It runs in the consumer that leads the group, not in the broker, and must be a pure function of its input: every
// member could lead, and all must come to the same result.

import { compareStrings, type TopicPartition } from "../../types.js";

/** A member as an assignor sees it. */
export interface AssignorMember {
  readonly memberId: string;
  /** Orders static members by their lasting name, so that a restart moves nothing (KIP-345). */
  readonly groupInstanceId: string | null;
  readonly topics: readonly string[];
}

export interface Assignor {
  /** As offered in JoinGroup: "range", "roundrobin". */
  readonly name: string;
  /**
   * Every partition of a subscribed topic goes to exactly one member subscribed to the topic.
   * @param partitionCounts topics that exist, with their number of partitions
   * @returns an entry for every member, in the order of their ids
   */
  assign(
    members: readonly AssignorMember[],
    partitionCounts: ReadonlyMap<string, number>,
  ): ReadonlyMap<string, readonly TopicPartition[]>;
}

/** Kafka's order of members: static before dynamic, by instance id, then by member id. */
export function compareMembers(a: AssignorMember, b: AssignorMember): number {
  if (a.groupInstanceId !== null && b.groupInstanceId !== null) {
    return compareStrings(a.groupInstanceId, b.groupInstanceId);
  }
  if (a.groupInstanceId !== null) return -1;
  if (b.groupInstanceId !== null) return 1;
  return compareStrings(a.memberId, b.memberId);
}

/** An empty share for every member, by id. */
export function emptyAssignment(members: readonly AssignorMember[]): Map<string, TopicPartition[]> {
  const ids = members.map((member) => member.memberId).sort(compareStrings);
  return new Map(ids.map((memberId) => [memberId, []]));
}

/** Topics that somebody subscribes to and that exist, by name. */
export function subscribedTopics(
  members: readonly AssignorMember[],
  partitionCounts: ReadonlyMap<string, number>,
): readonly string[] {
  const topics = new Set<string>();
  for (const member of members) for (const topic of member.topics) if (partitionCounts.has(topic)) topics.add(topic);
  return [...topics].sort(compareStrings);
}
