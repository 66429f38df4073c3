// Offset manager: commits, fetches, deletes and expires the offsets of groups.
// A commit is checked against its group: a member of an older generation must not move offsets back behind the
// member that took its partitions over. What is fetched is only what no failover can lose.
// Offsets are soft state: changed by replay alone, so that memory and log cannot disagree.

import type { BrokerConfig } from "../config/broker-config.js";
import type { Environment } from "../environment.js";
import { type ErrorCode, Errors } from "../errors.js";
import type { RequestBody, ResponseBody } from "../protocol/apis.js";
import { OffsetDeleteResponse } from "../protocol/messages/offset-delete.js";
import { OffsetCommitResponse } from "../protocol/messages/offset-commit.js";
import type { Offset, TopicPartition } from "../types.js";
import type { ClassicGroup } from "./classic-group.js";
import { traceFenced } from "./group-context.js";
import { type GroupResult, type GroupRecord, type OffsetCommitRecord, offsetTombstone } from "./group-records.js";
import { OffsetTable } from "./offset-table.js";

/** "No offset committed" in answers. */
const INVALID_OFFSET = -1;
const NO_EXPIRY = -1;
const MS_PER_MINUTE = 60_000;
/** OffsetCommit version that may name a group nobody knows (KIP-848). */
const GROUP_ID_NOT_FOUND_VERSION = 9;

/** What is asked of one group in an OffsetFetch; null topics mean all with an offset. */
export interface OffsetFetchGroup {
  readonly groupId: string;
  readonly topics: readonly { readonly name: string; readonly partitionIndexes: readonly number[] }[] | null;
}
/** The answer for one group. */
export type OffsetFetchGroupResult = ResponseBody<"OffsetFetch">["groups"][number];
type FetchedPartition = OffsetFetchGroupResult["topics"][number]["partitions"][number];

export class OffsetManager {
  readonly #env: Environment;
  readonly #config: BrokerConfig;
  /** Includes commits that are not replicated yet. */
  readonly #latest = new OffsetTable();
  readonly #committed = new OffsetTable();
  /** Replayed records the high watermark has not passed, in the order of the log. */
  #uncommitted: { readonly offset: Offset; readonly record: OffsetCommitRecord }[] = [];
  /** What was below the high watermark at loading was told by an earlier coordinator. */
  #isLoaded = false;

  constructor(env: Environment, config: BrokerConfig) {
    this.#env = env;
    this.#config = config;
  }

  /** The latest and the committed offsets; for reading only. */
  get latest(): OffsetTable {
    return this.#latest;
  }
  get committed(): OffsetTable {
    return this.#committed;
  }

