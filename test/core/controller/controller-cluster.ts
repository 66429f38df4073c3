// Controllers and lightweight brokers for tests: a broker here is an observer of the metadata log with a life cycle,
// holding no data.

import { createHash } from "node:crypto";
import { BrokerLifecycle } from "../../../core/broker/broker-lifecycle.js";
import { NetworkControllerChannel } from "../../../core/broker/controller-channel.js";
import type { ConfigOverrides } from "../../../core/config/definition.js";
import type { BrokerConfig } from "../../../core/config/broker-config.js";
import { ControllerNode } from "../../../core/controller/controller-node.js";
import type { Environment } from "../../../core/environment.js";
import { MetadataLoader } from "../../../core/metadata/metadata-loader.js";
import type { MetadataImage } from "../../../core/metadata/metadata-image.js";
import type { Node } from "../../../core/node.js";
import type { ApiName, RequestBody, ResponseBody } from "../../../core/protocol/apis.js";
import { APIS } from "../../../core/protocol/apis.js";
import { RaftClient } from "../../../core/raft/raft-client.js";
import type { NodeEndpoint, NodeId } from "../../../core/types.js";
import { brokerConfig, CLUSTER_ID, endpointOf } from "../raft/quorum-cluster.js";
import { TestWorld } from "../raft/test-cluster.js";

export class TestBroker implements Node {
  readonly env: Environment;
  readonly raft: RaftClient;
  readonly loader: MetadataLoader;
  readonly lifecycle: BrokerLifecycle;
  readonly channel: NetworkControllerChannel;

  constructor(env: Environment, voters: readonly NodeEndpoint[], config: BrokerConfig, previousBrokerEpoch: number) {
    this.env = env;
    this.loader = new MetadataLoader(env, config, (id, records) => this.raft.createSnapshot(id, records));
    this.raft = new RaftClient({ env, clusterId: CLUSTER_ID, voters, config, listener: this.loader });
    const controller = (): NodeEndpoint | undefined => voters.find((voter) => voter.id === this.raft.leaderId);
    const channel = (name: string): NetworkControllerChannel =>
      new NetworkControllerChannel({
        env,
        clientId: `broker-${env.nodeId}-${name}`,
        requestTimeoutMs: 4500,
        controller,
      });
    this.channel = channel("forwarding");
    this.lifecycle = new BrokerLifecycle({
      env,
      brokerId: env.nodeId,
      clusterId: CLUSTER_ID,
      config,
      channel: channel("heartbeat"),
      endpoint: endpointOf(env.nodeId),
      previousBrokerEpoch,
      logDirId: createHash("sha256").update(String(env.nodeId)).digest("base64url").slice(0, 21) + "A",
      metadataOffset: () => this.loader.image.offset,
      onCaughtUp: () => this.lifecycle.setReadyToUnfence(),
      onUnfenced: () => {},
    });
  }

  start(): void {
    this.raft.start();
    this.lifecycle.start();
  }

  shutdown(onStopped: () => void): void {
    this.lifecycle.initiateControlledShutdown(onStopped);
  }
}

export class ControllerCluster {
  readonly world: TestWorld;
  readonly config: BrokerConfig;
  readonly voters: readonly NodeEndpoint[];
  readonly controllers = new Map<NodeId, ControllerNode>();
  readonly brokers = new Map<NodeId, TestBroker>();

  constructor(
    brokerIds: readonly NodeId[],
    overrides: ConfigOverrides = {},
    seed = 1,
    controllerIds = [101, 102, 103],
  ) {
    this.world = new TestWorld(seed);
    this.config = brokerConfig(overrides);
    this.voters = controllerIds.map(endpointOf);
    for (const id of controllerIds) this.startController(id);
    for (const id of brokerIds) this.startBroker(id);
    this.world.until("all brokers run", () => brokerIds.every((id) => this.broker(id).lifecycle.state === "RUNNING"));
  }

  startController(nodeId: NodeId): void {
    const options = {
      nodeId,
      clusterId: CLUSTER_ID,
      voters: this.voters,
      endpoint: endpointOf(nodeId),
      config: this.config,
    };
    this.controllers.set(
      nodeId,
      this.world.start(nodeId, (env) => new ControllerNode(env, options)),
    );
  }

  startBroker(id: NodeId, previousBrokerEpoch = -1): TestBroker {
    const broker = this.world.start(id, (env) => new TestBroker(env, this.voters, this.config, previousBrokerEpoch));
    this.brokers.set(id, broker);
    return broker;
  }

  broker(id: NodeId): TestBroker {
    return this.brokers.get(id)!;
  }

  get active(): ControllerNode | undefined {
    const active = [...this.controllers.values()].filter((node) => node.controller.isActive);
    return active.sort((a, b) => b.raft.epoch - a.raft.epoch)[0];
  }

  get image(): MetadataImage {
    this.world.until("a controller is active", () => this.active !== undefined);
    return this.active!.controller.image;
  }

  /** Sends through a broker's channel and waits for the answer. */
  request<A extends ApiName>(
    api: A,
    body: Parameters<(typeof APIS)[A]["request"]["create"]>[0],
    via = [...this.brokers.keys()][0]!,
  ): ResponseBody<A> {
    let answer: ResponseBody<A> | undefined;
    const complete = APIS[api].request.create(body as never) as RequestBody<A>;
    this.broker(via).channel.send(api, complete, (outcome) => {
      if (outcome.ok) answer = outcome.body;
    });
    this.world.until(`${api} is answered`, () => answer !== undefined);
    return answer!;
  }

  createTopic(name: string, assignments: readonly (readonly NodeId[])[], configs: Record<string, string> = {}): void {
    const response = this.request("CreateTopics", {
      topics: [
        {
          name,
          numPartitions: -1,
          replicationFactor: -1,
          assignments: assignments.map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds })),
          configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
        },
      ],
    });
    if (response.topics[0]!.errorCode !== 0) throw new Error(response.topics[0]!.errorMessage ?? "createTopic failed");
  }

  /** The leader of a partition proposes an ISR, with the members' present epochs. */
  alterIsr(topic: string, isr: readonly NodeId[]) {
    const image = this.image;
    const row = image.partition(topic, 0)!;
    const response = this.request("AlterPartition", {
      brokerId: row.leader,
      brokerEpoch: image.brokers.get(row.leader)!.epoch,
      topics: [
        {
          topicId: image.topics.get(topic)!.topicId,
          partitions: [
            {
              partitionIndex: 0,
              leaderEpoch: row.leaderEpoch,
              partitionEpoch: row.partitionEpoch,
              newIsrWithEpochs: isr.map((id) => ({ brokerId: id, brokerEpoch: image.brokers.get(id)!.epoch })),
            },
          ],
        },
      ],
    });
    return response.topics[0]!.partitions[0]!;
  }

  row(topic: string, partition = 0) {
    return this.image.partition(topic, partition)!;
  }
}
