// Group handlers: the broker's side of the group APIs, from request body to response body.
// Here live the differences between API versions and the checks that need the cluster's metadata; what a group does
// is decided by the group coordinator.

import type { GroupCoordinator } from "../coordinator/group-coordinator.js";
import type { GroupRequestContext } from "../coordinator/group-context.js";
import { GROUP_METADATA_TOPIC } from "../internal-topics.js";
import { describeError } from "../coordinator/group-shard.js";
import type { OffsetFetchGroupResult } from "../coordinator/offset-manager.js";
import { type ErrorCode, Errors } from "../errors.js";
import type { ApiName, RequestBody, ResponseBody } from "../protocol/apis.js";
import { DeleteGroupsResponse } from "../protocol/messages/delete-groups.js";
import { DescribeGroupsResponse } from "../protocol/messages/describe-groups.js";
import { FindCoordinatorResponse } from "../protocol/messages/find-coordinator.js";
import { JoinGroupResponse } from "../protocol/messages/join-group.js";
import { LeaveGroupResponse } from "../protocol/messages/leave-group.js";
import { OffsetCommitResponse } from "../protocol/messages/offset-commit.js";
import { OffsetDeleteResponse } from "../protocol/messages/offset-delete.js";
import { OffsetFetchResponse } from "../protocol/messages/offset-fetch.js";
import { SyncGroupResponse } from "../protocol/messages/sync-group.js";
import type { NodeEndpoint } from "../types.js";
import { GROUP_OPERATIONS } from "./authorized-operations.js";
import type { RequestContext } from "./request-context.js";

/** What the handlers must know of the cluster; answered from the broker's metadata image. */
export interface GroupMetadataView {
  hasTopic(topic: string): boolean;
  hasPartition(topic: string, partition: number): boolean;
  /** The leader of the partition, if it has one that is alive, where the client can reach it. */
  leaderEndpoint(topic: string, partition: number): NodeEndpoint | undefined;
}

export interface GroupHandlerDependencies {
  readonly groupCoordinator: GroupCoordinator;
  readonly metadata: GroupMetadataView;
  /** Asks the controller for an internal topic; asking again while it is being made is harmless. */
  createInternalTopic(topic: string): void;
}

const GROUP_KEY_TYPE = 0;
const NO_NODE: NodeEndpoint = { id: -1, host: "", port: -1 };

export function handleFindCoordinator(
  deps: GroupHandlerDependencies,
  body: RequestBody<"FindCoordinator">,
  context: RequestContext<"FindCoordinator">,
): void {
  if (context.apiVersion >= 4) {
    const coordinators = body.coordinatorKeys.map((key) => findCoordinator(deps, body.keyType, key));
    return context.reply(FindCoordinatorResponse.create({ coordinators }));
  }
  const { nodeId, host, port, errorCode, errorMessage } = findCoordinator(deps, body.keyType, body.key);
  context.reply(FindCoordinatorResponse.create({ nodeId, host, port, errorCode, errorMessage }));
}

function findCoordinator(
  deps: GroupHandlerDependencies,
  keyType: number,
  key: string,
): ResponseBody<"FindCoordinator">["coordinators"][number] {
  const answer = (errorCode: ErrorCode, errorMessage: string | null, { id, host, port }: NodeEndpoint) => ({
    key,
    nodeId: id,
    host,
    port,
    errorCode,
    errorMessage,
  });
  if (keyType !== GROUP_KEY_TYPE) {
    return answer(Errors.INVALID_REQUEST, "Only groups have a coordinator here.", NO_NODE);
  }
  if (!deps.metadata.hasTopic(GROUP_METADATA_TOPIC)) deps.createInternalTopic(GROUP_METADATA_TOPIC);
  const leader = deps.metadata.leaderEndpoint(GROUP_METADATA_TOPIC, deps.groupCoordinator.partitionFor(key));
  if (leader === undefined) {
    return answer(Errors.COORDINATOR_NOT_AVAILABLE, "The coordinator is not available.", NO_NODE);
  }
  return answer(Errors.NONE, "", leader);
}

