// AlterPartition (KIP-497): a partition leader proposes a new ISR, the controller decides.
// The controller alone writes ISRs, so that an ISR change and an election can never pass each other unseen; epochs
// tell which of them came first. The order of the checks matters, for each error makes the leader do something else.

import { Errors, type ErrorCode } from "../errors.js";
import { mergePartition } from "../metadata/partition-changes.js";
import type { LeaderRecoveryState, PartitionRegistration, TopicImage } from "../metadata/registrations.js";
import type { RequestBody, ResponseBody } from "../protocol/apis.js";
import type { MetadataRecord } from "../protocol/messages/metadata-records.js";
import type { NodeId } from "../types.js";
import type { ControllerResult, ControllerState } from "./controller-state.js";

type RequestPartition = RequestBody<"AlterPartition">["topics"][number]["partitions"][number];
type ResponsePartition = ResponseBody<"AlterPartition">["topics"][number]["partitions"][number];
type IsrMember = RequestPartition["newIsrWithEpochs"][number];

const RECOVERED: LeaderRecoveryState = 0;
const RECOVERING: LeaderRecoveryState = 1;
/** First version in which members carry their broker epochs (KIP-903). */
const EPOCHS_SINCE_VERSION = 3;

/** Decides a whole request. The sender's broker epoch has been checked. */
export function alterPartition(
  state: ControllerState,
  body: RequestBody<"AlterPartition">,
  apiVersion: number,
): ControllerResult<ResponseBody<"AlterPartition">> {
  const records: MetadataRecord[] = [];
  const topics = body.topics.map((topicData) => {
    const topic = state.image.topicsById.get(topicData.topicId);
    const partitions = topicData.partitions.map((request) => {
      if (topic === undefined) return failed(request.partitionIndex, Errors.UNKNOWN_TOPIC_ID);
      return alterOne(state, topic, request, membersOf(request, apiVersion), body.brokerId, records);
    });
    return { topicId: topicData.topicId, partitions };
  });
  return { records, response: { throttleTimeMs: 0, errorCode: Errors.NONE, topics } };
}

function membersOf(request: RequestPartition, apiVersion: number): readonly IsrMember[] {
  if (apiVersion >= EPOCHS_SINCE_VERSION) return request.newIsrWithEpochs;
  return request.newIsr.map((brokerId) => ({ brokerId, brokerEpoch: -1 }));
}

function alterOne(
  state: ControllerState,
  topic: TopicImage,
  request: RequestPartition,
  members: readonly IsrMember[],
  senderId: NodeId,
  records: MetadataRecord[],
): ResponsePartition {
  const partitionIndex = request.partitionIndex;
  const row = topic.partitions.get(partitionIndex);
  if (row === undefined) return failed(partitionIndex, Errors.UNKNOWN_TOPIC_OR_PARTITION);
  const error = validate(state, row, request, members, senderId);
  if (error !== Errors.NONE) return failed(partitionIndex, error);

  const record = state.change(topic, partitionIndex, row, {
    election: state.uncleanElectionEnabled(topic.name) ? "UNCLEAN" : "ONLINE",
    targetIsr: members.map((member) => member.brokerId),
    targetRecoveryState: request.leaderRecoveryState as LeaderRecoveryState,
  });
  if (record === undefined) return succeeded(partitionIndex, row);
  records.push(record);
  const changed = mergePartition(row, record.body);
  // The change completed a reassignment and with it took the leadership from the sender.
  const tookLeadership = changed.leaderEpoch !== row.leaderEpoch && changed.leader !== senderId;
  if (tookLeadership) state.env.marks.reached("reassignment-took-leadership");
  return tookLeadership ? failed(partitionIndex, Errors.NEW_LEADER_ELECTED) : succeeded(partitionIndex, changed);
}

function validate(
  state: ControllerState,
  row: PartitionRegistration,
  request: RequestPartition,
  members: readonly IsrMember[],
  senderId: NodeId,
): ErrorCode {
  // KAFKA-14154: an epoch ahead of ours means that we were deposed and do not know it. "Not the controller" makes
  // the leader try again elsewhere; "fenced" would make it give up for good.
  if (request.leaderEpoch > row.leaderEpoch || request.partitionEpoch > row.partitionEpoch) {
    state.env.marks.reached("controller-behind-leader");
    if (!state.env.bugs["refuse-newer-leaders"]) return Errors.NOT_CONTROLLER;
    return request.leaderEpoch > row.leaderEpoch ? Errors.FENCED_LEADER_EPOCH : Errors.INVALID_UPDATE_VERSION;
  }
  if (request.leaderEpoch < row.leaderEpoch) return Errors.FENCED_LEADER_EPOCH;
  if (senderId !== row.leader) return Errors.INVALID_REQUEST;
  if (request.partitionEpoch < row.partitionEpoch) return Errors.INVALID_UPDATE_VERSION;
  const isr = members.map((member) => member.brokerId);
  const isSubset = isr.every((id) => row.replicas.includes(id)) && new Set(isr).size === isr.length;
  if (!isSubset || isr.length === 0) return Errors.INVALID_REQUEST;
  if (!isr.includes(row.leader)) return Errors.INVALID_REQUEST;
  const recoveryState = request.leaderRecoveryState;
  if (recoveryState !== RECOVERED && recoveryState !== RECOVERING) return Errors.INVALID_REQUEST;
  if (recoveryState === RECOVERING && isr.length > 1) return Errors.INVALID_REQUEST;
  if (row.leaderRecoveryState === RECOVERED && recoveryState === RECOVERING) return Errors.INVALID_REQUEST;
  const isIneligible = (member: IsrMember): boolean => !isEligibleMember(state, member);
  return members.some(isIneligible) ? Errors.INELIGIBLE_REPLICA : Errors.NONE;
}

/**
 * KIP-841: fenced and stopping brokers join no ISR. KIP-903: nor does an incarnation the leader has not met; the
 * replica may have come back with an empty disk since it was seen in sync.
 */
function isEligibleMember(state: ControllerState, member: IsrMember): boolean {
  const broker = state.image.brokers.get(member.brokerId);
  if (broker === undefined || broker.inControlledShutdown || broker.fenced) return false;
  if (member.brokerEpoch === -1 || member.brokerEpoch === broker.epoch) return true;
  state.env.marks.reached("member-of-earlier-life");
  return state.env.bugs["isr-without-broker-epochs"];
}

function succeeded(partitionIndex: number, row: PartitionRegistration): ResponsePartition {
  return {
    partitionIndex,
    errorCode: Errors.NONE,
    leaderId: row.leader,
    leaderEpoch: row.leaderEpoch,
    isr: row.isr,
    leaderRecoveryState: row.leaderRecoveryState,
    partitionEpoch: row.partitionEpoch,
  };
}

function failed(partitionIndex: number, errorCode: ErrorCode): ResponsePartition {
  return {
    partitionIndex,
    errorCode,
    leaderId: 0,
    leaderEpoch: 0,
    isr: [],
    leaderRecoveryState: RECOVERED,
    partitionEpoch: 0,
  };
}
