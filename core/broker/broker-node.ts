// Broker: the process that stores partitions and serves clients, wired from its parts.
//
// Life: it opens its logs, follows the metadata log as an observer of the quorum, registers with the controller and
// catches up with its own registration; then it acts on the metadata for the first time (becomes leader and follower),
// listens, and asks to be unfenced. From there on each committed batch of metadata is applied as it arrives.
// A graceful stop first hands its leaderships over (controlled shutdown); then nobody is served, no metadata is acted
// upon, the logs are flushed and a file says so. In this order: until its new metadata arrives the broker may believe
// that it still leads what was handed over, and must not write behind its own last flush.

import { BROKER_CONFIG, type BrokerConfig } from "../config/broker-config.js";
import { parseConfig, type ConfigOverrides } from "../config/definition.js";
import { GroupCoordinator } from "../coordinator/group-coordinator.js";
import type { Environment } from "../environment.js";
import type { Log } from "../log/log.js";
import { LogManager } from "../log/log-manager.js";
import { effectiveTopicConfig } from "../metadata/effective-config.js";
import type { MetadataDelta } from "../metadata/metadata-delta.js";
import type { MetadataImage } from "../metadata/metadata-image.js";
import { MetadataLoader } from "../metadata/metadata-loader.js";
import type { Node, NodeFactory } from "../node.js";
import { RaftClient } from "../raft/raft-client.js";
import { FetchSessionCache } from "../replication/fetch-session.js";
import type { Partition } from "../replication/partition.js";
import { ReplicaManager } from "../replication/replica-manager.js";
import { topicPartitionKey, type Endpoint, type NodeEndpoint, type NodeId, type Offset } from "../types.js";
import { AutoTopicCreation } from "./auto-topic-creation.js";
import { brokerHandlers } from "./broker-handlers.js";
import { BrokerLifecycle } from "./broker-lifecycle.js";
import { NetworkControllerChannel } from "./controller-channel.js";
import { GROUP_METADATA_TOPIC } from "../internal-topics.js";
import { logDirectoryId } from "./meta-properties.js";
import { ProducerIds } from "./producer-ids.js";
import { listenForRequests, type RequestChannel } from "./request-channel.js";
import { RequestRouter } from "./request-router.js";
import { logConfigOf, topicSettingsOf } from "./topic-settings.js";

export interface BrokerOptions {
  readonly nodeId: NodeId;
  readonly clusterId: string;
  /** The controllers, which are the voters of the metadata quorum. */
  readonly voters: readonly NodeEndpoint[];
  /** Where this broker listens, and is told to listen by metadata. */
  readonly listener: Endpoint;
  /** What its properties file says. */
  readonly config: ConfigOverrides;
}

/** Makes broker processes of these options. @throws ConfigError if a setting is unknown or impossible */
export function createBrokerNode(options: BrokerOptions): NodeFactory {
  const config = parseConfig(BROKER_CONFIG, options.config);
  return (env) => new BrokerNode(env, options, config);
}

export class BrokerNode implements Node {
  readonly #env: Environment;
  readonly #options: BrokerOptions;
  readonly #config: BrokerConfig;
  readonly #logManager: LogManager;
  readonly #loader: MetadataLoader;
  readonly #raft: RaftClient;
  /** Its line for what clients ask of the controller; heartbeats and ISR changes have lines of their own, as in Kafka. */
  readonly #forwarding: NetworkControllerChannel;
  readonly #replicaManager: ReplicaManager;
  readonly #groupCoordinator: GroupCoordinator;
  readonly #autoTopicCreation: AutoTopicCreation;
  #lifecycle: BrokerLifecycle | undefined;
  #requests: RequestChannel | undefined;
  /** True from the first time the metadata was acted upon. */
  #isPublishing = false;
  #isStopping = false;
  /** True once the controller let it go: no metadata is acted upon any more. */
  #isShut = false;

