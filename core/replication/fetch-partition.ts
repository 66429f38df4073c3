// One partition of a fetch: what was asked and what was found, in one reusable object.
//
// A fetch session keeps these for its whole life, so that a fetch of twenty partitions, parked and read again,
// allocates nothing for the nineteen that have nothing to tell. The question changes only when a request says so; the
// result only while a fetch is handled, and it is consumed before the next one begins.

import { type ErrorCode, Errors } from "../errors.js";
import type { EpochEndOffset } from "../log/leader-epoch-cache.js";
import { type LeaderEpoch, type Offset, topicPartitionKey, type TopicPartitionKey, type Uuid } from "../types.js";

import type { Partition } from "./partition.js";

/** "No preferred replica", and offsets that are not known. */
export const NONE = -1;

export const NO_RECORDS = new Uint8Array(0);

/** Reads below which bound: a follower's, a consumer's, a read_committed consumer's. */
export type FetchIsolation = "log-end" | "high-watermark" | "last-stable-offset";

/** What holds for a whole fetch. */
export interface FetchParams {
  /** Broker id of the follower; -1 for a consumer. */
  readonly replicaId: number;
  /** The follower's incarnation; -1 when it did not say (KIP-903). */
  readonly brokerEpoch: Offset;
  readonly maxWaitMs: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly isolation: FetchIsolation;
  /** The consumer's rack; empty when it has none (KIP-392). */
  readonly rack: string;
  readonly apiVersion: number;
}

/** True for a replica fetch, false for a consumer's. */
export function isFromFollower(params: FetchParams): boolean {
  return params.replicaId >= 0;
}

/** Followers may fetch only from the leader, and so may consumers too old to know of preferred replicas. */
export function requiresLeader(params: FetchParams): boolean {
  return params.replicaId >= 0 || params.apiVersion < 11;
}

export class FetchPartition {
  topic: string;
  readonly topicId: Uuid;
  readonly partition: number;
  key: TopicPartitionKey;

  fetchOffset: Offset = 0;
  currentLeaderEpoch: LeaderEpoch = NONE;
  lastFetchedEpoch: LeaderEpoch = NONE;
  /** The follower's log start offset; -1 from consumers. */
  logStartOffset: Offset = NONE;
  maxBytes = 0;

  errorCode: ErrorCode = Errors.NONE;
  highWatermark: Offset = NONE;
  lastStableOffset: Offset = NONE;
  localLogStartOffset: Offset = NONE;
  divergingEpoch: EpochEndOffset | undefined = undefined;
  preferredReadReplica = NONE;
  records: Uint8Array = NO_RECORDS;

  /** The replica, as last looked up: a session asks for it again and again. Invalid once it is deleted. */
  hosted: Partition | undefined = undefined;

  /** The log end when the fetch arrived; used by a historic bug only (M30). */
  logEndAtArrival: Offset = NONE;

  /** What the session's fetcher was told last; a response repeats only what differs. */
  toldHighWatermark: Offset = NONE;
  toldLogStartOffset: Offset = NONE;

  /** @param topic empty if the topic id is unknown */
  constructor(topic: string, topicId: Uuid, partition: number) {
    this.topic = topic;
    this.topicId = topicId;
    this.partition = partition;
    this.key = topicPartitionKey(topic, partition);
  }

  /** An unknown topic id became known. */
  resolve(topic: string): void {
    this.topic = topic;
    this.key = topicPartitionKey(topic, this.partition);
  }

  clearResult(): void {
    this.errorCode = Errors.NONE;
    this.highWatermark = NONE;
    this.lastStableOffset = NONE;
    this.localLogStartOffset = NONE;
    this.divergingEpoch = undefined;
    this.preferredReadReplica = NONE;
    this.records = NO_RECORDS;
  }

  fail(error: ErrorCode): void {
    this.clearResult();
    this.errorCode = error;
  }
}
