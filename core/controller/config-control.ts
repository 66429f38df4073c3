// Dynamic settings of topics and brokers: incremental changes, wholesale replacement, and what follows from them.
// A value is checked against the tables of core/config before it may enter the log: what is in the log is replayed
// by everybody, and a broker cannot refuse it any more.

import { ConfigError, parseConfigValue, type ConfigDefinition } from "../config/definition.js";
import { BROKER_CONFIG } from "../config/broker-config.js";
import { TOPIC_CONFIG } from "../config/topic-config.js";
import { Errors, type ErrorCode } from "../errors.js";
import { resolveTopicSetting } from "../metadata/effective-config.js";
import { brokerConfigKey, ConfigResourceType, topicConfigKey } from "../metadata/metadata-image.js";
import type { RequestBody, ResponseBody } from "../protocol/apis.js";
import { metadataRecord, type MetadataRecord } from "../protocol/messages/metadata-records.js";
import { compareStrings } from "../types.js";
import { apiError, NO_ERROR, type ApiError } from "./api-error.js";
import type { ControllerResult, ControllerState } from "./controller-state.js";
import { topicNameError } from "./topic-names.js";

/** `IncrementalAlterConfigsRequest.configOperation`. */
export const ConfigOperation = { SET: 0, DELETE: 1, APPEND: 2, SUBTRACT: 3 } as const;

export interface ConfigChange {
  readonly name: string;
  readonly value: string | null;
  readonly operation: number;
}

export type CheckedChange =
  { readonly ok: true; readonly records: readonly MetadataRecord[] } | { readonly ok: false; readonly error: ApiError };

const MIN_ISR = "min.insync.replicas";
/**
 * Broker settings that may change while brokers run, of all of them or of one: those that are the defaults of topic
 * settings (Kafka's DynamicLogConfig).
 */
const DYNAMIC_BROKER_SETTINGS: ReadonlySet<string> = new Set(
  Object.values(TOPIC_CONFIG).flatMap(({ synonym }: { readonly synonym?: string }) => synonym ?? []),
);

/** Checks changes to the settings of one resource (`topic:NAME`, `broker:ID`); the resource itself is not checked. */
export function validateConfigChange(
  state: ControllerState,
  resourceKey: string,
  changes: readonly ConfigChange[],
): CheckedChange {
  const isTopic = resourceKey.startsWith("topic:");
  const table: Readonly<Record<string, ConfigDefinition<unknown>>> = isTopic ? TOPIC_CONFIG : BROKER_CONFIG;
  const resourceType = isTopic ? ConfigResourceType.TOPIC : ConfigResourceType.BROKER;
  const resourceName = resourceKey.slice(resourceKey.indexOf(":") + 1);
  const current = state.image.configs.get(resourceKey);
  const resulting = new Map(current);
  const records: MetadataRecord[] = [];
  const refuse = (message: string, errorCode: ErrorCode = Errors.INVALID_CONFIG): CheckedChange => ({
    ok: false,
    error: apiError(errorCode, message),
  });
  const divisive = isTopic || !state.elrEnabled ? undefined : divisiveChange(resourceName, changes);
  if (divisive !== undefined) return refuse(divisive);
  const malformed = malformedChange(changes) ?? (isTopic ? undefined : staticChange(changes));
  if (malformed !== undefined) return refuse(malformed, Errors.INVALID_REQUEST);
  for (const change of changes) {
    const definition = Object.hasOwn(table, change.name) ? table[change.name] : undefined;
    if (definition === undefined) {
      // Removing a setting nobody knows any more must stay possible.
      if (change.operation !== ConfigOperation.DELETE) return refuse(`Unknown config name: ${change.name}`);
    }
    const present = current?.get(change.name);
    const next = nextValue(change, definition, present);
    if (next === undefined) return refuse(`Invalid operation for ${change.name}`);
    if (next !== null && definition !== undefined) {
      const problem = valueProblem(change.name, definition, next);
      // KAFKA-13609: the code says something else for brokers, and clients have come to know it.
      if (problem !== undefined) return refuse(problem, isTopic ? Errors.INVALID_CONFIG : Errors.INVALID_REQUEST);
    }
    if (next === null) resulting.delete(change.name);
    else resulting.set(change.name, next);
    // KAFKA-14136: brokers get even what they have, for it may name a file whose content is new.
    if (isTopic && next === (present ?? null)) continue;
    records.push(metadataRecord("ConfigRecord", { resourceType, resourceName, name: change.name, value: next }));
  }
  // A topic created without settings is not at fault for those of the brokers.
  const contradiction = isTopic && changes.length > 0 ? contradictionIn(state, resulting) : undefined;
  return contradiction === undefined ? { ok: true, records } : refuse(contradiction);
}

/**
 * What in a topic's settings cannot hold together (LogConfig.validateValues): a record that has to be compacted before
 * it may be. What the topic does not say comes from the settings of all brokers, as the controller has them.
 */
