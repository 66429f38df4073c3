// Reassignment (KIP-455): moving a partition to other brokers without losing a copy on the way.
//   1. replicas := target ∪ current; adding and removing say what is on its way in and out
//   2. wait until the ISR holds every replica of the target
//   3. replicas := target, the removed leave the ISR; in the very record that made step 2 true
// Cancelling takes the adding replicas out again.

import type { NodeId } from "../types.js";
import type { PartitionRegistration } from "../metadata/registrations.js";

export interface ReassignmentReplicas {
  /** Target first, then those being removed. */
  readonly replicas: readonly NodeId[];
  readonly adding: readonly NodeId[];
  readonly removing: readonly NodeId[];
}

export function isReassigning(partition: Pick<PartitionRegistration, "addingReplicas" | "removingReplicas">): boolean {
  return partition.addingReplicas.length > 0 || partition.removingReplicas.length > 0;
}

/** Step 1. */
export function beginReassignment(current: readonly NodeId[], target: readonly NodeId[]): ReassignmentReplicas {
  const byId = (a: NodeId, b: NodeId): number => a - b;
  const removing = current.filter((id) => !target.includes(id)).sort(byId);
  const adding = target.filter((id) => !current.includes(id)).sort(byId);
  return { replicas: [...target, ...removing], adding, removing };
}

/** Step 3 if `isr` allows it: undefined while a target replica is missing from it. */
export function completeReassignment(
  { replicas, adding, removing }: ReassignmentReplicas,
  isr: readonly NodeId[],
): { readonly replicas: readonly NodeId[]; readonly isr: readonly NodeId[] } | undefined {
  if (adding.length === 0 && removing.length === 0) return undefined;
  const targetReplicas = replicas.filter((id) => !removing.includes(id));
  const targetIsr = isr.filter((id) => !removing.includes(id));
  if (targetReplicas.length === 0 || targetIsr.length === 0) return undefined;
  return targetReplicas.every((id) => targetIsr.includes(id))
    ? { replicas: targetReplicas, isr: targetIsr }
    : undefined;
}

/**
 * What cancelling leaves. `isUnclean`: no replica that stays is in the ISR, so the first one is put there by force
 * and may lack records; allowed only where unclean election is.
 */
export function revertReassignment(partition: PartitionRegistration): {
  readonly replicas: readonly NodeId[];
  readonly isr: readonly NodeId[];
  readonly isUnclean: boolean;
} {
  const { addingReplicas } = partition;
  const replicas = partition.replicas.filter((id) => !addingReplicas.includes(id));
  const isr = partition.isr.filter((id) => !addingReplicas.includes(id));
  return isr.length > 0
    ? { replicas, isr, isUnclean: false }
    : { replicas, isr: replicas.slice(0, 1), isUnclean: true };
}
