// Which value of a topic setting holds, when it may be given in five places.
// In order: the topic itself, the broker's own dynamic setting, the cluster-wide dynamic default, the static file of
// the process, Kafka's default.
// Controllers ask for single settings while they decide; brokers build the whole set when a topic's settings change.

import { parseConfigValue, type ConfigDefinition } from "../config/definition.js";
import type { BrokerConfig } from "../config/broker-config.js";
import { TOPIC_CONFIG, type TopicConfig } from "../config/topic-config.js";
import type { NodeId } from "../types.js";
import { brokerConfigKey, topicConfigKey, type MetadataImage } from "./metadata-image.js";

/** Where a value comes from; Kafka's `ConfigSource` of DescribeConfigs. */
export type ConfigSource =
  | "DYNAMIC_TOPIC_CONFIG"
  | "DYNAMIC_BROKER_CONFIG"
  | "DYNAMIC_DEFAULT_BROKER_CONFIG"
  | "STATIC_BROKER_CONFIG"
  | "DEFAULT_CONFIG";

export interface ResolvedConfig<T> {
  readonly value: T;
  readonly source: ConfigSource;
}

const ALL_BROKERS = brokerConfigKey("");

/**
 * The value of one topic setting and where it comes from. The topic need not exist (settings of a topic to be).
 * @param brokerId whose own dynamic settings count; left out by controllers, for whom only the whole cluster's do
 */
export function resolveTopicSetting<K extends keyof TopicConfig>(
  image: MetadataImage,
  topic: string,
  name: K,
  staticConfig: BrokerConfig,
  brokerId?: NodeId,
): ResolvedConfig<TopicConfig[K]> {
  const definition = TOPIC_CONFIG[name] as ConfigDefinition<unknown>;
  const onTopic = image.configs.get(topicConfigKey(topic))?.get(name);
  if (onTopic !== undefined) {
    return { value: parseConfigValue(name, definition, onTopic) as TopicConfig[K], source: "DYNAMIC_TOPIC_CONFIG" };
  }
  const synonym = definition.synonym;
  if (synonym !== undefined) {
    const own = brokerId === undefined ? undefined : image.configs.get(brokerConfigKey(brokerId))?.get(synonym);
    if (own !== undefined) {
      const value = parseConfigValue(name, definition, own) as TopicConfig[K];
      return { value, source: "DYNAMIC_BROKER_CONFIG" };
    }
    const dynamic = image.configs.get(ALL_BROKERS)?.get(synonym);
    if (dynamic !== undefined) {
      const value = parseConfigValue(name, definition, dynamic) as TopicConfig[K];
      return { value, source: "DYNAMIC_DEFAULT_BROKER_CONFIG" };
    }
    const fixed = staticConfig[synonym as keyof BrokerConfig] as TopicConfig[K] | undefined;
    if (fixed !== undefined) return { value: fixed, source: "STATIC_BROKER_CONFIG" };
  }
  return { value: definition.fallback as TopicConfig[K], source: "DEFAULT_CONFIG" };
}

/** All settings of a topic as one broker, or without `brokerId` the whole cluster, has them. */
export function effectiveTopicConfig(
  image: MetadataImage,
  topic: string,
  staticConfig: BrokerConfig,
  brokerId?: NodeId,
): TopicConfig {
  const values: Record<string, unknown> = {};
  for (const name of Object.keys(TOPIC_CONFIG) as (keyof TopicConfig)[]) {
    values[name] = resolveTopicSetting(image, topic, name, staticConfig, brokerId).value;
  }
  return values as TopicConfig;
}
