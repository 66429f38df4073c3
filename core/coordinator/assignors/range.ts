// Range assignor: topic by topic, each member gets a run of consecutive partitions.
// Partition n of all topics with the same count goes to the same member, so that joining two topics by key works.
// The price: with many topics the first members carry more.

import { assertDefined } from "../../assert.js";
import type { TopicPartition } from "../../types.js";
import { type Assignor, type AssignorMember, compareMembers, emptyAssignment, subscribedTopics } from "./assignor.js";

export const rangeAssignor: Assignor = {
  name: "range",

  assign(
    members: readonly AssignorMember[],
    partitionCounts: ReadonlyMap<string, number>,
  ): ReadonlyMap<string, readonly TopicPartition[]> {
    const assignment = emptyAssignment(members);
    const ordered = [...members].sort(compareMembers);
    for (const topic of subscribedTopics(members, partitionCounts)) {
      const subscribers = ordered.filter((member) => member.topics.includes(topic));
      const partitionCount = partitionCounts.get(topic) ?? 0;
      const each = Math.floor(partitionCount / subscribers.length);
      // The first `extra` members get one more.
      const extra = partitionCount % subscribers.length;
      let partition = 0;
      subscribers.forEach(({ memberId }, index) => {
        const share = assertDefined(assignment.get(memberId), "every member has a share");
        const end = partition + each + (index < extra ? 1 : 0);
        while (partition < end) share.push({ topic, partition: partition++ });
      });
    }
    return assignment;
  },
};
