// Control records: entries of the log that speak about the log.
// Transaction markers end a transaction in each partition it touched; the quorum writes who leads and what a
// snapshot begins and ends with. They take an offset like any record and are never delivered to applications.

import { readInt16, readInt32, writeInt16, writeInt32, batchIsControl } from "./batch-header.js";
import { forEachRecord } from "./batch-records.js";
import { type BatchOptions, encodeBatch } from "./record-batch-builder.js";

/** Kafka's `ControlRecordType`, as numbered in the record key. */
export const ControlType = {
  ABORT: 0,
  COMMIT: 1,
  LEADER_CHANGE: 2,
  SNAPSHOT_HEADER: 3,
  SNAPSHOT_FOOTER: 4,
  KRAFT_VERSION: 5,
  KRAFT_VOTERS: 6,
} as const;
export type ControlTypeCode = (typeof ControlType)[keyof typeof ControlType];

const KEY_VERSION = 0;
const MARKER_VERSION = 0;

/** A batch holding one control record. `value` is the encoded body, version included. */
export function controlBatch(
  type: ControlTypeCode,
  value: Uint8Array,
  timestampMs: number,
  options: BatchOptions = {},
): Uint8Array {
  const key = new Uint8Array(4);
  writeInt16(key, 0, KEY_VERSION);
  writeInt16(key, 2, type);
  return encodeBatch([{ key, value, timestampMs }], { ...options, isControl: true });
}

/** A commit or abort marker, as the transaction coordinator has it written to each partition of a transaction. */
export function endTransactionMarker(options: {
  readonly commit: boolean;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly coordinatorEpoch: number;
  readonly timestampMs: number;
}): Uint8Array {
  const value = new Uint8Array(6);
  writeInt16(value, 0, MARKER_VERSION);
  writeInt32(value, 2, options.coordinatorEpoch);
  return controlBatch(options.commit ? ControlType.COMMIT : ControlType.ABORT, value, options.timestampMs, {
    producerId: options.producerId,
    producerEpoch: options.producerEpoch,
    isTransactional: true,
  });
}

export interface ControlRecord {
  readonly type: number;
  readonly value: Uint8Array | null;
}

/** The control record of the batch at `position`; undefined if it is not a control batch or holds none. */
export function readControlRecord(bytes: Uint8Array, position: number): ControlRecord | undefined {
  if (!batchIsControl(bytes, position)) return undefined;
  let found: ControlRecord | undefined;
  forEachRecord(bytes, position, (_offset, _timestampMs, key, value) => {
    if (key !== null && key.length >= 4) found = { type: readInt16(key, 2), value };
    return false;
  });
  return found;
}

export interface EndTransactionMarker {
  readonly commit: boolean;
  readonly coordinatorEpoch: number;
}

/** The transaction marker in the batch at `position`; undefined if the batch is anything else. */
export function readEndTransactionMarker(bytes: Uint8Array, position: number): EndTransactionMarker | undefined {
  const control = readControlRecord(bytes, position);
  if (control === undefined || control.value === null || control.value.length < 6) return undefined;
  if (control.type !== ControlType.ABORT && control.type !== ControlType.COMMIT) return undefined;
  return { commit: control.type === ControlType.COMMIT, coordinatorEpoch: readInt32(control.value, 2) };
}