  constructor(env: Environment, options: BrokerOptions, config: BrokerConfig) {
    this.#env = env;
    this.#options = options;
    this.#config = config;
    this.#loader = new MetadataLoader(env, config, (id, records) => this.#raft.createSnapshot(id, records));
    this.#logManager = new LogManager(env, {
      defaultConfig: logConfigOf(effectiveTopicConfig(this.image, "", config), config),
      retentionCheckIntervalMs: config["log.retention.check.interval.ms"],
      flushSchedulerIntervalMs: config["log.flush.scheduler.interval.ms"],
      offsetCheckpointIntervalMs: config["log.flush.offset.checkpoint.interval.ms"],
      highWatermarkCheckpointIntervalMs: config["replica.high.watermark.checkpoint.interval.ms"],
      cleanerEnabled: config["log.cleaner.enable"],
      cleanerBackoffMs: config["log.cleaner.backoff.ms"],
      onLogStartMoved: (log) => this.#replicaManager.onLogStartMoved(log),
      onStorageError: () => this.#replicaManager.handleLogDirFailure(),
    });
    this.#raft = new RaftClient({
      env,
      clusterId: options.clusterId,
      voters: options.voters,
      config,
      listener: this.#loader,
    });
    this.#forwarding = this.#channelTo("forwarding");
    this.#replicaManager = new ReplicaManager({
      env,
      brokerId: options.nodeId,
      config,
      logManager: this.#logManager,
      image: this.image,
      controllerChannel: this.#channelTo("alter-partition"),
      brokerEpoch: () => this.#brokerEpoch,
      topicSettings: (topic) =>
        topicSettingsOf(effectiveTopicConfig(this.image, topic, config, options.nodeId), config),
      onAllLogDirsFailed: () => this.#env.halt?.(),
    });
    this.#groupCoordinator = new GroupCoordinator({ env, config, writer: this.#replicaManager });
    this.#autoTopicCreation = new AutoTopicCreation(this.#forwarding, config);
  }

  start(): void {
    const { nodeId, clusterId, listener } = this.#options;
    this.#logManager.loadLogs();
    this.#lifecycle = new BrokerLifecycle({
      env: this.#env,
      brokerId: nodeId,
      clusterId,
      config: this.#config,
      channel: this.#channelTo("heartbeat"),
      endpoint: listener,
      previousBrokerEpoch: this.#logManager.cleanShutdownBrokerEpoch(),
      logDirId: logDirectoryId(this.#env, clusterId, nodeId),
      metadataOffset: () => this.image.offset,
      onCaughtUp: () => this.#beginPublishing(),
      onUnfenced: () => {},
      onRegistrationTimeout: () => this.#env.halt?.(),
    });
    this.#raft.start();
    this.#lifecycle.start();
  }

  shutdown(onStopped: () => void): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#lifecycle?.initiateControlledShutdown(() => {
      this.#isShut = true;
      this.#requests?.stopProcessingRequests();
      this.#groupCoordinator.shutdown();
      this.#replicaManager.shutdown();
      this.#logManager.shutdown(this.#brokerEpoch, () => this.#raft.shutdown(onStopped));
    });
  }

  /** What this broker has applied of the committed metadata. */
  get image(): MetadataImage {
    return this.#loader.image;
  }

  /** The log of a replica held here, for inspection. */
  localLog(topic: string, partition: number): Log | undefined {
    return this.#logManager.get(topicPartitionKey(topic, partition));
  }

  /** Replicas that follow nobody any more (KIP-461); Kafka's FailedPartitionsCount counts them, and fenced ones too. */
  get failedPartitions(): Iterable<Partition> {
    return this.#replicaManager.failedPartitions;
  }

  /** Registered in this incarnation, unfenced and not on its way out, as the broker itself believes. */
  get isRunning(): boolean {
    return this.#lifecycle?.state === "RUNNING";
  }

  /** Epoch of this incarnation; -1 before the controller gave it one. */
  get brokerEpoch(): Offset {
    return this.#brokerEpoch;
  }

  /** The partition of `__consumer_offsets` that owns a group. */
  groupPartition(groupId: string): number {
    return this.#groupCoordinator.partitionFor(groupId);
  }

  /** Groups this broker coordinates, by id, with their states as Kafka names them. */
  groupStates(): readonly { readonly group: string; readonly state: string }[] {
    let states: readonly { readonly group: string; readonly state: string }[] = [];
    this.#groupCoordinator.listGroups({ statesFilter: [], typesFilter: [] }, ({ groups }) => {
      states = groups.map(({ groupId, groupState }) => ({ group: groupId, state: groupState }));
    });
    return states;
  }

  get #brokerEpoch(): number {
    return this.#lifecycle?.brokerEpoch ?? -1;
  }

  #channelTo(purpose: "heartbeat" | "alter-partition" | "forwarding"): NetworkControllerChannel {
    const { nodeId, voters } = this.#options;
    const requestTimeoutMs = this.#config["controller.socket.timeout.ms"];
    // A heartbeat that hangs on a dead controller must be given up in time to reach the next one (KAFKA-14392).
    const heartbeatTimeoutMs = Math.floor(this.#config["broker.session.timeout.ms"] / 2);
    return new NetworkControllerChannel({
      env: this.#env,
      clientId: `broker-${nodeId}-${purpose}`,
      requestTimeoutMs: purpose === "heartbeat" ? Math.min(requestTimeoutMs, heartbeatTimeoutMs) : requestTimeoutMs,
      controller: () => voters.find(({ id }) => id === this.#raft.leaderId),
    });
  }

  /** This broker knows of its own registration: it may take part. */
  #beginPublishing(): void {
    if (this.#isPublishing || this.#isStopping) return;
    this.#isPublishing = true;
    this.#logManager.startHousekeeping();
    this.#replicaManager.addListener(this.#groupCoordinator);
    this.#replicaManager.start();
    const groupPartitions = this.image.topics.get(GROUP_METADATA_TOPIC)?.partitions.size;
    this.#groupCoordinator.startup(groupPartitions ?? this.#config["offsets.topic.num.partitions"]);
    this.#loader.install((delta) => this.#publish(delta));
    this.#listen();
    this.#lifecycle?.setReadyToUnfence();
  }

  #publish(delta: MetadataDelta): void {
    if (this.#isShut) return;
    this.#replicaManager.applyDelta(delta);
    if (delta.deletedTopics.length === 0) return;
    this.#groupCoordinator.onPartitionsDeleted(
      delta.deletedTopics.flatMap(({ name, partitions }) =>
        [...partitions.keys()].sort((a, b) => a - b).map((partition) => ({ topic: name, partition })),
      ),
    );
  }

  #listen(): void {
    const { nodeId, clusterId, config: staticConfig, listener } = this.#options;
    const router = new RequestRouter(
      brokerHandlers({
        env: this.#env,
        brokerId: nodeId,
        clusterId,
        config: this.#config,
        staticConfig,
        image: this.image,
        channel: this.#forwarding,
        autoTopicCreation: this.#autoTopicCreation,
        producerIds: new ProducerIds(this.#forwarding, nodeId, () => this.#brokerEpoch),
        groupCoordinator: this.#groupCoordinator,
        dataPlane: {
          replicaManager: this.#replicaManager,
          image: this.image,
          fetchSessions: new FetchSessionCache({
            clock: this.#env.clock,
            random: this.#env.random,
            slots: this.#config["max.incremental.fetch.session.cache.slots"],
            topicName: (topicId) => this.image.topicsById.get(topicId)?.name,
            buggify: this.#env.buggify,
            marks: this.#env.marks,
          }),
          config: this.#config,
          buggify: this.#env.buggify,
        },
      }),
    );
    this.#requests = listenForRequests(this.#env, listener, router.route);
  }
}