function contradictionIn(state: ControllerState, settings: ReadonlyMap<string, string>): string | undefined {
  const valueOf = (name: "min.compaction.lag.ms" | "max.compaction.lag.ms"): number => {
    const own = settings.get(name);
    if (own === undefined) return resolveTopicSetting(state.image, "", name, state.config).value;
    return parseConfigValue(name, TOPIC_CONFIG[name], own) as number;
  };
  const minLagMs = valueOf("min.compaction.lag.ms");
  const maxLagMs = valueOf("max.compaction.lag.ms");
  if (minLagMs <= maxLagMs) return undefined;
  return `conflict topic config setting min.compaction.lag.ms (${minLagMs}) > max.compaction.lag.ms (${maxLagMs})`;
}

/** What is wrong with the request itself, whatever the settings are; undefined if nothing is. */
function malformedChange(changes: readonly ConfigChange[]): string | undefined {
  if (new Set(changes.map(({ name }) => name)).size < changes.length) return "Error due to duplicate config keys";
  const valueless = changes.filter(({ operation, value }) => operation !== ConfigOperation.DELETE && value === null);
  if (valueless.length > 0) return `Null value not supported for : ${valueless.map(({ name }) => name).join(", ")}`;
  const unknown = changes.find(
    ({ operation }) => operation < ConfigOperation.SET || operation > ConfigOperation.SUBTRACT,
  );
  return unknown === undefined ? undefined : `Unknown operations type ${unknown.operation}`;
}

/** A change that brokers would never act on is refused, or an operator would believe that it holds. */
function staticChange(changes: readonly ConfigChange[]): string | undefined {
  const names = changes
    .filter(({ operation }) => operation !== ConfigOperation.DELETE)
    .map(({ name }) => name)
    .filter((name) => Object.hasOwn(BROKER_CONFIG, name) && !DYNAMIC_BROKER_SETTINGS.has(name));
  return names.length === 0 ? undefined : `Cannot update these configs dynamically: ${names.join(", ")}`;
}

/**
 * KAFKA-16540: who is an eligible leader depends on min.insync.replicas, so that with ELR all have to go by one value.
 * Why a change would let brokers differ; undefined if it would not.
 */
function divisiveChange(brokerId: string, changes: readonly ConfigChange[]): string | undefined {
  const change = changes.find(({ name }) => name === MIN_ISR);
  if (change === undefined) return undefined;
  if (brokerId !== "") return `Broker-level ${MIN_ISR} cannot be altered while ELR is enabled.`;
  const isRemoved = change.operation === ConfigOperation.DELETE;
  return isRemoved ? `Cluster-level ${MIN_ISR} cannot be removed while ELR is enabled.` : undefined;
}

/** What has to be written before ELR may be enabled (KAFKA-16540): one min.insync.replicas, in the log, for all brokers. */
export function elrSafetyRecords({ image, config }: ControllerState): readonly MetadataRecord[] {
  const of = (resourceName: string, value: string | null): MetadataRecord =>
    metadataRecord("ConfigRecord", { resourceType: ConfigResourceType.BROKER, resourceName, name: MIN_ISR, value });
  const clusterWide = brokerConfigKey("");
  const isSet = image.configs.get(clusterWide)?.has(MIN_ISR) === true;
  const overriding = [...image.configs]
    .filter(([key, settings]) => key.startsWith(clusterWide) && key !== clusterWide && settings.has(MIN_ISR))
    .map(([key]) => key.slice(clusterWide.length))
    .sort(compareStrings);
  return [...(isSet ? [] : [of("", String(config[MIN_ISR]))]), ...overriding.map((brokerId) => of(brokerId, null))];
}

/** The value after the change; null for none, undefined if the operation is impossible. */
function nextValue(
  change: ConfigChange,
  definition: ConfigDefinition<unknown> | undefined,
  current: string | undefined,
): string | null | undefined {
  switch (change.operation) {
    case ConfigOperation.SET:
      return change.value ?? undefined;
    case ConfigOperation.DELETE:
      return null;
    case ConfigOperation.APPEND:
    case ConfigOperation.SUBTRACT: {
      if (definition?.type !== "list" || change.value === null) return undefined;
      const present = splitList(current ?? (definition.fallback as readonly string[]).join(","));
      const given = splitList(change.value);
      const isAppend = change.operation === ConfigOperation.APPEND;
      const kept = isAppend
        ? [...present, ...given.filter((item) => !present.includes(item))]
        : present.filter((item) => !given.includes(item));
      return kept.join(",");
    }
    default:
      return undefined;
  }
}

