// APIs: the table of all requests this project can send or serve, with their numbers and message tables.
// Everything that depends on "which API" (types of bodies, versions, headers) is looked up here and nowhere else.

import type { BodyOf, MessageSchema } from "./schema.js";
import { ProduceRequest, ProduceResponse } from "./messages/produce.js";
import { FetchRequest, FetchResponse } from "./messages/fetch.js";
import { ListOffsetsRequest, ListOffsetsResponse } from "./messages/list-offsets.js";
import { MetadataRequest, MetadataResponse } from "./messages/metadata.js";
import { OffsetCommitRequest, OffsetCommitResponse } from "./messages/offset-commit.js";
import { OffsetFetchRequest, OffsetFetchResponse } from "./messages/offset-fetch.js";
import { FindCoordinatorRequest, FindCoordinatorResponse } from "./messages/find-coordinator.js";
import { JoinGroupRequest, JoinGroupResponse } from "./messages/join-group.js";
import { HeartbeatRequest, HeartbeatResponse } from "./messages/heartbeat.js";
import { LeaveGroupRequest, LeaveGroupResponse } from "./messages/leave-group.js";
import { SyncGroupRequest, SyncGroupResponse } from "./messages/sync-group.js";
import { DescribeGroupsRequest, DescribeGroupsResponse } from "./messages/describe-groups.js";
import { ListGroupsRequest, ListGroupsResponse } from "./messages/list-groups.js";
import { SaslHandshakeRequest, SaslHandshakeResponse } from "./messages/sasl-handshake.js";
import { ApiVersionsRequest, ApiVersionsResponse } from "./messages/api-versions.js";
import { CreateTopicsRequest, CreateTopicsResponse } from "./messages/create-topics.js";
import { DeleteTopicsRequest, DeleteTopicsResponse } from "./messages/delete-topics.js";
import { DeleteRecordsRequest, DeleteRecordsResponse } from "./messages/delete-records.js";
import { InitProducerIdRequest, InitProducerIdResponse } from "./messages/init-producer-id.js";
import { OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse } from "./messages/offset-for-leader-epoch.js";
import { AddPartitionsToTxnRequest, AddPartitionsToTxnResponse } from "./messages/add-partitions-to-txn.js";
import { AddOffsetsToTxnRequest, AddOffsetsToTxnResponse } from "./messages/add-offsets-to-txn.js";
import { EndTxnRequest, EndTxnResponse } from "./messages/end-txn.js";
import { WriteTxnMarkersRequest, WriteTxnMarkersResponse } from "./messages/write-txn-markers.js";
import { TxnOffsetCommitRequest, TxnOffsetCommitResponse } from "./messages/txn-offset-commit.js";
import { DescribeConfigsRequest, DescribeConfigsResponse } from "./messages/describe-configs.js";
import { AlterConfigsRequest, AlterConfigsResponse } from "./messages/alter-configs.js";
import { DescribeLogDirsRequest, DescribeLogDirsResponse } from "./messages/describe-log-dirs.js";
import { CreatePartitionsRequest, CreatePartitionsResponse } from "./messages/create-partitions.js";
import { DeleteGroupsRequest, DeleteGroupsResponse } from "./messages/delete-groups.js";
import { ElectLeadersRequest, ElectLeadersResponse } from "./messages/elect-leaders.js";
import {
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from "./messages/incremental-alter-configs.js";
import {
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponse,
} from "./messages/alter-partition-reassignments.js";
import {
  ListPartitionReassignmentsRequest,
  ListPartitionReassignmentsResponse,
} from "./messages/list-partition-reassignments.js";
import { OffsetDeleteRequest, OffsetDeleteResponse } from "./messages/offset-delete.js";
import { VoteRequest, VoteResponse } from "./messages/vote.js";
import { BeginQuorumEpochRequest, BeginQuorumEpochResponse } from "./messages/begin-quorum-epoch.js";
import { EndQuorumEpochRequest, EndQuorumEpochResponse } from "./messages/end-quorum-epoch.js";
import { DescribeQuorumRequest, DescribeQuorumResponse } from "./messages/describe-quorum.js";
import { AlterPartitionRequest, AlterPartitionResponse } from "./messages/alter-partition.js";
import { UpdateFeaturesRequest, UpdateFeaturesResponse } from "./messages/update-features.js";
import { EnvelopeRequest, EnvelopeResponse } from "./messages/envelope.js";
import { FetchSnapshotRequest, FetchSnapshotResponse } from "./messages/fetch-snapshot.js";
import { DescribeClusterRequest, DescribeClusterResponse } from "./messages/describe-cluster.js";
import { DescribeProducersRequest, DescribeProducersResponse } from "./messages/describe-producers.js";
import { BrokerRegistrationRequest, BrokerRegistrationResponse } from "./messages/broker-registration.js";
import { BrokerHeartbeatRequest, BrokerHeartbeatResponse } from "./messages/broker-heartbeat.js";
import { UnregisterBrokerRequest, UnregisterBrokerResponse } from "./messages/unregister-broker.js";
import { AllocateProducerIdsRequest, AllocateProducerIdsResponse } from "./messages/allocate-producer-ids.js";
import { ControllerRegistrationRequest, ControllerRegistrationResponse } from "./messages/controller-registration.js";
import {
  DescribeTopicPartitionsRequest,
  DescribeTopicPartitionsResponse,
} from "./messages/describe-topic-partitions.js";

/** Every API by Kafka's name, in the order of its numbers. */
export const APIS = {
  Produce: { key: 0, request: ProduceRequest, response: ProduceResponse },
  Fetch: { key: 1, request: FetchRequest, response: FetchResponse },
  ListOffsets: { key: 2, request: ListOffsetsRequest, response: ListOffsetsResponse },
  Metadata: { key: 3, request: MetadataRequest, response: MetadataResponse },
  OffsetCommit: { key: 8, request: OffsetCommitRequest, response: OffsetCommitResponse },
  OffsetFetch: { key: 9, request: OffsetFetchRequest, response: OffsetFetchResponse },
  FindCoordinator: { key: 10, request: FindCoordinatorRequest, response: FindCoordinatorResponse },
  JoinGroup: { key: 11, request: JoinGroupRequest, response: JoinGroupResponse },
  Heartbeat: { key: 12, request: HeartbeatRequest, response: HeartbeatResponse },
  LeaveGroup: { key: 13, request: LeaveGroupRequest, response: LeaveGroupResponse },
  SyncGroup: { key: 14, request: SyncGroupRequest, response: SyncGroupResponse },
  DescribeGroups: { key: 15, request: DescribeGroupsRequest, response: DescribeGroupsResponse },
  ListGroups: { key: 16, request: ListGroupsRequest, response: ListGroupsResponse },
  SaslHandshake: { key: 17, request: SaslHandshakeRequest, response: SaslHandshakeResponse },
  ApiVersions: { key: 18, request: ApiVersionsRequest, response: ApiVersionsResponse },
  CreateTopics: { key: 19, request: CreateTopicsRequest, response: CreateTopicsResponse },
  DeleteTopics: { key: 20, request: DeleteTopicsRequest, response: DeleteTopicsResponse },
  DeleteRecords: { key: 21, request: DeleteRecordsRequest, response: DeleteRecordsResponse },
  InitProducerId: { key: 22, request: InitProducerIdRequest, response: InitProducerIdResponse },
  OffsetForLeaderEpoch: { key: 23, request: OffsetForLeaderEpochRequest, response: OffsetForLeaderEpochResponse },
  AddPartitionsToTxn: { key: 24, request: AddPartitionsToTxnRequest, response: AddPartitionsToTxnResponse },
  AddOffsetsToTxn: { key: 25, request: AddOffsetsToTxnRequest, response: AddOffsetsToTxnResponse },
  EndTxn: { key: 26, request: EndTxnRequest, response: EndTxnResponse },
  WriteTxnMarkers: { key: 27, request: WriteTxnMarkersRequest, response: WriteTxnMarkersResponse },
  TxnOffsetCommit: { key: 28, request: TxnOffsetCommitRequest, response: TxnOffsetCommitResponse },
  DescribeConfigs: { key: 32, request: DescribeConfigsRequest, response: DescribeConfigsResponse },
  AlterConfigs: { key: 33, request: AlterConfigsRequest, response: AlterConfigsResponse },
  DescribeLogDirs: { key: 35, request: DescribeLogDirsRequest, response: DescribeLogDirsResponse },
  CreatePartitions: { key: 37, request: CreatePartitionsRequest, response: CreatePartitionsResponse },
  DeleteGroups: { key: 42, request: DeleteGroupsRequest, response: DeleteGroupsResponse },
  ElectLeaders: { key: 43, request: ElectLeadersRequest, response: ElectLeadersResponse },
  IncrementalAlterConfigs: {
    key: 44,
    request: IncrementalAlterConfigsRequest,
    response: IncrementalAlterConfigsResponse,
  },
  AlterPartitionReassignments: {
    key: 45,
    request: AlterPartitionReassignmentsRequest,
    response: AlterPartitionReassignmentsResponse,
  },
  ListPartitionReassignments: {
    key: 46,
    request: ListPartitionReassignmentsRequest,
    response: ListPartitionReassignmentsResponse,
  },
  OffsetDelete: { key: 47, request: OffsetDeleteRequest, response: OffsetDeleteResponse },
  Vote: { key: 52, request: VoteRequest, response: VoteResponse },
  BeginQuorumEpoch: { key: 53, request: BeginQuorumEpochRequest, response: BeginQuorumEpochResponse },
  EndQuorumEpoch: { key: 54, request: EndQuorumEpochRequest, response: EndQuorumEpochResponse },
  DescribeQuorum: { key: 55, request: DescribeQuorumRequest, response: DescribeQuorumResponse },
  AlterPartition: { key: 56, request: AlterPartitionRequest, response: AlterPartitionResponse },
  UpdateFeatures: { key: 57, request: UpdateFeaturesRequest, response: UpdateFeaturesResponse },
  Envelope: { key: 58, request: EnvelopeRequest, response: EnvelopeResponse },
  FetchSnapshot: { key: 59, request: FetchSnapshotRequest, response: FetchSnapshotResponse },
  DescribeCluster: { key: 60, request: DescribeClusterRequest, response: DescribeClusterResponse },
  DescribeProducers: { key: 61, request: DescribeProducersRequest, response: DescribeProducersResponse },
  BrokerRegistration: { key: 62, request: BrokerRegistrationRequest, response: BrokerRegistrationResponse },
  BrokerHeartbeat: { key: 63, request: BrokerHeartbeatRequest, response: BrokerHeartbeatResponse },
  UnregisterBroker: { key: 64, request: UnregisterBrokerRequest, response: UnregisterBrokerResponse },
  AllocateProducerIds: { key: 67, request: AllocateProducerIdsRequest, response: AllocateProducerIdsResponse },
  ControllerRegistration: { key: 70, request: ControllerRegistrationRequest, response: ControllerRegistrationResponse },
  DescribeTopicPartitions: {
    key: 75,
    request: DescribeTopicPartitionsRequest,
    response: DescribeTopicPartitionsResponse,
  },
} as const;

/** Kafka's name of an API: "Produce", "Fetch", … */
export type ApiName = keyof typeof APIS;
/** Body of a request of API `A`. */
export type RequestBody<A extends ApiName> = BodyOf<(typeof APIS)[A]["request"]["fields"]>;
/** Body of a response of API `A`. */
export type ResponseBody<A extends ApiName> = BodyOf<(typeof APIS)[A]["response"]["fields"]>;

/** One row of the table while the API is not known statically. */
export interface Api {
  readonly name: ApiName;
  readonly key: number;
  readonly request: MessageSchema;
  readonly response: MessageSchema;
  /** First version with compact encodings and header v2; null if none has. */
  readonly flexibleSince: number | null;
  readonly lowestVersion: number;
  readonly highestVersion: number;
}

const BY_KEY: (Api | undefined)[] = [];
for (const name of Object.keys(APIS) as ApiName[]) {
  const { key, request, response } = APIS[name];
  const [lowestVersion, highestVersion] = request.versions;
  BY_KEY[key] = {
    name,
    key,
    request: request as unknown as MessageSchema,
    response: response as unknown as MessageSchema,
    flexibleSince: request.flexibleSince,
    lowestVersion,
    highestVersion,
  };
}

/** All APIs in the order of their numbers. */
export const ALL_APIS: readonly Api[] = BY_KEY.filter((api) => api !== undefined);

/** The API with this number, if it is one of ours. */
export function apiByKey(key: number): Api | undefined {
  return BY_KEY[key];
}

/** Kafka's number of an API. */
export function apiKeyOf(name: ApiName): number {
  return APIS[name].key;
}

/** The version our own nodes speak to each other. */
export function latestVersion(name: ApiName): number {
  return APIS[name].request.versions[1];
}

/** Do we speak this version of this API? */
export function isVersionSupported(key: number, version: number): boolean {
  const api = BY_KEY[key];
  return api !== undefined && version >= api.lowestVersion && version <= api.highestVersion;
}

/**
 * Lowest version to name in an ApiVersions answer. Kafka lists Produce from 0 although it serves 3 and later only:
 * librdkafka would otherwise take the broker for one without compression (KAFKA-18659).
 */
export function advertisedLowestVersion(api: Api): number {
  return api.key === APIS.Produce.key ? 0 : api.lowestVersion;
}

/** Version of the request header: flexible requests end theirs with tagged fields. */
export function requestHeaderVersion(api: Api, version: number): 1 | 2 {
  return isFlexible(api, version) ? 2 : 1;
}

/**
 * Version of the response header. An ApiVersions response always has the old one: the client cannot know yet which
 * versions the broker speaks, so it must be able to read an answer of any version (KIP-511).
 */
export function responseHeaderVersion(api: Api, version: number): 0 | 1 {
  return isFlexible(api, version) && api.key !== APIS.ApiVersions.key ? 1 : 0;
}

function isFlexible(api: Api, version: number): boolean {
  return api.flexibleSince !== null && version >= api.flexibleSince;
}
