// High watermark: the offset below which every in-sync replica has the record.
// Consumers may read only below it, because a record above it can still be lost with its leader.
// The leader alone decides it, by the rule in this file; followers learn it from fetch responses.

import type { BugSwitches } from "../bugs.js";
import type { NodeId, Offset } from "../types.js";
import type { Replica } from "./replica.js";

/** What the rule looks at: the leader's log end, its followers, and who must be waited for. */
export interface HighWatermarkInputs {
  readonly leaderLogEndOffset: Offset;
  /** The leader's knowledge of each follower, in any order: a minimum has none. */
  readonly replicas: readonly Replica[];
  /** Number of members of the ISR last known to be committed. */
  readonly committedIsrSize: number;
  /** The smaller of min.insync.replicas and the replication factor. */
  readonly effectiveMinIsr: number;
  readonly nowMs: number;
  readonly maxLagMs: number;
  readonly bugs: BugSwitches;
  /** Is the replica in the ISR, or perhaps in it already (a change is on its way)? */
  isInMaximalIsr(brokerId: NodeId): boolean;
  /** Could the controller let the replica in now? Asked only of caught-up replicas outside the ISR. */
  mayJoinIsr(replica: Replica): boolean;
}

/**
 * The offset up to which the leader may raise the high watermark, or undefined if it must not move.
 * The caller never lowers it: a new leader starts from what it learned as a follower, which may lag.
 */
export function highWatermarkCandidate(inputs: HighWatermarkInputs): Offset | undefined {
  // KIP-966, KAFKA-15583: below min.insync.replicas nothing new is committed, even for acks=1. Else the last ISR
  // member could commit records alone, and the replicas that just left could never be trusted to lead again.
  if (inputs.committedIsrSize < inputs.effectiveMinIsr && !inputs.bugs["commit-below-min-isr"]) return undefined;

  let candidate = inputs.leaderLogEndOffset;
  for (const replica of inputs.replicas) {
    if (replica.logEndOffset >= candidate) continue;
    // A replica that is about to join is waited for too: if the watermark ran ahead of it for ever, it could never
    // reach it and never join. An ineligible one is not: it would stop the watermark for nothing (KAFKA-15021).
    const mustWait =
      inputs.isInMaximalIsr(replica.brokerId) ||
      (replica.isCaughtUp(inputs.leaderLogEndOffset, inputs.nowMs, inputs.maxLagMs) &&
        (inputs.mayJoinIsr(replica) || inputs.bugs["wait-for-ineligible-replicas"]));
    if (mustWait) candidate = replica.logEndOffset;
  }
  return candidate;
}