export function handleJoinGroup(
  deps: GroupHandlerDependencies,
  body: RequestBody<"JoinGroup">,
  context: RequestContext<"JoinGroup">,
): void {
  deps.groupCoordinator.joinGroup(body, groupContext(context), (response) => {
    // Before version 7 "no protocol" is the empty string.
    const isNullAllowed = context.apiVersion >= 7 || response.protocolName !== null;
    context.reply(isNullAllowed ? response : JoinGroupResponse.create({ ...response, protocolName: "" }));
  });
}

export function handleSyncGroup(
  deps: GroupHandlerDependencies,
  body: RequestBody<"SyncGroup">,
  context: RequestContext<"SyncGroup">,
): void {
  // From version 5 a member says which protocol it believes was chosen, so that a mix-up shows (KIP-559).
  if (context.apiVersion >= 5 && (body.protocolType === null || body.protocolName === null)) {
    return context.reply(SyncGroupResponse.create({ errorCode: Errors.INCONSISTENT_GROUP_PROTOCOL }));
  }
  deps.groupCoordinator.syncGroup(body, (response) => context.reply(response));
}

export function handleHeartbeat(
  deps: GroupHandlerDependencies,
  body: RequestBody<"Heartbeat">,
  context: RequestContext<"Heartbeat">,
): void {
  deps.groupCoordinator.heartbeat(body, (response) => context.reply(response));
}

export function handleLeaveGroup(
  deps: GroupHandlerDependencies,
  body: RequestBody<"LeaveGroup">,
  context: RequestContext<"LeaveGroup">,
): void {
  if (context.apiVersion >= 3) return deps.groupCoordinator.leaveGroup(body, (response) => context.reply(response));
  // Before version 3 (KIP-345) one member leaves, and its error is that of the response.
  const members = [{ memberId: body.memberId, groupInstanceId: null, reason: null }];
  deps.groupCoordinator.leaveGroup({ ...body, members }, (response) => {
    const errorCode = response.errorCode || (response.members[0]?.errorCode ?? Errors.NONE);
    context.reply(LeaveGroupResponse.create({ errorCode }));
  });
}

export function handleOffsetCommit(
  deps: GroupHandlerDependencies,
  body: RequestBody<"OffsetCommit">,
  context: RequestContext<"OffsetCommit">,
): void {
  // Only partitions that exist reach the coordinator: an offset of anything else could never be used.
  const topics = existing(deps.metadata, body.topics);
  const complete = (committed: ResponseBody<"OffsetCommit">): void =>
    context.reply(OffsetCommitResponse.create({ topics: inRequestOrder(body.topics, committed.topics) }));
  if (topics.length === 0) return complete(OffsetCommitResponse.create({}));
  deps.groupCoordinator.commitOffsets({ ...body, topics }, groupContext(context), complete);
}

export function handleOffsetFetch(
  deps: GroupHandlerDependencies,
  body: RequestBody<"OffsetFetch">,
  context: RequestContext<"OffsetFetch">,
): void {
  const { groupCoordinator } = deps;
  if (context.apiVersion < 8) {
    const { groupId, topics, requireStable } = body;
    return groupCoordinator.fetchOffsets({ groupId, topics }, requireStable, (group) =>
      context.reply(singleGroupResponse(body, group, context.apiVersion)),
    );
  }
  const { groups, requireStable } = body;
  gather(
    groups,
    (group, done: (result: OffsetFetchGroupResult) => void) =>
      groupCoordinator.fetchOffsets(group, requireStable, done),
    (results) => context.reply(OffsetFetchResponse.create({ groups: results })),
  );
}

export function handleDescribeGroups(
  deps: GroupHandlerDependencies,
  body: RequestBody<"DescribeGroups">,
  context: RequestContext<"DescribeGroups">,
): void {
  gather(
    body.groups,
    (groupId, done: (group: ReturnType<typeof describeError>) => void) =>
      deps.groupCoordinator.describeGroup(groupId, context.apiVersion, done),
    (groups) => {
      const { includeAuthorizedOperations } = body;
      const withOperations = groups.map((group) =>
        includeAuthorizedOperations && group.errorCode === Errors.NONE
          ? { ...group, authorizedOperations: GROUP_OPERATIONS }
          : group,
      );
      context.reply(DescribeGroupsResponse.create({ groups: withOperations }));
    },
  );
}

