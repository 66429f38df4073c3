// What a consumer tells about itself. Each function emits facts only if somebody listens.

import type { Environment } from "../environment.js";
import { crc32c } from "../log/crc32c.js";
import { type TopicPartition, topicPartitionKey } from "../types.js";
import type { ConsumedRecord } from "./consumer-record.js";

interface Member {
  readonly groupId: string;
  readonly generationId: number;
  readonly memberId: string;
}

export function traceAssignment(
  env: Environment,
  type: "consumer.assigned" | "consumer.revoked" | "consumer.lost",
  { groupId: group, generationId, memberId }: Member,
  assignment: readonly TopicPartition[],
): void {
  if (!env.trace.enabled) return;
  const partitions = assignment.map(({ topic, partition }) => topicPartitionKey(topic, partition));
  env.trace.emit({ type, group, memberId, generationId, partitions });
}

export function traceDelivered(env: Environment, group: string, records: readonly ConsumedRecord[]): void {
  if (!env.trace.enabled) return;
  for (const { topic, partition, offset, leaderEpoch, value } of records) {
    const valueHash = value === null ? 0 : crc32c(value);
    env.trace.emit({ type: "consumer.delivered", group, topic, partition, offset, leaderEpoch, valueHash });
  }
}
