// Words and numbers for people: times, sizes, names of nodes.

import { secondsText } from "../sim/report/seconds.js";
import type { PageHeader } from "./trace-types.js";

/** Simulated time as "12.345 678 s": seconds, with the digits a microsecond clock has. */
export function timeText(timeUs: number): string {
  const us = Math.round(timeUs);
  const seconds = Math.floor(us / 1_000_000);
  const fraction = String(us % 1_000_000).padStart(6, "0");
  return `${seconds}.${fraction.slice(0, 3)} ${fraction.slice(3)} s`;
}

/** Simulated time to the millisecond, for lists; as the story on the command line has it. */
export function shortTimeText(timeUs: number): string {
  return `${secondsText(timeUs)} s`;
}

export function sizeText(bytes: number): string {
  return bytes < 1024 ? `${bytes} B` : `${(bytes / 1024).toFixed(1)} KiB`;
}

/** How to speak of nodes: by name when the header has one. */
export type NodeNamer = (id: number) => string;

export function nodeNamer(header: PageHeader): NodeNamer {
  const names = new Map(header.nodes.map((node) => [node.id, node.name]));
  return (id) => names.get(id) ?? (id < 0 ? "the script" : `node ${id}`);
}

export function listText(names: readonly string[]): string {
  if (names.length <= 1) return names[0] ?? "nobody";
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** "1 member", "3 members". */
export function countText(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** The sentence with a capital letter, as a line of its own begins. */
export function capitalised(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
