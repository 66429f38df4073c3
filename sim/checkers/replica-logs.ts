// What each replica's log holds, rebuilt from the facts replicas told (append, truncate, recover), and what was
// committed. It is the checkers' common memory: kept once, read by many.
//
// Committed: below the high watermark of a leader. The first leader to commit an offset fixes what belongs there;
// every later replica must agree with it (same base offset, leader epoch and content).

import type { LeaderEpoch, NodeId, Offset } from "../../core/index.js";
import { topicPartitionKey } from "../../core/types.js";
import type { TraceEvent } from "../trace/format.js";

/** A growing list of batches in offset order, as parallel arrays: runs hold hundreds of thousands of them. */
export class BatchList {
  readonly bases: Offset[] = [];
  readonly lasts: Offset[] = [];
  readonly epochs: LeaderEpoch[] = [];
  readonly crcs: number[] = [];

  get length(): number {
    return this.bases.length;
  }
  get endOffset(): Offset {
    return this.lasts.length === 0 ? 0 : (this.lasts[this.lasts.length - 1] ?? 0) + 1;
  }
  push(base: Offset, last: Offset, epoch: LeaderEpoch, crc: number): void {
    this.bases.push(base);
    this.lasts.push(last);
    this.epochs.push(epoch);
    this.crcs.push(crc);
  }
  /** Drops every batch that reaches `offset` or beyond. */
  truncate(offset: Offset): void {
    let keep = this.length;
    while (keep > 0 && (this.lasts[keep - 1] ?? 0) >= offset) keep--;
    this.bases.length = this.lasts.length = this.epochs.length = this.crcs.length = keep;
  }
  /** Index of the first batch whose last offset is at or after `offset`; `length` if none. */
  indexOf(offset: Offset): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.lasts[middle] ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** One replica of one partition. */
export class ReplicaLog {
  readonly node: NodeId;
  readonly topic: string;
  readonly partition: number;
  readonly batches = new BatchList();
  logEndOffset: Offset = 0;
  logStartOffset: Offset = 0;
  highWatermark: Offset = 0;
  /**
   * Above 0 from a restart that found less than was there before (power loss, wiped disk), until the replica has that
   * much again. No rule of replication promises anything of it meanwhile: to its leader it is still the replica that
   * had fetched up to there.
   */
  lostUpTo: Offset = 0;
  /** Entries of its log below this offset were compared with the committed ones. */
  agreedUpTo: Offset = 0;

  constructor(node: NodeId, topic: string, partition: number) {
    this.node = node;
    this.topic = topic;
    this.partition = partition;
  }
}

/** The batches a partition has ever committed, and by which leader epoch they became so. */
export class CommittedLog {
  readonly batches = new BatchList();
  highWatermark: Offset = 0;
  logStartOffset: Offset = 0;
  /** Counts the times in which committed records were lost: what lies at an offset now may be another record. */
  history = 0;
  /** Offsets below it were rewritten by compaction: bases and checksums no longer compare. */
  compactedUpTo: Offset = 0;
  /** Leader epochs that committed something, rising, and how far each did. */
  readonly #epochs: { readonly leaderEpoch: LeaderEpoch; highWatermark: Offset }[] = [];

  /** A leader of this epoch has committed up to here. */
  advance(leaderEpoch: LeaderEpoch, highWatermark: Offset): void {
    this.highWatermark = Math.max(this.highWatermark, highWatermark);
    const last = this.#epochs.at(-1);
    if (last === undefined || last.leaderEpoch < leaderEpoch) this.#epochs.push({ leaderEpoch, highWatermark });
    else if (last.leaderEpoch === leaderEpoch) last.highWatermark = Math.max(last.highWatermark, highWatermark);
  }

  /**
   * How far leaders of this epoch and of earlier ones have committed: what a leader of this epoch must hold. One that
   * learns late that it was elected, when it is replaced already, cannot have what its successors committed.
   */
  committedIn(leaderEpoch: LeaderEpoch): Offset {
    return this.#epochs
      .filter((epoch) => epoch.leaderEpoch <= leaderEpoch)
      .reduce((most, { highWatermark }) => Math.max(most, highWatermark), 0);
  }
}

/** A disagreement between a replica and what was committed. */
export interface Disagreement {
  readonly offset: Offset;
  readonly kind: "missing" | "different";
}

export class ReplicaLogs {
  readonly #replicas = new Map<string, Map<NodeId, ReplicaLog>>();
  readonly #committed = new Map<string, CommittedLog>();
  readonly #deletedTopics = new Set<string>();

  /** Facts it keeps; feed them in trace order before any checker sees them. */
  static readonly watches: readonly TraceEvent["type"][] = [
    "log.appended",
    "log.truncated",
    "log.opened",
    "log.deleted",
    "log.start-advanced",
    "log.compacted",
    "high-watermark.advanced",
    "high-watermark.lowered",
    "partition.changed",
  ];

  replica(topic: string, partition: number, node: NodeId): ReplicaLog {
    const key = topicPartitionKey(topic, partition);
    let byNode = this.#replicas.get(key);
    if (byNode === undefined) this.#replicas.set(key, (byNode = new Map()));
    let log = byNode.get(node);
    if (log === undefined) byNode.set(node, (log = new ReplicaLog(node, topic, partition)));
    return log;
  }

  committed(topic: string, partition: number): CommittedLog {
    const key = topicPartitionKey(topic, partition);
    let log = this.#committed.get(key);
    if (log === undefined) this.#committed.set(key, (log = new CommittedLog()));
    return log;
  }