  replay(offset: Offset, record: OffsetCommitRecord): void {
    apply(this.#latest, record);
    this.#uncommitted.push({ offset, record });
  }

  onCommitted(highWatermark: Offset): void {
    const isNews = this.#isLoaded;
    this.#isLoaded = true;
    const firstOpen = this.#uncommitted.findIndex(({ offset }) => offset >= highWatermark);
    const done = this.#uncommitted.splice(0, firstOpen === -1 ? this.#uncommitted.length : firstOpen);
    for (const { record } of done) {
      apply(this.#committed, record);
      if (isNews) this.#traceCommitted(record);
    }
  }

  /**
   * May this commit be accepted? `group` is undefined if nobody knows it.
   * @returns NONE or the error for all its partitions
   */
  validateCommit(group: ClassicGroup | undefined, request: RequestBody<"OffsetCommit">, apiVersion: number): ErrorCode {
    const { memberId, groupInstanceId, generationIdOrMemberEpoch: generationId } = request;
    if (group === undefined) {
      // Generation -1: a consumer with assigned partitions, or a tool. Its first commit makes a simple group.
      if (generationId < 0) return Errors.NONE;
      return apiVersion >= GROUP_ID_NOT_FOUND_VERSION ? Errors.GROUP_ID_NOT_FOUND : Errors.ILLEGAL_GENERATION;
    }
    if (group.state === "Dead") return Errors.COORDINATOR_NOT_AVAILABLE;
    if (generationId < 0 && group.state === "Empty") return Errors.NONE;
    // Without membership nobody may commit over the members of a group that has some.
    if (generationId < 0 && memberId === "" && groupInstanceId === null) return Errors.UNKNOWN_MEMBER_ID;

    if (this.#env.bugs["commit-without-fencing"]) return Errors.NONE;
    const error = group.validateMember(memberId, groupInstanceId);
    const isFenced = error === Errors.NONE && generationId !== group.generationId;
    const fenced = isFenced ? Errors.ILLEGAL_GENERATION : error;
    if (fenced !== Errors.NONE) {
      traceFenced(this.#env, group.groupId, { memberId, generationId }, fenced);
      return fenced;
    }
    // The member knows its generation but not yet its partitions, so it cannot have read any of them.
    return group.state === "CompletingRebalance" ? Errors.REBALANCE_IN_PROGRESS : Errors.NONE;
  }

  /** A commit that was validated. */
  commit(request: RequestBody<"OffsetCommit">): GroupResult<ResponseBody<"OffsetCommit">> {
    const now = this.#env.clock.wallMs();
    const { groupId, memberId, generationIdOrMemberEpoch: generationId, retentionTimeMs } = request;
    const expireTimestampMs = retentionTimeMs === -1 ? NO_EXPIRY : now + retentionTimeMs;
    const records: GroupRecord[] = [];
    const topics = request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map((partition) => {
        const { partitionIndex, committedOffset, committedLeaderEpoch } = partition;
        const metadata = partition.committedMetadata ?? "";
        if (metadata.length > this.#config["offset.metadata.max.bytes"]) {
          return { partitionIndex, errorCode: Errors.OFFSET_METADATA_TOO_LARGE };
        }
        records.push({
          type: "offset-commit",
          group: groupId,
          topic: name,
          partition: partitionIndex,
          generationId,
          memberId,
          value: {
            offset: committedOffset,
            leaderEpoch: committedLeaderEpoch,
            metadata,
            commitTimestampMs: now,
            expireTimestampMs,
          },
        });
        return { partitionIndex, errorCode: Errors.NONE };
      }),
    }));
    return { records, response: OffsetCommitResponse.create({ topics }) };
  }

  /**
   * The offsets asked for, -1 where there is none. An unknown group has no offsets: that is no error.
   * @param table `committed` for an answer at once; `latest` if the answer waits until that is committed
   */
  fetch(request: OffsetFetchGroup, table: OffsetTable): OffsetFetchGroupResult {
    const { groupId, topics } = request;
    if (topics === null) return { groupId, topics: allOffsets(table, groupId), errorCode: Errors.NONE };
    return {
      groupId,
      topics: topics.map(({ name, partitionIndexes }) => ({
        name,
        partitions: partitionIndexes.map((partitionIndex): FetchedPartition => {
          const found = table.get(groupId, name, partitionIndex);
          return {
            partitionIndex,
            committedOffset: found?.offset ?? INVALID_OFFSET,
            committedLeaderEpoch: found?.leaderEpoch ?? -1,
            metadata: found?.metadata ?? "",
            errorCode: Errors.NONE,
          };
        }),
      })),
      errorCode: Errors.NONE,
    };
  }

  /** Removes offsets at an administrator's wish; not those of topics the group reads. */
  delete(group: ClassicGroup, request: RequestBody<"OffsetDelete">): GroupResult<ResponseBody<"OffsetDelete">> {
    const records: GroupRecord[] = [];
    const topics = request.topics.map(({ name, partitions }) => {
      const errorCode = group.isSubscribedTo(name) ? Errors.GROUP_SUBSCRIBED_TO_TOPIC : Errors.NONE;
      return {
        name,
        partitions: partitions.map(({ partitionIndex }) => {
          const exists = this.#latest.get(group.groupId, name, partitionIndex) !== undefined;
          if (errorCode === Errors.NONE && exists) records.push(offsetTombstone(group.groupId, name, partitionIndex));
          return { partitionIndex, errorCode };
        }),
      };
    });
    return { records, response: OffsetDeleteResponse.create({ topics }) };
  }

  /** Tombstones for all offsets of a group. */
  deleteAll(groupId: string): readonly GroupRecord[] {
    return this.#latest.entries(groupId).map(({ topic, partition }) => offsetTombstone(groupId, topic, partition));
  }

  /** Tombstones for the offsets in partitions that no longer exist. */
  deletePartitions(deleted: readonly TopicPartition[]): readonly GroupRecord[] {
    return this.#latest
      .groups()
      .flatMap((groupId) =>
        deleted
          .filter(({ topic, partition }) => this.#latest.get(groupId, topic, partition) !== undefined)
          .map(({ topic, partition }) => offsetTombstone(groupId, topic, partition)),
      );
  }

  /**
   * Tombstones for the offsets of a group that expired, and whether none is left then.
   * Time counts from the moment the group became empty, or from the commit where nobody can say when it was left.
   */
  expire(group: ClassicGroup): { readonly tombstones: readonly GroupRecord[]; readonly noneLeft: boolean } {
    const entries = this.#latest.entries(group.groupId);
    const countsFrom = expiryBase(group);
    if (countsFrom === undefined) return { tombstones: [], noneLeft: entries.length === 0 };
    const now = this.#env.clock.wallMs();
    const retentionMs = this.#config["offsets.retention.minutes"] * MS_PER_MINUTE;
    const expired = entries.filter(({ topic, value }) => {
      if (group.isSubscribedTo(topic)) return false;
      if (value.expireTimestampMs !== NO_EXPIRY) return now >= value.expireTimestampMs;
      return now - (countsFrom === "commit" ? value.commitTimestampMs : countsFrom) >= retentionMs;
    });
    return {
      tombstones: expired.map(({ topic, partition }) => offsetTombstone(group.groupId, topic, partition)),
      noneLeft: expired.length === entries.length,
    };
  }

  #traceCommitted(record: OffsetCommitRecord): void {
    if (!this.#env.trace.enabled || record.value === null) return;
    const { group, topic, partition, generationId, memberId, value } = record;
    const { offset } = value;
    this.#env.trace.emit({
      type: "group.offset-committed",
      group,
      topic,
      partition,
      offset,
      generationId,
      memberId,
    });
  }
}

