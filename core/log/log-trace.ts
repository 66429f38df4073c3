// The facts a log tells about itself. Callers guard with `trace.enabled`: nothing is built when nobody listens.

import type { TraceSink } from "../environment.js";
import type { LogEvent } from "../trace.js";
import type { Offset, TopicPartition } from "../types.js";
import {
  batchBaseOffset,
  batchBaseSequence,
  batchCrc,
  batchIsControl,
  batchLastOffset,
  batchLeaderEpoch,
  batchProducerEpoch,
  batchProducerId,
  batchSizeBytes,
} from "./batch-header.js";

export type LogStartReason = Extract<LogEvent, { type: "log.start-advanced" }>["reason"];

/** What the log looked like once it was opened and, if need be, repaired. */
export function traceOpened(
  trace: TraceSink,
  log: TopicPartition & {
    readonly logStartOffset: Offset;
    readonly logEndOffset: Offset;
    readonly highWatermark: Offset;
  },
  droppedBytes: number,
): void {
  const { topic, partition, logStartOffset, logEndOffset, highWatermark } = log;
  trace.emit({ type: "log.opened", topic, partition, logStartOffset, logEndOffset, highWatermark, droppedBytes });
}

/** One fact for each batch appended. */
export function traceAppended(
  trace: TraceSink,
  { topic, partition }: TopicPartition,
  batches: Uint8Array,
  origin: "leader" | "follower",
): void {
  for (let at = 0; at < batches.length; at += batchSizeBytes(batches, at)) {
    trace.emit({
      type: "log.appended",
      topic,
      partition,
      origin,
      baseOffset: batchBaseOffset(batches, at),
      lastOffset: batchLastOffset(batches, at),
      leaderEpoch: batchLeaderEpoch(batches, at),
      crc: batchCrc(batches, at),
      sizeBytes: batchSizeBytes(batches, at),
      producerId: batchProducerId(batches, at),
      producerEpoch: batchProducerEpoch(batches, at),
      baseSequence: batchBaseSequence(batches, at),
      isControl: batchIsControl(batches, at),
    });
  }
}
