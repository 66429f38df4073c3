// DescribeTopicPartitions: the state of partitions with their eligible leader replicas, a page at a time (KIP-966).

import { type ErrorCode, Errors } from "../errors.js";
import type { MetadataImage } from "../metadata/metadata-image.js";
import type { RequestBody, ResponseBody } from "../protocol/apis.js";
import type { TopicImage } from "../metadata/registrations.js";
import { compareStrings, NO_LEADER, ZERO_UUID, type NodeId } from "../types.js";
import { OPERATIONS_NOT_ASKED, TOPIC_OPERATIONS } from "./authorized-operations.js";
import { isValidTopicName } from "./metadata-handler.js";
import { isInternalTopic } from "../internal-topics.js";
import type { RequestContext } from "./request-context.js";

type TopicDescription = ResponseBody<"DescribeTopicPartitions">["topics"][number];

/** Kafka's `max.request.partition.size.limit`. */
const MAX_PARTITIONS = 2000;

/** Answers DescribeTopicPartitions v0: asked topics in name order, from the cursor on, up to the limit. */
export function handleDescribeTopicPartitions(
  image: MetadataImage,
  body: RequestBody<"DescribeTopicPartitions">,
  context: RequestContext<"DescribeTopicPartitions">,
): void {
  const { cursor } = body;
  const wantsAll = body.topics.length === 0;
  const asked = wantsAll ? [...image.topics.keys()] : body.topics.map(({ name }) => name);
  const names = [...new Set(asked)].sort(compareStrings).filter((name) => cursor === null || name >= cursor.topicName);
  const isCursorAsked = cursor === null || wantsAll || names.includes(cursor.topicName);
  if (!isCursorAsked || (cursor?.partitionIndex ?? 0) < 0) {
    // The body has no error of its own: each topic bears it.
    const topics = body.topics.map(({ name }) => failed(name, Errors.INVALID_REQUEST, OPERATIONS_NOT_ASKED));
    return context.reply({ throttleTimeMs: 0, topics, nextCursor: null });
  }
  let room = Math.max(Math.min(body.responsePartitionLimit, MAX_PARTITIONS), 1);
  const topics: TopicDescription[] = [];
  let nextCursor: ResponseBody<"DescribeTopicPartitions">["nextCursor"] = null;
  for (const name of names) {
    if (room === 0) {
      nextCursor = { topicName: name, partitionIndex: 0 };
      break;
    }
    const topic = image.topics.get(name);
    if (topic === undefined) {
      const isValid = isValidTopicName(name);
      topics.push(failed(name, isValid ? Errors.UNKNOWN_TOPIC_OR_PARTITION : Errors.INVALID_TOPIC_EXCEPTION));
      continue;
    }
    const first = cursor?.topicName === name ? cursor.partitionIndex : 0;
    const description = describe(image, topic, first, room);
    topics.push(description);
    room -= description.partitions.length;
    const end = first + description.partitions.length;
    if (end >= topic.partitions.size) continue;
    nextCursor = { topicName: name, partitionIndex: end };
    break;
  }
  context.reply({ throttleTimeMs: 0, topics, nextCursor });
}

function failed(
  name: string | null,
  errorCode: ErrorCode,
  topicAuthorizedOperations = TOPIC_OPERATIONS,
): TopicDescription {
  return {
    errorCode,
    name,
    topicId: ZERO_UUID,
    isInternal: name !== null && isInternalTopic(name),
    partitions: [],
    topicAuthorizedOperations,
  };
}

function describe(image: MetadataImage, topic: TopicImage, first: number, most: number): TopicDescription {
  const isAlive = (id: NodeId): boolean => image.brokers.get(id)?.fenced === false;
  const partitions = [...topic.partitions]
    .sort(([a], [b]) => a - b)
    .filter(([index]) => index >= first)
    .slice(0, most)
    .map(([partitionIndex, state]) => ({
      // Unlike Metadata this answer describes; that nobody leads is told by the leader's id alone.
      errorCode: Errors.NONE,
      partitionIndex,
      leaderId: isAlive(state.leader) ? state.leader : NO_LEADER,
      leaderEpoch: state.leaderEpoch,
      replicaNodes: state.replicas,
      isrNodes: state.isr,
      eligibleLeaderReplicas: state.elr,
      lastKnownElr: state.lastKnownElr,
      offlineReplicas: state.replicas.filter((id) => !isAlive(id)),
    }));
  return {
    errorCode: Errors.NONE,
    name: topic.name,
    topicId: topic.topicId,
    isInternal: isInternalTopic(topic.name),
    partitions,
    // Told unasked: the request has no field to ask with.
    topicAuthorizedOperations: TOPIC_OPERATIONS,
  };
}
