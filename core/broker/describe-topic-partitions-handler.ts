// DescribeTopicPartitions: the state of partitions with their eligible leader replicas, a page at a time (KIP-966).

import { Errors } from "../errors.js";
import type { MetadataImage } from "../metadata/metadata-image.js";
import type { RequestBody, ResponseBody } from "../protocol/apis.js";
import { compareStrings, NO_LEADER, ZERO_UUID } from "../types.js";
import { isInternalTopic } from "./internal-topics.js";
import type { RequestContext } from "./request-context.js";

type TopicDescription = ResponseBody<"DescribeTopicPartitions">["topics"][number];

/** Kafka's `max.request.partition.size.limit`. */
const MAX_PARTITIONS = 2000;
const OPERATIONS_UNKNOWN = -2147483648;

/** Answers DescribeTopicPartitions v0: asked topics in name order, from the cursor on, up to the limit. */
export function handleDescribeTopicPartitions(
  image: MetadataImage,
  body: RequestBody<"DescribeTopicPartitions">,
  context: RequestContext<"DescribeTopicPartitions">,
): void {
  const asked = body.topics.length === 0 ? [...image.topics.keys()] : body.topics.map(({ name }) => name);
  const cursor = body.cursor;
  const names = [...new Set(asked)].sort(compareStrings).filter((name) => cursor === null || name >= cursor.topicName);
  let room = Math.min(Math.max(body.responsePartitionLimit, 1), MAX_PARTITIONS);
  const topics: TopicDescription[] = [];
  let nextCursor: ResponseBody<"DescribeTopicPartitions">["nextCursor"] = null;
  for (const name of names) {
    const first = cursor?.topicName === name ? cursor.partitionIndex : 0;
    const description = describe(image, name, first, room);
    topics.push(description);
    room -= description.partitions.length;
    const last = description.partitions.at(-1)?.partitionIndex ?? -1;
    const partitionCount = image.topics.get(name)?.partitions.size ?? 0;
    if (room > 0) continue;
    if (last + 1 < partitionCount) nextCursor = { topicName: name, partitionIndex: last + 1 };
    else {
      const following = names[names.indexOf(name) + 1];
      nextCursor = following === undefined ? null : { topicName: following, partitionIndex: 0 };
    }
    break;
  }
  context.reply({ throttleTimeMs: 0, topics, nextCursor });
}

function describe(image: MetadataImage, name: string, first: number, most: number): TopicDescription {
  const topic = image.topics.get(name);
  const partitions = [...(topic?.partitions ?? [])]
    .sort(([a], [b]) => a - b)
    .filter(([index]) => index >= first)
    .slice(0, most)
    .map(([partitionIndex, state]) => ({
      errorCode: state.leader === NO_LEADER ? Errors.LEADER_NOT_AVAILABLE : Errors.NONE,
      partitionIndex,
      leaderId: state.leader,
      leaderEpoch: state.leaderEpoch,
      replicaNodes: state.replicas,
      isrNodes: state.isr,
      eligibleLeaderReplicas: state.elr,
      lastKnownElr: state.lastKnownElr,
      offlineReplicas: state.replicas.filter((id) => image.brokers.get(id)?.fenced !== false),
    }));
  return {
    errorCode: topic === undefined ? Errors.UNKNOWN_TOPIC_OR_PARTITION : Errors.NONE,
    name,
    topicId: topic?.topicId ?? ZERO_UUID,
    isInternal: isInternalTopic(name),
    partitions,
    topicAuthorizedOperations: OPERATIONS_UNKNOWN,
  };
}
