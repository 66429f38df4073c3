// A group coordinator over one partition of __consumer_offsets, with a log the test controls: it decides when
// records are replicated, when leadership moves, and what the log refuses. Requests answer into arrays.

import { BROKER_CONFIG } from "../../../core/config/broker-config.js";
import { type ConfigOverrides, parseConfig } from "../../../core/config/definition.js";
import { GroupCoordinator } from "../../../core/coordinator/group-coordinator.js";
import type { CoordinatorLog, PartitionWriter } from "../../../core/coordinator/coordinator-shard.js";
import type { ErrorCode } from "../../../core/errors.js";
import { GROUP_METADATA_TOPIC } from "../../../core/internal-topics.js";
import { Errors } from "../../../core/errors.js";
import { batchLastOffset, patchBatch } from "../../../core/log/batch-header.js";
import { decodeBatch, type DecodedRecord } from "../../../core/log/record-batch.js";
import type { RequestBody, ResponseBody } from "../../../core/protocol/apis.js";
import { HeartbeatRequest } from "../../../core/protocol/messages/heartbeat.js";
import { JoinGroupRequest } from "../../../core/protocol/messages/join-group.js";
import { LeaveGroupRequest } from "../../../core/protocol/messages/leave-group.js";
import { OffsetCommitRequest } from "../../../core/protocol/messages/offset-commit.js";
import { SyncGroupRequest } from "../../../core/protocol/messages/sync-group.js";
import type { PartialBody } from "../../../core/protocol/schema.js";
import { encodeSubscription } from "../../../core/coordinator/consumer-protocol.js";
import { FakeEnvironment } from "../support/fake-environment.js";

/** One replicated log, as the coordinator sees it. */
export class FakePartition implements CoordinatorLog, PartitionWriter {
  batches: Uint8Array[] = [];
  logStartOffset = 0;
  logEndOffset = 0;
  highWatermark = 0;
  leaderEpoch = 0;
  refuseWith: ErrorCode = Errors.NONE;
  appends = 0;
  onAppended: () => void = () => {};

  appendForCoordinator(_topic: string, _partition: number, batch: Uint8Array, expectedLeaderEpoch: number) {
    if (this.refuseWith !== Errors.NONE) return { ok: false as const, error: this.refuseWith };
    if (expectedLeaderEpoch !== this.leaderEpoch) return { ok: false as const, error: Errors.NOT_LEADER_OR_FOLLOWER };
    patchBatch(batch, 0, this.logEndOffset, this.leaderEpoch);
    this.batches.push(batch);
    const lastOffset = batchLastOffset(batch, 0);
    this.logEndOffset = lastOffset + 1;
    this.appends += 1;
    this.onAppended();
    return { ok: true as const, lastOffset };
  }

  read(startOffset: number, _maxBytes: number, upperBound: number): { readonly records: Uint8Array } {
    // One batch at a time: loading is seen to take several steps.
    const next = this.batches.find((batch) => batchLastOffset(batch, 0) >= startOffset);
    return { records: next !== undefined && batchLastOffset(next, 0) < upperBound ? next : new Uint8Array(0) };
  }

  truncateTo(offset: number): void {
    this.batches = this.batches.filter((batch) => batchLastOffset(batch, 0) < offset);
    this.logEndOffset = offset;
    this.highWatermark = Math.min(this.highWatermark, offset);
  }

  records(): readonly DecodedRecord[] {
    return this.batches.flatMap((batch) => decodeBatch(batch) ?? []);
  }
}

export interface Joined {
  readonly memberId: string;
  readonly responses: ResponseBody<"JoinGroup">[];
}

export const GROUP = "payments";
export const CONTEXT = { apiVersion: 9, clientId: "app", clientHost: "/10.0.0.1" };

export function subscription(...topics: string[]): Uint8Array {
  return encodeSubscription({ topics, userData: null, ownedPartitions: [], generationId: -1, rackId: null });
}

export class GroupHarness {
  readonly env: FakeEnvironment;
  readonly partition: FakePartition;
  readonly coordinator: GroupCoordinator;
  /** Replicate every append at once. */
  autoReplicate = true;

  constructor(overrides: ConfigOverrides = {}, partition = new FakePartition(), env = new FakeEnvironment()) {
    this.env = env;
    this.partition = partition;
    const config = parseConfig(BROKER_CONFIG, overrides);
    this.coordinator = new GroupCoordinator({ env, config, writer: partition });
    this.coordinator.startup(1);
    partition.onAppended = () => {
      if (this.autoReplicate) this.replicate();
    };
    this.lead(1);
  }

  /** Makes this coordinator the leader again, another broker perhaps having led in between: it loads the log. */
  elect(): void {
    this.lead(this.partition.leaderEpoch + 2);
  }

