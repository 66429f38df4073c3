// Topics: creation, and growth by partitions.
// A topic's identity is its id, not its name: one created again under an old name is another topic, and brokers never
// mistake the logs of its namesake for its own (KIP-516).

import { Errors } from "../errors.js";
import { topicConfigKey } from "../metadata/metadata-image.js";
import { partitionRecord } from "../metadata/partition-changes.js";
import type { PartitionRegistration } from "../metadata/registrations.js";
import { APIS, type RequestBody, type ResponseBody } from "../protocol/apis.js";
import { metadataRecord, type MetadataRecord } from "../protocol/messages/metadata-records.js";
import { METADATA_TOPIC } from "../raft/metadata-topic.js";
import type { NodeId } from "../types.js";
import { apiError, NO_ERROR, type ApiError } from "./api-error.js";
import { ConfigOperation, validateConfigChange } from "./config-control.js";
import type { ControllerResult, ControllerState } from "./controller-state.js";
import { DUPLICATE_NAME, withoutRepetitions } from "./repetitions.js";
import { newPartition, validateAssignment } from "./replica-assignment.js";
import { placeReplicas } from "./replica-placer.js";
import { collidingName, topicNameError } from "./topic-names.js";

type CreatableTopic = RequestBody<"CreateTopics">["topics"][number];
type CreatePartitionsTopic = RequestBody<"CreatePartitions">["topics"][number];

type Planned =
  | { readonly ok: true; readonly partitions: readonly PartitionRegistration[] }
  | { readonly ok: false; readonly error: ApiError };

/** Kafka's `MAX_RECORDS_PER_USER_OP`: what does not fit into one atomic batch is refused. */
const MAX_RECORDS_PER_REQUEST = 10_000;
const TOO_LARGE: ApiError = apiError(Errors.POLICY_VIOLATION, "Unable to perform excessively large batch operation.");

export class TopicControl {
  readonly #state: ControllerState;

  constructor(state: ControllerState) {
    this.#state = state;
  }

  createTopics(body: RequestBody<"CreateTopics">): ControllerResult<ResponseBody<"CreateTopics">> {
    const records: MetadataRecord[] = [];
    const topics = withoutRepetitions(body.topics, ({ name }) => name).map(({ entry: topic, isRepeated }) => {
      const error = isRepeated ? DUPLICATE_NAME : this.#nameError(topic.name);
      return error.errorCode === Errors.NONE ? this.#createTopic(topic, records) : { name: topic.name, ...error };
    });
    // A request is one batch: if that would be too large, none of its topics is created.
    if (topics.some(({ errorCode }) => errorCode === Errors.POLICY_VIOLATION)) {
      const refused = body.topics.map(({ name }) => ({ name, ...TOO_LARGE }));
      return { records: [], response: APIS.CreateTopics.response.create({ topics: refused }) };
    }
    return { records: body.validateOnly ? [] : records, response: APIS.CreateTopics.response.create({ topics }) };
  }

  #nameError(name: string): ApiError {
    // Its directory would be mistaken for the metadata log's.
    if (name === METADATA_TOPIC) {
      return apiError(Errors.INVALID_REQUEST, `Creation of internal topic ${METADATA_TOPIC} is prohibited.`);
    }
    const invalid = topicNameError(name);
    if (invalid !== undefined) return apiError(Errors.INVALID_TOPIC_EXCEPTION, invalid);
    if (this.#state.image.topics.has(name)) {
      return apiError(Errors.TOPIC_ALREADY_EXISTS, `Topic '${name}' already exists.`);
    }
    const colliding = collidingName(name, this.#state.image.topics.keys());
    if (colliding === undefined) return NO_ERROR;
    return apiError(Errors.INVALID_TOPIC_EXCEPTION, `Topic '${name}' collides with existing topic: ${colliding}`);
  }

  #createTopic(topic: CreatableTopic, records: MetadataRecord[]) {
    const valueless = topic.configs.filter(({ value }) => value === null).map(({ name }) => name);
    if (valueless.length > 0) {
      const message = `Null value not supported for topic configs: ${valueless.join(",")}`;
      return { name: topic.name, ...apiError(Errors.INVALID_CONFIG, message) };
    }
    const configKey = topicConfigKey(topic.name);
    const configChanges = topic.configs.map(({ name, value }) => ({ name, value, operation: ConfigOperation.SET }));
    const configured = validateConfigChange(this.#state, configKey, configChanges);
    if (!configured.ok) return { name: topic.name, ...configured.error };
    const planned = this.#planPartitions(topic);
    if (!planned.ok) return { name: topic.name, ...planned.error };
    const topicRecordCount = 1 + configured.records.length + planned.partitions.length;
    if (records.length + topicRecordCount > MAX_RECORDS_PER_REQUEST) {
      return { name: topic.name, ...TOO_LARGE };
    }
    const topicId = this.#state.env.random.uuid();
    records.push(metadataRecord("TopicRecord", { name: topic.name, topicId }), ...configured.records);
    planned.partitions.forEach((row, partition) => records.push(partitionRecord(topicId, partition, row)));
    return {
      name: topic.name,
      topicId,
      errorCode: Errors.NONE,
      errorMessage: null,
      numPartitions: planned.partitions.length,
      replicationFactor: planned.partitions[0]?.replicas.length ?? -1,
      configs: [],
    };
  }

