import { expect, test } from "vitest";
import { handleDescribeConfigs } from "../../../core/broker/describe-configs-handler.js";
import { Errors } from "../../../core/errors.js";
import { ask, cluster, ConfigResource, setConfig } from "./support.js";

const DEFAULT = 5;
const STATIC_BROKER = 4;
const DYNAMIC_DEFAULT_BROKER = 3;
const TOPIC = 1;

function describe(
  resourceType: number,
  resourceName: string,
  configurationKeys: readonly string[] | null,
  includeSynonyms = false,
) {
  const image = cluster();
  setConfig(image, ConfigResource.TOPIC, "orders", "retention.ms", "1000");
  setConfig(image, ConfigResource.BROKER, "", "log.retention.ms", "2000");
  const options = { image, brokerId: 1, staticConfig: { "log.retention.ms": 3000, "min.insync.replicas": 2 } };
  const resources = [{ resourceType, resourceName, configurationKeys }];
  const handle = ask(
    "DescribeConfigs",
    (body, context) => handleDescribeConfigs(options, body, context),
    { resources, includeSynonyms },
    4,
  );
  return handle.body!.results[0]!;
}

test("topic: its own value, the cluster's default, the properties file, Kafka's default, in this order", () => {
  const find = (topic: string, name: string) => describe(ConfigResource.TOPIC, topic, [name]).configs[0]!;
  expect(find("orders", "retention.ms")).toMatchObject({ value: "1000", configSource: TOPIC });
  expect(find("users", "retention.ms")).toMatchObject({ value: "2000", configSource: DYNAMIC_DEFAULT_BROKER });
  expect(find("users", "min.insync.replicas")).toMatchObject({ value: "2", configSource: STATIC_BROKER });
  expect(find("users", "segment.bytes")).toMatchObject({ value: "1073741824", configSource: DEFAULT });
});

test("synonyms list every layer that has a value, the one in force first, and only when asked for", () => {
  expect(describe(ConfigResource.TOPIC, "orders", ["retention.ms"]).configs[0]!.synonyms).toEqual([]);
  const { synonyms } = describe(ConfigResource.TOPIC, "orders", ["retention.ms"], true).configs[0]!;
  expect(synonyms.slice(0, 3)).toEqual([
    { name: "retention.ms", value: "1000", source: TOPIC },
    { name: "log.retention.ms", value: "2000", source: DYNAMIC_DEFAULT_BROKER },
    { name: "log.retention.ms", value: "3000", source: STATIC_BROKER },
  ]);
});

test("no keys and an empty list of keys both mean all", () => {
  const all = describe(ConfigResource.TOPIC, "orders", null).configs.length;
  expect(all).toBeGreaterThan(10);
  expect(describe(ConfigResource.TOPIC, "orders", []).configs).toHaveLength(all);
});

test("broker without a name: only what was set for the whole cluster", () => {
  expect(describe(ConfigResource.BROKER, "", null).configs).toMatchObject([
    { name: "log.retention.ms", value: "2000", configSource: DYNAMIC_DEFAULT_BROKER, readOnly: false },
  ]);
});

test("this broker: everything; what needs a restart is read-only", () => {
  const { configs } = describe(ConfigResource.BROKER, "1", ["log.retention.ms", "replica.lag.time.max.ms"]);
  expect(configs.map(({ name, readOnly }) => [name, readOnly]).sort()).toEqual([
    ["log.retention.ms", false],
    ["replica.lag.time.max.ms", true],
  ]);
});

test("refusals: another broker, an unknown topic, an impossible name, an unknown kind", () => {
  expect(describe(ConfigResource.BROKER, "2", null).errorCode).toBe(Errors.INVALID_REQUEST);
  expect(describe(ConfigResource.TOPIC, "payments", null).errorCode).toBe(Errors.UNKNOWN_TOPIC_OR_PARTITION);
  expect(describe(ConfigResource.TOPIC, "a b", null).errorCode).toBe(Errors.INVALID_TOPIC_EXCEPTION);
  expect(describe(99, "x", null).errorCode).toBe(Errors.INVALID_REQUEST);
});

test("no limit is what a client of Kafka knows it by: Long.MAX_VALUE", () => {
  const [flush] = describe(ConfigResource.TOPIC, "orders", ["flush.messages"], true).configs;
  expect(flush).toMatchObject({ value: "9223372036854775807", configSource: DEFAULT });
  expect(flush!.synonyms.at(-1)!.value).toBe("9223372036854775807");
});

test("a value in force is told as it was understood; the broker's layers below it as they were written", () => {
  const image = cluster();
  const set = (type: number, resource: string, name: string, value: string) =>
    setConfig(image, type, resource, name, value);
  set(ConfigResource.TOPIC, "orders", "cleanup.policy", "compact, delete");
  set(ConfigResource.TOPIC, "orders", "preallocate", "TRUE");
  set(ConfigResource.TOPIC, "orders", "min.cleanable.dirty.ratio", "1");
  set(ConfigResource.TOPIC, "orders", "retention.bytes", "9223372036854775806");
  set(ConfigResource.BROKER, "", "log.retention.ms", "+2000");
  const names = ["cleanup.policy", "min.cleanable.dirty.ratio", "preallocate", "retention.bytes", "retention.ms"];
  const { configs } = describeIn(image, names);
  expect(configs.map(({ value }) => value)).toEqual(["compact,delete", "1.0", "true", "9223372036854775806", "2000"]);
  expect(configs[0]!.synonyms[0]!.value).toBe("compact,delete");
  expect(configs[4]!.synonyms[0]!.value).toBe("+2000");
});

test("every default of a broker can be told", () => {
  expect(describe(ConfigResource.BROKER, "1", null).configs.filter(({ value }) => value === null)).toEqual([]);
});

test("a setting without a broker's default has no synonyms", () => {
  const [throttled] = describeIn(cluster(), ["leader.replication.throttled.replicas"]).configs;
  expect(throttled).toMatchObject({ value: "", configSource: DEFAULT, synonyms: [] });
});

function describeIn(image: ReturnType<typeof cluster>, configurationKeys: readonly string[]) {
  const options = { image, brokerId: 1, staticConfig: {} };
  const resources = [{ resourceType: ConfigResource.TOPIC, resourceName: "orders", configurationKeys }];
  return ask(
    "DescribeConfigs",
    (body, context) => handleDescribeConfigs(options, body, context),
    { resources, includeSynonyms: true },
    4,
  ).body!.results[0]!;
}
