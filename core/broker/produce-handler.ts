// Produce: checks what a client sent, hands it to the replicas and answers when they say so.
//
// With acks=0 there is no answer; an error is told by closing the connection, the only sign such a client can see.

import { type ErrorCode, Errors } from "../errors.js";
import {
  batchAttributes,
  batchIsTransactional,
  batchMagic,
  COMPRESSION_MASK,
  hasCompleteBatch,
} from "../log/batch-header.js";
import type { RequestBody, ResponseBody } from "../protocol/apis.js";
import type { ProduceResult } from "../replication/delayed-produce.js";
import type { AppendEntry } from "../replication/record-appender.js";
import type { NodeId } from "../types.js";
import { currentLeader, type DataPlane, endpointsOf, NO_CURRENT_LEADER, storageErrorFor } from "./data-plane.js";
import type { RequestContext } from "./request-context.js";

/** The one client that may write internal topics (Kafka's `AdminUtils.ADMIN_CLIENT_ID`). */
const ADMIN_CLIENT_ID = "__admin_client";
const ZSTD = 4;
const FIRST_VERSION_WITH_ZSTD = 7;
const FIRST_VERSION_WITH_STORAGE_ERROR = 4;
const FIRST_VERSION_WITH_CURRENT_LEADER = 10;

/** Answers Produce v3–12. */
export function handleProduce(
  plane: DataPlane,
  body: RequestBody<"Produce">,
  context: RequestContext<"Produce">,
): void {
  const acksAreValid = body.acks >= -1 && body.acks <= 1;
  const isNameless = body.transactionalId === null && hasTransactionalRecords(body);
  const refused: ProduceResult[] = [];
  const entries: AppendEntry[] = [];
  for (const topic of body.topicData) {
    for (const { index, records } of topic.partitionData) {
      let error: ErrorCode = Errors.UNKNOWN_TOPIC_OR_PARTITION;
      if (plane.image.partition(topic.name, index) !== undefined) error = validateRecords(records, context.apiVersion);
      if (error === Errors.NONE && !acksAreValid) error = Errors.INVALID_REQUIRED_ACKS;
      // KIP-890: a transaction nobody began would never end, and readers of committed records stop at it for ever.
      if (error === Errors.NONE && isTransactional(records)) error = Errors.INVALID_PRODUCER_ID_MAPPING;
      if (isNameless) error = Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
      if (error === Errors.NONE && records !== null) entries.push({ topic: topic.name, partition: index, records });
      else refused.push(failure(topic.name, index, error));
    }
  }
  const answer = (results: readonly ProduceResult[]): void => {
    const all = refused.length === 0 ? results : [...refused, ...results];
    if (body.acks !== 0) context.reply(produceResponse(plane, all, context.apiVersion));
    else if (all.some((result) => result.error !== Errors.NONE)) context.close();
    else context.noReply();
  };
  if (entries.length === 0) return answer([]);
  plane.replicaManager.appendRecords({
    timeoutMs: plane.buggify.strikes("early-produce-timeout") ? 0 : body.timeoutMs,
    requiredAcks: body.acks,
    origin: "client",
    internalTopicsAllowed: context.clientId === ADMIN_CLIENT_ID,
    entries,
    onComplete: answer,
  });
}

function isTransactional(records: Uint8Array | null): boolean {
  return records !== null && hasCompleteBatch(records, 0) && batchIsTransactional(records, 0);
}

function hasTransactionalRecords({ topicData }: RequestBody<"Produce">): boolean {
  return topicData.some(({ partitionData }) => partitionData.some(({ records }) => isTransactional(records)));
}

/** What is wrong with the form of the records; their content is the log's matter. */
function validateRecords(records: Uint8Array | null, apiVersion: number): ErrorCode {
  // Since v3 a request carries batches of format v2 and no other.
  if (records === null || !hasCompleteBatch(records, 0) || batchMagic(records, 0) !== 2) return Errors.INVALID_RECORD;
  const codec = batchAttributes(records, 0) & COMPRESSION_MASK;
  return codec === ZSTD && apiVersion < FIRST_VERSION_WITH_ZSTD ? Errors.UNSUPPORTED_COMPRESSION_TYPE : Errors.NONE;
}

function failure(topic: string, partition: number, error: ErrorCode): ProduceResult {
  return {
    topic,
    partition,
    error,
    errorMessage: null,
    baseOffset: -1,
    lastOffset: -1,
    logAppendTimeMs: -1,
    logStartOffset: -1,
  };
}

type TopicResponse = ResponseBody<"Produce">["responses"][number];
type PartitionResponse = TopicResponse["partitionResponses"][number];

function produceResponse(
  plane: DataPlane,
  results: readonly ProduceResult[],
  apiVersion: number,
): ResponseBody<"Produce"> {
  const responses: { name: string; partitionResponses: PartitionResponse[] }[] = [];
  let leaders: Set<NodeId> | undefined;
  for (const result of results) {
    const tellsLeader =
      result.error === Errors.NOT_LEADER_OR_FOLLOWER && apiVersion >= FIRST_VERSION_WITH_CURRENT_LEADER;
    const leader = tellsLeader ? currentLeader(plane, result.topic, result.partition) : NO_CURRENT_LEADER;
    if (tellsLeader) (leaders ??= new Set()).add(leader.leaderId);
    const failed = result.error !== Errors.NONE;
    const response = {
      index: result.partition,
      errorCode: storageErrorFor(result.error, apiVersion, FIRST_VERSION_WITH_STORAGE_ERROR),
      baseOffset: failed ? -1 : result.baseOffset,
      logAppendTimeMs: failed ? -1 : result.logAppendTimeMs,
      logStartOffset: failed ? -1 : result.logStartOffset,
      recordErrors: [],
      errorMessage: apiVersion >= 8 ? result.errorMessage : null,
      currentLeader: leader,
    };
    const ofTopic = responses.find(({ name }) => name === result.topic);
    if (ofTopic === undefined) responses.push({ name: result.topic, partitionResponses: [response] });
    else ofTopic.partitionResponses.push(response);
  }
  const nodeEndpoints = leaders === undefined ? [] : endpointsOf(plane.image, leaders);
  return { responses, throttleTimeMs: 0, nodeEndpoints };
}
