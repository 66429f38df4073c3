// What a client of a coordinator is told when the log under the coordinator refuses or loses a write.
// Errors of the data path would send a client to the leader of *its* partitions; a coordinator's client must look
// its coordinator up again or wait, so they are translated on the way out.

import { type ErrorCode, Errors } from "../errors.js";

/** The error of an append or of waiting for replication, as the client of a coordinator must understand it. */
export function coordinatorError(error: ErrorCode): ErrorCode {
  switch (error) {
    // The write may yet succeed or not: "coordinator not available" makes clients find it again and retry.
    case Errors.UNKNOWN_TOPIC_OR_PARTITION:
    case Errors.NOT_ENOUGH_REPLICAS:
    case Errors.NOT_ENOUGH_REPLICAS_AFTER_APPEND:
    case Errors.REQUEST_TIMED_OUT:
      return Errors.COORDINATOR_NOT_AVAILABLE;
    case Errors.NOT_LEADER_OR_FOLLOWER:
    case Errors.FENCED_LEADER_EPOCH:
    case Errors.KAFKA_STORAGE_ERROR:
      return Errors.NOT_COORDINATOR;
    case Errors.MESSAGE_TOO_LARGE:
    case Errors.RECORD_LIST_TOO_LARGE:
    case Errors.INVALID_FETCH_SIZE:
      return Errors.UNKNOWN_SERVER_ERROR;
    default:
      return error;
  }
}

/**
 * The error of an OffsetFetch that waited for replication in vain. Consumers before 3.9 do not expect to be told that
 * the coordinator is not available, and give up; "not the coordinator" makes them look it up and ask again.
 */
export function offsetFetchError(error: ErrorCode): ErrorCode {
  return error === Errors.COORDINATOR_NOT_AVAILABLE ? Errors.NOT_COORDINATOR : error;
}
