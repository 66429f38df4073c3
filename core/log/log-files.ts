// Names of the files in a partition's directory.
// A segment's files share the segment's base offset, padded to 20 digits so that names sort as offsets do. Suffixes
// tell how far a multi-file change got before a crash: ".cleaned" is not yet valid, ".swap" is decided and must be
// completed, ".deleted" only waits to be removed.

import type { Offset } from "../types.js";

export const LOG_SUFFIX = ".log";
export const OFFSET_INDEX_SUFFIX = ".index";
export const TIME_INDEX_SUFFIX = ".timeindex";
export const PRODUCER_SNAPSHOT_SUFFIX = ".snapshot";
export const DELETED_SUFFIX = ".deleted";
export const CLEANED_SUFFIX = ".cleaned";
export const SWAP_SUFFIX = ".swap";
export const LEADER_EPOCH_CHECKPOINT = "leader-epoch-checkpoint";
export const PARTITION_METADATA = "partition.metadata";

const OFFSET_DIGITS = 20;

/** "00000000000000000042": a base offset as it stands in file names. */
export function filenamePrefix(baseOffset: Offset): string {
  return String(baseOffset).padStart(OFFSET_DIGITS, "0");
}

export function logFilePath(directory: string, baseOffset: Offset): string {
  return `${directory}/${filenamePrefix(baseOffset)}${LOG_SUFFIX}`;
}

export function offsetIndexPath(directory: string, baseOffset: Offset): string {
  return `${directory}/${filenamePrefix(baseOffset)}${OFFSET_INDEX_SUFFIX}`;
}

export function timeIndexPath(directory: string, baseOffset: Offset): string {
  return `${directory}/${filenamePrefix(baseOffset)}${TIME_INDEX_SUFFIX}`;
}

export function producerSnapshotPath(directory: string, offset: Offset): string {
  return `${directory}/${filenamePrefix(offset)}${PRODUCER_SNAPSHOT_SUFFIX}`;
}

/** The offset in a file name, or undefined if the name does not begin with one. */
export function offsetOfPath(path: string): Offset | undefined {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const digits = name.slice(0, OFFSET_DIGITS);
  if (digits.length < OFFSET_DIGITS) return undefined;
  for (let i = 0; i < OFFSET_DIGITS; i++) {
    const unit = digits.charCodeAt(i);
    if (unit < 48 || unit > 57) return undefined;
  }
  return Number(digits);
}
