// Group shard: the groups and offsets kept on one partition of `__consumer_offsets`.
// It joins the two halves where a request needs both: a commit is checked against its group, and a group without
// members and offsets is forgotten. The runtime calls it; timers come back to it as writes.

import type { BrokerConfig } from "../config/broker-config.js";
import type { Environment, Timer } from "../environment.js";
import { type ErrorCode, Errors } from "../errors.js";
import type { RequestBody, ResponseBody } from "../protocol/apis.js";
import { OffsetCommitResponse } from "../protocol/messages/offset-commit.js";
import { OffsetDeleteResponse } from "../protocol/messages/offset-delete.js";
import { EMPTY_BYTES } from "../protocol/schema.js";
import type { Offset, TopicPartition } from "../types.js";
import { ClassicGroupManager } from "./classic-group-manager.js";
import type { ClassicGroup } from "./classic-group.js";
import { CONSUMER_PROTOCOL_TYPE } from "./consumer-protocol.js";
import type { CoordinatorShard, ShardContext } from "./coordinator-shard.js";
import type { GroupRequestContext } from "./group-context.js";
import { type GroupRecord, type GroupResult, groupTombstone, NO_CHANGE } from "./group-records.js";
import { type OffsetFetchGroup, type OffsetFetchGroupResult, OffsetManager } from "./offset-manager.js";

export type DescribedGroup = ResponseBody<"DescribeGroups">["groups"][number];
export type ListedGroup = ResponseBody<"ListGroups">["groups"][number];

/** DescribeGroups: "the authorized operations were not asked for". */
const NO_AUTHORIZED_OPERATIONS = -2_147_483_648;

export class GroupShard implements CoordinatorShard<GroupRecord> {
  readonly groups: ClassicGroupManager;
  readonly offsets: OffsetManager;
  readonly #context: ShardContext<GroupRecord>;
  readonly #expiryTimer: Timer;
  readonly #expiryIntervalMs: number;

  constructor(env: Environment, config: BrokerConfig, context: ShardContext<GroupRecord>) {
    this.groups = new ClassicGroupManager({ env, config, write: (decide) => context.write(decide) });
    this.offsets = new OffsetManager(env, config);
    this.#context = context;
    this.#expiryTimer = env.timers.create("group-offset-expiry", () => this.#expireGroups());
    this.#expiryIntervalMs = config["offsets.retention.check.interval.ms"];
  }

  replay(offset: Offset, record: GroupRecord): void {
    if (record.type === "group-metadata") return this.groups.replay(record);
    this.offsets.replay(offset, record);
    if (record.value !== null) this.groups.createSimpleGroup(record.group);
  }

  onCommitted(highWatermark: Offset): void {
    this.offsets.onCommitted(highWatermark);
  }

  onLoaded(): void {
    this.groups.onLoaded();
    this.#expiryTimer.arm(this.#expiryIntervalMs);
  }

  onUnloaded(): void {
    this.#expiryTimer.cancel();
    this.groups.onUnloaded();
  }

  commitOffsets(
    request: RequestBody<"OffsetCommit">,
    context: GroupRequestContext,
  ): GroupResult<ResponseBody<"OffsetCommit">> {
    const group = this.groups.get(request.groupId);
    const error = this.offsets.validateCommit(group, request, context.apiVersion);
    if (error !== Errors.NONE) return { records: [], response: commitError(request, error) };
    if (group !== undefined) this.groups.touch(group, request.memberId);
    return this.offsets.commit(request);
  }

  /** What is committed, at once. */
  fetchCommittedOffsets(request: OffsetFetchGroup): OffsetFetchGroupResult {
    return this.offsets.fetch(request, this.offsets.committed);
  }

  /** What is known, as a write without records: the answer waits until it is committed. */
  fetchStableOffsets(request: OffsetFetchGroup): GroupResult<OffsetFetchGroupResult> {
    return { records: [], response: this.offsets.fetch(request, this.offsets.latest) };
  }

  deleteOffsets(request: RequestBody<"OffsetDelete">): GroupResult<ResponseBody<"OffsetDelete">> {
    const group = this.groups.get(request.groupId);
    const errorCode = deleteOffsetsError(group);
    if (group === undefined || errorCode !== Errors.NONE) {
      return { records: [], response: OffsetDeleteResponse.create({ errorCode }) };
    }
    return this.offsets.delete(group, request);
  }

