// The contract between the coordinator runtime and a state machine kept on one partition of an internal topic.
//
// A *shard* is the state machine of one partition. A *write* is a decision taken by the shard: the records that
// change its state, and the response that tells of it. A record is *committed* when the high watermark passed it:
// from then on no failover can lose it.
// The runtime owns the log; a shard only decides and replays, and never touches the log itself.

import type { ErrorCode } from "../errors.js";
import type { RecordData } from "../log/record-batch.js";
import type { LeaderEpoch, Offset } from "../types.js";

/** A decision. It takes effect only through the runtime. */
export interface CoordinatorResult<R, T> {
  /** Appended as one batch: all or none. Empty for a decision that changes nothing on disk. */
  readonly records: readonly R[];
  readonly response: T;
  /**
   * False if the shard already holds what the records say ("hard state" with timers and parked requests, such as a
   * classic group's members): the records are then only for the next coordinator. Default true.
   */
  readonly replay?: boolean;
  /** The log refused the batch, nothing was written: undo what `replay: false` did in advance. */
  readonly revert?: (error: ErrorCode) => void;
  /**
   * NONE when the records (or, without records, all earlier ones) are committed; else why that is unknown:
   * refused, timed out, or the partition is led elsewhere. Called once, before the response leaves.
   */
  readonly onCompleted?: (error: ErrorCode) => void;
}

/** The state machine of one partition. */
export interface CoordinatorShard<R> {
  /** The only way in which what is on disk changes what is in memory. */
  replay(offset: Offset, record: R): void;
  /** Everything below `highWatermark` is committed. Never goes back within the life of a shard. */
  onCommitted(highWatermark: Offset): void;
  /** The whole partition was replayed: start timers. */
  onLoaded(): void;
  /** The partition is led elsewhere now: cancel timers, answer parked requests with NOT_COORDINATOR. */
  onUnloaded(): void;
}

/** What a shard may ask of the runtime. */
export interface ShardContext<R> {
  readonly partition: number;
  /** Runs a decision of the shard's own (a timer's) as a write. Ignored once the shard is unloaded. */
  write(decide: () => CoordinatorResult<R, undefined>): void;
}

/** Records as bytes. `decode` gives undefined for record types of later versions, which are skipped (KIP-915). */
export interface RecordCodec<R> {
  encode(record: R, timestampMs: number): RecordData;
  decode(key: Uint8Array | null, value: Uint8Array | null): R | undefined;
}

/** The log of a partition, as loading needs it. */
export interface CoordinatorLog {
  readonly logStartOffset: Offset;
  readonly logEndOffset: Offset;
  readonly highWatermark: Offset;
  read(
    startOffset: Offset,
    maxBytes: number,
    upperBound: Offset,
    minOneBatch: boolean,
  ): { readonly records: Uint8Array };
}

/** Where a coordinator writes: the leader side of replication. `ReplicaManager` is one. */
export interface PartitionWriter {
  /**
   * Appends one batch as the leader of `expectedLeaderEpoch` with the checks of acks=1, and returns at once;
   * replication is reported by `onHighWatermarkAdvanced`.
   */
  appendForCoordinator(
    topic: string,
    partition: number,
    batch: Uint8Array,
    expectedLeaderEpoch: LeaderEpoch,
  ): { readonly ok: true; readonly lastOffset: Offset } | { readonly ok: false; readonly error: ErrorCode };
}

/** How an operation ended for the one who asked. */
export type CoordinatorOutcome<T> =
  { readonly ok: true; readonly response: T } | { readonly ok: false; readonly error: ErrorCode };
