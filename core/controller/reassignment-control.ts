// The reassignment APIs (KIP-455): begin, cancel, list. The steps themselves are in `reassignment.ts`; the last one
// is taken by the partition-change builder when an ISR change makes it possible.

import { Errors } from "../errors.js";
import type { PartitionRegistration, TopicImage } from "../metadata/registrations.js";
import type { RequestBody, ResponseBody } from "../protocol/apis.js";
import type { MetadataRecord } from "../protocol/messages/metadata-records.js";
import type { NodeId } from "../types.js";
import { apiError, NO_ERROR, type ApiError } from "./api-error.js";
import type { ControllerResult, ControllerState } from "./controller-state.js";
import { beginReassignment, isReassigning, revertReassignment } from "./reassignment.js";
import { validateAssignment } from "./replica-assignment.js";

export class ReassignmentControl {
  readonly #state: ControllerState;

  constructor(state: ControllerState) {
    this.#state = state;
  }

  alter(
    body: RequestBody<"AlterPartitionReassignments">,
  ): ControllerResult<ResponseBody<"AlterPartitionReassignments">> {
    const records: MetadataRecord[] = [];
    const responses = body.topics.map((topic) => ({
      name: topic.name,
      partitions: topic.partitions.map(({ partitionIndex, replicas }) => ({
        partitionIndex,
        ...this.#alterOne(topic.name, partitionIndex, replicas, records),
      })),
    }));
    return { records, response: { throttleTimeMs: 0, ...NO_ERROR, responses } };
  }

  #alterOne(
    topicName: string,
    partitionId: number,
    target: readonly NodeId[] | null,
    records: MetadataRecord[],
  ): ApiError {
    const topic = this.#state.image.topics.get(topicName);
    const row = topic?.partitions.get(partitionId);
    if (topic === undefined || row === undefined) {
      return apiError(Errors.UNKNOWN_TOPIC_OR_PARTITION, `Unable to find partition ${topicName}:${partitionId}.`);
    }
    return target === null
      ? this.#cancel(topic, partitionId, row, records)
      : this.#begin(topic, partitionId, row, target, records);
  }

  #begin(
    topic: TopicImage,
    partitionId: number,
    row: PartitionRegistration,
    target: readonly NodeId[],
    records: MetadataRecord[],
  ): ApiError {
    const error = validateAssignment(this.#state, target);
    if (error.errorCode !== Errors.NONE) return error;
    const { replicas, adding, removing } = beginReassignment(row.replicas, target);
    // What an earlier reassignment was adding was not there before it, even if it leaves now: who cancels wants that back.
    const record = this.#state.change(topic, partitionId, row, {
      targetReplicas: replicas,
      targetAdding: [...row.addingReplicas, ...adding].sort((a, b) => a - b),
      targetRemoving: removing,
    });
    if (record !== undefined) records.push(record);
    return NO_ERROR;
  }

  #cancel(topic: TopicImage, partitionId: number, row: PartitionRegistration, records: MetadataRecord[]): ApiError {
    if (!isReassigning(row))
      return apiError(Errors.NO_REASSIGNMENT_IN_PROGRESS, "No partition reassignment is in progress.");
    const revert = revertReassignment(row);
    const mayBeUnclean = this.#state.uncleanElectionEnabled(topic.name);
    if (revert.isUnclean && !mayBeUnclean) {
      const message =
        `Unable to revert partition assignment for ${topic.name}:${partitionId} because it would require an ` +
        "unclean leader election.";
      return apiError(Errors.INVALID_REPLICA_ASSIGNMENT, message);
    }
    const record = this.#state.change(topic, partitionId, row, {
      election: mayBeUnclean ? "UNCLEAN" : "ONLINE",
      targetIsr: revert.isr,
      targetReplicas: revert.replicas,
      targetAdding: [],
      targetRemoving: [],
    });
    if (record !== undefined) records.push(record);
    return NO_ERROR;
  }

  list(body: RequestBody<"ListPartitionReassignments">): ResponseBody<"ListPartitionReassignments"> {
    const topics: { name: string; partitions: ReturnType<typeof describe>[] }[] = [];
    for (const topic of this.#state.image.sortedTopics()) {
      const wanted = body.topics?.find((one) => one.name === topic.name);
      if (body.topics !== null && wanted === undefined) continue;
      const partitions = [...topic.partitions]
        .filter(([index, row]) => isReassigning(row) && (wanted?.partitionIndexes.includes(index) ?? true))
        .sort((a, b) => a[0] - b[0])
        .map(([index, row]) => describe(index, row));
      if (partitions.length > 0) topics.push({ name: topic.name, partitions });
    }
    return { throttleTimeMs: 0, ...NO_ERROR, topics };
  }
}

function describe(partitionIndex: number, row: PartitionRegistration) {
  const { replicas, addingReplicas, removingReplicas } = row;
  return { partitionIndex, replicas, addingReplicas, removingReplicas };
}