  /**
   * Was the topic deleted at any time? Old and new logs of a name may coexist for a while, and what lay in the old one
   * is gone on purpose: claims about records leave such a topic out.
   */
  wasDeleted(topic: string): boolean {
    return this.#deletedTopics.has(topic);
  }

  /** Every replica seen so far, by partition then node in order of appearance. */
  *all(): Iterable<ReplicaLog> {
    for (const byNode of this.#replicas.values()) yield* byNode.values();
  }

  apply(event: TraceEvent): void {
    switch (event.type) {
      case "log.appended": {
        const log = this.replica(event.topic, event.partition, event.node);
        log.batches.push(event.baseOffset, event.lastOffset, event.leaderEpoch, event.crc);
        log.logEndOffset = event.lastOffset + 1;
        if (log.logEndOffset >= log.lostUpTo) log.lostUpTo = 0;
        return;
      }
      case "log.truncated": {
        const log = this.replica(event.topic, event.partition, event.node);
        log.batches.truncate(event.toOffset);
        log.logEndOffset = event.toOffset;
        // A log that was emptied begins anew where a snapshot or the leader's log begins, be that beyond its old end,
        // at it or before it: what it held below is gone too.
        log.logStartOffset = event.logStartOffset ?? Math.min(log.logStartOffset, event.toOffset);
        log.agreedUpTo = Math.min(log.agreedUpTo, event.toOffset);
        log.highWatermark = Math.min(log.highWatermark, event.toOffset);
        return;
      }
      case "log.opened": {
        const log = this.replica(event.topic, event.partition, event.node);
        if (event.logEndOffset < log.logEndOffset) log.lostUpTo = Math.max(log.lostUpTo, log.logEndOffset);
        log.batches.truncate(event.logEndOffset);
        log.logEndOffset = event.logEndOffset;
        log.logStartOffset = event.logStartOffset;
        log.highWatermark = event.highWatermark;
        log.agreedUpTo = Math.min(log.agreedUpTo, event.logEndOffset);
        return;
      }
      case "log.start-advanced": {
        const log = this.replica(event.topic, event.partition, event.node);
        log.logStartOffset = Math.max(log.logStartOffset, event.logStartOffset);
        const committed = this.committed(event.topic, event.partition);
        committed.logStartOffset = Math.max(committed.logStartOffset, event.logStartOffset);
        return;
      }
      case "log.compacted": {
        const committed = this.committed(event.topic, event.partition);
        committed.compactedUpTo = Math.max(committed.compactedUpTo, event.upToOffset);
        return;
      }
      case "log.deleted":
        this.#replicas.get(`${event.topic}-${event.partition}`)?.delete(event.node);
        return;
      case "partition.changed":
        if (event.reason !== "deleted") return;
        this.#committed.delete(`${event.topic}-${event.partition}`);
        this.#deletedTopics.add(event.topic);
        return;
      case "high-watermark.advanced":
      case "high-watermark.lowered":
        this.replica(event.topic, event.partition, event.node).highWatermark = event.highWatermark;
        return;
      default:
    }
  }

  /**
   * Compares a replica with what is committed, from where it last agreed up to `upTo` (exclusive); both may start
   * later. Remembers how far it agreed.
   */
  compare(log: ReplicaLog, upTo: Offset): Disagreement | undefined {
    if (this.#deletedTopics.has(log.topic)) return undefined;
    const committed = this.committed(log.topic, log.partition);
    const from = Math.max(log.agreedUpTo, log.logStartOffset, committed.logStartOffset, committed.compactedUpTo);
    const to = Math.min(upTo, committed.highWatermark);
    const theirs = log.batches;
    const ours = committed.batches;
    let i = ours.indexOf(from);
    let j = theirs.indexOf(from);
    while (i < ours.length && (ours.bases[i] ?? 0) < to) {
      const offset = ours.bases[i] ?? 0;
      if (j >= theirs.length) return { offset, kind: "missing" };
      if (theirs.bases[j] !== ours.bases[i] || theirs.epochs[j] !== ours.epochs[i] || theirs.crcs[j] !== ours.crcs[i]) {
        return { offset, kind: "different" };
      }
      i++;
      j++;
    }
    log.agreedUpTo = Math.max(log.agreedUpTo, to);
    return undefined;
  }

  /**
   * Committed records turned out to be lost: from here on the new leader's log is the truth, so that one loss is
   * reported once and not again by everything that follows from it.
   */
  rewrite(leader: ReplicaLog): void {
    const committed = this.committed(leader.topic, leader.partition);
    const keep = this.compare(leader, Infinity)?.offset ?? committed.highWatermark;
    committed.batches.truncate(keep);
    committed.highWatermark = Math.min(committed.highWatermark, keep);
    committed.history++;
    for (const replica of this.#replicas.get(`${leader.topic}-${leader.partition}`)?.values() ?? []) {
      replica.agreedUpTo = Math.min(replica.agreedUpTo, keep);
      replica.highWatermark = Math.min(replica.highWatermark, keep);
    }
  }

  /** A leader advanced its high watermark: what lies below it on the leader is committed from now on. */
  commit(leader: ReplicaLog, leaderEpoch: LeaderEpoch, highWatermark: Offset): void {
    const committed = this.committed(leader.topic, leader.partition);
    const theirs = leader.batches;
    for (let j = theirs.indexOf(committed.highWatermark); j < theirs.length; j++) {
      const base = theirs.bases[j] ?? 0;
      if (base >= highWatermark) break;
      if (base < committed.batches.endOffset) continue;
      committed.batches.push(base, theirs.lasts[j] ?? 0, theirs.epochs[j] ?? 0, theirs.crcs[j] ?? 0);
    }
    committed.advance(leaderEpoch, highWatermark);
  }
}
