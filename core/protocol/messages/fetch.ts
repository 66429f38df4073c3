// Fetch: reads record batches from partitions.
// Consumers, followers and voters all use it; a follower's fetch offset is also its report of how far it has come.

import { array, int16, int32, int64, int8, message, records, string, struct, uuid } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of Fetch. */
export const FetchRequest = message({
  name: "FetchRequest",
  apiKey: 1,
  versions: [4, 17],
  flexibleSince: 12,
  fields: {
    clusterId: string("12+", "Id of the cluster; a receiver of another cluster refuses.", {
      nullable: "12+",
      tagged: "12+",
      tag: 0,
      default: null,
      ignorable: true,
    }),
    replicaId: int32("0-14", "Id of the follower, -1 for a consumer.", { default: -1 }),
    replicaState: struct(
      "15+",
      "Who fetches: follower and its broker epoch.",
      {
        replicaId: int32("15+", "Id of the follower, -1 for a consumer.", { default: -1 }),
        replicaEpoch: int64(
          "15+",
          "Broker epoch of the follower, -1 if unknown; the leader refuses to count a stale one (KIP-903).",
          { default: -1 },
        ),
      },
      { tagged: "15+", tag: 1 },
    ),
    maxWaitMs: int32("0+", "How long the broker may wait for minBytes to gather, in ms."),
    minBytes: int32("0+", "Bytes the broker should gather before it answers."),
    maxBytes: int32(
      "3+",
      "Bytes the whole answer shall not exceed; a first batch that is larger is sent all the same.",
      { default: 2147483647, ignorable: true },
    ),
    isolationLevel: int8(
      "4+",
      "0 read_uncommitted: up to the high watermark; 1 read_committed: up to the last stable offset.",
      { ignorable: true },
    ),
    sessionId: int32("7+", "Id of the incremental fetch session, 0 for none (KIP-227).", { ignorable: true }),
    sessionEpoch: int32("7+", "Counts the requests of the session: 0 opens one, -1 does without or closes it.", {
      default: -1,
      ignorable: true,
    }),
    topics: array("0+", "Topics, one entry each.", {
      topic: string("0-12", "Name of the topic.", { ignorable: true }),
      topicId: uuid("13+", "Id of the topic; unlike its name never used again.", { ignorable: true }),
      partitions: array("0+", "Partitions, one entry each.", {
        partition: int32("0+", "Number of the partition."),
        currentLeaderEpoch: int32(
          "9+",
          "Leader epoch the sender knows, -1 to skip the check; an older one is fenced, a newer one is unknown yet.",
          { default: -1, ignorable: true },
        ),
        fetchOffset: int64("0+", "Offset of the first record wanted."),
        lastFetchedEpoch: int32(
          "12+",
          "Epoch of the follower's last record, -1 if none: shows the leader whether the logs diverge.",
          { default: -1 },
        ),
        logStartOffset: int64("5+", "First offset the follower still has, -1 from consumers.", {
          default: -1,
          ignorable: true,
        }),
        partitionMaxBytes: int32("0+", "Bytes of this partition the answer shall not exceed."),
        replicaDirectoryId: uuid("17+", "Log directory of the replica.", { tagged: "17+", tag: 0, ignorable: true }),
      }),
    }),
    forgottenTopicsData: array("7+", "Partitions to drop from the incremental session.", {
      topic: string("7-12", "Name of the topic.", { ignorable: true }),
      topicId: uuid("13+", "Id of the topic; unlike its name never used again.", { ignorable: true }),
      partitions: array("7+", "Partitions, one entry each.", "int32"),
    }),
    rackId: string("11+", "Rack of the reader, for reading from a replica nearby.", { ignorable: true }),
  },
});
export type FetchRequest = BodyOf<typeof FetchRequest.fields>;

/** Response of Fetch. */
export const FetchResponse = message({
  name: "FetchResponse",
  apiKey: 1,
  versions: [4, 17],
  flexibleSince: 12,
  fields: {
    throttleTimeMs: int32("1+", "How long the client should be silent because of a quota, in ms.", { ignorable: true }),
    errorCode: int16("7+", "Kafka's error code, 0 for success.", { ignorable: true }),
    sessionId: int32("7+", "Id of the incremental fetch session, 0 for none (KIP-227)."),
    responses: array("0+", "Outcomes, one a topic.", {
      topic: string("0-12", "Name of the topic.", { ignorable: true }),
      topicId: uuid("13+", "Id of the topic; unlike its name never used again.", { ignorable: true }),
      partitions: array("0+", "Partitions, one entry each.", {
        partitionIndex: int32("0+", "Number of the partition."),
        errorCode: int16("0+", "Kafka's error code, 0 for success."),
        highWatermark: int64(
          "0+",
          "Offset below which every in-sync replica has the records; consumers read no further.",
        ),
        lastStableOffset: int64("4+", "Offset below which every transaction is decided, -1 if unknown.", {
          default: -1,
          ignorable: true,
        }),
        logStartOffset: int64("5+", "First offset still there, -1 if unknown.", { default: -1, ignorable: true }),
        divergingEpoch: struct(
          "12+",
          "Set when the follower has records the leader never had: truncate to this end, fetch again (KIP-595).",
          {
            epoch: int32("12+", "Largest epoch the leader has that is not above the follower's.", { default: -1 }),
            endOffset: int64("12+", "Offset behind the last record of that epoch.", { default: -1 }),
          },
          { tagged: "12+", tag: 0 },
        ),
        currentLeader: struct(
          "12+",
          "The leader this broker knows of; helps a client that asked the wrong one.",
          {
            leaderId: int32("12+", "Id of the leader, -1 if none is known.", { default: -1 }),
            leaderEpoch: int32("12+", "Counts the leaders of the partition.", { default: -1 }),
          },
          { tagged: "12+", tag: 1 },
        ),
        snapshotId: struct(
          "12+",
          "Set when the log no longer has what the follower needs: fetch this snapshot first.",
          {
            endOffset: int64("0+", "Offset behind the last record the snapshot contains.", { default: -1 }),
            epoch: int32("0+", "Epoch of the last record the snapshot contains.", { default: -1 }),
          },
          { tagged: "12+", tag: 2 },
        ),
        abortedTransactions: array(
          "4+",
          "Aborted transactions whose records lie in the range; null if the reader is not read_committed.",
          {
            producerId: int64("4+", "Id of the producer."),
            firstOffset: int64("4+", "First offset of the aborted transaction."),
          },
          { nullable: "4+", ignorable: true },
        ),
        preferredReadReplica: int32("11+", "Replica the consumer should read from instead, -1 for none (KIP-392).", {
          default: -1,
        }),
        records: records("0+", "Record batches in Kafka's format v2; null for none.", { nullable: "0+" }),
      }),
    }),
    nodeEndpoints: array(
      "16+",
      "Addresses of the leaders named above, so that the client need not ask for metadata (KIP-951).",
      {
        nodeId: int32("16+", "Id of the node."),
        host: string("16+", "Host name."),
        port: int32("16+", "Port number."),
        rack: string("16+", "Rack of the node; null if it has none.", { nullable: "16+", default: null }),
      },
      { tagged: "16+", tag: 0 },
    ),
  },
});
export type FetchResponse = BodyOf<typeof FetchResponse.fields>;
