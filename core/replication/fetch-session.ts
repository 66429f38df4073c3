// Fetch sessions, the leader's half (KIP-227): remembers what each fetcher wants.
//
// A request names only what changed and a response holds only partitions that have something to tell, so that idle
// partitions cost no bytes. Memory is the price: a broker keeps a limited number of sessions.
//
//   no session --full request (id 0, epoch 0) and room, or a less worthy session to evict--> session, epoch 1
//   session at epoch n --incremental request (id, n)--> session at epoch n + 1
//   session --full request naming it, list became empty, evicted--> gone
//
// Followers' sessions are privileged: their lag costs the whole cluster, a consumer's only itself. Changed only by the
// Fetch handler.

import { assert } from "../assert.js";
import { type Buggify, NO_BUGGIFY } from "../buggify.js";
import type { Clock, Random } from "../environment.js";
import { type ErrorCode, Errors } from "../errors.js";
import { type Marks, NO_MARKS } from "../marks.js";
import type { RequestBody } from "../protocol/apis.js";
import {
  FINAL_FETCH_EPOCH,
  INITIAL_FETCH_EPOCH,
  nextFetchEpoch,
  NO_FETCH_SESSION,
} from "../protocol/fetch-session-handler.js";
import { type Uuid, ZERO_UUID } from "../types.js";
import { FetchPartition, NONE } from "./fetch-partition.js";

/** Unused for this long, a session may go to anybody; and it may not be pushed out younger than this by an equal. */
export const SESSION_EVICTION_MS = 120_000;

/** First version of Fetch that names topics by id. */
export const FIRST_VERSION_WITH_TOPIC_IDS = 13;

const LARGEST_SESSION_ID = 2_147_483_646;

/** A request seen through its session: which partitions to read, and which of them to answer with. */
export interface FetchContext {
  /** A session error: nothing is read, the response holds this error alone. */
  readonly error: ErrorCode;
  /** What to read, in the order in which the response's bytes are given out. */
  readonly entries: readonly FetchPartition[];
  /** After reading: what to answer with. Call once. */
  finish(): FetchAnswer;
}

export interface FetchAnswer {
  readonly error: ErrorCode;
  readonly sessionId: number;
  readonly entries: readonly FetchPartition[];
}

interface FetchSession {
  readonly id: number;
  readonly privileged: boolean;
  readonly usesTopicIds: boolean;
  readonly creationMs: number;
  lastUsedMs: number;
  epoch: number;
  /** Least recently answered with records first, so that a busy partition does not starve the others. */
  readonly entries: FetchPartition[];
  /** By topic id, or by name where the fetcher knows no ids, then by partition. */
  readonly byTopic: Map<string, Map<number, FetchPartition>>;
}

/** Name of a topic id; undefined while the broker's metadata does not know it. */
export type TopicNames = (topicId: Uuid) => string | undefined;

export interface FetchSessionCacheOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** `max.incremental.fetch.session.cache.slots`. */
  readonly slots: number;
  readonly topicName: TopicNames;
  readonly buggify?: Buggify;
  readonly marks?: Marks;
}

export class FetchSessionCache {
  private readonly options: FetchSessionCacheOptions;
  private readonly buggify: Buggify;
  private readonly marks: Marks;
  private readonly sessions = new Map<number, FetchSession>();

  constructor(options: FetchSessionCacheOptions) {
    this.options = options;
    this.buggify = options.buggify ?? NO_BUGGIFY;
    this.marks = options.marks ?? NO_MARKS;
  }

  get size(): number {
    return this.sessions.size;
  }

