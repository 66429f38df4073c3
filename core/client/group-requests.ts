// Group requests: what a member says of itself in each request of the classic rebalance protocol.
// The consumer's subscription travels in JoinGroup as bytes only members of the group read.

import type { ConsumerConfig } from "../config/client-config.js";
import { CONSUMER_PROTOCOL_TYPE, encodeSubscription } from "../coordinator/consumer-protocol.js";
import { APIS, type RequestBody } from "../protocol/apis.js";
import type { MemberAssignments } from "./group-leader.js";
import type { CommitIdentity } from "./offset-commits.js";

export function joinGroupRequest(
  config: ConsumerConfig,
  { generationId, memberId, groupInstanceId }: CommitIdentity,
  topics: readonly string[],
): RequestBody<"JoinGroup"> {
  const metadata = encodeSubscription({
    topics,
    userData: null,
    ownedPartitions: [],
    generationId,
    rackId: config["client.rack"] === "" ? null : config["client.rack"],
  });
  return APIS.JoinGroup.request.create({
    groupId: config["group.id"],
    sessionTimeoutMs: config["session.timeout.ms"],
    // A rebalance may take as long as the slowest application between two polls.
    rebalanceTimeoutMs: config["max.poll.interval.ms"],
    memberId,
    groupInstanceId,
    protocolType: CONSUMER_PROTOCOL_TYPE,
    protocols: [{ name: config["partition.assignment.strategy"], metadata }],
  });
}

/** @param assignments everybody's shares if this member leads the group, else none */
export function syncGroupRequest(
  groupId: string,
  { generationId, memberId, groupInstanceId }: CommitIdentity,
  protocolName: string | null,
  assignments: MemberAssignments,
): RequestBody<"SyncGroup"> {
  return APIS.SyncGroup.request.create({
    groupId,
    generationId,
    memberId,
    groupInstanceId,
    protocolType: CONSUMER_PROTOCOL_TYPE,
    protocolName,
    assignments,
  });
}

export function leaveGroupRequest(
  groupId: string,
  { memberId, groupInstanceId }: CommitIdentity,
  reason: string,
): RequestBody<"LeaveGroup"> {
  return APIS.LeaveGroup.request.create({ groupId, members: [{ memberId, groupInstanceId, reason }] });
}
