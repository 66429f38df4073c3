// Bodies of the quorum's requests and responses. All name the one metadata partition, so what varies is little.

import type { RequestBody, ResponseBody } from "../protocol/apis.js";
import { APIS } from "../protocol/apis.js";
import { Errors, type ErrorCode } from "../errors.js";
import { ZERO_UUID, type NodeId, type Offset } from "../types.js";
import { METADATA_PARTITION, METADATA_TOPIC, METADATA_TOPIC_ID } from "./metadata-topic.js";
import type { OffsetAndEpoch } from "./snapshot-file.js";

/** Longest a leader holds a fetch that found nothing new. */
export const MAX_FETCH_WAIT_MS = 500;
/** Bytes of one fetch or one piece of a snapshot. */
export const MAX_FETCH_BYTES = 8 * 1024 * 1024;

export type FetchRequestBody = RequestBody<"Fetch">;
export type FetchPartition = FetchRequestBody["topics"][number]["partitions"][number];
export type FetchResponsePartition = ResponseBody<"Fetch">["responses"][number]["partitions"][number];

export function voteRequest(options: {
  readonly clusterId: string;
  readonly voterId: NodeId;
  readonly candidateId: NodeId;
  readonly epoch: number;
  readonly logEnd: OffsetAndEpoch;
  readonly preVote: boolean;
}): RequestBody<"Vote"> {
  return {
    clusterId: options.clusterId,
    voterId: options.voterId,
    topics: [
      {
        topicName: METADATA_TOPIC,
        partitions: [
          {
            partitionIndex: METADATA_PARTITION,
            replicaEpoch: options.epoch,
            replicaId: options.candidateId,
            replicaDirectoryId: ZERO_UUID,
            voterDirectoryId: ZERO_UUID,
            lastOffsetEpoch: options.logEnd.epoch,
            lastOffset: options.logEnd.offset,
            preVote: options.preVote,
          },
        ],
      },
    ],
  };
}

export function voteResponse(
  errorCode: ErrorCode,
  leaderId: NodeId,
  leaderEpoch: number,
  voteGranted: boolean,
): ResponseBody<"Vote"> {
  const partition = { partitionIndex: METADATA_PARTITION, errorCode, leaderId, leaderEpoch, voteGranted };
  return {
    errorCode: Errors.NONE,
    topics: [{ topicName: METADATA_TOPIC, partitions: [partition] }],
    nodeEndpoints: [],
  };
}

export function beginQuorumEpochRequest(
  clusterId: string,
  voterId: NodeId,
  leaderId: NodeId,
  leaderEpoch: number,
): RequestBody<"BeginQuorumEpoch"> {
  const partition = { partitionIndex: METADATA_PARTITION, voterDirectoryId: ZERO_UUID, leaderId, leaderEpoch };
  return {
    clusterId,
    voterId,
    topics: [{ topicName: METADATA_TOPIC, partitions: [partition] }],
    leaderEndpoints: [],
  };
}

export function endQuorumEpochRequest(
  clusterId: string,
  leaderId: NodeId,
  leaderEpoch: number,
  successors: readonly NodeId[],
): RequestBody<"EndQuorumEpoch"> {
  const partition = {
    partitionIndex: METADATA_PARTITION,
    leaderId,
    leaderEpoch,
    preferredSuccessors: [],
    preferredCandidates: successors.map((candidateId) => ({ candidateId, candidateDirectoryId: ZERO_UUID })),
  };
  return { clusterId, topics: [{ topicName: METADATA_TOPIC, partitions: [partition] }], leaderEndpoints: [] };
}

/** The answer to Begin- and EndQuorumEpoch: whether accepted, and whom the receiver takes for the leader. */
export function epochResponse(
  errorCode: ErrorCode,
  leaderId: NodeId,
  leaderEpoch: number,
): ResponseBody<"BeginQuorumEpoch"> & ResponseBody<"EndQuorumEpoch"> {
  const partition = { partitionIndex: METADATA_PARTITION, errorCode, leaderId, leaderEpoch };
  return {
    errorCode: Errors.NONE,
    topics: [{ topicName: METADATA_TOPIC, partitions: [partition] }],
    nodeEndpoints: [],
  };
}