  /** Opens, continues or refuses the session a request asks for. */
  newContext(request: RequestBody<"Fetch">, apiVersion: number, privileged: boolean): FetchContext {
    const usesTopicIds = apiVersion >= FIRST_VERSION_WITH_TOPIC_IDS;
    const isFull = request.sessionEpoch === INITIAL_FETCH_EPOCH || request.sessionEpoch === FINAL_FETCH_EPOCH;
    if (isFull) {
      if (request.sessionId !== NO_FETCH_SESSION) this.sessions.delete(request.sessionId);
      const entries = this.entriesOf(request, usesTopicIds);
      if (request.sessionEpoch === FINAL_FETCH_EPOCH) return sessionless(entries);
      return this.fullContext(entries, usesTopicIds, privileged);
    }
    if (this.buggify.strikes("evicted-fetch-session")) this.sessions.delete(request.sessionId);
    const session = this.sessions.get(request.sessionId);
    if (session === undefined) {
      this.marks.reached("fetch-session-forgotten");
      return sessionError(Errors.FETCH_SESSION_ID_NOT_FOUND);
    }
    if (session.epoch !== request.sessionEpoch) {
      this.marks.reached("fetch-session-out-of-step");
      return sessionError(Errors.INVALID_FETCH_SESSION_EPOCH);
    }
    if (session.usesTopicIds !== usesTopicIds) return sessionError(Errors.FETCH_SESSION_TOPIC_ID_ERROR);
    this.update(session, request);
    if (session.entries.length === 0) {
      this.sessions.delete(session.id);
      return sessionless([]);
    }
    session.lastUsedMs = this.options.clock.monotonicMs();
    session.epoch = nextFetchEpoch(session.epoch);
    return this.incrementalContext(session);
  }

  private fullContext(entries: FetchPartition[], usesTopicIds: boolean, privileged: boolean): FetchContext {
    return {
      error: Errors.NONE,
      entries,
      finish: () => {
        // The session is made from the answer: whoever got none has nothing to remember.
        const session = this.maybeCreate(entries, usesTopicIds, privileged);
        for (const entry of entries) rememberTold(entry);
        return { error: Errors.NONE, sessionId: session?.id ?? NO_FETCH_SESSION, entries };
      },
    };
  }

  private incrementalContext(session: FetchSession): FetchContext {
    const epoch = session.epoch;
    return {
      error: Errors.NONE,
      entries: session.entries,
      finish: () => {
        // A repeated request took the session on while this one was parked.
        if (session.epoch !== epoch) {
          return { error: Errors.INVALID_FETCH_SESSION_EPOCH, sessionId: session.id, entries: [] };
        }
        const answered: FetchPartition[] = [];
        let hasRecords = false;
        for (const entry of session.entries) {
          if (!mustRespond(entry)) continue;
          rememberTold(entry);
          answered.push(entry);
          hasRecords ||= entry.records.length > 0;
        }
        if (hasRecords) moveAnsweredToEnd(session.entries);
        return { error: Errors.NONE, sessionId: session.id, entries: answered };
      },
    };
  }

  private entriesOf(request: RequestBody<"Fetch">, usesTopicIds: boolean): FetchPartition[] {
    const entries: FetchPartition[] = [];
    for (const topic of request.topics) {
      const topicId = usesTopicIds ? topic.topicId : ZERO_UUID;
      const name = usesTopicIds ? (this.options.topicName(topicId) ?? "") : topic.topic;
      for (const asked of topic.partitions) {
        const entry = new FetchPartition(name, topicId, asked.partition);
        ask(entry, asked);
        entries.push(entry);
      }
    }
    return entries;
  }

  private update(session: FetchSession, request: RequestBody<"Fetch">): void {
    for (const topic of request.topics) {
      const topicId = session.usesTopicIds ? topic.topicId : ZERO_UUID;
      const entries = entriesOfTopic(session, topicId, topic.topic);
      for (const asked of topic.partitions) {
        let entry = entries.get(asked.partition);
        if (entry === undefined) {
          const name = session.usesTopicIds ? (this.options.topicName(topicId) ?? "") : topic.topic;
          entry = new FetchPartition(name, topicId, asked.partition);
          entries.set(asked.partition, entry);
          session.entries.push(entry);
        }
        ask(entry, asked);
      }
    }
    for (const topic of request.forgottenTopicsData) {
      const topicId = session.usesTopicIds ? topic.topicId : ZERO_UUID;
      const entries = entriesOfTopic(session, topicId, topic.topic);
      for (const partition of topic.partitions) {
        const entry = entries.get(partition);
        if (entry === undefined) continue;
        entries.delete(partition);
        session.entries.splice(session.entries.indexOf(entry), 1);
      }
    }
    if (!session.usesTopicIds) return;
    for (const entry of session.entries) {
      if (entry.topic !== "") continue;
      const name = this.options.topicName(entry.topicId);
      if (name !== undefined) entry.resolve(name);
    }
  }

