// TxnOffsetCommit: commits offsets as part of a transaction.
// They become visible when its marker arrives.

import { array, int16, int32, int64, message, string } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of TxnOffsetCommit. */
export const TxnOffsetCommitRequest = message({
  name: "TxnOffsetCommitRequest",
  apiKey: 28,
  versions: [0, 5],
  flexibleSince: 3,
  fields: {
    transactionalId: string("0+", "Name of the transactional producer, which survives its restarts."),
    groupId: string("0+", "Id of the group."),
    producerId: int64("0+", "Id of the producer."),
    producerEpoch: int16("0+", "Counts the lives of the producer; older ones are fenced."),
    generationId: int32("3+", "Generation the sender takes itself to be in; a stale one is refused.", { default: -1 }),
    memberId: string("3+", "Id the coordinator gave the member; empty when it joins for the first time."),
    groupInstanceId: string(
      "3+",
      "Name of a static member, which survives its restarts; null for a dynamic one (KIP-345).",
      { nullable: "3+", default: null },
    ),
    topics: array("0+", "Topics, one entry each.", {
      name: string("0+", "Name of the topic."),
      partitions: array("0+", "Partitions, one entry each.", {
        partitionIndex: int32("0+", "Number of the partition."),
        committedOffset: int64("0+", "Offset of the next record to consume, -1 if none was committed."),
        committedLeaderEpoch: int32(
          "2+",
          "Leader epoch of the last record consumed, -1 if unknown; lets the next reader notice a truncation.",
          { default: -1, ignorable: true },
        ),
        committedMetadata: string("0+", "Free text kept with the offset.", { nullable: "0+" }),
      }),
    }),
  },
});
export type TxnOffsetCommitRequest = BodyOf<typeof TxnOffsetCommitRequest.fields>;

/** Response of TxnOffsetCommit. */
export const TxnOffsetCommitResponse = message({
  name: "TxnOffsetCommitResponse",
  apiKey: 28,
  versions: [0, 5],
  flexibleSince: 3,
  fields: {
    throttleTimeMs: int32("0+", "How long the client should be silent because of a quota, in ms."),
    topics: array("0+", "Topics, one entry each.", {
      name: string("0+", "Name of the topic."),
      partitions: array("0+", "Partitions, one entry each.", {
        partitionIndex: int32("0+", "Number of the partition."),
        errorCode: int16("0+", "Kafka's error code, 0 for success."),
      }),
    }),
  },
});
export type TxnOffsetCommitResponse = BodyOf<typeof TxnOffsetCommitResponse.fields>;
