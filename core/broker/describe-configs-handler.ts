// DescribeConfigs: what a setting is in force, and where it comes from.

import { BROKER_CONFIG } from "../config/broker-config.js";
import { TOPIC_CONFIG } from "../config/topic-config.js";
import type { ConfigDefinition, ConfigOverrides } from "../config/definition.js";
import { Errors } from "../errors.js";
import type { MetadataImage } from "../metadata/metadata-image.js";
import type { RequestBody, ResponseBody } from "../protocol/apis.js";
import type { RequestContext } from "./request-context.js";

type Result = ResponseBody<"DescribeConfigs">["results"][number];
type ConfigEntry = Result["configs"][number];

const ResourceType = { TOPIC: 2, BROKER: 4 } as const;
/** Who set the value in force, most specific first. */
const ConfigSource = { TOPIC: 1, DYNAMIC_BROKER: 2, DYNAMIC_DEFAULT_BROKER: 3, STATIC_BROKER: 4, DEFAULT: 5 } as const;
const ConfigType = { boolean: 1, string: 2, int: 3, long: 5, double: 6, list: 7 } as const;

export interface DescribeConfigsOptions {
  readonly image: MetadataImage;
  readonly brokerId: number;
  /** What was written into this broker's properties file. */
  readonly staticConfig: ConfigOverrides;
}

/** Answers DescribeConfigs v1–4 for topics and for this broker. */
export function handleDescribeConfigs(
  options: DescribeConfigsOptions,
  body: RequestBody<"DescribeConfigs">,
  context: RequestContext<"DescribeConfigs">,
): void {
  const results = body.resources.map((resource): Result => {
    const { resourceType, resourceName, configurationKeys } = resource;
    const result = (errorCode: number, errorMessage: string | null, configs: readonly ConfigEntry[]): Result => ({
      errorCode,
      errorMessage,
      resourceType,
      resourceName,
      configs: configs.filter(({ name }) => configurationKeys === null || configurationKeys.includes(name)),
    });
    if (resourceType === ResourceType.TOPIC) {
      if (!options.image.topics.has(resourceName)) {
        return result(Errors.UNKNOWN_TOPIC_OR_PARTITION, `no topic is called "${resourceName}"`, []);
      }
      return result(Errors.NONE, null, topicEntries(options, resourceName, body.includeDocumentation));
    }
    if (resourceType === ResourceType.BROKER) {
      const isOurs = resourceName === "" || resourceName === String(options.brokerId);
      if (!isOurs) return result(Errors.INVALID_REQUEST, `ask broker ${resourceName} itself for its settings`, []);
      return result(Errors.NONE, null, brokerEntries(options, body.includeDocumentation));
    }
    return result(Errors.INVALID_REQUEST, `resources of type ${resourceType} have no settings here`, []);
  });
  context.reply({ throttleTimeMs: 0, results });
}

function topicEntries(options: DescribeConfigsOptions, topic: string, withDocumentation: boolean): ConfigEntry[] {
  const own = options.image.configs.get(`topic:${topic}`);
  return Object.entries(TOPIC_CONFIG).map(([name, definition]: [string, ConfigDefinition<unknown>]) => {
    const value = own?.get(name);
    if (value !== undefined) return entry(name, definition, value, ConfigSource.TOPIC, withDocumentation);
    const inherited = brokerValue(options, definition.synonym ?? name, definition.fallback);
    return entry(name, definition, inherited.value, inherited.source, withDocumentation);
  });
}

function brokerEntries(options: DescribeConfigsOptions, withDocumentation: boolean): ConfigEntry[] {
  return Object.entries(BROKER_CONFIG).map(([name, definition]: [string, ConfigDefinition<unknown>]) => {
    const { value, source } = brokerValue(options, name, definition.fallback);
    return entry(name, definition, value, source, withDocumentation);
  });
}

function brokerValue(
  { image, brokerId, staticConfig }: DescribeConfigsOptions,
  name: string,
  fallback: unknown,
): { readonly value: string; readonly source: number } {
  const dynamic = image.configs.get(`broker:${brokerId}`)?.get(name);
  if (dynamic !== undefined) return { value: dynamic, source: ConfigSource.DYNAMIC_BROKER };
  const dynamicDefault = image.configs.get("broker:")?.get(name);
  if (dynamicDefault !== undefined) return { value: dynamicDefault, source: ConfigSource.DYNAMIC_DEFAULT_BROKER };
  const written = staticConfig[name];
  if (written !== undefined) return { value: String(written), source: ConfigSource.STATIC_BROKER };
  return { value: String(fallback), source: ConfigSource.DEFAULT };
}

function entry(
  name: string,
  definition: ConfigDefinition<unknown>,
  value: string,
  configSource: number,
  withDocumentation: boolean,
): ConfigEntry {
  return {
    name,
    value,
    readOnly: false,
    configSource,
    isSensitive: false,
    synonyms: [],
    configType: ConfigType[definition.type],
    documentation: withDocumentation ? definition.about : null,
  };
}