function apply(table: OffsetTable, { group, topic, partition, value }: OffsetCommitRecord): void {
  if (value === null) table.remove(group, topic, partition);
  else table.put(group, topic, partition, value);
}

/** Wall-clock ms from which the retention of a group's offsets counts, "commit", or undefined while none expires. */
function expiryBase(group: ClassicGroup): number | "commit" | undefined {
  // A simple group: nobody ever was a member.
  if (group.protocolType === null) return "commit";
  if (group.state === "Empty") return group.stateTimestampMs ?? "commit";
  // Members are there: only topics they no longer subscribe to may go, and only if we know their subscriptions.
  return group.state === "Stable" && group.subscribedTopics !== undefined ? "commit" : undefined;
}

function allOffsets(table: OffsetTable, groupId: string): OffsetFetchGroupResult["topics"] {
  const topics: { name: string; partitions: FetchedPartition[] }[] = [];
  for (const { topic, partition, value } of table.entries(groupId)) {
    let last = topics[topics.length - 1];
    if (last?.name !== topic) topics.push((last = { name: topic, partitions: [] }));
    last.partitions.push({
      partitionIndex: partition,
      committedOffset: value.offset,
      committedLeaderEpoch: value.leaderEpoch,
      metadata: value.metadata,
      errorCode: Errors.NONE,
    });
  }
  return topics;
}