export function fetchRequest(
  clusterId: string,
  replicaId: NodeId,
  currentLeaderEpoch: number,
  logEnd: OffsetAndEpoch,
): FetchRequestBody {
  return {
    clusterId,
    replicaId: -1,
    replicaState: { replicaId, replicaEpoch: -1 },
    maxWaitMs: MAX_FETCH_WAIT_MS,
    minBytes: 0,
    maxBytes: MAX_FETCH_BYTES,
    isolationLevel: 0,
    sessionId: 0,
    sessionEpoch: -1,
    topics: [
      {
        topic: METADATA_TOPIC,
        topicId: METADATA_TOPIC_ID,
        partitions: [
          {
            partition: METADATA_PARTITION,
            currentLeaderEpoch,
            fetchOffset: logEnd.offset,
            lastFetchedEpoch: logEnd.epoch,
            logStartOffset: -1,
            partitionMaxBytes: 0,
            replicaDirectoryId: ZERO_UUID,
          },
        ],
      },
    ],
    forgottenTopicsData: [],
    rackId: "",
  };
}

const NO_RECORDS = new Uint8Array(0);
const NO_DIVERGENCE = { epoch: -1, endOffset: -1 } as const;
const NO_SNAPSHOT = { endOffset: -1, epoch: -1 } as const;

/** What a leader has for the asker: records, or where they part, or a snapshot to begin with; or nothing yet. */
export interface FetchFindings {
  readonly records?: Uint8Array | undefined;
  readonly diverging?: OffsetAndEpoch | undefined;
  readonly snapshot?: OffsetAndEpoch | undefined;
}

interface FetchResponseOptions extends FetchFindings {
  readonly errorCode: ErrorCode;
  readonly leaderId: NodeId;
  readonly leaderEpoch: number;
  readonly logStartOffset: Offset;
  readonly highWatermark: Offset | undefined;
}

export function fetchResponse(options: FetchResponseOptions): ResponseBody<"Fetch"> {
  const { diverging, snapshot } = options;
  const partition: FetchResponsePartition = {
    partitionIndex: METADATA_PARTITION,
    errorCode: options.errorCode,
    highWatermark: options.highWatermark ?? -1,
    lastStableOffset: -1,
    logStartOffset: options.logStartOffset,
    divergingEpoch: diverging === undefined ? NO_DIVERGENCE : { epoch: diverging.epoch, endOffset: diverging.offset },
    currentLeader: { leaderId: options.leaderId, leaderEpoch: options.leaderEpoch },
    snapshotId: snapshot === undefined ? NO_SNAPSHOT : { endOffset: snapshot.offset, epoch: snapshot.epoch },
    abortedTransactions: [],
    preferredReadReplica: -1,
    records: options.records ?? NO_RECORDS,
  };
  return {
    throttleTimeMs: 0,
    errorCode: Errors.NONE,
    sessionId: 0,
    responses: [{ topic: METADATA_TOPIC, topicId: METADATA_TOPIC_ID, partitions: [partition] }],
    nodeEndpoints: [],
  };
}

/** A whole-request refusal: nothing is said about the partition. */
export function fetchRefusal(errorCode: ErrorCode): ResponseBody<"Fetch"> {
  return APIS.Fetch.response.create({ errorCode });
}

export function fetchSnapshotRequest(
  clusterId: string,
  replicaId: NodeId,
  currentLeaderEpoch: number,
  id: OffsetAndEpoch,
  position: number,
): RequestBody<"FetchSnapshot"> {
  return {
    clusterId,
    replicaId,
    maxBytes: MAX_FETCH_BYTES,
    topics: [
      {
        name: METADATA_TOPIC,
        partitions: [
          {
            partition: METADATA_PARTITION,
            currentLeaderEpoch,
            snapshotId: { endOffset: id.offset, epoch: id.epoch },
            position,
            replicaDirectoryId: ZERO_UUID,
          },
        ],
      },
    ],
  };
}

export function fetchSnapshotResponse(options: {
  readonly errorCode: ErrorCode;
  readonly leaderId: NodeId;
  readonly leaderEpoch: number;
  readonly id?: OffsetAndEpoch;
  readonly sizeBytes?: number;
  readonly position?: number;
  readonly bytes?: Uint8Array;
}): ResponseBody<"FetchSnapshot"> {
  const partition = {
    index: METADATA_PARTITION,
    errorCode: options.errorCode,
    snapshotId: { endOffset: options.id?.offset ?? 0, epoch: options.id?.epoch ?? 0 },
    currentLeader: { leaderId: options.leaderId, leaderEpoch: options.leaderEpoch },
    size: options.sizeBytes ?? 0,
    position: options.position ?? 0,
    unalignedRecords: options.bytes ?? NO_RECORDS,
  };
  return {
    throttleTimeMs: 0,
    errorCode: Errors.NONE,
    topics: [{ name: METADATA_TOPIC, partitions: [partition] }],
    nodeEndpoints: [],
  };
}
