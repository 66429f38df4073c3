// DescribeConfigs: what a setting is in force, and where it comes from.

import { BROKER_CONFIG } from "../config/broker-config.js";
import { TOPIC_CONFIG } from "../config/topic-config.js";
import {
  configValueText,
  parseConfigValue,
  type ConfigDefinition,
  type ConfigOverrides,
} from "../config/definition.js";
import { type ErrorCode, Errors } from "../errors.js";
import type { MetadataImage } from "../metadata/metadata-image.js";
import type { RequestBody, ResponseBody } from "../protocol/apis.js";
import { isValidTopicName } from "./metadata-handler.js";
import type { RequestContext } from "./request-context.js";

type Result = ResponseBody<"DescribeConfigs">["results"][number];
type ConfigEntry = Result["configs"][number];

const ResourceType = { TOPIC: 2, BROKER: 4 } as const;
/** Who set the value in force, most specific first. */
const ConfigSource = { TOPIC: 1, DYNAMIC_BROKER: 2, DYNAMIC_DEFAULT_BROKER: 3, STATIC_BROKER: 4, DEFAULT: 5 } as const;
const ConfigType = { boolean: 1, string: 2, int: 3, long: 5, double: 6, list: 7 } as const;

/** What may be changed while a broker runs: here the cluster-wide defaults of topic settings, and nothing else. */
const DYNAMIC_CONFIGS: ReadonlySet<string> = new Set(
  Object.entries(TOPIC_CONFIG).map(([name, { synonym }]: [string, ConfigDefinition<unknown>]) => synonym ?? name),
);

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
    const found = describeResource(options, resourceType, resourceName);
    // No keys and no list of keys mean the same: all of them.
    const wantsAll = configurationKeys === null || configurationKeys.length === 0;
    const entries = found.settings.filter(({ name }) => wantsAll || configurationKeys.includes(name));
    return {
      errorCode: found.errorCode,
      errorMessage: found.errorMessage,
      resourceType,
      resourceName,
      configs: entries.map((setting) => entry(setting, body.includeSynonyms, body.includeDocumentation)),
    };
  });
  context.reply({ throttleTimeMs: 0, results });
}

/** A setting with all that was written for it, the value in force first. */
interface Setting {
  readonly name: string;
  readonly definition: ConfigDefinition<unknown>;
  readonly readOnly: boolean;
  readonly values: readonly { readonly name: string; readonly value: string; readonly source: number }[];
}

interface Described {
  readonly errorCode: ErrorCode;
  readonly errorMessage: string | null;
  readonly settings: readonly Setting[];
}

function refused(errorCode: ErrorCode, errorMessage: string): Described {
  return { errorCode, errorMessage, settings: [] };
}

function describeResource(options: DescribeConfigsOptions, resourceType: number, name: string): Described {
  if (resourceType === ResourceType.TOPIC) {
    if (!isValidTopicName(name)) return refused(Errors.INVALID_TOPIC_EXCEPTION, `"${name}" cannot be a topic's name`);
    if (!options.image.topics.has(name)) {
      return refused(Errors.UNKNOWN_TOPIC_OR_PARTITION, `no topic is called "${name}"`);
    }
    return { errorCode: Errors.NONE, errorMessage: null, settings: topicSettings(options, name) };
  }
  if (resourceType !== ResourceType.BROKER) {
    return refused(Errors.INVALID_REQUEST, `resources of type ${resourceType} have no settings here`);
  }
  // Without a name: the defaults of the whole cluster, which any broker knows.
  if (name === "") return { errorCode: Errors.NONE, errorMessage: null, settings: clusterDefaults(options) };
  if (name !== String(options.brokerId)) {
    return refused(Errors.INVALID_REQUEST, `ask broker ${name} itself for its settings`);
  }
  return { errorCode: Errors.NONE, errorMessage: null, settings: brokerSettings(options) };
}

function topicSettings(options: DescribeConfigsOptions, topic: string): Setting[] {
  const own = options.image.configs.get(`topic:${topic}`);
  return Object.entries(TOPIC_CONFIG).map(([name, definition]: [string, ConfigDefinition<unknown>]) => {
    const value = own?.get(name);
    const ownValue =
      value === undefined ? [] : [{ name, value: canonical(name, definition, value), source: ConfigSource.TOPIC }];
    // What has no broker setting to come from has its default alone, which is nobody's synonym.
    const inherited = definition.synonym === undefined ? [] : brokerValues(options, definition.synonym, definition);
    return { name, definition, readOnly: false, values: [...ownValue, ...inherited] };
  });
}

function brokerSettings(options: DescribeConfigsOptions): Setting[] {
  return Object.entries(BROKER_CONFIG).map(([name, definition]: [string, ConfigDefinition<unknown>]) => ({
    name,
    definition,
    readOnly: !DYNAMIC_CONFIGS.has(name),
    values: brokerValues(options, name, definition),
  }));
}

function clusterDefaults({ image }: DescribeConfigsOptions): Setting[] {
  const dynamic = image.configs.get("broker:");
  return Object.entries(BROKER_CONFIG).flatMap(([name, definition]: [string, ConfigDefinition<unknown>]) => {
    const value = dynamic?.get(name);
    if (value === undefined) return [];
    const values = [{ name, value, source: ConfigSource.DYNAMIC_DEFAULT_BROKER }];
    return [{ name, definition, readOnly: false, values }];
  });
}

function brokerValues(
  { image, brokerId, staticConfig }: DescribeConfigsOptions,
  name: string,
  definition: ConfigDefinition<unknown>,
): Setting["values"] {
  const layers: readonly (readonly [unknown, number])[] = [
    [image.configs.get(`broker:${brokerId}`)?.get(name), ConfigSource.DYNAMIC_BROKER],
    [image.configs.get("broker:")?.get(name), ConfigSource.DYNAMIC_DEFAULT_BROKER],
    [staticConfig[name], ConfigSource.STATIC_BROKER],
    [definition.fallback, ConfigSource.DEFAULT],
  ];
  const set = layers.filter(([value]) => value !== undefined);
  return set.map(([value, source]) => ({ name, value: configValueText(definition, value), source }));
}

/** A value in force as it was understood, not as it was written: without blanks, plus signs and capital TRUE. */
function canonical(name: string, definition: ConfigDefinition<unknown>, text: string): string {
  // Numbers here are exact up to 2^53 only.
  if (definition.type === "long") return String(BigInt(text.trim().replace("+", "")));
  return configValueText(definition, parseConfigValue(name, definition, text));
}

function entry(
  { name, definition, readOnly, values }: Setting,
  withSynonyms: boolean,
  withDocumentation: boolean,
): ConfigEntry {
  const inForce = values[0];
  return {
    name,
    value: canonical(name, definition, inForce?.value ?? configValueText(definition, definition.fallback)),
    readOnly,
    configSource: inForce?.source ?? ConfigSource.DEFAULT,
    isSensitive: false,
    synonyms: withSynonyms ? values : [],
    configType: ConfigType[definition.type],
    documentation: withDocumentation ? definition.about : null,
  };
}
