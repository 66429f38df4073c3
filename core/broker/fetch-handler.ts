// Fetch: followers and consumers read through the same door; who asks decides how far they see.
//
// The session says which partitions are meant, the replicas what there is to tell, and the session again which of them
// the answer needs. Old versions name topics by name and know neither sessions (before 7) nor leader hints (before 16).

import { Errors } from "../errors.js";
import type { RequestBody, ResponseBody } from "../protocol/apis.js";
import type { FetchAnswer } from "../replication/fetch-session.js";
import { FIRST_VERSION_WITH_TOPIC_IDS } from "../replication/fetch-session.js";
import type { FetchIsolation, FetchParams, FetchPartition } from "../replication/fetch-partition.js";
import { type NodeId, ZERO_UUID } from "../types.js";
import { currentLeader, type DataPlane, endpointsOf, NO_CURRENT_LEADER, storageErrorFor } from "./data-plane.js";
import type { RequestContext } from "./request-context.js";

const FIRST_VERSION_WITH_STORAGE_ERROR = 6;
const FIRST_VERSION_WITH_REPLICA_STATE = 15;
/** The field for the leader is older, but only a client that is told the endpoint too can use it (KIP-951). */
const FIRST_VERSION_WITH_LEADER_HINT = 16;
const READ_COMMITTED = 1;

const NO_DIVERGENCE = { epoch: -1, endOffset: -1 };
const NO_SNAPSHOT = { endOffset: -1, epoch: -1 };

/** Answers Fetch v4–17. */
export function handleFetch(plane: DataPlane, body: RequestBody<"Fetch">, context: RequestContext<"Fetch">): void {
  const { apiVersion } = context;
  const params = fetchParams(plane, body, apiVersion);
  const session = plane.fetchSessions.newContext(body, apiVersion, params.replicaId >= 0);
  const answer = (): void => {
    context.reply(fetchResponse(plane, session.finish(), params));
  };
  if (session.error !== Errors.NONE) answer();
  else plane.replicaManager.fetchMessages(params, session.entries, answer);
}

function fetchParams(plane: DataPlane, body: RequestBody<"Fetch">, apiVersion: number): FetchParams {
  const namesReplicaState = apiVersion >= FIRST_VERSION_WITH_REPLICA_STATE;
  const replicaId = namesReplicaState ? body.replicaState.replicaId : body.replicaId;
  const { buggify } = plane;
  const maxBytes = buggify.strikes("short-fetch") ? 1 : Math.min(body.maxBytes, plane.config["fetch.max.bytes"]);
  let isolation: FetchIsolation = body.isolationLevel === READ_COMMITTED ? "last-stable-offset" : "high-watermark";
  if (replicaId >= 0) isolation = "log-end";
  return {
    replicaId,
    brokerEpoch: namesReplicaState ? body.replicaState.replicaEpoch : -1,
    maxWaitMs: buggify.strikes("early-fetch-answer") ? 0 : body.maxWaitMs,
    minBytes: Math.min(body.minBytes, maxBytes),
    maxBytes,
    isolation,
    rack: body.rackId,
    apiVersion,
  };
}

type TopicResponse = ResponseBody<"Fetch">["responses"][number];
type PartitionResponse = TopicResponse["partitions"][number];

function fetchResponse(plane: DataPlane, answer: FetchAnswer, params: FetchParams): ResponseBody<"Fetch"> {
  const responses: { topic: string; topicId: string; partitions: PartitionResponse[] }[] = [];
  let leaders: Set<NodeId> | undefined;
  let last: (typeof responses)[number] | undefined;
  for (const entry of answer.entries) {
    const { topic, topicId } = entry;
    const partition = partitionResponse(plane, entry, params);
    if (partition.currentLeader !== NO_CURRENT_LEADER) (leaders ??= new Set()).add(partition.currentLeader.leaderId);
    if (last?.topic === topic && last.topicId === topicId) last.partitions.push(partition);
    else responses.push((last = { topic, topicId, partitions: [partition] }));
  }
  return {
    throttleTimeMs: 0,
    errorCode: answer.error,
    sessionId: answer.sessionId,
    responses,
    nodeEndpoints: leaders === undefined ? [] : endpointsOf(plane.image, leaders),
  };
}

function partitionResponse(plane: DataPlane, entry: FetchPartition, params: FetchParams): PartitionResponse {
  const error = entry.errorCode;
  const isStaleLeader = error === Errors.NOT_LEADER_OR_FOLLOWER || error === Errors.FENCED_LEADER_EPOCH;
  const tellsLeader = isStaleLeader && params.apiVersion >= FIRST_VERSION_WITH_LEADER_HINT;
  return {
    partitionIndex: entry.partition,
    errorCode: errorFor(entry, params),
    highWatermark: entry.highWatermark,
    lastStableOffset: entry.lastStableOffset,
    logStartOffset: entry.localLogStartOffset,
    divergingEpoch: entry.divergingEpoch ?? NO_DIVERGENCE,
    currentLeader: tellsLeader ? currentLeader(plane, entry.topic, entry.partition) : NO_CURRENT_LEADER,
    snapshotId: NO_SNAPSHOT,
    abortedTransactions: params.isolation === "last-stable-offset" && error === Errors.NONE ? [] : null,
    preferredReadReplica: entry.preferredReadReplica,
    records: entry.records,
  };
}

/** Fetch by id knows the unknown topic by another name. */
function errorFor(entry: FetchPartition, params: FetchParams): number {
  const isById = params.apiVersion >= FIRST_VERSION_WITH_TOPIC_IDS && entry.topicId !== ZERO_UUID;
  if (isById && entry.topic === "") return Errors.UNKNOWN_TOPIC_ID;
  return storageErrorFor(entry.errorCode, params.apiVersion, FIRST_VERSION_WITH_STORAGE_ERROR);
}