  #planPartitions(topic: CreatableTopic): Planned {
    if (topic.assignments.length > 0) return this.#planAssigned(topic);
    if (topic.replicationFactor < -1 || topic.replicationFactor === 0) {
      const message = "Replication factor must be larger than 0, or -1 to use the default value.";
      return { ok: false, error: apiError(Errors.INVALID_REPLICATION_FACTOR, message) };
    }
    if (topic.numPartitions < -1 || topic.numPartitions === 0) {
      const message = "Number of partitions was set to an invalid non-positive value.";
      return { ok: false, error: apiError(Errors.INVALID_PARTITIONS, message) };
    }
    const { config } = this.#state;
    const partitionCount = topic.numPartitions === -1 ? config["num.partitions"] : topic.numPartitions;
    const replicationFactor =
      topic.replicationFactor === -1 ? config["default.replication.factor"] : topic.replicationFactor;
    return this.#place(partitionCount, replicationFactor);
  }

  #place(partitionCount: number, replicationFactor: number): Planned {
    const { env, image } = this.#state;
    // A broker on its way out gets nothing new: it would leave the ISR at once. One that has gone counts as any other
    // that is fenced, or no topic could be created while brokers are restarted one after the other.
    const brokers = [...image.brokers.values()].filter((broker) => broker.fenced || !broker.inControlledShutdown);
    brokers.sort((a, b) => a.id - b.id);
    if (partitionCount > MAX_RECORDS_PER_REQUEST) return { ok: false, error: TOO_LARGE };
    const placement = placeReplicas(env.random, brokers, partitionCount, replicationFactor);
    const prefix = `Unable to replicate the partition ${replicationFactor} time(s): `;
    if (!placement.ok) {
      return { ok: false, error: apiError(Errors.INVALID_REPLICATION_FACTOR, prefix + placement.message) };
    }
    const partitions: PartitionRegistration[] = [];
    for (const replicas of placement.assignments) {
      const row = newPartition(this.#state, replicas);
      if (row === undefined) {
        const message = `${prefix}All brokers are currently fenced or in controlled shutdown.`;
        return { ok: false, error: apiError(Errors.INVALID_REPLICATION_FACTOR, message) };
      }
      partitions.push(row);
    }
    return { ok: true, partitions };
  }

  #planAssigned(topic: CreatableTopic): Planned {
    const refuse = (error: ApiError): Planned => ({ ok: false, error });
    if (topic.replicationFactor !== -1 || topic.numPartitions !== -1) {
      const message = "A manual partition assignment leaves replication factor and partition count at -1.";
      return refuse(apiError(Errors.INVALID_REQUEST, message));
    }
    const sorted = [...topic.assignments].sort((a, b) => a.partitionIndex - b.partitionIndex);
    if (sorted.some((assignment, index) => assignment.partitionIndex !== index)) {
      const message = "partitions should be a consecutive 0-based integer sequence";
      return refuse(apiError(Errors.INVALID_REPLICA_ASSIGNMENT, message));
    }
    return this.#rowsOf(
      sorted.map((assignment) => assignment.brokerIds),
      sorted[0]!.brokerIds.length,
    );
  }

  #rowsOf(assignments: readonly (readonly NodeId[])[], replicationFactor: number): Planned {
    const partitions: PartitionRegistration[] = [];
    for (const replicas of assignments) {
      const error = validateAssignment(this.#state, replicas, replicationFactor);
      if (error.errorCode !== Errors.NONE) return { ok: false, error };
      const row = newPartition(this.#state, replicas);
      if (row === undefined) {
        const message =
          "All brokers specified in the manual partition assignment are fenced or in controlled shutdown.";
        return { ok: false, error: apiError(Errors.INVALID_REPLICA_ASSIGNMENT, message) };
      }
      partitions.push(row);
    }
    return { ok: true, partitions };
  }

  createPartitions(body: RequestBody<"CreatePartitions">): ControllerResult<ResponseBody<"CreatePartitions">> {
    const records: MetadataRecord[] = [];
    const results = withoutRepetitions(body.topics, ({ name }) => name).map(({ entry: topic, isRepeated }) => ({
      name: topic.name,
      ...(isRepeated ? DUPLICATE_NAME : this.#addPartitions(topic, records)),
    }));
    return { records: body.validateOnly ? [] : records, response: { throttleTimeMs: 0, results } };
  }

  #addPartitions(request: CreatePartitionsTopic, records: MetadataRecord[]): ApiError {
    const topic = this.#state.image.topics.get(request.name);
    if (topic === undefined) return apiError(Errors.UNKNOWN_TOPIC_OR_PARTITION);
    const current = topic.partitions.size;
    if (request.count <= current) {
      const message =
        `The topic ${request.name} currently has ${current} partition(s); ` +
        `${request.count} would not be an increase.`;
      return apiError(Errors.INVALID_PARTITIONS, message);
    }
    const additional = request.count - current;
    const replicationFactor = topic.partitions.get(0)?.replicas.length ?? 1;
    if (request.assignments !== null && request.assignments.length !== additional) {
      const message =
        `Attempted to add ${additional} additional partition(s), but only ${request.assignments.length} ` +
        "assignment(s) were specified.";
      return apiError(Errors.INVALID_REPLICA_ASSIGNMENT, message);
    }
    const assignments = request.assignments?.map((assignment) => assignment.brokerIds);
    const planned =
      assignments === undefined
        ? this.#place(additional, replicationFactor)
        : this.#rowsOf(assignments, replicationFactor);
    if (!planned.ok) return planned.error;
    if (records.length + planned.partitions.length > MAX_RECORDS_PER_REQUEST) return TOO_LARGE;
    planned.partitions.forEach((row, index) => records.push(partitionRecord(topic.topicId, current + index, row)));
    return NO_ERROR;
  }
}