export function handleListGroups(
  deps: GroupHandlerDependencies,
  body: RequestBody<"ListGroups">,
  context: RequestContext<"ListGroups">,
): void {
  deps.groupCoordinator.listGroups(body, (response) => context.reply(response));
}

export function handleDeleteGroups(
  deps: GroupHandlerDependencies,
  body: RequestBody<"DeleteGroups">,
  context: RequestContext<"DeleteGroups">,
): void {
  gather(
    [...new Set(body.groupsNames)],
    (groupId, done: (result: { groupId: string; errorCode: ErrorCode }) => void) =>
      deps.groupCoordinator.deleteGroup(groupId, (errorCode) => done({ groupId, errorCode })),
    (results) => context.reply(DeleteGroupsResponse.create({ results })),
  );
}

export function handleOffsetDelete(
  deps: GroupHandlerDependencies,
  body: RequestBody<"OffsetDelete">,
  context: RequestContext<"OffsetDelete">,
): void {
  const topics = existing(deps.metadata, body.topics);
  deps.groupCoordinator.deleteOffsets({ ...body, topics }, (response) => {
    if (response.errorCode !== Errors.NONE) return context.reply(response);
    context.reply(OffsetDeleteResponse.create({ topics: inRequestOrder(body.topics, response.topics) }));
  });
}

function groupContext(context: RequestContext<ApiName>): GroupRequestContext {
  return { apiVersion: context.apiVersion, clientId: context.clientId ?? "", clientHost: context.clientHost };
}

interface TopicOf<P> {
  readonly name: string;
  readonly partitions: readonly P[];
}

/** The topics with the partitions that exist; topics without any are left out. */
function existing<P extends { readonly partitionIndex: number }>(
  metadata: GroupMetadataView,
  topics: readonly TopicOf<P>[],
): readonly TopicOf<P>[] {
  return topics
    .map(({ name, partitions }) => ({
      name,
      partitions: partitions.filter(({ partitionIndex }) => metadata.hasPartition(name, partitionIndex)),
    }))
    .filter(({ partitions }) => partitions.length > 0);
}

/** Every partition asked about, with its error; those the coordinator was not asked about do not exist. */
function inRequestOrder(
  asked: readonly TopicOf<{ readonly partitionIndex: number }>[],
  answered: readonly TopicOf<{ readonly partitionIndex: number; readonly errorCode: ErrorCode }>[],
) {
  const errors = new Map<string, Map<number, ErrorCode>>();
  for (const { name, partitions } of answered) {
    const known = errors.get(name) ?? new Map<number, ErrorCode>();
    for (const { partitionIndex, errorCode } of partitions) known.set(partitionIndex, errorCode);
    errors.set(name, known);
  }
  return asked.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex }) => ({
      partitionIndex,
      errorCode: errors.get(name)?.get(partitionIndex) ?? Errors.UNKNOWN_TOPIC_OR_PARTITION,
    })),
  }));
}

/** Before version 8 one group is asked about; before version 2 its error stands in every partition. */
function singleGroupResponse(
  body: RequestBody<"OffsetFetch">,
  group: OffsetFetchGroupResult,
  apiVersion: number,
): ResponseBody<"OffsetFetch"> {
  const { topics, errorCode } = group;
  if (apiVersion >= 2 || errorCode === Errors.NONE) return OffsetFetchResponse.create({ topics, errorCode });
  return OffsetFetchResponse.create({
    topics: (body.topics ?? []).map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((partitionIndex) => ({
        partitionIndex,
        committedOffset: -1,
        committedLeaderEpoch: -1,
        metadata: "",
        errorCode,
      })),
    })),
  });
}

/** Asks about each item and answers when all are answered, in the order of the items. */
function gather<T, R>(
  items: readonly T[],
  ask: (item: T, done: (result: R) => void) => void,
  onAll: (results: readonly R[]) => void,
): void {
  const results: R[] = [];
  let missing = items.length;
  if (missing === 0) return onAll(results);
  items.forEach((item, index) =>
    ask(item, (result) => {
      results[index] = result;
      missing -= 1;
      if (missing === 0) onAll(results);
    }),
  );
}
