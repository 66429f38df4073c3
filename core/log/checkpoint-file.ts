// Checkpoint files: small text files that remember offsets across restarts.
// First line a version (0), second the number of entries, then one entry a line with its fields between spaces.
// They are replaced as a whole, so a reader finds the old or the new content and never a mixture.

import type { Storage, StorageResult } from "../environment.js";
import { encodeUtf8, decodeUtf8 } from "../protocol/utf8.js";
import { type Offset, type TopicPartition, compareTopicPartitions } from "../types.js";

const VERSION = "0";

/** Lines of a checkpoint file; undefined if it is absent or not one (a damaged file counts as absent). */
function readEntries(storage: Storage, path: string): readonly string[] | undefined {
  if (!storage.exists(path)) return undefined;
  const file = storage.open(path);
  const lines = decodeUtf8(file.read(0, file.sizeBytes)).split("\n");
  const count = Number(lines[1]);
  if (lines[0] !== VERSION || !Number.isSafeInteger(count) || count < 0 || lines.length < count + 2) return undefined;
  return lines.slice(2, count + 2);
}

function writeEntries(
  storage: Storage,
  path: string,
  entries: readonly string[],
  onDurable?: (result: StorageResult) => void,
): void {
  const text = [VERSION, String(entries.length), ...entries, ""].join("\n");
  if (onDurable === undefined) storage.replace(path, encodeUtf8(text));
  else storage.replace(path, encodeUtf8(text), onDurable);
}

function parseOffset(text: string | undefined): number | undefined {
  const value = Number(text);
  return text === undefined || text === "" || !Number.isSafeInteger(value) ? undefined : value;
}

export interface PartitionOffset extends TopicPartition {
  readonly offset: Offset;
}

/** Reads "topic partition offset" lines; undefined if the file is absent or damaged. */
export function readOffsetCheckpoint(storage: Storage, path: string): readonly PartitionOffset[] | undefined {
  const lines = readEntries(storage, path);
  if (lines === undefined) return undefined;
  const offsets: PartitionOffset[] = [];
  for (const line of lines) {
    const fields = line.split(" ");
    const topic = fields[0];
    const partition = parseOffset(fields[1]);
    const offset = parseOffset(fields[2]);
    if (topic === undefined || partition === undefined || offset === undefined) return undefined;
    offsets.push({ topic, partition, offset });
  }
  return offsets;
}

/** Writes "topic partition offset" lines, ordered by topic and partition. */
export function writeOffsetCheckpoint(
  storage: Storage,
  path: string,
  offsets: readonly PartitionOffset[],
  onDurable?: (result: StorageResult) => void,
): void {
  const ordered = [...offsets].sort(compareTopicPartitions);
  writeEntries(
    storage,
    path,
    ordered.map(({ topic, partition, offset }) => `${topic} ${partition} ${offset}`),
    onDurable,
  );
}

export interface EpochEntry {
  readonly epoch: number;
  readonly startOffset: Offset;
}

/** Reads "epoch startOffset" lines; empty if the file is absent or damaged. */
export function readEpochCheckpoint(storage: Storage, path: string): readonly EpochEntry[] {
  const entries: EpochEntry[] = [];
  for (const line of readEntries(storage, path) ?? []) {
    const fields = line.split(" ");
    const epoch = parseOffset(fields[0]);
    const startOffset = parseOffset(fields[1]);
    if (epoch === undefined || startOffset === undefined) return [];
    entries.push({ epoch, startOffset });
  }
  return entries;
}

/** Writes "epoch startOffset" lines in the order given. */
export function writeEpochCheckpoint(storage: Storage, path: string, entries: readonly EpochEntry[]): void {
  writeEntries(
    storage,
    path,
    entries.map(({ epoch, startOffset }) => `${epoch} ${startOffset}`),
  );
}