  private maybeCreate(
    entries: readonly FetchPartition[],
    usesTopicIds: boolean,
    privileged: boolean,
  ): FetchSession | undefined {
    const nowMs = this.options.clock.monotonicMs();
    const hasRoom = this.sessions.size < this.options.slots || this.tryEvict(privileged, entries.length, nowMs);
    if (!hasRoom) return undefined;
    let id = 1 + this.options.random.below(LARGEST_SESSION_ID);
    while (this.sessions.has(id)) id = 1 + this.options.random.below(LARGEST_SESSION_ID);
    const session: FetchSession = {
      id,
      privileged,
      usesTopicIds,
      creationMs: nowMs,
      lastUsedMs: nowMs,
      epoch: 1,
      entries: [...entries],
      byTopic: new Map(),
    };
    for (const entry of entries) {
      entriesOfTopic(session, entry.topicId, entry.topic).set(entry.partition, entry);
    }
    this.sessions.set(id, session);
    return session;
  }

  /** Makes room: a session unused for long, else one worth less than the newcomer. */
  private tryEvict(privileged: boolean, size: number, nowMs: number): boolean {
    let leastRecent: FetchSession | undefined;
    let leastWorthy: FetchSession | undefined;
    for (const session of this.sessions.values()) {
      if (leastRecent === undefined || session.lastUsedMs < leastRecent.lastUsedMs) leastRecent = session;
      const isOld = session.lastUsedMs - session.creationMs > SESSION_EVICTION_MS;
      const mayBePushedOut = isOld || (privileged && !session.privileged);
      if (mayBePushedOut && (leastWorthy === undefined || compareWorth(session, leastWorthy) < 0)) {
        leastWorthy = session;
      }
    }
    if (leastRecent === undefined) return false;
    if (nowMs - leastRecent.lastUsedMs > SESSION_EVICTION_MS) return this.sessions.delete(leastRecent.id);
    if (leastWorthy === undefined) return false;
    // Of two that are worth the same, the one that is here stays.
    const newcomerIsWorthLess =
      privileged === leastWorthy.privileged ? size <= leastWorthy.entries.length : !privileged;
    return !newcomerIsWorthLess && this.sessions.delete(leastWorthy.id);
  }
}

function sessionError(error: ErrorCode): FetchContext {
  return { error, entries: [], finish: () => ({ error, sessionId: NO_FETCH_SESSION, entries: [] }) };
}

function sessionless(entries: readonly FetchPartition[]): FetchContext {
  return {
    error: Errors.NONE,
    entries,
    finish: () => ({ error: Errors.NONE, sessionId: NO_FETCH_SESSION, entries }),
  };
}

function compareWorth(a: FetchSession, b: FetchSession): number {
  return Number(a.privileged) - Number(b.privileged) || a.entries.length - b.entries.length || a.id - b.id;
}

function entriesOfTopic(session: FetchSession, topicId: Uuid, topic: string): Map<number, FetchPartition> {
  const key = topicId === ZERO_UUID ? topic : topicId;
  let entries = session.byTopic.get(key);
  if (entries === undefined) session.byTopic.set(key, (entries = new Map()));
  return entries;
}

function ask(entry: FetchPartition, asked: RequestBody<"Fetch">["topics"][number]["partitions"][number]): void {
  entry.fetchOffset = asked.fetchOffset;
  entry.currentLeaderEpoch = asked.currentLeaderEpoch;
  entry.lastFetchedEpoch = asked.lastFetchedEpoch;
  entry.logStartOffset = asked.logStartOffset;
  entry.maxBytes = asked.partitionMaxBytes;
}

/** Has the partition anything the fetcher does not know? */
function mustRespond(entry: FetchPartition): boolean {
  return (
    entry.records.length > 0 ||
    entry.errorCode !== Errors.NONE ||
    entry.highWatermark !== entry.toldHighWatermark ||
    entry.localLogStartOffset !== entry.toldLogStartOffset ||
    entry.preferredReadReplica !== NONE ||
    entry.divergingEpoch !== undefined
  );
}

function rememberTold(entry: FetchPartition): void {
  // After an error everything is told again.
  entry.toldHighWatermark = entry.errorCode === Errors.NONE ? entry.highWatermark : NONE;
  entry.toldLogStartOffset = entry.localLogStartOffset;
}

function moveAnsweredToEnd(entries: FetchPartition[]): void {
  const answered: FetchPartition[] = [];
  let kept = 0;
  for (const entry of entries) {
    if (entry.records.length > 0) answered.push(entry);
    else entries[kept++] = entry;
  }
  for (const entry of answered) entries[kept++] = entry;
  assert(kept === entries.length, "reordering a session keeps its partitions");
}
