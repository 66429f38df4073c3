// Metadata records as record batches: one batch is one atomic decision of the controller.
// Records have no key; the value is the framed metadata record.

import { assert } from "../assert.js";
import {
  batchIsControl,
  batchLastOffset,
  encodeBatch,
  forEachBatch,
  forEachRecord,
  readBatchHeader,
} from "../log/record-batch.js";
import {
  decodeMetadataRecord,
  encodeMetadataRecord,
  type MetadataRecord,
} from "../protocol/messages/metadata-records.js";
import type { Offset } from "../types.js";

/** A batch the quorum has committed, decoded. Control batches come with no records, to move the offset on. */
export interface CommittedBatch {
  readonly baseOffset: Offset;
  readonly lastOffset: Offset;
  readonly epoch: number;
  readonly sizeBytes: number;
  readonly records: readonly MetadataRecord[];
}

const NO_RECORDS: readonly MetadataRecord[] = [];

export function encodeMetadataBatch(records: readonly MetadataRecord[], timestampMs: number): Uint8Array {
  return encodeBatch(records.map((record) => ({ key: null, value: encodeMetadataRecord(record), timestampMs })));
}

/** Decodes consecutive batches of the metadata log or of a snapshot. */
export function decodeMetadataBatches(bytes: Uint8Array): CommittedBatch[] {
  const batches: CommittedBatch[] = [];
  forEachBatch(bytes, (position) => {
    const header = readBatchHeader(bytes, position);
    assert(header !== undefined, "a committed batch is whole");
    batches.push({
      baseOffset: header.baseOffset,
      lastOffset: batchLastOffset(bytes, position),
      epoch: header.leaderEpoch,
      sizeBytes: header.sizeBytes,
      records: batchIsControl(bytes, position) ? NO_RECORDS : recordsOf(bytes, position),
    });
  });
  return batches;
}

function recordsOf(bytes: Uint8Array, position: number): readonly MetadataRecord[] {
  const records: MetadataRecord[] = [];
  forEachRecord(bytes, position, (_offset, _timestampMs, _key, value) => {
    assert(value !== null, "a metadata record has a value");
    records.push(decodeMetadataRecord(value));
  });
  return records;
}
