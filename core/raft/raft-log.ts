// The metadata log of one node: a Kafka log plus the snapshots that may stand for its beginning.
// It answers the two questions of the quorum's replication: does a fetch position fit this log, and where does a
// diverged log have to be cut.

import type { Environment } from "../environment.js";
import { DEFAULT_LOG_CONFIG } from "../log/log-config.js";
import { Log } from "../log/log.js";
import { assert } from "../assert.js";
import type { Offset } from "../types.js";
import { METADATA_LOG_DIRECTORY, METADATA_PARTITION, METADATA_TOPIC, METADATA_TOPIC_ID } from "./metadata-topic.js";
import {
  listSnapshots,
  readSnapshot,
  readSnapshotBytes,
  type OffsetAndEpoch,
  type Snapshot,
  snapshotPath,
  writeSnapshotBytes,
} from "./snapshot-file.js";

/** Does (offset, epoch) name a position of this log? If not: where they part, or which snapshot to take first. */
export type FetchPosition =
  | { readonly kind: "valid" }
  | { readonly kind: "diverging"; readonly at: OffsetAndEpoch }
  | { readonly kind: "snapshot"; readonly id: OffsetAndEpoch };

const VALID: FetchPosition = { kind: "valid" };

export class RaftLog {
  readonly #env: Environment;
  readonly #log: Log;
  #snapshots: OffsetAndEpoch[];

