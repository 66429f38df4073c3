// The APIs of a broker's listener, each with its handler.

import type { BrokerConfig } from "../config/broker-config.js";
import type { ConfigOverrides } from "../config/definition.js";
import type { GroupCoordinator } from "../coordinator/group-coordinator.js";
import type { Environment } from "../environment.js";
import type { MetadataImage } from "../metadata/metadata-image.js";
import type { ApiName } from "../protocol/apis.js";
import type { ControllerChannel } from "../protocol/controller-channel.js";
import type { NodeEndpoint, NodeId } from "../types.js";
import { handleApiVersions } from "./api-versions-handler.js";
import type { AutoTopicCreation } from "./auto-topic-creation.js";
import { alterConfigs } from "./config-admin-manager.js";
import type { DataPlane } from "./data-plane.js";
import { handleDeleteRecords } from "./delete-records-handler.js";
import { handleDescribeConfigs } from "./describe-configs-handler.js";
import { handleDescribeTopicPartitions } from "./describe-topic-partitions-handler.js";
import { handleFetch } from "./fetch-handler.js";
import { FORWARDED_APIS, forward, forwardDeleteTopics, forwardElectLeaders } from "./forwarding.js";
import {
  type GroupMetadataView,
  handleDeleteGroups,
  handleDescribeGroups,
  handleFindCoordinator,
  handleHeartbeat,
  handleJoinGroup,
  handleLeaveGroup,
  handleListGroups,
  handleOffsetCommit,
  handleOffsetDelete,
  handleOffsetFetch,
  handleSyncGroup,
} from "./group-handlers.js";
import { handleListOffsets } from "./list-offsets-handler.js";
import { handleDescribeCluster, handleMetadata } from "./metadata-handler.js";
import { handleOffsetForLeaderEpoch } from "./offset-for-leader-epoch-handler.js";
import { handleProduce } from "./produce-handler.js";
import { handleInitProducerId, type ProducerIds } from "./producer-ids.js";
import type { Handler, HandlerTable } from "./request-router.js";

export interface BrokerHandlerOptions {
  readonly env: Environment;
  readonly brokerId: NodeId;
  readonly clusterId: string;
  readonly config: BrokerConfig;
  readonly staticConfig: ConfigOverrides;
  readonly image: MetadataImage;
  readonly channel: ControllerChannel;
  readonly autoTopicCreation: AutoTopicCreation;
  readonly producerIds: ProducerIds;
  readonly groupCoordinator: GroupCoordinator;
  readonly dataPlane: DataPlane;
}

/** The table for one broker. */
export function brokerHandlers(options: BrokerHandlerOptions): HandlerTable {
  const { env, image, channel, config, dataPlane, producerIds } = options;
  const metadata = {
    image,
    clusterId: options.clusterId,
    autoCreateTopics: config["auto.create.topics.enable"],
    autoTopicCreation: options.autoTopicCreation,
    pickController: (live: readonly { readonly id: NodeId }[]) => live[env.random.below(live.length)]?.id ?? -1,
  };
  const configs = { image, brokerId: options.brokerId, staticConfig: options.staticConfig };
  const groups = {
    groupCoordinator: options.groupCoordinator,
    metadata: groupMetadataView(image),
    createInternalTopic: (topic: string) => options.autoTopicCreation.create(topic),
  };
  const table: HandlerTable = {
    Produce: (body, context) => handleProduce(dataPlane, body, context),
    Fetch: (body, context) => handleFetch(dataPlane, body, context),
    ListOffsets: (body, context) => handleListOffsets(dataPlane, body, context),
    OffsetForLeaderEpoch: (body, context) => handleOffsetForLeaderEpoch(dataPlane, body, context),
    DeleteRecords: (body, context) => handleDeleteRecords(dataPlane, body, context),
    Metadata: (body, context) => handleMetadata(metadata, body, context),
    DescribeCluster: (body, context) => handleDescribeCluster(metadata, body, context),
    DescribeTopicPartitions: (body, context) => handleDescribeTopicPartitions(image, body, context),
    DescribeConfigs: (body, context) => handleDescribeConfigs(configs, body, context),
    InitProducerId: (body, context) => handleInitProducerId(producerIds, body, context),
    FindCoordinator: (body, context) => handleFindCoordinator(groups, body, context),
    JoinGroup: (body, context) => handleJoinGroup(groups, body, context),
    SyncGroup: (body, context) => handleSyncGroup(groups, body, context),
    Heartbeat: (body, context) => handleHeartbeat(groups, body, context),
    LeaveGroup: (body, context) => handleLeaveGroup(groups, body, context),
    OffsetCommit: (body, context) => handleOffsetCommit(groups, body, context),
    OffsetFetch: (body, context) => handleOffsetFetch(groups, body, context),
    DescribeGroups: (body, context) => handleDescribeGroups(groups, body, context),
    ListGroups: (body, context) => handleListGroups(groups, body, context),
    DeleteGroups: (body, context) => handleDeleteGroups(groups, body, context),
    OffsetDelete: (body, context) => handleOffsetDelete(groups, body, context),
    ...forwarders(channel, options.brokerId),
  };
  const served: readonly ApiName[] = [...(Object.keys(table) as ApiName[]), "ApiVersions"];
  return { ...table, ApiVersions: (body, context) => handleApiVersions(served, image, body, context) };
}

function forwarders(channel: ControllerChannel, brokerId: NodeId): HandlerTable {
  const table: Partial<Record<ApiName, Handler<never>>> = {};
  for (const api of FORWARDED_APIS) {
    table[api] = ((body, context) => forward(channel, api, body, context)) as Handler<never>;
  }
  return {
    ...(table as HandlerTable),
    AlterConfigs: (body, context) => alterConfigs(channel, brokerId, "AlterConfigs", body, context),
    IncrementalAlterConfigs: (body, context) =>
      alterConfigs(channel, brokerId, "IncrementalAlterConfigs", body, context),
    DeleteTopics: (body, context) => forwardDeleteTopics(channel, body, context),
    ElectLeaders: (body, context) => forwardElectLeaders(channel, body, context),
  };
}

function groupMetadataView(image: MetadataImage): GroupMetadataView {
  return {
    hasTopic: (topic) => image.topics.has(topic),
    hasPartition: (topic, partition) => image.partition(topic, partition) !== undefined,
    leaderEndpoint: (topic, partition): NodeEndpoint | undefined => {
      const leader = image.brokers.get(image.partition(topic, partition)?.leader ?? -1);
      return leader === undefined || leader.fenced
        ? undefined
        : { id: leader.id, host: leader.host, port: leader.port };
    },
  };
}
