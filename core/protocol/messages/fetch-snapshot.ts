// FetchSnapshot: reads a piece of a snapshot of the metadata log.
// For a replica so far behind that the log it needs is gone (KIP-630).

import { array, int16, int32, int64, message, records, string, struct, uint16, uuid } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of FetchSnapshot. */
export const FetchSnapshotRequest = message({
  name: "FetchSnapshotRequest",
  apiKey: 59,
  versions: [0, 1],
  flexibleSince: 0,
  fields: {
    clusterId: string("0+", "Id of the cluster; a receiver of another cluster refuses.", {
      nullable: "0+",
      tagged: "0+",
      tag: 0,
      default: null,
    }),
    replicaId: int32("0+", "Id of the follower.", { default: -1 }),
    maxBytes: int32("0+", "Bytes of snapshots the answer shall not exceed.", { default: 2147483647 }),
    topics: array("0+", "Topics, one entry each.", {
      name: string("0+", "Name of the topic."),
      partitions: array("0+", "Partitions, one entry each.", {
        partition: int32("0+", "Number of the partition."),
        currentLeaderEpoch: int32(
          "0+",
          "Leader epoch the sender knows, -1 to skip the check; an older one is fenced, a newer one is unknown yet.",
        ),
        snapshotId: struct("0+", "Snapshot in question.", {
          endOffset: int64("0+", "Offset behind the last record the snapshot contains."),
          epoch: int32("0+", "Epoch of the last record the snapshot contains."),
        }),
        position: int64("0+", "Byte of the snapshot from which on bytes are wanted or sent."),
        replicaDirectoryId: uuid("1+", "Log directory of the replica.", { tagged: "1+", tag: 0, ignorable: true }),
      }),
    }),
  },
});
export type FetchSnapshotRequest = BodyOf<typeof FetchSnapshotRequest.fields>;

/** Response of FetchSnapshot. */
export const FetchSnapshotResponse = message({
  name: "FetchSnapshotResponse",
  apiKey: 59,
  versions: [0, 1],
  flexibleSince: 0,
  fields: {
    throttleTimeMs: int32("0+", "How long the client should be silent because of a quota, in ms.", { ignorable: true }),
    errorCode: int16("0+", "Kafka's error code, 0 for success."),
    topics: array("0+", "Topics, one entry each.", {
      name: string("0+", "Name of the topic."),
      partitions: array("0+", "Partitions, one entry each.", {
        index: int32("0+", "Number of the partition."),
        errorCode: int16("0+", "Kafka's error code, 0 for success."),
        snapshotId: struct("0+", "Snapshot in question.", {
          endOffset: int64("0+", "Offset behind the last record the snapshot contains."),
          epoch: int32("0+", "Epoch of the last record the snapshot contains."),
        }),
        currentLeader: struct(
          "0+",
          "The leader this broker knows of; helps a client that asked the wrong one.",
          {
            leaderId: int32("0+", "Id of the leader, -1 if none is known."),
            leaderEpoch: int32("0+", "Counts the leaders of the partition."),
          },
          { tagged: "0+", tag: 0 },
        ),
        size: int64("0+", "Bytes the whole snapshot has."),
        position: int64("0+", "Byte of the snapshot from which on bytes are wanted or sent."),
        unalignedRecords: records("0+", "Bytes of the snapshot, not necessarily cut at record boundaries.", {
          nullable: "0+",
        }),
      }),
    }),
    nodeEndpoints: array(
      "1+",
      "Addresses of the leaders named above.",
      {
        nodeId: int32("1+", "Id of the node."),
        host: string("1+", "Host name."),
        port: uint16("1+", "Port number."),
      },
      { tagged: "1+", tag: 0 },
    ),
  },
});
export type FetchSnapshotResponse = BodyOf<typeof FetchSnapshotResponse.fields>;
