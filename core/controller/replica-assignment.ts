// Assignments: who shall hold a new partition, chosen by the operator or by the placer, and the row it begins with.

import { Errors } from "../errors.js";
import type { PartitionRegistration } from "../metadata/registrations.js";
import type { NodeId } from "../types.js";
import { apiError, NO_ERROR, type ApiError } from "./api-error.js";
import type { ControllerState } from "./controller-state.js";

/** A manual assignment: known brokers, each once, as many as for the partitions before it. */
export function validateAssignment(
  state: ControllerState,
  replicas: readonly NodeId[],
  replicationFactor?: number,
): ApiError {
  const invalid = (message: string): ApiError => apiError(Errors.INVALID_REPLICA_ASSIGNMENT, message);
  if (replicas.length === 0) return invalid("The manual partition assignment includes an empty replica list.");
  const seen = new Set<NodeId>();
  for (const id of replicas) {
    if (!state.image.brokers.has(id)) {
      return invalid(`The manual partition assignment includes broker ${id}, but no such broker is registered.`);
    }
    if (seen.has(id)) return invalid(`The manual partition assignment includes the broker ${id} more than once.`);
    seen.add(id);
  }
  if (replicationFactor !== undefined && replicas.length !== replicationFactor) {
    return invalid(
      `The manual partition assignment includes a partition with ${replicas.length} replica(s), but this is not ` +
        `consistent with previous partitions, which have ${replicationFactor} replica(s).`,
    );
  }
  return NO_ERROR;
}

/** The first row of a partition: active replicas are in sync, the first of them leads. Undefined if none is active. */
export function newPartition(state: ControllerState, replicas: readonly NodeId[]): PartitionRegistration | undefined {
  const isr = replicas.filter((id) => state.image.isActive(id));
  const leader = isr[0];
  if (leader === undefined) return undefined;
  return {
    replicas,
    isr,
    removingReplicas: [],
    addingReplicas: [],
    elr: [],
    lastKnownElr: [],
    leader,
    leaderRecoveryState: 0,
    leaderEpoch: 0,
    partitionEpoch: 0,
  };
}
