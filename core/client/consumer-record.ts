// What a consumer hands to its application, and the errors only the application can decide about.

import type { ErrorCode } from "../errors.js";
import type { RecordHeader } from "../log/record-batch.js";
import type { LeaderEpoch, Offset, TopicPartition } from "../types.js";

export interface ConsumedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: Offset;
  /** Epoch of the leader that appended the record. */
  readonly leaderEpoch: LeaderEpoch;
  readonly timestampMs: number;
  /** Key and value are views of the fetched bytes: copy what you change. */
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
}

/** What Kafka's `poll` would throw. The consumer goes on with everything else. */
export type ConsumerError =
  | {
      /** No committed offset and `auto.offset.reset` is none. Seek to go on. */
      readonly name: "NoOffsetForPartition";
      readonly topic: string;
      readonly partition: number;
    }
  | {
      /** The position is not in the log of the leader and `auto.offset.reset` is none. Seek to go on. */
      readonly name: "OffsetOutOfRange";
      readonly topic: string;
      readonly partition: number;
      readonly offset: Offset;
    }
  | {
      /** Records before the position were lost in an unclean election (KIP-320). Seek to go on. */
      readonly name: "LogTruncation";
      readonly topic: string;
      readonly partition: number;
      readonly offset: Offset;
      /** First offset that differs; undefined if the leader could not say. */
      readonly divergentOffset: Offset | undefined;
    }
  | {
      readonly name: "CorruptRecord";
      readonly topic: string;
      readonly partition: number;
      readonly offset: Offset;
    }
  | {
      /** The group refused this member for good (fenced instance, inconsistent protocol, …). */
      readonly name: "Group";
      readonly error: ErrorCode;
    };

export type CommitResult = { readonly ok: true } | { readonly ok: false; readonly error: ErrorCode };

/** A committed offset: the next record to process after a restart. */
export interface OffsetAndEpoch {
  readonly offset: Offset;
  /** Epoch of the last record processed; −1 if unknown. Lets the next owner detect truncation. */
  readonly leaderEpoch: LeaderEpoch;
}

export interface PartitionOffset extends TopicPartition {
  readonly offset: Offset;
  readonly leaderEpoch?: LeaderEpoch;
}
