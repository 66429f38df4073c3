// Model high watermark: core's rule of how far it may rise, asked as the models ask it.

import { NO_BUGS } from "../../core/bugs.js";
import { highWatermarkCandidate } from "../../core/replication/high-watermark.js";
import { type Replica, UNKNOWN } from "../../core/replication/replica.js";
import type { Offset } from "../../core/types.js";
import { has, type ReplicaSet } from "./replica-set.js";

/**
 * What core's rule of the high watermark says of a leader whose maximal ISR is `isr`. The models know neither min ISR
 * nor time: the ISR is always large enough, and only its members are waited for. -1: it says nothing.
 */
export function highWatermarkOver(isr: ReplicaSet, leaderLogEndOffset: Offset, replicas: readonly Replica[]): Offset {
  const candidate = highWatermarkCandidate({
    leaderLogEndOffset,
    replicas,
    committedIsrSize: 1,
    effectiveMinIsr: 1,
    nowMs: 0,
    maxLagMs: 0,
    bugs: NO_BUGS,
    isInMaximalIsr: (brokerId) => has(isr, brokerId),
    mayJoinIsr: () => false,
  });
  return candidate ?? UNKNOWN;
}
