// Link: one direction between two machines, with the sum of the rules that stand for it.
// Connections hold their links, so that sending a message looks nothing up.

import type { NodeId } from "../../core/types.js";
import type { RandomStream } from "../kernel/random.js";
import type { LatencyTable } from "./latency.js";
import type { LinkRule } from "./rules.js";

export class Link {
  readonly from: NodeId;
  readonly to: NodeId;
  blocked = false;
  refuses = false;

  private extraUs = 0;
  private readonly table: LatencyTable;
  private readonly bytesPerUs: number;
  private readonly random: RandomStream;

  constructor(from: NodeId, to: NodeId, table: LatencyTable, bytesPerUs: number, random: RandomStream) {
    this.from = from;
    this.to = to;
    this.table = table;
    this.bytesPerUs = bytesPerUs;
    this.random = random;
  }

  /** How long something of that size is under way, in microseconds: drawn anew each time. */
  drawDelayUs(sizeBytes: number): number {
    const latencyUs = this.table[this.random.below(this.table.length)]!;
    return latencyUs + this.extraUs + Math.ceil(sizeBytes / this.bytesPerUs);
  }

  /** Sums up the rules that stand now. */
  apply(rules: readonly LinkRule[]): void {
    this.blocked = false;
    this.refuses = false;
    this.extraUs = 0;
    for (const rule of rules) {
      const effect = rule(this.from, this.to);
      if (effect === undefined) continue;
      this.blocked ||= effect.blocks === true;
      this.refuses ||= effect.refuses === true;
      this.extraUs += effect.extraUs ?? 0;
    }
  }
}