  constructor(env: Environment, segmentBytes: number) {
    this.#env = env;
    this.#snapshots = listSnapshots(env.storage);
    const oldest = this.#snapshots[0];
    this.#log = Log.open({
      env,
      directory: METADATA_LOG_DIRECTORY,
      topic: METADATA_TOPIC,
      partition: METADATA_PARTITION,
      topicId: METADATA_TOPIC_ID,
      // What the quorum decided is deleted only behind a snapshot, never by age or size.
      config: {
        ...DEFAULT_LOG_CONFIG,
        segmentBytes,
        maxMessageBytes: Number.MAX_SAFE_INTEGER,
        retentionMs: -1,
        retentionBytes: -1,
      },
      hadCleanShutdown: false,
      ...(oldest === undefined ? {} : { logStartOffset: oldest.offset }),
    });
    // A crash between storing a fetched snapshot and moving the log to it, or a torn log behind a snapshot.
    this.#maybeStartAtSnapshot();
  }

  get startOffset(): Offset {
    return this.#log.logStartOffset;
  }
  get endOffset(): Offset {
    return this.#log.logEndOffset;
  }
  /** Epoch of the last batch, or of the snapshot an empty log begins with; 0 for nothing at all. */
  get lastEpoch(): number {
    return this.#log.latestEpoch ?? this.latestSnapshotId?.epoch ?? 0;
  }
  get latestSnapshotId(): OffsetAndEpoch | undefined {
    return this.#snapshots.at(-1);
  }
  get sizeBytes(): number {
    return this.#log.sizeBytes;
  }
  get isOffline(): boolean {
    return this.#log.isOffline;
  }

  latestSnapshot(): Snapshot | undefined {
    const id = this.latestSnapshotId;
    return id === undefined ? undefined : readSnapshot(this.#env.storage, id);
  }

  /** The bytes of a snapshot this node has; undefined if it does not. */
  snapshotBytes(id: OffsetAndEpoch): Uint8Array | undefined {
    const known = this.#snapshots.some((one) => one.offset === id.offset && one.epoch === id.epoch);
    return known ? readSnapshotBytes(this.#env.storage, id) : undefined;
  }

  beginEpoch(epoch: number): void {
    this.#log.assignEpochStartOffset(epoch, this.endOffset);
  }

  appendAsLeader(batch: Uint8Array, epoch: number): boolean {
    return this.#log.appendAsLeader(batch, epoch, "raft-leader").ok;
  }

  appendAsFollower(batches: Uint8Array): boolean {
    return this.#log.appendAsFollower(batches).ok;
  }

  /** Whole batches from `offset`, none at or beyond `upperBound`. */
  read(offset: Offset, maxBytes: number, upperBound: Offset): Uint8Array {
    return this.#log.read(offset, maxBytes, upperBound, true).records;
  }

  flush(onFlushed: () => void): void {
    this.#log.flush(this.endOffset, onFlushed);
  }

  setHighWatermark(offset: Offset): void {
    this.#log.setHighWatermark(offset);
  }

  close(): void {
    this.#log.close();
  }

  /** Compares (offset, epoch of the batch before it) of a follower with this log. */
  validate(offset: Offset, lastFetchedEpoch: number): FetchPosition {
    const newest = this.latestSnapshotId;
    if (offset === 0 && newest !== undefined) return { kind: "snapshot", id: newest };
    if (this.startOffset === 0 && offset === 0) return VALID;
    const oldest = this.#snapshots[0];
    if (oldest !== undefined && newest !== undefined) {
      const isBelowStart = offset < this.startOffset;
      const partedBeforeStart = offset === this.startOffset && lastFetchedEpoch !== oldest.epoch;
      if (isBelowStart || partedBeforeStart || lastFetchedEpoch < oldest.epoch) return { kind: "snapshot", id: newest };
    }
    const end = this.#endOffsetForEpoch(lastFetchedEpoch);
    return end.epoch !== lastFetchedEpoch || end.offset < offset ? { kind: "diverging", at: end } : VALID;
  }

  #endOffsetForEpoch(epoch: number): OffsetAndEpoch {
    const found = this.#log.endOffsetForEpoch(epoch);
    if (found === undefined) return { offset: this.endOffset, epoch: this.lastEpoch };
    const oldest = this.#snapshots[0];
    if (oldest !== undefined && found.endOffset === oldest.offset && found.epoch === epoch) return oldest;
    return { offset: found.endOffset, epoch: found.epoch };
  }

  /** Where this log has to be cut, given where the leader's log parts from the position we fetched at. */
  divergencePoint(leaderEnd: OffsetAndEpoch): Offset {
    if (leaderEnd.epoch === 0) return Math.min(leaderEnd.offset, this.endOffset);
    const local = this.#endOffsetForEpoch(leaderEnd.epoch);
    return local.epoch === leaderEnd.epoch ? Math.min(local.offset, leaderEnd.offset) : local.offset;
  }

  truncateTo(offset: Offset): void {
    this.#log.truncateTo(offset);
  }

  /** Stores a snapshot of this node's own image; the log keeps its beginning until `dropBefore`. */
  storeSnapshot(id: OffsetAndEpoch, bytes: Uint8Array, onStored: (isStored: boolean) => void): void {
    writeSnapshotBytes(this.#env.storage, id, bytes, (result) => {
      if (result === "ok") this.#remember(id);
      onStored(result === "ok");
    });
  }

  /** Stores a snapshot fetched from the leader and starts the log anew at its end. */
  replaceWithSnapshot(id: OffsetAndEpoch, bytes: Uint8Array, onStored: (isStored: boolean) => void): void {
    this.storeSnapshot(id, bytes, (isStored) => {
      if (isStored) this.#maybeStartAtSnapshot();
      onStored(isStored);
    });
  }

  /** A snapshot that goes beyond the log, by epoch or offset, replaces it. */
  #maybeStartAtSnapshot(): void {
    const newest = this.latestSnapshotId;
    if (newest === undefined) return;
    const latestEpoch = this.#log.latestEpoch ?? 0;
    if (newest.epoch <= latestEpoch && newest.offset <= this.endOffset) return;
    this.#log.truncateFullyAndStartAt(newest.offset);
    this.#forgetSnapshotsBefore(newest.offset);
  }

  /** Deletes the log below `snapshot` and the snapshots older than it. */
  dropBefore(snapshot: OffsetAndEpoch): void {
    assert(this.latestSnapshotId !== undefined, "the log's beginning goes only behind a snapshot");
    this.#log.maybeIncrementLogStartOffset(snapshot.offset, "snapshot");
    this.#log.deleteOldSegments();
    this.#forgetSnapshotsBefore(snapshot.offset);
  }

  #remember(id: OffsetAndEpoch): void {
    const others = this.#snapshots.filter((one) => one.offset !== id.offset || one.epoch !== id.epoch);
    this.#snapshots = [...others, id].sort((a, b) => a.offset - b.offset || a.epoch - b.epoch);
  }

  #forgetSnapshotsBefore(offset: Offset): void {
    for (const id of this.#snapshots) if (id.offset < offset) this.#env.storage.remove(snapshotPath(id));
    this.#snapshots = this.#snapshots.filter((id) => id.offset >= offset);
  }
}
