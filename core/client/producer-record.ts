// What an application gives a producer and gets back.
// The result keeps the one distinction that half of all duplicates come from: a record that was refused was not
// written, but a record whose answer never came may have been.

import { type ErrorCode, Errors } from "../errors.js";
import type { RecordHeader } from "../log/record-batch.js";
import type { Offset } from "../types.js";

export interface ProducerRecord {
  readonly topic: string;
  /** Left out: chosen by key, or by the built-in partitioner. */
  readonly partition?: number;
  readonly key?: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers?: readonly RecordHeader[];
  /** Milliseconds since 1970; left out: the producer's wall clock. */
  readonly timestampMs?: number;
}

export type DeliveryResult =
  | {
      readonly ok: true;
      readonly topic: string;
      readonly partition: number;
      /** −1 where the broker did not say (acks=0, DUPLICATE_SEQUENCE_NUMBER). */
      readonly offset: Offset;
      readonly timestampMs: number;
    }
  | {
      readonly ok: false;
      readonly topic: string;
      /** −1 if none was chosen yet. */
      readonly partition: number;
      readonly error: ErrorCode;
      readonly errorName: string;
      /** True if the record may be in the log all the same. */
      readonly outcomeUnknown: boolean;
    };

export type DeliveryCallback = (result: DeliveryResult) => void;

/** Errors of a Produce answer after which the batch is certainly not in the log of that leader. */
const REFUSED: ReadonlySet<ErrorCode> = new Set([
  Errors.CORRUPT_MESSAGE,
  Errors.UNKNOWN_TOPIC_OR_PARTITION,
  Errors.MESSAGE_TOO_LARGE,
  Errors.INVALID_TOPIC_EXCEPTION,
  Errors.RECORD_LIST_TOO_LARGE,
  Errors.NOT_ENOUGH_REPLICAS,
  Errors.INVALID_REQUIRED_ACKS,
  Errors.TOPIC_AUTHORIZATION_FAILED,
  Errors.CLUSTER_AUTHORIZATION_FAILED,
  Errors.INVALID_TIMESTAMP,
  Errors.INVALID_REQUEST,
  Errors.UNSUPPORTED_FOR_MESSAGE_FORMAT,
  Errors.UNSUPPORTED_COMPRESSION_TYPE,
  Errors.UNSUPPORTED_VERSION,
  Errors.POLICY_VIOLATION,
  Errors.OUT_OF_ORDER_SEQUENCE_NUMBER,
  Errors.INVALID_PRODUCER_EPOCH,
  Errors.UNKNOWN_PRODUCER_ID,
  Errors.INVALID_RECORD,
]);

/**
 * May the batch have been written although the answer is `error`? NOT_LEADER_OR_FOLLOWER counts: it is also what a
 * leader says that appended the batch and was deposed before its followers had it.
 */
export function mayHaveBeenWritten(error: ErrorCode): boolean {
  return !REFUSED.has(error);
}
