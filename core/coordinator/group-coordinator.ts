// Group coordinator: the broker's service for consumer groups.
// It finds the partition of `__consumer_offsets` that owns a group and hands the request to the shard of that
// partition, if this broker leads it. Requests end exactly once in `reply`; errors of the runtime (not coordinator,
// loading, not replicated in time) become the error of the response.
// It listens to the `ReplicaManager` (`addListener`) to learn what it leads and what is replicated.

import { assert } from "../assert.js";
import type { BrokerConfig } from "../config/broker-config.js";
import type { Environment } from "../environment.js";
import { type ErrorCode, Errors } from "../errors.js";
import type { RequestBody, ResponseBody } from "../protocol/apis.js";
import { HeartbeatResponse } from "../protocol/messages/heartbeat.js";
import { JoinGroupResponse } from "../protocol/messages/join-group.js";
import { LeaveGroupResponse } from "../protocol/messages/leave-group.js";
import { ListGroupsResponse } from "../protocol/messages/list-groups.js";
import { OffsetDeleteResponse } from "../protocol/messages/offset-delete.js";
import { SyncGroupResponse } from "../protocol/messages/sync-group.js";
import { compareStrings, type LeaderEpoch, type Offset, type TopicPartition } from "../types.js";
import { offsetFetchError } from "./coordinator-errors.js";
import { CoordinatorRuntime } from "./coordinator-runtime.js";
import type { CoordinatorLog, CoordinatorOutcome, PartitionWriter } from "./coordinator-shard.js";
import type { GroupRequestContext } from "./group-context.js";
import { GROUP_METADATA_TOPIC } from "../internal-topics.js";
import { type GroupRecord, groupRecordCodec } from "./group-records.js";
import { commitError, type DescribedGroup, describeError, GroupShard, type ListedGroup } from "./group-shard.js";
import { coordinatorPartition } from "./java-hash.js";
import type { OffsetFetchGroup, OffsetFetchGroupResult } from "./offset-manager.js";

export interface GroupCoordinatorOptions {
  readonly env: Environment;
  readonly config: BrokerConfig;
  readonly writer: PartitionWriter;
}

/** Takes the one answer to a request. */
export type Reply<T> = (response: T) => void;

export class GroupCoordinator {
  readonly #config: BrokerConfig;
  readonly #runtime: CoordinatorRuntime<GroupShard, GroupRecord>;
  #partitionCount = 0;

