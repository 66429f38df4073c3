// The partitions this broker holds a replica of, and what to answer for those it does not.
// Changed by the ReplicaManager when metadata says so.

import { type ErrorCode, Errors } from "../errors.js";
import { topicPartitionKey, type TopicPartitionKey, type Uuid, ZERO_UUID } from "../types.js";
import type { ClusterView } from "./cluster-view.js";
import type { Partition } from "./partition.js";

export class PartitionRegistry {
  private readonly cluster: ClusterView;
  private readonly partitions = new Map<TopicPartitionKey, Partition>();

  constructor(cluster: ClusterView) {
    this.cluster = cluster;
  }

  get size(): number {
    return this.partitions.size;
  }

  /** In the order in which they came here. */
  values(): IterableIterator<Partition> {
    return this.partitions.values();
  }

  get(key: TopicPartitionKey): Partition | undefined {
    return this.partitions.get(key);
  }

  put(partition: Partition): void {
    this.partitions.set(partition.key, partition);
  }

  delete(partition: Partition): void {
    if (this.partitions.get(partition.key) === partition) this.partitions.delete(partition.key);
  }

  /**
   * Why a partition cannot be served: it is not ours, or nobody's.
   * Known to the cluster but not here means that the asker, or this broker, has old metadata: ask elsewhere.
   */
  errorFor(topic: string, partition: number): ErrorCode {
    const known = this.cluster.partition(topic, partition) !== undefined;
    return known ? Errors.NOT_LEADER_OR_FOLLOWER : Errors.UNKNOWN_TOPIC_OR_PARTITION;
  }

  /** The replica, or the error to answer with. A topic id that is given must be that of the replica. */
  find(
    topic: string,
    partition: number,
    topicId: Uuid = ZERO_UUID,
    key: TopicPartitionKey = topicPartitionKey(topic, partition),
  ): Partition | ErrorCode {
    const found = this.partitions.get(key);
    if (found === undefined) return this.errorFor(topic, partition);
    if (topicId !== ZERO_UUID && topicId !== found.topicId) return Errors.INCONSISTENT_TOPIC_ID;
    return found.isOffline ? Errors.KAFKA_STORAGE_ERROR : found;
  }
}
