// Invariants of the broker model: those of the replication models, over real partitions.

import type { PartitionRegistration } from "../../core/metadata/registrations.js";
import { recordsToString } from "./broker-log.js";
import { type ClusterState, rowInForce, rowOf } from "./broker-state.js";
import type { Invariant } from "./explore.js";
import { STRONG_ISR, WEAK_ISR } from "./replication-invariants.js";
import { nameOf } from "./replica-set.js";

/** Every member of the ISR that `isrOf` chooses holds what whoever takes itself for the leader holds below its high watermark. */
function holdCommitted(state: ClusterState, isrOf: (own: PartitionRegistration) => readonly number[]): boolean {
  return state.brokers.every(({ log, highWatermark }, leader) => {
    const own = rowOf(state, leader);
    if (own?.leader !== leader) return true;
    const committed = log.records.slice(0, highWatermark);
    const hasAll = (member: number): boolean =>
      committed.every(({ id }, offset) => state.brokers[member]!.log.records[offset]?.id === id);
    return isrOf(own).every(hasAll);
  });
}

export const BROKER_WEAK_ISR: Invariant<ClusterState> = {
  name: WEAK_ISR.name,
  claim: WEAK_ISR.claim,
  holds: (state) => holdCommitted(state, (own) => own.isr),
};

export const BROKER_STRONG_ISR: Invariant<ClusterState> = {
  name: STRONG_ISR.name,
  claim: STRONG_ISR.claim,
  holds: (state) => holdCommitted(state, () => rowInForce(state).isr),
};

/** The logs of a state, for a reader of a story. */
export function tellLogs(state: ClusterState): string {
  return state.brokers.map(({ log }, broker) => `${nameOf(broker)} ${recordsToString(log.records)}`).join(", ");
}
