// Vocabulary of the log tests: batches from short texts, logs over a fake environment.

import { Log, type LogOptions } from "../../../core/log/log.js";
import { DEFAULT_LOG_CONFIG, type LogConfig } from "../../../core/log/log-config.js";
import {
  type BatchOptions,
  type DecodedRecord,
  batchSizeBytes,
  decodeBatch,
  encodeBatch,
  hasCompleteBatch,
  patchBatch,
} from "../../../core/log/record-batch.js";
import { FakeEnvironment, WALL_START_MS } from "../support/fake-environment.js";

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function text(value: Uint8Array | null): string {
  return value === null ? "(null)" : new TextDecoder().decode(value);
}

/** A batch of records "key=value", or "value" without key; "key=" is a tombstone. */
export function batch(records: readonly string[], options: BatchOptions = {}, timestampMs = WALL_START_MS): Uint8Array {
  const data = records.map((record) => {
    const [first, second] = record.split("=");
    if (second === undefined) return { key: null, value: bytes(first!), timestampMs };
    return { key: bytes(first!), value: second === "" ? null : bytes(second), timestampMs };
  });
  return encodeBatch(data, options);
}

/** As a leader would send it: base offset and epoch stamped. */
export function replicated(records: readonly string[], baseOffset: number, leaderEpoch: number): Uint8Array {
  const bytes = batch(records);
  patchBatch(bytes, 0, baseOffset, leaderEpoch);
  return bytes;
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

export function records(batches: Uint8Array): readonly DecodedRecord[] {
  const found: DecodedRecord[] = [];
  for (let at = 0; hasCompleteBatch(batches, at); at += batchSizeBytes(batches, at)) {
    found.push(...(decodeBatch(batches, at) ?? []));
  }
  return found;
}

/** "offset:key=value" of every record in the log from its start. */
export function contents(log: Log): readonly string[] {
  const found: string[] = [];
  log.forEachBatchFrom(log.logStartOffset, (bytes) => {
    for (const record of records(bytes)) {
      if (record.offset < log.logStartOffset) continue;
      const key = record.key === null ? "" : `${text(record.key)}=`;
      found.push(`${record.offset}:${key}${text(record.value)}`);
    }
  });
  return found;
}

export function openLog(env: FakeEnvironment, config: Partial<LogConfig> = {}, options: Partial<LogOptions> = {}): Log {
  return Log.open({
    env,
    directory: "logs/orders-0",
    topic: "orders",
    partition: 0,
    topicId: "AAAAAAAAAAAAAAAAAAAAAQ",
    config: { ...DEFAULT_LOG_CONFIG, ...config },
    hadCleanShutdown: false,
    ...options,
  });
}

/** Appends as leader for a client; returns the base offset. */
export function appended(log: Log, bytes: Uint8Array, leaderEpoch = 0): number {
  const result = log.appendAsLeader(bytes, leaderEpoch, "client");
  if (!result.ok) throw new Error(result.message);
  return result.baseOffset;
}