function splitList(value: string): string[] {
  return value
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

function valueProblem(name: string, definition: ConfigDefinition<unknown>, value: string): string | undefined {
  try {
    parseConfigValue(name, definition, value);
    return undefined;
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

interface Resource {
  readonly resourceType: number;
  readonly resourceName: string;
}

export class ConfigControl {
  readonly #state: ControllerState;

  constructor(state: ControllerState) {
    this.#state = state;
  }

  incrementalAlterConfigs(
    body: RequestBody<"IncrementalAlterConfigs">,
  ): ControllerResult<ResponseBody<"IncrementalAlterConfigs">> {
    const wanted = body.resources.map((resource) => ({
      ...resource,
      changes: resource.configs.map(({ name, value, configOperation }) => ({
        name,
        value,
        operation: configOperation,
      })),
    }));
    return this.#alter(wanted, body.validateOnly);
  }

  /** The old call: what is not named goes back to its default. */
  alterConfigs(body: RequestBody<"AlterConfigs">): ControllerResult<ResponseBody<"AlterConfigs">> {
    const wanted = body.resources.map((resource) => {
      const named = new Set(resource.configs.map((config) => config.name));
      const current = [...(this.#state.image.configs.get(keyOf(resource) ?? "")?.keys() ?? [])].sort();
      return {
        ...resource,
        changes: [
          ...resource.configs.map(({ name, value }) => ({ name, value, operation: ConfigOperation.SET })),
          ...current
            .filter((name) => !named.has(name))
            .map((name) => ({ name, value: null, operation: ConfigOperation.DELETE })),
        ],
      };
    });
    return this.#alter(wanted, body.validateOnly);
  }

  #alter(
    wanted: readonly (Resource & { readonly changes: readonly ConfigChange[] })[],
    validateOnly: boolean,
  ): ControllerResult<ResponseBody<"AlterConfigs">> {
    const records: MetadataRecord[] = [];
    const isSame = (a: Resource, b: Resource): boolean =>
      a.resourceType === b.resourceType && a.resourceName === b.resourceName;
    const responses = wanted.map((resource) => {
      const { resourceType, resourceName, changes } = resource;
      const key = keyOf(resource);
      const isRepeated = wanted.some((other) => other !== resource && isSame(other, resource));
      const error = isRepeated
        ? apiError(Errors.INVALID_REQUEST, "Each resource must appear at most once.")
        : nameError(resource);
      if (key === undefined || error.errorCode !== Errors.NONE) return { ...error, resourceType, resourceName };
      // What is wrong with the change is wrong wherever it is made; only then is asked whether there is such a resource.
      const checked = validateConfigChange(this.#state, key, changes);
      if (!checked.ok) return { ...checked.error, resourceType, resourceName };
      const missing = this.#existenceError(resource);
      if (missing.errorCode !== Errors.NONE) return { ...missing, resourceType, resourceName };
      records.push(...checked.records, ...this.#elrRecords(resource, checked.records));
      return { ...NO_ERROR, resourceType, resourceName };
    });
    return { records: validateOnly ? [] : records, response: { throttleTimeMs: 0, responses } };
  }

  #existenceError({ resourceType, resourceName }: Resource): ApiError {
    const { image } = this.#state;
    if (resourceType === ConfigResourceType.TOPIC) {
      return image.topics.has(resourceName) ? NO_ERROR : apiError(Errors.UNKNOWN_TOPIC_OR_PARTITION);
    }
    const isKnown = resourceName === "" || image.brokers.has(Number(resourceName));
    return isKnown ? NO_ERROR : apiError(Errors.BROKER_ID_NOT_REGISTERED, `No node with id ${resourceName} found.`);
  }

  /**
   * Eligible leaders were eligible under the old min.insync.replicas: with a lower one data may be committed that
   * they lack. So a change of it forgets them all (KIP-966).
   */
  #elrRecords(resource: Resource, changed: readonly MetadataRecord[]): readonly MetadataRecord[] {
    const changesMinIsr = changed.some((record) => record.type === "ConfigRecord" && record.body.name === MIN_ISR);
    if (!changesMinIsr || !this.#state.elrEnabled) return [];
    const topicName = resource.resourceType === ConfigResourceType.TOPIC ? resource.resourceName : "";
    return [metadataRecord("ClearElrRecord", { topicName })];
  }
}

/** What is wrong with the name of a resource, whether there is such a one or not. */
function nameError({ resourceType, resourceName }: Resource): ApiError {
  if (resourceType === ConfigResourceType.TOPIC) {
    if (resourceName === "") return apiError(Errors.INVALID_REQUEST, "Default topic resources are not allowed.");
    const invalid = topicNameError(resourceName);
    return invalid === undefined ? NO_ERROR : apiError(Errors.INVALID_TOPIC_EXCEPTION, invalid);
  }
  if (resourceType !== ConfigResourceType.BROKER) {
    return apiError(Errors.INVALID_REQUEST, `Unsupported resource type ${resourceType}`);
  }
  if (/^-?\d*$/.test(resourceName)) return NO_ERROR;
  return apiError(Errors.INVALID_REQUEST, `Node id must be an integer, but it is: ${resourceName}`);
}

function keyOf({ resourceType, resourceName }: Resource): string | undefined {
  if (resourceType === ConfigResourceType.TOPIC) return topicConfigKey(resourceName);
  if (resourceType === ConfigResourceType.BROKER) return `${brokerConfigKey("")}${resourceName}`;
  return undefined;
}
