// Small clusters: what Kafka's defaults ask for and fewer than three brokers cannot give.
// `__consumer_offsets` has three copies by default; a cluster of one or two brokers never gets to create it, and no
// group ever reads. Kafka's own quick start lowers that setting by hand, and so would every script here.

import { BROKER_CONFIG } from "../../core/config/broker-config.js";
import type { ConfigOverrides } from "../../core/config/definition.js";
import type { ClusterOptions } from "./world.js";

const COPIES = "offsets.topic.replication.factor";

/** The settings of a cluster, with as many copies of `__consumer_offsets` as it has brokers, unless they say how many. */
export function settingsOf({ brokers, config = {} }: ClusterOptions): ConfigOverrides {
  return brokers < BROKER_CONFIG[COPIES].fallback ? { [COPIES]: brokers, ...config } : config;
}
