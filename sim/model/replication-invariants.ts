// Invariants of the TLA+ models of replication: what must be true however late and in whatever order news arrives.

import type { Invariant } from "./explore.js";
import { everyMember, has, NOBODY, type ReplicaSet } from "./replica-set.js";
import { presumesLeadership, quorumLeader, type ReplicationState } from "./replication-state.js";

/** Every member of `isrOf(leader)` holds what that leader holds below its high watermark. */
function holdCommitted(state: ReplicationState, isrOf: (leader: number) => ReplicaSet): boolean {
  for (let leader = 0; leader < state.replicas.length; leader++) {
    if (!presumesLeadership(state, leader)) continue;
    const { log, highWatermark } = state.replicas[leader]!;
    const hasAll = (member: number): boolean => {
      for (let offset = 0; offset < highWatermark; offset++) {
        if (!log.agreesAt(offset, state.replicas[member]!.log)) return false;
      }
      return true;
    };
    if (!everyMember(isrOf(leader), hasAll)) return false;
  }
  return true;
}

export const WEAK_ISR: Invariant<ReplicationState> = {
  name: "WeakIsr",
  claim: "Whoever takes itself for the leader finds its records below its high watermark on every member of its ISR.",
  holds: (state) => holdCommitted(state, (leader) => state.replicas[leader]!.isr),
};

export const STRONG_ISR: Invariant<ReplicationState> = {
  name: "StrongIsr",
  claim: "Whoever takes itself for the leader finds its records below its high watermark on all who may be elected.",
  holds: (state) => holdCommitted(state, () => state.quorumIsr),
};

/** The module's LeaderInIsr is false before the first election; "nobody, or a member" is what it means. */
export const LEADER_IN_ISR: Invariant<ReplicationState> = {
  name: "LeaderInIsr",
  claim: "The leader, if there is one, is a member of the ISR.",
  holds: (state) => quorumLeader(state) === NOBODY || has(state.quorumIsr, quorumLeader(state)),
};
