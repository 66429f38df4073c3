// What a log is asked and what it answers: options of opening, results of appending and reading.

import type { Environment } from "../environment.js";
import type { ErrorCode } from "../errors.js";
import type { Offset, Uuid } from "../types.js";
import type { Decompressor } from "./batch-records.js";
import type { LogConfig } from "./log-config.js";

export type AppendResult =
  | {
      readonly ok: true;
      readonly baseOffset: Offset;
      readonly lastOffset: Offset;
      /** Wall-clock milliseconds; -1 for CreateTime. */
      readonly logAppendTimeMs: number;
      readonly logStartOffset: Offset;
      /** The batch was in the log already; the offsets are those it has. */
      readonly duplicate: boolean;
    }
  | { readonly ok: false; readonly error: ErrorCode; readonly message: string };

export type FollowerAppendResult =
  | { readonly ok: true; readonly lastOffset: Offset; readonly appendedBytes: number }
  | { readonly ok: false; readonly error: ErrorCode; readonly message: string };

export interface LogOptions {
  readonly env: Environment;
  /** The partition's directory, "logs/orders-0". */
  readonly directory: string;
  readonly topic: string;
  readonly partition: number;
  /** ZERO_UUID: take what partition.metadata says. */
  readonly topicId: Uuid;
  readonly config: LogConfig;
  readonly hadCleanShutdown: boolean;
  /** As checkpointed; 0 if unknown. */
  readonly logStartOffset?: Offset;
  readonly recoveryPoint?: Offset;
  readonly highWatermark?: Offset;
  /** The log was compacted once: a segment may end before the next one begins. Default: as `config.compact`. */
  readonly mayHaveGaps?: boolean;
  readonly decompress?: Decompressor;
  /** Told when records at the log's end were cut, before others take their place. */
  readonly onTruncated?: () => void;
  /** Told once, when the log directory failed under this log. */
  readonly onStorageError?: () => void;
}

export interface LogRead {
  /** Whole batches; possibly a view of stored bytes, so never to be changed. */
  readonly records: Uint8Array;
}
