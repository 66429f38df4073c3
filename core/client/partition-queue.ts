// Partition queue: the batches a producer holds for one partition, oldest first, and its place in the idempotent
// sequence there. Filled by the accumulator, drained by the sender, numbered by the producer's idempotence.

import { NO_PRODUCER_EPOCH, NO_PRODUCER_ID } from "../log/record-batch.js";
import { type Offset, type TopicPartitionKey, topicPartitionKey } from "../types.js";
import type { ProducerBatch } from "./producer-batch.js";

export class PartitionQueue {
  readonly topic: string;
  readonly partition: number;
  readonly key: TopicPartitionKey;
  /** Batches waiting to be sent or sent again. */
  readonly waiting: ProducerBatch[] = [];
  /** Batches a broker owes an answer for, in the order they were sent. */
  readonly inFlight: ProducerBatch[] = [];
  /** With one request in flight at a time, order is kept by not draining a partition that has one. */
  isMuted = false;
  /** What to reserve for the next batch: the size the last one reached. */
  capacityHintBytes = 512;
  readonly sequences = new PartitionSequences();

  constructor(topic: string, partition: number) {
    this.topic = topic;
    this.partition = partition;
    this.key = topicPartitionKey(topic, partition);
  }
}

/** Where an idempotent producer stands in one partition. Only `Idempotence` changes it. */
export class PartitionSequences {
  producerId = NO_PRODUCER_ID;
  producerEpoch = NO_PRODUCER_EPOCH;
  /** Sequence of the next record that is drained for the first time. */
  next = 0;
  /** Of the last acknowledged record; −1 for none. */
  lastAcked = -1;
  /** −1 for none. */
  lastAckedOffset: Offset = -1;
  /** Batches with a sequence whose outcome is open, sent or waiting to be sent again, lowest sequence first. */
  readonly open: ProducerBatch[] = [];
  /**
   * Set when a batch expired after it was sent: the sequence behind it. Whether the broker has the batch is unknown,
   * so nothing new is sent until the batches behind it have their answers.
   */
  unresolved: number | undefined;
}