  lead(leaderEpoch: number): void {
    this.partition.leaderEpoch = leaderEpoch;
    this.coordinator.onLeadership(GROUP_METADATA_TOPIC, 0, this.partition.leaderEpoch, this.partition);
    this.env.advance(0);
  }

  /** The high watermark reaches the end of the log. */
  replicate(epoch: number = this.partition.leaderEpoch): void {
    this.partition.highWatermark = this.partition.logEndOffset;
    this.coordinator.onHighWatermarkAdvanced(GROUP_METADATA_TOPIC, 0, epoch, this.partition.highWatermark);
  }

  join(request: PartialBody<RequestBody<"JoinGroup">> = {}, apiVersion = 9): ResponseBody<"JoinGroup">[] {
    const responses: ResponseBody<"JoinGroup">[] = [];
    const body = JoinGroupRequest.create({
      groupId: GROUP,
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 60_000,
      protocolType: "consumer",
      protocols: [{ name: "range", metadata: subscription("orders") }],
      ...request,
    });
    this.coordinator.joinGroup(body, { ...CONTEXT, apiVersion }, (response) => responses.push(response));
    return responses;
  }

  /** Obtains a member id first, as clients of version 4 and later do, then joins with it. */
  joinAsNew(request: PartialBody<RequestBody<"JoinGroup">> = {}): Joined {
    const memberId = this.join(request)[0]!.memberId;
    return { memberId, responses: this.join({ ...request, memberId }) };
  }

  sync(
    memberId: string,
    generationId: number,
    assignments: RequestBody<"SyncGroup">["assignments"] = [],
    more: PartialBody<RequestBody<"SyncGroup">> = {},
  ): ResponseBody<"SyncGroup">[] {
    const responses: ResponseBody<"SyncGroup">[] = [];
    const body = SyncGroupRequest.create({ groupId: GROUP, memberId, generationId, assignments, ...more });
    this.coordinator.syncGroup(body, (response) => responses.push(response));
    return responses;
  }

  heartbeat(memberId: string, generationId: number, groupInstanceId: string | null = null): ErrorCode | undefined {
    let error: ErrorCode | undefined;
    const body = HeartbeatRequest.create({ groupId: GROUP, memberId, generationId, groupInstanceId });
    this.coordinator.heartbeat(body, (response) => (error = response.errorCode));
    return error;
  }

  leave(members: PartialBody<RequestBody<"LeaveGroup">>["members"]): ResponseBody<"LeaveGroup">[] {
    const responses: ResponseBody<"LeaveGroup">[] = [];
    const body = LeaveGroupRequest.create({ groupId: GROUP, members: members ?? [] });
    this.coordinator.leaveGroup(body, (response) => responses.push(response));
    return responses;
  }

  /** Commits one offset of orders-0; the errors of the answers, as they arrive. */
  commit(committedOffset: number, request: PartialBody<RequestBody<"OffsetCommit">> = {}, apiVersion = 9): ErrorCode[] {
    const errors: ErrorCode[] = [];
    const body = OffsetCommitRequest.create({
      groupId: GROUP,
      topics: [{ name: "orders", partitions: [{ partitionIndex: 0, committedOffset, committedMetadata: "" }] }],
      ...request,
    });
    this.coordinator.commitOffsets(body, { ...CONTEXT, apiVersion }, (response) =>
      errors.push(response.topics[0]!.partitions[0]!.errorCode),
    );
    return errors;
  }

  /** The committed offset of orders-0: [error of the group, offset]. */
  fetch(requireStable = false, groupId = GROUP): (readonly [ErrorCode, number | undefined])[] {
    const results: (readonly [ErrorCode, number | undefined])[] = [];
    this.coordinator.fetchOffsets(
      { groupId, topics: [{ name: "orders", partitionIndexes: [0] }] },
      requireStable,
      ({ errorCode, topics }) => results.push([errorCode, topics[0]?.partitions[0]?.committedOffset]),
    );
    return results;
  }

  state(groupId = GROUP): string {
    let state = "";
    this.coordinator.describeGroup(groupId, 5, (group) => (state = group.groupState));
    return state;
  }

  /** Two members, Stable in generation 1; the first leads. */
  stableGroup(request: PartialBody<RequestBody<"JoinGroup">> = {}): { leader: string; follower: string } {
    const first = this.joinAsNew(request);
    const second = this.joinAsNew(request);
    this.env.advance(6_000);
    const { generationId, leader } = first.responses[0]!;
    const follower = leader === first.memberId ? second.memberId : first.memberId;
    this.sync(follower, generationId);
    this.sync(leader, generationId, [
      { memberId: leader, assignment: Uint8Array.of(1) },
      { memberId: follower, assignment: Uint8Array.of(2) },
    ]);
    return { leader, follower };
  }
}
