// Producer snapshot files: the state of all producers at an offset, so that opening a log need not read all of it.
// Kafka's layout: version int16 (1), CRC-32C of the rest, count, then 46 bytes a producer. Only the last batch of each
// is kept: after a reload a producer's older retries are no longer recognised.

import { readInt16, readInt32, readInt64, writeInt16, writeInt32, writeInt64 } from "./batch-header.js";
import { crc32c } from "./crc32c.js";
import { ProducerState } from "./producer-state.js";

const VERSION = 1;
const ENTRIES_START = 6;
const ENTRY_BYTES = 46;
const NONE = -1;

/** Encodes the states in the order given. */
export function encodeProducerSnapshot(states: readonly ProducerState[]): Uint8Array {
  const bytes = new Uint8Array(ENTRIES_START + 4 + states.length * ENTRY_BYTES);
  writeInt16(bytes, 0, VERSION);
  writeInt32(bytes, ENTRIES_START, states.length);
  let at = ENTRIES_START + 4;
  for (const state of states) {
    const last = state.batches[state.batches.length - 1];
    writeInt64(bytes, at, state.producerId);
    writeInt16(bytes, at + 8, state.producerEpoch);
    writeInt32(bytes, at + 10, last?.lastSequence ?? NONE);
    writeInt64(bytes, at + 14, last?.lastOffset ?? NONE);
    writeInt32(bytes, at + 22, last?.offsetDelta ?? 0);
    writeInt64(bytes, at + 26, state.lastTimestampMs);
    writeInt32(bytes, at + 34, state.coordinatorEpoch);
    writeInt64(bytes, at + 38, state.currentTxnFirstOffset ?? NONE);
    at += ENTRY_BYTES;
  }
  writeInt32(bytes, 2, crc32c(bytes, ENTRIES_START));
  return bytes;
}

/** The states of a snapshot; undefined if it is torn, damaged or of another version. */
export function decodeProducerSnapshot(bytes: Uint8Array): readonly ProducerState[] | undefined {
  if (bytes.length < ENTRIES_START + 4 || readInt16(bytes, 0) !== VERSION) return undefined;
  if (readInt32(bytes, 2) >>> 0 !== crc32c(bytes, ENTRIES_START)) return undefined;
  const count = readInt32(bytes, ENTRIES_START);
  if (bytes.length !== ENTRIES_START + 4 + count * ENTRY_BYTES) return undefined;
  const states: ProducerState[] = [];
  for (let i = 0; i < count; i++) {
    const at = ENTRIES_START + 4 + i * ENTRY_BYTES;
    const state = new ProducerState(readInt64(bytes, at));
    state.producerEpoch = readInt16(bytes, at + 8);
    state.lastTimestampMs = readInt64(bytes, at + 26);
    state.coordinatorEpoch = readInt32(bytes, at + 34);
    const lastOffset = readInt64(bytes, at + 14);
    if (lastOffset >= 0) {
      state.batches.push({
        lastSequence: readInt32(bytes, at + 10),
        lastOffset,
        offsetDelta: readInt32(bytes, at + 22),
        timestampMs: state.lastTimestampMs,
      });
    }
    const txnFirstOffset = readInt64(bytes, at + 38);
    if (txnFirstOffset >= 0) state.currentTxnFirstOffset = txnFirstOffset;
    states.push(state);
  }
  return states;
}
