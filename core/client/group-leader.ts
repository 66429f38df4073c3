// Group leader: the member that deals out the partitions of a consumer group.
// The coordinator knows nothing of topics: it hands all subscriptions to one member, the leader, and passes on what
// that member decides. The rule itself is the assignor, by the name the whole group supports.

import { assertDefined } from "../assert.js";
import type { Assignor } from "../coordinator/assignors/assignor.js";
import { rangeAssignor } from "../coordinator/assignors/range.js";
import { roundRobinAssignor } from "../coordinator/assignors/round-robin.js";
import { encodeAssignment, subscribedTopicsOf } from "../coordinator/consumer-protocol.js";
import type { ResponseBody } from "../protocol/apis.js";
import type { ClientMetadata } from "./client-metadata.js";

const ASSIGNORS: readonly Assignor[] = [rangeAssignor, roundRobinAssignor];

export interface GroupPlan {
  readonly assignments: { memberId: string; assignment: Uint8Array }[];
  /** Topics the plan covers, with their partitions; 0 for a topic that does not exist yet. */
  readonly partitionCounts: ReadonlyMap<string, number>;
}

/** Deals the partitions of all subscribed topics out to the members of a JoinGroup answer. */
export function computeAssignments(body: ResponseBody<"JoinGroup">, metadata: ClientMetadata): GroupPlan {
  const assignor = assertDefined(
    ASSIGNORS.find((candidate) => candidate.name === body.protocolName),
    "the coordinator chooses a protocol every member offered",
  );
  const members = body.members.map((member) => ({
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    topics: subscribedTopicsOf(member.metadata) ?? [],
  }));
  const topics = [...new Set(members.flatMap((member) => member.topics))].sort();
  // The leader watches the topics of all members, or it would not notice partitions added to a topic of another.
  metadata.setTopics(topics);
  const partitionCounts = new Map(topics.map((topic) => [topic, metadata.topic(topic)?.partitions.length ?? 0]));
  const existing = new Map([...partitionCounts].filter(([, count]) => count > 0));
  const plan = assignor.assign(members, existing);
  const assignments = [...plan].map(([memberId, partitions]) => ({
    memberId,
    assignment: encodeAssignment(partitions),
  }));
  return { assignments, partitionCounts };
}
