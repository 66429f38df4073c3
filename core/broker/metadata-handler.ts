// Metadata: a broker's answer to "who leads what, and where do I reach them?".
// It is this broker's belief, from the metadata it has applied; it may lag behind the controller's. Leader epochs let
// clients tell an older answer from a newer one (KIP-320).

import type { MetadataImage } from "../metadata/metadata-image.js";
import type { BrokerRegistration, PartitionRegistration, TopicImage } from "../metadata/registrations.js";
import { APIS, type RequestBody, type ResponseBody } from "../protocol/apis.js";
import { Errors, type ErrorCode } from "../errors.js";
import { compareStrings, NO_LEADER, ZERO_UUID, type NodeId } from "../types.js";
import { CLUSTER_OPERATIONS, OPERATIONS_NOT_ASKED, TOPIC_OPERATIONS } from "./authorized-operations.js";
import type { AutoTopicCreation } from "./auto-topic-creation.js";
import { isInternalTopic } from "../internal-topics.js";
import type { RequestContext } from "./request-context.js";

type TopicMetadata = ResponseBody<"Metadata">["topics"][number];
type PartitionMetadata = TopicMetadata["partitions"][number];

/** First version that may ask by topic id (KIP-516). */
const FIRST_VERSION_BY_ID = 12;

export interface MetadataHandlerOptions {
  readonly image: MetadataImage;
  readonly clusterId: string;
  readonly autoCreateTopics: boolean;
  readonly autoTopicCreation: AutoTopicCreation;
  /** In KRaft clients do not talk to the controller; they are told some live broker instead. */
  readonly pickController: (live: readonly BrokerRegistration[]) => NodeId;
}

/** Brokers that serve clients: registered and not fenced, by id. */
export function liveBrokers(image: MetadataImage): readonly BrokerRegistration[] {
  return [...image.brokers.values()].filter((broker) => !broker.fenced).sort((a, b) => a.id - b.id);
}

/** Answers Metadata v0–13. */
export function handleMetadata(
  options: MetadataHandlerOptions,
  body: RequestBody<"Metadata">,
  context: RequestContext<"Metadata">,
): void {
  const { image } = options;
  if (isMalformed(body, context.apiVersion)) return context.reply(refusal(body));
  const live = liveBrokers(image);
  // v0 has no null: there an empty list asks for every topic.
  const wantsAll = body.topics === null || (context.apiVersion === 0 && body.topics.length === 0);
  const operations = topicOperations(body);
  const describe = (topic: TopicImage): TopicMetadata => {
    const partitions = describePartitions(image, topic);
    // v0 tells of brokers that are gone by an error, later versions by leaving them out of the list of brokers.
    const told = context.apiVersion === 0 ? partitions.map((partition) => withoutOffline(partition)) : partitions;
    return describeTopic(topic, told, operations);
  };
  const topics = wantsAll
    ? [...image.topics.values()].sort((a, b) => compareStrings(a.name, b.name)).map(describe)
    : distinct(body.topics ?? []).map((asked) => {
        const topic =
          asked.topicId === ZERO_UUID ? image.topics.get(asked.name ?? "") : image.topicsById.get(asked.topicId);
        if (topic !== undefined) return describe(topic);
        return missingTopic(options, body, asked.name, asked.topicId);
      });
  context.reply({
    throttleTimeMs: 0,
    brokers: live.map(({ id, host, port, rack }) => ({ nodeId: id, host, port, rack })),
    clusterId: options.clusterId,
    controllerId: live.length === 0 ? NO_LEADER : options.pickController(live),
    topics,
    clusterAuthorizedOperations: clusterOperations(body),
    errorCode: Errors.NONE,
  });
}

type AskedTopic = NonNullable<RequestBody<"Metadata">["topics"]>[number];

/** Versions 10 and 11 have the field for ids, but brokers of their time could not look topics up by it. */
function isMalformed({ topics }: RequestBody<"Metadata">, apiVersion: number): boolean {
  if (apiVersion >= FIRST_VERSION_BY_ID) return false;
  return topics?.some(({ name, topicId }) => name === null || topicId !== ZERO_UUID) === true;
}

function refusal(body: RequestBody<"Metadata">): ResponseBody<"Metadata"> {
  // The version that is refused knows no topic without a name.
  const topics = body.topics?.map(({ name, topicId }) => ({
    name: name ?? "",
    topicId,
    errorCode: Errors.INVALID_REQUEST,
  }));
  return APIS.Metadata.response.create({ topics: topics ?? [] });
}

