// What the record batches inside a message hold, as plain data for trace files and the inspector.

import { forEachBatch, forEachRecord, isValidBatch, readBatchHeader } from "../../core/log/record-batch.js";
import { decodeUtf8 } from "../../core/protocol/utf8.js";

/** Text longer than this is cut in a summary. */
const MAX_TEXT = 200;
/** Records shown of one batch. */
const MAX_RECORDS = 20;

function asText(bytes: Uint8Array | null): string | null {
  if (bytes === null) return null;
  const text = decodeUtf8(bytes.subarray(0, MAX_TEXT));
  return bytes.length > MAX_TEXT ? `${text}…` : text;
}

/** Summarises bytes that are record batches; undefined for other bytes. */
export function summariseRecords(bytes: Uint8Array): unknown {
  if (bytes.length < 61 || bytes[16] !== 2 || !isValidBatch(bytes, 0)) return undefined;
  const batches: unknown[] = [];
  forEachBatch(bytes, (position) => {
    const header = readBatchHeader(bytes, position);
    if (header === undefined) return;
    const { baseOffset, lastOffset, leaderEpoch, recordCount, producerId, producerEpoch, baseSequence, isControl } =
      header;
    const records: unknown[] = [];
    if (!isControl && header.compression === 0) {
      forEachRecord(
        bytes,
        position,
        (offset: number, _timestampMs: number, key: Uint8Array | null, value: Uint8Array | null) => {
          if (records.length < MAX_RECORDS) records.push({ offset, key: asText(key), value: asText(value) });
        },
      );
    }
    batches.push({
      baseOffset,
      lastOffset,
      leaderEpoch,
      recordCount,
      producerId,
      producerEpoch,
      baseSequence,
      isControl,
      records,
    });
  });
  return { sizeBytes: bytes.length, batches };
}
