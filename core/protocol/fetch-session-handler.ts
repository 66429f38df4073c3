// Fetch session, the fetcher's half (KIP-227): says only what changed since the last fetch.
//
// A follower of a thousand idle partitions would repeat a thousand positions in every fetch. Instead leader and
// fetcher remember the list; a request carries only partitions that are new, moved or no longer wanted, and a
// response only partitions that have something to tell. The epoch numbers the requests of a session, so that a lost
// or repeated one is noticed and both start over with a full list.
//
//   wanted: partition --put--> sent with the next request --> remembered by the leader until --remove-->
//   session: none (id 0, epoch 0 = full request, please remember) --response with an id--> incremental, epoch 1, 2 …
//            any error, unknown id or refused epoch --> none
//
// Used by the replica fetcher and by consumers; changed only by its owner, one request in flight at a time.

import type { RequestBody, ResponseBody } from "./apis.js";
import { Errors } from "../errors.js";
import {
  compareStrings,
  topicPartitionKey,
  ZERO_UUID,
  type LeaderEpoch,
  type Offset,
  type TopicPartitionKey,
  type Uuid,
} from "../types.js";

/** "No session": sent to ask for one, answered when the leader keeps none. */
export const NO_FETCH_SESSION = 0;
/** Epoch of a full request that asks for a session. */
export const INITIAL_FETCH_EPOCH = 0;
/** Epoch of a full request that wants no session, or closes the one it names. */
export const FINAL_FETCH_EPOCH = -1;

const LAST_EPOCH = 2_147_483_647;

/** The epoch after `epoch`: 1 … 2^31 − 1, then 1 again; the final epoch stays. */
export function nextFetchEpoch(epoch: number): number {
  if (epoch < 0) return FINAL_FETCH_EPOCH;
  return epoch === LAST_EPOCH ? 1 : epoch + 1;
}

/** What a fetcher asks of one partition. */
export interface FetchPosition {
  readonly topic: string;
  readonly topicId: Uuid;
  readonly partition: number;
  readonly fetchOffset: Offset;
  /** Leader epoch the fetcher believes in; -1 when unchecked. */
  readonly currentLeaderEpoch: LeaderEpoch;
  /** Epoch of the last record before `fetchOffset`; -1 when unknown (no divergence check). */
  readonly lastFetchedEpoch: LeaderEpoch;
  /** A follower's own log start offset; -1 for consumers. */
  readonly logStartOffset: Offset;
  readonly maxBytes: number;
}

type FetchTopics = RequestBody<"Fetch">["topics"];
type ForgottenTopics = RequestBody<"Fetch">["forgottenTopicsData"];

/** The session fields of a Fetch request. */
export interface FetchSessionRequest {
  readonly sessionId: number;
  readonly sessionEpoch: number;
  readonly topics: FetchTopics;
  readonly forgottenTopicsData: ForgottenTopics;
}

interface Forgotten {
  readonly topic: string;
  readonly topicId: Uuid;
  readonly partition: number;
}

export class FetchSessionHandler {
  private sessionId = NO_FETCH_SESSION;
  private sessionEpoch = INITIAL_FETCH_EPOCH;
  /** Everything wanted now, in the order in which it was first wanted. */
  private readonly wanted = new Map<TopicPartitionKey, FetchPosition>();
  /** Positions the leader has not been told yet. */
  private readonly changed = new Map<TopicPartitionKey, FetchPosition>();
  /** Partitions the leader believes we want and we do not. */
  private readonly forgotten = new Map<TopicPartitionKey, Forgotten>();
  /** Partitions the leader remembers in this session. */
  private readonly remembered = new Map<TopicPartitionKey, Uuid>();

  /** How many partitions are wanted. */
  get size(): number {
    return this.wanted.size;
  }

  /** True if the next request repeats everything. */
  get isFull(): boolean {
    return this.sessionEpoch === INITIAL_FETCH_EPOCH || this.sessionEpoch === FINAL_FETCH_EPOCH;
  }

  has(topic: string, partition: number): boolean {
    return this.wanted.has(topicPartitionKey(topic, partition));
  }

  /** Wants a partition, or wants it from elsewhere. Putting the same position again costs nothing on the wire. */
  put(position: FetchPosition, key: TopicPartitionKey = topicPartitionKey(position.topic, position.partition)): void {
    const before = this.wanted.get(key);
    this.wanted.set(key, position);
    const knownId = this.remembered.get(key);
    if (knownId !== undefined && knownId !== position.topicId) {
      // The topic was deleted and created again under the same name: another topic for the leader.
      this.forgotten.set(`${key} ${knownId}`, {
        topic: position.topic,
        topicId: knownId,
        partition: position.partition,
      });
      this.remembered.delete(key);
    } else if (knownId !== undefined && before !== undefined && samePosition(before, position)) {
      return;
    } else {
      this.forgotten.delete(key);
    }
    this.changed.set(key, position);
  }

  /** Wants a partition no more. */
  remove(topic: string, partition: number, key: TopicPartitionKey = topicPartitionKey(topic, partition)): void {
    if (!this.wanted.delete(key)) return;
    this.changed.delete(key);
    const knownId = this.remembered.get(key);
    if (knownId !== undefined) this.forgotten.set(key, { topic, topicId: knownId, partition });
  }

