// AddPartitionsToTxn: adds partitions to a transaction.
// The coordinator must know them before it can write their markers; brokers verify with it (KIP-890).

import { array, bool, int16, int32, int64, message, string } from "../schema.js";
import type { BodyOf } from "../schema.js";

const addPartitionsToTxnTopic = {
  name: string("0+", "Name of the topic."),
  partitions: array("0+", "Partitions, one entry each.", "int32"),
};

/** Request of AddPartitionsToTxn. */
export const AddPartitionsToTxnRequest = message({
  name: "AddPartitionsToTxnRequest",
  apiKey: 24,
  versions: [0, 5],
  flexibleSince: 3,
  fields: {
    transactions: array("4+", "Transactions, one entry each.", {
      transactionalId: string("4+", "Name of the transactional producer, which survives its restarts."),
      producerId: int64("4+", "Id of the producer."),
      producerEpoch: int16("4+", "Counts the lives of the producer; older ones are fenced."),
      verifyOnly: bool("4+", "True to ask only whether the partitions are part of the transaction."),
      topics: array("4+", "Topics, one entry each.", addPartitionsToTxnTopic),
    }),
    v3AndBelowTransactionalId: string("0-3", "Name of the transactional producer."),
    v3AndBelowProducerId: int64("0-3", "Id of the producer."),
    v3AndBelowProducerEpoch: int16("0-3", "Epoch of the producer."),
    v3AndBelowTopics: array("0-3", "Partitions to add, by topic.", addPartitionsToTxnTopic),
  },
});
export type AddPartitionsToTxnRequest = BodyOf<typeof AddPartitionsToTxnRequest.fields>;

const addPartitionsToTxnTopicResult = {
  name: string("0+", "Name of the topic."),
  resultsByPartition: array("0+", "Outcomes, one a partition.", {
    partitionIndex: int32("0+", "Number of the partition."),
    partitionErrorCode: int16("0+", "Kafka's error code, 0 for success."),
  }),
};

/** Response of AddPartitionsToTxn. */
export const AddPartitionsToTxnResponse = message({
  name: "AddPartitionsToTxnResponse",
  apiKey: 24,
  versions: [0, 5],
  flexibleSince: 3,
  fields: {
    throttleTimeMs: int32("0+", "How long the client should be silent because of a quota, in ms."),
    errorCode: int16("4+", "Kafka's error code, 0 for success.", { ignorable: true }),
    resultsByTransaction: array("4+", "Outcomes, one a transaction.", {
      transactionalId: string("4+", "Name of the transactional producer, which survives its restarts."),
      topicResults: array("4+", "Outcomes, one a topic.", addPartitionsToTxnTopicResult),
    }),
    resultsByTopicV3AndBelow: array(
      "0-3",
      "Outcomes for a single transaction, one a topic.",
      addPartitionsToTxnTopicResult,
    ),
  },
});
export type AddPartitionsToTxnResponse = BodyOf<typeof AddPartitionsToTxnResponse.fields>;
