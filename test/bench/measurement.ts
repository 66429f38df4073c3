// What benches share: a measured number, the middle of several, and a clean heap to begin with.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** One measured number against what is promised. */
export interface Measurement {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly promised: string;
  readonly met: boolean;
  readonly detail?: string;
}

/** The middle value: what a busy machine does to single rounds leaves it alone. */
export const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;

/** Collects garbage, so that one bench does not pay for another. */
export function collectGarbage(): void {
  setFlagsFromString("--expose_gc");
  const collect = (globalThis as { gc?: () => void }).gc ?? (runInNewContext("gc") as () => void);
  collect();
}
