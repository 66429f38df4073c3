// The ISR as its leader knows it: what the controller committed, and at most one change on its way.
//
// Between sending AlterPartition and its answer the leader does not know which ISR is in force, so the rules must be
// safe under both. The state is a type, so that no rule can forget to ask which of the two sets it means (KIP-497).
//
//   Committed --a follower caught up--> PendingExpandIsr
//   Committed --followers fell behind--> PendingShrinkIsr
//   Pending… --controller accepted, or later metadata told otherwise--> Committed (the new ISR)
//   Pending… --metadata of the partition epoch it was proposed in--> itself (exhibit S1)
//   Pending… --INELIGIBLE_REPLICA, OPERATION_NOT_ATTEMPTED--> Committed (the old ISR)
//   Pending… --any other refusal--> itself, until metadata tells
//
// Changed only by the leader's IsrManager and by Partition when metadata arrives.

import { assertNever } from "../assert.js";
import type { LeaderRecoveryState } from "../metadata/registrations.js";
import type { NodeId } from "../types.js";

/** The ISR the controller is known to have committed; no change in flight. */
export interface CommittedIsr {
  readonly name: "Committed";
  readonly isr: readonly NodeId[];
  readonly leaderRecoveryState: LeaderRecoveryState;
}

/** A follower is about to join. It counts at once for the high watermark: the controller may have let it in already. */
export interface PendingExpandIsr {
  readonly name: "PendingExpandIsr";
  readonly committed: CommittedIsr;
  readonly adding: NodeId;
  /** The ISR that was proposed; also the maximal ISR. */
  readonly proposed: readonly NodeId[];
}

/** Followers are about to leave. They still count for the high watermark: the controller may refuse. */
export interface PendingShrinkIsr {
  readonly name: "PendingShrinkIsr";
  readonly committed: CommittedIsr;
  readonly removing: readonly NodeId[];
  readonly proposed: readonly NodeId[];
}

export type PendingIsr = PendingExpandIsr | PendingShrinkIsr;
export type PartitionState = CommittedIsr | PendingIsr;

/** The ISR last known to be committed: decides acks=all admission ("check A") and the min ISR freeze. */
export function committedIsr(state: PartitionState): readonly NodeId[] {
  return state.name === "Committed" ? state.isr : state.committed.isr;
}

/** Every replica that may be in the ISR right now: the high watermark must wait for all of them. */
export function maximalIsr(state: PartitionState): readonly NodeId[] {
  switch (state.name) {
    case "Committed":
      return state.isr;
    case "PendingExpandIsr":
      return state.proposed;
    case "PendingShrinkIsr":
      return state.committed.isr;
    default:
      return assertNever(state);
  }
}

/** True while an AlterPartition is unanswered: no second change may be proposed. */
export function isInflight(state: PartitionState): state is PendingIsr {
  return state.name !== "Committed";
}

/** A follower that caught up is proposed for the ISR. */
export function proposeExpand(state: CommittedIsr, adding: NodeId): PendingExpandIsr {
  return { name: "PendingExpandIsr", committed: state, adding, proposed: [...state.isr, adding] };
}

/** Followers that fell behind are proposed for removal. */
export function proposeShrink(state: CommittedIsr, removing: readonly NodeId[]): PendingShrinkIsr {
  const proposed = state.isr.filter((id) => !removing.includes(id));
  return { name: "PendingShrinkIsr", committed: state, removing, proposed };
}
