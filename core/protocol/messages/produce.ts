// Produce: appends record batches to partitions.
// Sent by producers to the leader of each partition; with acks=0 there is no answer.

import { array, int16, int32, int64, message, records, string, struct } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of Produce. */
export const ProduceRequest = message({
  name: "ProduceRequest",
  apiKey: 0,
  versions: [3, 12],
  flexibleSince: 9,
  fields: {
    transactionalId: string("3+", "Name of the transactional producer; null outside transactions.", {
      nullable: "3+",
      default: null,
    }),
    acks: int16(
      "0+",
      "Who must have the records before the answer: 0 nobody (no answer), 1 the leader, -1 all in sync.",
    ),
    timeoutMs: int32("0+", "How long the leader waits for the replicas when acks is -1, in ms."),
    topicData: array("0+", "Records, one entry a topic.", {
      name: string("0+", "Name of the topic."),
      partitionData: array("0+", "Records, one entry a partition.", {
        index: int32("0+", "Number of the partition."),
        records: records("0+", "Record batches in Kafka's format v2; null for none.", { nullable: "0+" }),
      }),
    }),
  },
});
export type ProduceRequest = BodyOf<typeof ProduceRequest.fields>;

/** Response of Produce. */
export const ProduceResponse = message({
  name: "ProduceResponse",
  apiKey: 0,
  versions: [3, 12],
  flexibleSince: 9,
  fields: {
    responses: array("0+", "Outcomes, one a topic.", {
      name: string("0+", "Name of the topic."),
      partitionResponses: array("0+", "Outcomes, one a partition.", {
        index: int32("0+", "Number of the partition."),
        errorCode: int16("0+", "Kafka's error code, 0 for success."),
        baseOffset: int64("0+", "Offset given to the first record of the batch."),
        logAppendTimeMs: int64(
          "2+",
          "When the broker appended the batch, in ms since 1970; -1 if the topic keeps the producer's timestamps.",
          { default: -1, ignorable: true },
        ),
        logStartOffset: int64("5+", "First offset still there, -1 if unknown.", { default: -1, ignorable: true }),
        recordErrors: array(
          "8+",
          "The records that made the broker reject the batch.",
          {
            batchIndex: int32("8+", "Index of the rejected record in its batch."),
            batchIndexErrorMessage: string("8+", "Why the record was rejected.", { nullable: "8+", default: null }),
          },
          { ignorable: true },
        ),
        errorMessage: string("8+", "The error in words; null if there is none.", {
          nullable: "8+",
          default: null,
          ignorable: true,
        }),
        currentLeader: struct(
          "10+",
          "The leader this broker knows of; helps a client that asked the wrong one.",
          {
            leaderId: int32("10+", "Id of the leader, -1 if none is known.", { default: -1 }),
            leaderEpoch: int32("10+", "Counts the leaders of the partition.", { default: -1 }),
          },
          { tagged: "10+", tag: 0 },
        ),
      }),
    }),
    throttleTimeMs: int32("1+", "How long the client should be silent because of a quota, in ms.", { ignorable: true }),
    nodeEndpoints: array(
      "10+",
      "Addresses of the leaders named above, so that the client need not ask for metadata (KIP-951).",
      {
        nodeId: int32("10+", "Id of the node."),
        host: string("10+", "Host name."),
        port: int32("10+", "Port number."),
        rack: string("10+", "Rack of the node; null if it has none.", { nullable: "10+", default: null }),
      },
      { tagged: "10+", tag: 0 },
    ),
  },
});
export type ProduceResponse = BodyOf<typeof ProduceResponse.fields>;
