// Version ranges, written as in Kafka's message definitions: "0+", "4-7", "3" or "none".
// Every field of a message says in which versions it travels; ranges are parsed once, when a table is built.

import { assert } from "../assert.js";

/** Inclusive on both sides; empty if `lowest > highest`. */
export interface VersionRange {
  readonly lowest: number;
  readonly highest: number;
}

/** The highest version Kafka's int16 can name: the end of an open range ("3+"). */
export const MAX_VERSION = 32767;
export const NO_VERSIONS: VersionRange = { lowest: 0, highest: -1 };

/** Parses "0+", "4-7", "3" or "none". */
export function parseVersions(text: string): VersionRange {
  if (text === "none") return NO_VERSIONS;
  const match = /^(\d+)(\+|-(\d+))?$/.exec(text);
  assert(match !== null, "a version range reads like 0+, 4-7, 3 or none");
  const lowest = Number(match[1]);
  if (match[2] === "+") return { lowest, highest: MAX_VERSION };
  return { lowest, highest: match[3] === undefined ? lowest : Number(match[3]) };
}

export function includesVersion(range: VersionRange, version: number): boolean {
  return version >= range.lowest && version <= range.highest;
}
