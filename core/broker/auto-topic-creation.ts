// Topics that come into being because somebody asked for them: those of applications (auto.create.topics.enable) and
// Kafka's own (__consumer_offsets, when the first group looks for its coordinator).
// The broker asks the controller and tells the client to try again; nothing waits.

import type { BrokerConfig } from "../config/broker-config.js";
import type { ControllerChannel } from "../protocol/controller-channel.js";
import { CreateTopicsRequest } from "../protocol/messages/create-topics.js";
import { GROUP_METADATA_TOPIC } from "../internal-topics.js";

/** Kafka's own time-out for the request to the controller. */
const CREATE_TIMEOUT_MS = 30_000;

export class AutoTopicCreation {
  readonly #channel: ControllerChannel;
  readonly #config: BrokerConfig;
  /** Names asked for and not yet answered: a storm of clients must not become a storm of requests. */
  readonly #inFlight = new Set<string>();

  constructor(channel: ControllerChannel, config: BrokerConfig) {
    this.#channel = channel;
    this.#config = config;
  }

  /** Asks the controller for the topic, unless that is already under way. The outcome shows in the metadata. */
  create(name: string): void {
    if (this.#inFlight.has(name)) return;
    this.#inFlight.add(name);
    const body = CreateTopicsRequest.create({ topics: [this.#creatable(name)], timeoutMs: CREATE_TIMEOUT_MS });
    this.#channel.send("CreateTopics", body, () => this.#inFlight.delete(name), CREATE_TIMEOUT_MS);
  }

  #creatable(name: string): {
    name: string;
    numPartitions: number;
    replicationFactor: number;
    configs: { name: string; value: string }[];
  } {
    const config = this.#config;
    if (name === GROUP_METADATA_TOPIC) {
      return {
        name,
        numPartitions: config["offsets.topic.num.partitions"],
        replicationFactor: config["offsets.topic.replication.factor"],
        configs: [
          { name: "cleanup.policy", value: "compact" },
          { name: "compression.type", value: "producer" },
          { name: "segment.bytes", value: String(config["offsets.topic.segment.bytes"]) },
        ],
      };
    }
    // -1: the controller's defaults, num.partitions and default.replication.factor.
    return { name, numPartitions: -1, replicationFactor: -1, configs: [] };
  }
}