  /** Keeps only the partitions that `keep` has; for callers that make up their list anew each time. */
  retain(keep: { has(key: TopicPartitionKey): boolean }): void {
    for (const [key, position] of this.wanted) {
      if (!keep.has(key)) this.remove(position.topic, position.partition, key);
    }
  }

  /** The session part of the next request. Call once per request, then report its outcome. */
  build(): FetchSessionRequest {
    const full = this.isFull;
    const topics = groupByTopic(full ? this.wanted.values() : this.changed.values());
    const forgottenTopicsData = full || this.forgotten.size === 0 ? [] : groupForgotten([...this.forgotten.values()]);
    if (full) this.remembered.clear();
    for (const [key, { topicId }] of full ? this.wanted : this.changed) {
      if (this.remembered.get(key) !== topicId) this.remembered.set(key, topicId);
    }
    if (!full) for (const key of this.forgotten.keys()) this.remembered.delete(key);
    if (this.changed.size > 0) this.changed.clear();
    if (this.forgotten.size > 0) this.forgotten.clear();
    return { sessionId: this.sessionId, sessionEpoch: this.sessionEpoch, topics, forgottenTopicsData };
  }

  /**
   * Takes the outcome of the last request in. False if the response is a session error, whose partitions (none)
   * must not be looked at: the next request is full.
   */
  handleResponse(response: ResponseBody<"Fetch">): boolean {
    if (response.errorCode !== Errors.NONE) {
      // An unknown session no longer needs closing; any other error names the session so that the leader drops it.
      if (response.errorCode === Errors.FETCH_SESSION_ID_NOT_FOUND) this.startOver(NO_FETCH_SESSION);
      else this.startOver(this.sessionId);
      return false;
    }
    if (this.isFull) {
      this.sessionId = response.sessionId;
      this.sessionEpoch = response.sessionId === NO_FETCH_SESSION ? INITIAL_FETCH_EPOCH : 1;
    } else if (response.sessionId === NO_FETCH_SESSION) {
      // The leader closed the session (its list became empty).
      this.startOver(NO_FETCH_SESSION);
    } else {
      this.sessionEpoch = nextFetchEpoch(this.sessionEpoch);
    }
    return true;
  }

  /** The last request failed without a response: nobody knows what the leader remembers, so start over. */
  handleError(): void {
    this.startOver(this.sessionId);
  }

  /** The next request closes the session at the leader; for a fetcher that stops. */
  notifyClose(): void {
    this.sessionEpoch = FINAL_FETCH_EPOCH;
  }

  private startOver(sessionId: number): void {
    this.sessionId = sessionId;
    this.sessionEpoch = INITIAL_FETCH_EPOCH;
    this.remembered.clear();
    this.forgotten.clear();
    this.changed.clear();
  }
}

function samePosition(a: FetchPosition, b: FetchPosition): boolean {
  return (
    a.fetchOffset === b.fetchOffset &&
    a.lastFetchedEpoch === b.lastFetchedEpoch &&
    a.currentLeaderEpoch === b.currentLeaderEpoch &&
    a.logStartOffset === b.logStartOffset &&
    a.maxBytes === b.maxBytes
  );
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type FetchTopic = FetchTopics[number];
type FetchPartitionField = FetchTopic["partitions"][number];

function groupByTopic(positions: Iterable<FetchPosition>): FetchTopics {
  const topics: (FetchTopic & { readonly partitions: Mutable<FetchPartitionField>[] })[] = [];
  let group: (typeof topics)[number] | undefined;
  for (const position of positions) {
    const { topic, topicId } = position;
    const asked = {
      partition: position.partition,
      currentLeaderEpoch: position.currentLeaderEpoch,
      fetchOffset: position.fetchOffset,
      lastFetchedEpoch: position.lastFetchedEpoch,
      logStartOffset: position.logStartOffset,
      partitionMaxBytes: position.maxBytes,
      replicaDirectoryId: ZERO_UUID,
    };
    if (group === undefined || !isOfTopic(group, position)) group = topics.find((each) => isOfTopic(each, position));
    if (group === undefined) topics.push((group = { topic, topicId, partitions: [asked] }));
    else group.partitions.push(asked);
  }
  return topics;
}

/** The same topic: by id, or by name where ids are not known. */
function isOfTopic(group: { readonly topic: string; readonly topicId: Uuid }, position: FetchPosition): boolean {
  return group.topicId === position.topicId && (position.topicId !== ZERO_UUID || group.topic === position.topic);
}

function groupForgotten(forgotten: readonly Forgotten[]): ForgottenTopics {
  const sorted = [...forgotten].sort(
    (a, b) => compareStrings(a.topic, b.topic) || compareStrings(a.topicId, b.topicId) || a.partition - b.partition,
  );
  const topics: { topic: string; topicId: Uuid; partitions: number[] }[] = [];
  for (const { topic, topicId, partition } of sorted) {
    const last = topics[topics.length - 1];
    if (last !== undefined && last.topic === topic && last.topicId === topicId) last.partitions.push(partition);
    else topics.push({ topic, topicId, partitions: [partition] });
  }
  return topics;
}
