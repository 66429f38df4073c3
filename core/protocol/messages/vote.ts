// Vote: a voter asks for votes to become leader of the quorum.
// With preVote it only asks whether it would get them, so that a cut-off voter raises no epoch (KIP-595, KIP-996).

import { array, bool, int16, int32, int64, message, string, uint16, uuid } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of Vote. */
export const VoteRequest = message({
  name: "VoteRequest",
  apiKey: 52,
  versions: [0, 2],
  flexibleSince: 0,
  fields: {
    clusterId: string("0+", "Id of the cluster; a receiver of another cluster refuses.", {
      nullable: "0+",
      default: null,
    }),
    voterId: int32("1+", "Voter the request is meant for.", { default: -1, ignorable: true }),
    topics: array("0+", "Topics, one entry each.", {
      topicName: string("0+", "Name of the topic."),
      partitions: array("0+", "Partitions, one entry each.", {
        partitionIndex: int32("0+", "Number of the partition."),
        replicaEpoch: int32("0+", "Epoch the sender stands for; in a pre-vote, its present one."),
        replicaId: int32("0+", "Voter that asks for the vote."),
        replicaDirectoryId: uuid("1+", "Log directory of the voter that asks.", { ignorable: true }),
        voterDirectoryId: uuid("1+", "Log directory of the voter.", { ignorable: true }),
        lastOffsetEpoch: int32("0+", "Epoch of the candidate's last record."),
        lastOffset: int64("0+", "Log end offset of the candidate."),
        preVote: bool("2+", "True to ask without raising the epoch whether a vote would be granted (KIP-996)."),
      }),
    }),
  },
});
export type VoteRequest = BodyOf<typeof VoteRequest.fields>;

/** Response of Vote. */
export const VoteResponse = message({
  name: "VoteResponse",
  apiKey: 52,
  versions: [0, 2],
  flexibleSince: 0,
  fields: {
    errorCode: int16("0+", "Kafka's error code, 0 for success."),
    topics: array("0+", "Topics, one entry each.", {
      topicName: string("0+", "Name of the topic."),
      partitions: array("0+", "Partitions, one entry each.", {
        partitionIndex: int32("0+", "Number of the partition."),
        errorCode: int16("0+", "Kafka's error code, 0 for success."),
        leaderId: int32("0+", "Id of the leader, -1 if none is known."),
        leaderEpoch: int32("0+", "Counts the leaders of the partition."),
        voteGranted: bool("0+", "Was the vote (or pre-vote) granted?"),
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
export type VoteResponse = BodyOf<typeof VoteResponse.fields>;