  /** Deletes a group without members, with its offsets. NON_EMPTY_GROUP, GROUP_ID_NOT_FOUND or NONE. */
  deleteGroup(groupId: string): GroupResult<ErrorCode> {
    const group = this.groups.get(groupId);
    if (group === undefined || group.state === "Dead") return { records: [], response: Errors.GROUP_ID_NOT_FOUND };
    if (group.state !== "Empty") return { records: [], response: Errors.NON_EMPTY_GROUP };
    return { records: [...this.offsets.deleteAll(groupId), groupTombstone(groupId)], response: Errors.NONE };
  }

  /** Forgets the offsets of partitions that were deleted. */
  deletePartitions(deleted: readonly TopicPartition[]): GroupResult<undefined> {
    return { records: this.offsets.deletePartitions(deleted), response: undefined };
  }

  /** An unknown group is described as Dead; it is not an error before version 6. */
  describe(groupId: string, apiVersion: number): DescribedGroup {
    const group = this.groups.get(groupId);
    if (group === undefined) return describeDead(groupId, apiVersion);
    const isStable = group.state === "Stable";
    return {
      errorCode: Errors.NONE,
      errorMessage: null,
      groupId,
      groupState: group.state,
      protocolType: group.protocolType ?? "",
      protocolData: isStable ? (group.protocolName ?? "") : "",
      members: group.sortedMembers().map((member) => ({
        memberId: member.memberId,
        groupInstanceId: member.identity.groupInstanceId,
        clientId: member.identity.clientId,
        clientHost: member.identity.clientHost,
        memberMetadata: isStable ? member.metadata(group.protocolName) : EMPTY_BYTES,
        memberAssignment: isStable ? member.assignment : EMPTY_BYTES,
      })),
      authorizedOperations: NO_AUTHORIZED_OPERATIONS,
    };
  }

  list(): readonly ListedGroup[] {
    return this.groups.sortedGroups().map((group) => ({
      groupId: group.groupId,
      protocolType: group.protocolType ?? "",
      groupState: group.state,
      groupType: "classic",
    }));
  }

  /** One write a group, so that many expired offsets do not exceed the size of a batch together. */
  #expireGroups(): void {
    for (const { groupId } of this.groups.sortedGroups()) this.#context.write(() => this.#expireGroup(groupId));
    this.#expiryTimer.arm(this.#expiryIntervalMs);
  }

  #expireGroup(groupId: string): GroupResult<undefined> {
    const group = this.groups.get(groupId);
    if (group === undefined) return NO_CHANGE;
    const { tombstones, noneLeft } = this.offsets.expire(group);
    const isAbandoned = noneLeft && group.state === "Empty";
    return { records: isAbandoned ? [...tombstones, groupTombstone(groupId)] : tombstones, response: undefined };
  }
}

/** The same error for every partition of a commit. */
export function commitError(request: RequestBody<"OffsetCommit">, errorCode: ErrorCode): ResponseBody<"OffsetCommit"> {
  return OffsetCommitResponse.create({
    topics: request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
    })),
  });
}

/** A group that could not be described. */
export function describeError(groupId: string, errorCode: ErrorCode): DescribedGroup {
  return {
    errorCode,
    errorMessage: null,
    groupId,
    groupState: "",
    protocolType: "",
    protocolData: "",
    members: [],
    authorizedOperations: NO_AUTHORIZED_OPERATIONS,
  };
}

function describeDead(groupId: string, apiVersion: number): DescribedGroup {
  const dead = { ...describeError(groupId, Errors.NONE), groupState: "Dead" };
  // KIP-1043: from version 6 an unknown group is said to be unknown.
  if (apiVersion < 6) return dead;
  return { ...dead, errorCode: Errors.GROUP_ID_NOT_FOUND, errorMessage: `Group ${groupId} not found.` };
}

function deleteOffsetsError(group: ClassicGroup | undefined): ErrorCode {
  if (group === undefined || group.state === "Dead") return Errors.GROUP_ID_NOT_FOUND;
  // With the consumer protocol we know which topics are read, and can tell for each; else only an empty group is safe.
  const hasMembers = group.state !== "Empty";
  return hasMembers && group.protocolType !== CONSUMER_PROTOCOL_TYPE ? Errors.NON_EMPTY_GROUP : Errors.NONE;
}