  constructor(options: GroupCoordinatorOptions) {
    const { env, config, writer } = options;
    this.#config = config;
    this.#runtime = new CoordinatorRuntime({
      env,
      topic: GROUP_METADATA_TOPIC,
      writer,
      codec: groupRecordCodec,
      writeTimeoutMs: config["offsets.commit.timeout.ms"],
      createShard: (context) => new GroupShard(env, config, context),
    });
  }

  /**
   * Begins to answer; before, and after `shutdown`, requests get COORDINATOR_NOT_AVAILABLE.
   * @param partitionCount partitions of `__consumer_offsets`: those it has, else `offsets.topic.num.partitions`.
   *   Fixed from here on: with another number the same group would be looked for elsewhere.
   */
  startup(partitionCount: number): void {
    assert(partitionCount > 0, "the group metadata topic has partitions");
    this.#partitionCount = partitionCount;
  }

  shutdown(): void {
    this.#partitionCount = 0;
    this.#runtime.shutdown();
  }

  get isActive(): boolean {
    return this.#partitionCount > 0;
  }

  /** The partition of `__consumer_offsets` that owns a group. */
  partitionFor(groupId: string): number {
    return coordinatorPartition(groupId, this.isActive ? this.#partitionCount : this.#defaultPartitionCount);
  }

  onLeadership(topic: string, partition: number, leaderEpoch: LeaderEpoch, log: CoordinatorLog): void {
    this.#runtime.onLeadership(topic, partition, leaderEpoch, log);
  }

  onResigned(topic: string, partition: number, leaderEpoch: LeaderEpoch): void {
    this.#runtime.onResigned(topic, partition, leaderEpoch);
  }

  onDeleted(topic: string, partition: number): void {
    this.#runtime.onDeleted(topic, partition);
  }

  onHighWatermarkAdvanced(topic: string, partition: number, leaderEpoch: LeaderEpoch, highWatermark: Offset): void {
    this.#runtime.onHighWatermarkAdvanced(topic, partition, leaderEpoch, highWatermark);
  }

  /** Partitions of other topics were deleted: their offsets mean nothing any more. */
  onPartitionsDeleted(deleted: readonly TopicPartition[]): void {
    for (const partition of this.#runtime.partitions()) {
      this.#runtime.write(
        partition,
        (shard) => shard.deletePartitions(deleted),
        () => {},
      );
    }
  }

  joinGroup(
    request: RequestBody<"JoinGroup">,
    context: GroupRequestContext,
    reply: Reply<ResponseBody<"JoinGroup">>,
  ): void {
    const { groupId, memberId, sessionTimeoutMs } = request;
    const isTimeoutAllowed =
      sessionTimeoutMs >= this.#config["group.min.session.timeout.ms"] &&
      sessionTimeoutMs <= this.#config["group.max.session.timeout.ms"];
    const error = this.#refusal(groupId) || (isTimeoutAllowed ? Errors.NONE : Errors.INVALID_SESSION_TIMEOUT);
    if (error !== Errors.NONE) return reply(JoinGroupResponse.create({ memberId, errorCode: error }));
    const replyOnce = once(reply);
    this.#runtime.write(
      this.partitionFor(groupId),
      (shard) => shard.groups.join(request, context, replyOnce),
      (outcome) => {
        if (!outcome.ok) replyOnce(JoinGroupResponse.create({ memberId, errorCode: outcome.error }));
      },
    );
  }

  syncGroup(request: RequestBody<"SyncGroup">, reply: Reply<ResponseBody<"SyncGroup">>): void {
    const error = this.#refusal(request.groupId);
    if (error !== Errors.NONE) return reply(SyncGroupResponse.create({ errorCode: error }));
    const replyOnce = once(reply);
    this.#runtime.write(
      this.partitionFor(request.groupId),
      (shard) => shard.groups.sync(request, replyOnce),
      (outcome) => {
        if (!outcome.ok) replyOnce(SyncGroupResponse.create({ errorCode: outcome.error }));
      },
    );
  }

  heartbeat(request: RequestBody<"Heartbeat">, reply: Reply<ResponseBody<"Heartbeat">>): void {
    const error = this.#refusal(request.groupId);
    if (error !== Errors.NONE) return reply(HeartbeatResponse.create({ errorCode: error }));
    this.#runtime.write(
      this.partitionFor(request.groupId),
      (shard) => shard.groups.heartbeat(request),
      (outcome) => {
        if (outcome.ok) return reply(outcome.response);
        // While the group loads nobody can say whether the member lives: it is taken at its word.
        const isLoading = outcome.error === Errors.COORDINATOR_LOAD_IN_PROGRESS;
        reply(HeartbeatResponse.create({ errorCode: isLoading ? Errors.NONE : outcome.error }));
      },
    );
  }

  leaveGroup(request: RequestBody<"LeaveGroup">, reply: Reply<ResponseBody<"LeaveGroup">>): void {
    const error = this.#refusal(request.groupId);
    if (error !== Errors.NONE) return reply(LeaveGroupResponse.create({ errorCode: error }));
    this.#runtime.write(
      this.partitionFor(request.groupId),
      (shard) => shard.groups.leave(request),
      (outcome) => reply(outcome.ok ? outcome.response : LeaveGroupResponse.create({ errorCode: outcome.error })),
    );
  }

  commitOffsets(
    request: RequestBody<"OffsetCommit">,
    context: GroupRequestContext,
    reply: Reply<ResponseBody<"OffsetCommit">>,
  ): void {
    // The empty group id is a group like others here: clients of before group management commit with it.
    if (!this.isActive) return reply(commitError(request, Errors.COORDINATOR_NOT_AVAILABLE));
    this.#runtime.write(
      this.partitionFor(request.groupId),
      (shard) => shard.commitOffsets(request, context),
      (outcome) => reply(outcome.ok ? outcome.response : commitError(request, outcome.error)),
    );
  }

  /** @param requireStable also wait for commits that are being replicated, instead of answering without them */
  fetchOffsets(request: OffsetFetchGroup, requireStable: boolean, reply: Reply<OffsetFetchGroupResult>): void {
    const { groupId } = request;
    if (!this.isActive) return reply({ groupId, topics: [], errorCode: Errors.COORDINATOR_NOT_AVAILABLE });
    const partition = this.partitionFor(groupId);
    const onOutcome = (outcome: CoordinatorOutcome<OffsetFetchGroupResult>): void =>
      reply(outcome.ok ? outcome.response : { groupId, topics: [], errorCode: offsetFetchError(outcome.error) });
    if (requireStable) this.#runtime.write(partition, (shard) => shard.fetchStableOffsets(request), onOutcome);
    else this.#runtime.read(partition, (shard) => shard.fetchCommittedOffsets(request), onOutcome);
  }

  deleteOffsets(request: RequestBody<"OffsetDelete">, reply: Reply<ResponseBody<"OffsetDelete">>): void {
    const error = this.#refusal(request.groupId);
    if (error !== Errors.NONE) return reply(OffsetDeleteResponse.create({ errorCode: error }));
    this.#runtime.write(
      this.partitionFor(request.groupId),
      (shard) => shard.deleteOffsets(request),
      (outcome) => reply(outcome.ok ? outcome.response : OffsetDeleteResponse.create({ errorCode: outcome.error })),
    );
  }

  /** Describes one group; the empty group id may be described, as in Kafka. */
  describeGroup(groupId: string, apiVersion: number, reply: Reply<DescribedGroup>): void {
    if (!this.isActive) return reply(describeError(groupId, Errors.COORDINATOR_NOT_AVAILABLE));
    this.#runtime.read(
      this.partitionFor(groupId),
      (shard) => shard.describe(groupId, apiVersion),
      (outcome) => reply(outcome.ok ? outcome.response : describeError(groupId, outcome.error)),
    );
  }

  deleteGroup(groupId: string, reply: Reply<ErrorCode>): void {
    if (!this.isActive) return reply(Errors.COORDINATOR_NOT_AVAILABLE);
    this.#runtime.write(
      this.partitionFor(groupId),
      (shard) => shard.deleteGroup(groupId),
      (outcome) => reply(outcome.ok ? outcome.response : outcome.error),
    );
  }

  /** The groups coordinated here, by id, filtered by state and type (without regard to case; none means all). */
  listGroups(request: RequestBody<"ListGroups">, reply: Reply<ResponseBody<"ListGroups">>): void {
    if (!this.isActive) return reply(ListGroupsResponse.create({ errorCode: Errors.COORDINATOR_NOT_AVAILABLE }));
    const groups: ListedGroup[] = [];
    for (const partition of this.#runtime.partitions()) {
      // A list without the groups still being loaded would look as if they did not exist.
      if (this.#runtime.availability(partition) === Errors.COORDINATOR_LOAD_IN_PROGRESS) {
        return reply(ListGroupsResponse.create({ errorCode: Errors.COORDINATOR_LOAD_IN_PROGRESS }));
      }
    }
    const last = this.#runtime.partitions().length - 1;
    if (last < 0) return reply(ListGroupsResponse.create({}));
    this.#runtime.partitions().forEach((partition, index) =>
      this.#runtime.read(
        partition,
        (shard) => shard.list(),
        (outcome) => {
          if (outcome.ok) groups.push(...outcome.response.filter((group) => matches(group, request)));
          if (index < last) return;
          groups.sort((a, b) => compareStrings(a.groupId, b.groupId));
          reply(ListGroupsResponse.create({ groups }));
        },
      ),
    );
  }

  get #defaultPartitionCount(): number {
    return this.#config["offsets.topic.num.partitions"];
  }

  #refusal(groupId: string): ErrorCode {
    if (!this.isActive) return Errors.COORDINATOR_NOT_AVAILABLE;
    return groupId === "" ? Errors.INVALID_GROUP_ID : Errors.NONE;
  }
}

function matches(group: ListedGroup, request: RequestBody<"ListGroups">): boolean {
  return includes(request.statesFilter, group.groupState) && includes(request.typesFilter, group.groupType);
}

function includes(filter: readonly string[], value: string): boolean {
  return filter.length === 0 || filter.some((wanted) => wanted.toLowerCase() === value.toLowerCase());
}

/** A join may be answered by the group and then fail to be stored, or the other way round: the first answer counts. */
function once<T>(reply: Reply<T>): Reply<T> {
  let replied = false;
  return (response) => {
    if (replied) return;
    replied = true;
    reply(response);
  };
}
