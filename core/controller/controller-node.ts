// A controller process: a voter of the metadata quorum, its controller, and the endpoint both are reached by.

import { listenForRequests } from "../broker/request-channel.js";
import type { BrokerConfig } from "../config/broker-config.js";
import type { Environment } from "../environment.js";
import type { Node, NodeFactory } from "../node.js";
import { RaftClient } from "../raft/raft-client.js";
import type { Endpoint, NodeEndpoint, NodeId } from "../types.js";
import { ControllerApis } from "./controller-apis.js";
import { QuorumController } from "./quorum-controller.js";

export interface ControllerNodeOptions {
  readonly nodeId: NodeId;
  readonly clusterId: string;
  /** All voters of the quorum, this one included. */
  readonly voters: readonly NodeEndpoint[];
  /** Where this controller listens. */
  readonly endpoint: Endpoint;
  readonly config: BrokerConfig;
  /** Feature levels of a new cluster; by default those of Kafka 4.0, with ELR as `eligible.leader.replicas.enable`. */
  readonly bootstrapFeatures?: Readonly<Record<string, number>>;
  /** See RaftOptions. */
  readonly tellsHighWatermarkAtOnce?: boolean;
}

/** A controller, for tests and hosts that look inside. */
export class ControllerNode implements Node {
  readonly raft: RaftClient;
  readonly controller: QuorumController;
  readonly #env: Environment;
  readonly #options: ControllerNodeOptions;

  constructor(env: Environment, options: ControllerNodeOptions) {
    this.#env = env;
    this.#options = options;
    const { clusterId, config, voters, bootstrapFeatures } = options;
    this.controller = new QuorumController({
      env,
      clusterId,
      config,
      ...(bootstrapFeatures === undefined ? {} : { bootstrapFeatures }),
    });
    this.raft = new RaftClient({
      env,
      clusterId,
      voters,
      config,
      listener: this.controller,
      tellsHighWatermarkAtOnce: options.tellsHighWatermarkAtOnce ?? false,
    });
    this.controller.attach(this.raft);
  }

  start(): void {
    const apis = new ControllerApis(this.controller, this.raft);
    listenForRequests(this.#env, this.#options.endpoint, (request, context) => apis.handle(request, context));
    this.raft.start();
  }

  shutdown(onStopped: () => void): void {
    this.raft.shutdown(onStopped);
  }
}

export function createControllerNode(options: ControllerNodeOptions): NodeFactory {
  return (env) => new ControllerNode(env, options);
}
