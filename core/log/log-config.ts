// Topic configuration as the log sees it: plain numbers and flags.
// Kafka's config strings, their parsing and the broker-wide defaults live in core/config; a log never sees a string.

/** Settings of one log. Sizes in bytes, times in milliseconds; "never" is `Number.MAX_SAFE_INTEGER`. */
export interface LogConfig {
  /** segment.bytes: a segment is closed before it grows beyond this. */
  readonly segmentBytes: number;
  /** segment.ms: a segment is closed when this much time passed since its first record. */
  readonly segmentMs: number;
  /** segment.index.bytes: an index is full at this size, and a full index closes its segment. */
  readonly segmentIndexBytes: number;
  /** retention.ms; -1 keeps forever. */
  readonly retentionMs: number;
  /** retention.bytes; -1 keeps everything. */
  readonly retentionBytes: number;
  /** max.message.bytes: largest batch a client may append. */
  readonly maxMessageBytes: number;
  /** index.interval.bytes: one index entry for at least this many bytes. */
  readonly indexIntervalBytes: number;
  /** flush.messages: records appended before a flush is forced. */
  readonly flushMessages: number;
  /** flush.ms: time between forced flushes. */
  readonly flushMs: number;
  /** cleanup.policy contains "compact". */
  readonly compact: boolean;
  /** cleanup.policy contains "delete". */
  readonly delete: boolean;
  /** min.cleanable.dirty.ratio, in percent: integers keep the decision the same on every engine. */
  readonly minCleanableDirtyRatioPercent: number;
  /** delete.retention.ms: how long a tombstone survives the cleaning that first met it. */
  readonly deleteRetentionMs: number;
  readonly minCompactionLagMs: number;
  readonly maxCompactionLagMs: number;
  /** file.delete.delay.ms: from the renaming to ".deleted" to the removal of the file. */
  readonly fileDeleteDelayMs: number;
  readonly messageTimestampType: "CreateTime" | "LogAppendTime";
  readonly messageTimestampBeforeMaxMs: number;
  readonly messageTimestampAfterMaxMs: number;
  /** producer.id.expiration.ms: idle time after which an idempotent producer is forgotten. */
  readonly producerIdExpirationMs: number;
}

const NEVER = Number.MAX_SAFE_INTEGER;
const DAY_MS = 86_400_000;

/** Kafka's defaults. */
export const DEFAULT_LOG_CONFIG: LogConfig = {
  segmentBytes: 1_073_741_824,
  segmentMs: 7 * DAY_MS,
  segmentIndexBytes: 10_485_760,
  retentionMs: 7 * DAY_MS,
  retentionBytes: -1,
  maxMessageBytes: 1_048_588,
  indexIntervalBytes: 4096,
  flushMessages: NEVER,
  flushMs: NEVER,
  compact: false,
  delete: true,
  minCleanableDirtyRatioPercent: 50,
  deleteRetentionMs: DAY_MS,
  minCompactionLagMs: 0,
  maxCompactionLagMs: NEVER,
  fileDeleteDelayMs: 60_000,
  messageTimestampType: "CreateTime",
  messageTimestampBeforeMaxMs: NEVER,
  messageTimestampAfterMaxMs: NEVER,
  producerIdExpirationMs: DAY_MS,
};

/**
 * How long a segment takes records. Compaction never touches the active segment, so a record that must be compacted
 * within max.compaction.lag.ms must be out of it by then (KIP-354).
 */
export function maxSegmentMs({ compact, maxCompactionLagMs, segmentMs }: LogConfig): number {
  return compact && maxCompactionLagMs > 0 ? Math.min(maxCompactionLagMs, segmentMs) : segmentMs;
}
