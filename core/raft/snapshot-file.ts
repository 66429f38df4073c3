// Snapshots of the metadata log (KIP-630): all records that make the image at one offset, in one file.
// They let the log's beginning go, and bring a node that was away for long up to date in one piece. The file is a
// header control record, batches of metadata records, a footer; its name says what it covers. Files appear whole or
// not at all, so a snapshot that exists is complete.

import type { Storage, StorageResult } from "../environment.js";
import { ControlType, controlBatch, patchBatch, batchRecordCount } from "../log/record-batch.js";
import { ByteWriter } from "../protocol/bytes.js";
import type { MetadataRecord } from "../protocol/messages/metadata-records.js";
import { SnapshotFooterRecord, SnapshotHeaderRecord } from "../protocol/messages/raft-control-records.js";
import type { Offset } from "../types.js";
import { decodeMetadataBatches, encodeMetadataBatch } from "./metadata-batch.js";
import { METADATA_LOG_DIRECTORY } from "./metadata-topic.js";

/** A position in the metadata log: everything below `offset`, the last of it written in `epoch`. */
export interface OffsetAndEpoch {
  readonly offset: Offset;
  readonly epoch: number;
}

export interface Snapshot {
  readonly id: OffsetAndEpoch;
  readonly records: readonly MetadataRecord[];
}

const SUFFIX = ".checkpoint";
const OFFSET_DIGITS = 20;
const EPOCH_DIGITS = 10;
const RECORDS_PER_BATCH = 1000;

export function snapshotPath(id: OffsetAndEpoch): string {
  const offset = String(id.offset).padStart(OFFSET_DIGITS, "0");
  const epoch = String(id.epoch).padStart(EPOCH_DIGITS, "0");
  return `${METADATA_LOG_DIRECTORY}/${offset}-${epoch}${SUFFIX}`;
}

/** Snapshots on this disk, oldest first. */
export function listSnapshots(storage: Storage): OffsetAndEpoch[] {
  const found: OffsetAndEpoch[] = [];
  for (const path of storage.list(METADATA_LOG_DIRECTORY)) {
    if (!path.endsWith(SUFFIX)) continue;
    const [offset, epoch] = path.slice(METADATA_LOG_DIRECTORY.length + 1, -SUFFIX.length).split("-");
    found.push({ offset: Number(offset), epoch: Number(epoch) });
  }
  return found.sort((a, b) => a.offset - b.offset || a.epoch - b.epoch);
}

/** The bytes of a snapshot. `lastTimestampMs` is the append time of the last batch it covers. */
export function encodeSnapshot(
  records: readonly MetadataRecord[],
  id: OffsetAndEpoch,
  lastTimestampMs: number,
): Uint8Array {
  const batches = [
    controlBatch(
      ControlType.SNAPSHOT_HEADER,
      encoded((writer) =>
        SnapshotHeaderRecord.encode(
          writer,
          SnapshotHeaderRecord.create({ lastContainedLogTimestamp: lastTimestampMs }),
          0,
        ),
      ),
      lastTimestampMs,
    ),
  ];
  for (let i = 0; i < records.length; i += RECORDS_PER_BATCH) {
    batches.push(encodeMetadataBatch(records.slice(i, i + RECORDS_PER_BATCH), lastTimestampMs));
  }
  batches.push(
    controlBatch(
      ControlType.SNAPSHOT_FOOTER,
      encoded((writer) => SnapshotFooterRecord.encode(writer, SnapshotFooterRecord.create(), 0)),
      lastTimestampMs,
    ),
  );
  const bytes = new Uint8Array(batches.reduce((size, batch) => size + batch.length, 0));
  let position = 0;
  let offset = 0;
  for (const batch of batches) {
    patchBatch(batch, 0, offset, id.epoch);
    offset += batchRecordCount(batch, 0);
    bytes.set(batch, position);
    position += batch.length;
  }
  return bytes;
}

export function readSnapshotBytes(storage: Storage, id: OffsetAndEpoch): Uint8Array {
  const file = storage.open(snapshotPath(id));
  return file.read(0, file.sizeBytes);
}

export function readSnapshot(storage: Storage, id: OffsetAndEpoch): Snapshot {
  const records: MetadataRecord[] = [];
  for (const batch of decodeMetadataBatches(readSnapshotBytes(storage, id))) records.push(...batch.records);
  return { id, records };
}

export function writeSnapshotBytes(
  storage: Storage,
  id: OffsetAndEpoch,
  bytes: Uint8Array,
  onDurable: (result: StorageResult) => void,
): void {
  storage.replace(snapshotPath(id), bytes, onDurable);
}

function encoded(write: (writer: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter();
  write(writer);
  return writer.toBytes();
}
