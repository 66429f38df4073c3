// Settings of topics whose values bounds alone do not describe, and the broker settings they default to.

import { expect, test } from "vitest";
import { BROKER_CONFIG } from "../../../core/config/broker-config.js";
import { ConfigError, parseConfig, type ConfigDefinition } from "../../../core/config/definition.js";
import { TOPIC_CONFIG } from "../../../core/config/topic-config.js";

function accepts(name: string, value: string): boolean {
  try {
    parseConfig(TOPIC_CONFIG, { [name]: value });
    return true;
  } catch (error) {
    if (error instanceof ConfigError) return false;
    throw error;
  }
}

test("compression levels: the range of each library", () => {
  const levels = (codec: string) => (level: string) => accepts(`compression.${codec}.level`, level);
  expect(["-2", "-1", "0", "1", "9", "10"].map(levels("gzip"))).toEqual([false, true, false, true, true, false]);
  expect(["0", "1", "17", "18"].map(levels("lz4"))).toEqual([false, true, true, false]);
  expect(["-131073", "-131072", "0", "22", "23"].map(levels("zstd"))).toEqual([false, true, true, true, false]);
});

test("throttled replicas: partition and broker each, all of them, or none", () => {
  for (const name of ["leader", "follower"].map((side) => `${side}.replication.throttled.replicas`)) {
    expect(["0:1, 12:3", "*", ""].every((value) => accepts(name, value))).toBe(true);
    expect(["0:1,*", "0", "a:b", "0:1:2", "-1:0"].some((value) => accepts(name, value))).toBe(false);
  }
});

test("every topic setting has the default of the broker setting it falls back to, except two that have none", () => {
  const settings = Object.entries(TOPIC_CONFIG) as readonly [string, ConfigDefinition<unknown>][];
  const brokerSettings: Readonly<Record<string, ConfigDefinition<unknown>>> = BROKER_CONFIG;
  const alone = settings.filter(([, { synonym }]) => synonym === undefined).map(([name]) => name);
  expect(alone).toEqual(["follower.replication.throttled.replicas", "leader.replication.throttled.replicas"]);
  for (const [name, { synonym, type, fallback }] of settings) {
    if (synonym !== undefined) expect({ name, ...brokerSettings[synonym] }).toMatchObject({ name, type, fallback });
  }
  expect(accepts("segment.jitter.ms", "0") && !accepts("segment.jitter.ms", "-1")).toBe(true);
  expect(accepts("preallocate", "TRUE")).toBe(true);
});
