// Round-robin assignor: all partitions of all topics in one row, dealt out like cards.
// Members with equal subscriptions end up within one partition of each other, over all topics together.

import { assertDefined } from "../../assert.js";
import type { TopicPartition } from "../../types.js";
import { type Assignor, type AssignorMember, compareMembers, emptyAssignment, subscribedTopics } from "./assignor.js";

export const roundRobinAssignor: Assignor = {
  name: "roundrobin",

  assign(
    members: readonly AssignorMember[],
    partitionCounts: ReadonlyMap<string, number>,
  ): ReadonlyMap<string, readonly TopicPartition[]> {
    const assignment = emptyAssignment(members);
    const ordered = [...members].sort(compareMembers);
    let next = 0;
    for (const topic of subscribedTopics(members, partitionCounts)) {
      const partitionCount = partitionCounts.get(topic) ?? 0;
      for (let partition = 0; partition < partitionCount; partition++) {
        // Somebody subscribes to the topic, so this ends. Members passed over lose their turn, as in Kafka.
        while (!ordered[next]!.topics.includes(topic)) next = (next + 1) % ordered.length;
        const share = assertDefined(assignment.get(ordered[next]!.memberId), "every member has a share");
        share.push({ topic, partition });
        next = (next + 1) % ordered.length;
      }
    }
    return assignment;
  },
};