/** A topic that is asked for twice is told of once. */
function distinct(topics: readonly AskedTopic[]): readonly AskedTopic[] {
  const seen = new Set<string>();
  return topics.filter(({ name, topicId }) => {
    const key = topicId === ZERO_UUID ? `name ${name}` : topicId;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function topicOperations(body: { readonly includeTopicAuthorizedOperations: boolean }): number {
  return body.includeTopicAuthorizedOperations ? TOPIC_OPERATIONS : OPERATIONS_NOT_ASKED;
}

function clusterOperations(body: { readonly includeClusterAuthorizedOperations: boolean }): number {
  return body.includeClusterAuthorizedOperations ? CLUSTER_OPERATIONS : OPERATIONS_NOT_ASKED;
}

function missingTopic(
  options: MetadataHandlerOptions,
  body: RequestBody<"Metadata">,
  name: string | null,
  topicId: string,
): TopicMetadata {
  const empty = { isInternal: false, partitions: [] };
  if (topicId !== ZERO_UUID || name === null) {
    // What may be done to a topic hangs on its name.
    const topicAuthorizedOperations = OPERATIONS_NOT_ASKED;
    return { errorCode: Errors.UNKNOWN_TOPIC_ID, name: null, topicId, topicAuthorizedOperations, ...empty };
  }
  let errorCode: ErrorCode = Errors.UNKNOWN_TOPIC_OR_PARTITION;
  if (!isValidTopicName(name)) errorCode = Errors.INVALID_TOPIC_EXCEPTION;
  else if (body.allowAutoTopicCreation && options.autoCreateTopics) {
    // The client is told "unknown" now and asks again; by then the topic exists. Internal topics are no exception here:
    // who looks for a coordinator brings them into being, not who looks at them.
    options.autoTopicCreation.create(name);
  }
  return {
    errorCode,
    name,
    topicId: ZERO_UUID,
    ...empty,
    isInternal: isInternalTopic(name),
    topicAuthorizedOperations: topicOperations(body),
  };
}

/** Kafka's rule for topic names: 1 to 249 of letters, digits, dot, underscore, hyphen; not "." or "..". */
export function isValidTopicName(name: string): boolean {
  return /^[a-zA-Z0-9._-]{1,249}$/.test(name) && name !== "." && name !== "..";
}

function describeTopic(
  topic: TopicImage,
  partitions: readonly PartitionMetadata[],
  topicAuthorizedOperations: number,
): TopicMetadata {
  return {
    errorCode: Errors.NONE,
    name: topic.name,
    topicId: topic.topicId,
    isInternal: isInternalTopic(topic.name),
    partitions,
    topicAuthorizedOperations,
  };
}

function describePartitions(image: MetadataImage, topic: TopicImage): readonly PartitionMetadata[] {
  return [...topic.partitions]
    .sort(([a], [b]) => a - b)
    .map(([index, registration]) => describePartition(image, index, registration));
}

function withoutOffline(partition: PartitionMetadata): PartitionMetadata {
  const { errorCode, offlineReplicas } = partition;
  if (offlineReplicas.length === 0) return partition;
  const isThere = (id: NodeId): boolean => !offlineReplicas.includes(id);
  return {
    ...partition,
    errorCode: errorCode === Errors.NONE ? Errors.REPLICA_NOT_AVAILABLE : errorCode,
    replicaNodes: partition.replicaNodes.filter(isThere),
    isrNodes: partition.isrNodes.filter(isThere),
  };
}

function describePartition(
  image: MetadataImage,
  partitionIndex: number,
  state: PartitionRegistration,
): PartitionMetadata {
  const isAlive = (id: NodeId): boolean => image.brokers.get(id)?.fenced === false;
  const hasLeader = state.leader !== NO_LEADER && isAlive(state.leader);
  return {
    errorCode: hasLeader ? Errors.NONE : Errors.LEADER_NOT_AVAILABLE,
    partitionIndex,
    leaderId: hasLeader ? state.leader : NO_LEADER,
    leaderEpoch: state.leaderEpoch,
    replicaNodes: state.replicas,
    isrNodes: state.isr,
    offlineReplicas: state.replicas.filter((id) => !isAlive(id)),
  };
}

/** `DescribeClusterRequest.endpointType`. */
const EndpointType = { BROKER: 1, CONTROLLER: 2 } as const;

/** Answers DescribeCluster v0–2. */
export function handleDescribeCluster(
  options: MetadataHandlerOptions,
  body: RequestBody<"DescribeCluster">,
  context: RequestContext<"DescribeCluster">,
): void {
  // KIP-919: who means to talk to controllers must not take brokers for them.
  if (body.endpointType === EndpointType.CONTROLLER) {
    const errorMessage =
      "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER";
    return context.reply(
      APIS.DescribeCluster.response.create({ errorCode: Errors.MISMATCHED_ENDPOINT_TYPE, errorMessage }),
    );
  }
  if (body.endpointType !== EndpointType.BROKER) {
    const errorMessage = `Unsupported endpoint type ${body.endpointType}`;
    return context.reply(
      APIS.DescribeCluster.response.create({ errorCode: Errors.UNSUPPORTED_ENDPOINT_TYPE, errorMessage }),
    );
  }
  const live = liveBrokers(options.image);
  const shown = body.includeFencedBrokers ? [...options.image.brokers.values()].sort((a, b) => a.id - b.id) : live;
  context.reply({
    throttleTimeMs: 0,
    errorCode: Errors.NONE,
    errorMessage: null,
    endpointType: EndpointType.BROKER,
    clusterId: options.clusterId,
    controllerId: live.length === 0 ? NO_LEADER : options.pickController(live),
    brokers: shown.map(({ id, host, port, rack, fenced }) => ({ brokerId: id, host, port, rack, isFenced: fenced })),
    clusterAuthorizedOperations: clusterOperations(body),
  });
}
