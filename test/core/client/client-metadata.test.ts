// When a client asks for metadata, whom, and for what.

import { expect, test } from "vitest";
import { ClientMetadata } from "../../../core/client/client-metadata.js";
import { ADMIN_CONFIG } from "../../../core/config/client-config.js";
import { parseConfig } from "../../../core/config/definition.js";
import { FakeEnvironment } from "../support/fake-environment.js";
import { answerBasics, type FakeTopic, run, ScriptedNetwork } from "./scripted-network.js";

function world(maxIdleMs?: number) {
  const env = new FakeEnvironment();
  const network = new ScriptedNetwork();
  const topics: FakeTopic[] = ["a", "b"].map((name) => ({ name, leaders: [1, 2], leaderEpoch: 5 }));
  answerBasics(network, topics);
  const config = parseConfig(ADMIN_CONFIG, { "bootstrap.servers": "first:9092,second:9092" });
  const metadata = new ClientMetadata(env, network, config, false, maxIdleMs);
  metadata.start();
  run(env, network, 500);
  return { env, network, topics, metadata, asked: () => network.requests("Metadata").length };
}

test("a lost connection means that the picture may be stale, although nothing was asked over it", () => {
  const { env, network, asked } = world();
  const before = asked();
  for (const listener of network.listeners) listener.onDisconnected?.(3);
  run(env, network, 200);
  expect(asked()).toBe(before + 1);
});

test("KIP-899: when no known broker can be reached, the bootstrap list is asked", () => {
  const { env, network, metadata, asked } = world();
  const before = asked();
  for (const id of [1, 2, 3]) network.backingOff.add(id);
  metadata.requestUpdate();
  run(env, network, 200);
  expect(asked()).toBe(before + 1);
  expect(["first", "second"]).toContain(network.last("Metadata").node.host);
  expect(metadata.allNodes().map(({ id }) => id)).toEqual([1, 2, 3]);
});

test("KIP-899: one open connection is reason enough to stay with the brokers that are known", () => {
  const { env, network, metadata, asked } = world();
  network.connectionState = (id) => (id === 2 ? "full" : "backing-off");
  const before = asked();
  metadata.requestUpdate();
  run(env, network, 200);
  expect([asked(), metadata.allNodes().length]).toEqual([before, 3]);
});

/** Wants an update after every answer, for a while. @returns times between the requests */
function waitsWhenAskedFor({ env, network, metadata }: ReturnType<typeof world>, ms: number): number[] {
  metadata.addTopic("a");
  run(env, network, 300);
  const times: number[] = [];
  const inner = network.handlerOf("Metadata");
  network.on("Metadata", (body, request) => {
    times.push(env.clock.monotonicMs());
    return inner(body, request);
  });
  metadata.onUpdate(() => metadata.requestUpdate());
  metadata.requestUpdate();
  run(env, network, ms);
  return times.slice(1).map((time, index) => time - times[index]!);
}

test("KIP-580: answers that tell nothing new are asked for less and less often", () => {
  const waits = waitsWhenAskedFor(world(), 6000);
  expect(waits.length).toBeLessThan(11);
  expect(waits.at(-1)).toBeGreaterThan(700);
});

test("KIP-580: a newer leader epoch ends that", () => {
  const all = world();
  const [topic] = all.topics;
  const inner = all.network.handlerOf("Metadata");
  all.network.on("Metadata", (body, request) => {
    topic!.leaderEpoch += 1;
    return inner(body, request);
  });
  const waits = waitsWhenAskedFor(all, 2000);
  expect(waits.length).toBeGreaterThan(14);
  for (const wait of waits) expect(wait).toBeLessThan(130);
});

test("answers without brokers are failures that follow each other", () => {
  const { env, network, metadata, asked } = world();
  network.on("Metadata", () => ({ brokers: [] }));
  const before = asked();
  metadata.requestUpdate();
  run(env, network, 5000);
  expect(asked() - before).toBeLessThan(12);
});

test("what is asked for while a request is on its way is answered by it", () => {
  const { env, network, metadata, asked } = world();
  const inner = network.handlerOf("Metadata");
  network.on("Metadata", (body, request) => {
    metadata.requestUpdate();
    return inner(body, request);
  });
  const before = asked();
  metadata.requestUpdate();
  run(env, network, 1000);
  expect(asked()).toBe(before + 1);
});

/** Names of the topics in each request since `from`. */
function namesAsked(network: ScriptedNetwork, from: number): string[][] {
  return network
    .requests("Metadata")
    .slice(from)
    .map(({ body }) => body.topics.map(({ name }: { name: string }) => name));
}

test("a producer asks for a new topic alone, and for all of them when it refreshes; a consumer always for all", () => {
  for (const [maxIdleMs, second] of [
    [60_000, ["b"]],
    [undefined, ["a", "b"]],
  ] as const) {
    const { env, network, metadata, asked } = world(maxIdleMs);
    const before = asked();
    metadata.addTopic("a");
    run(env, network, 500);
    metadata.addTopic("b");
    run(env, network, 500);
    metadata.requestUpdate();
    run(env, network, 500);
    expect(namesAsked(network, before)).toEqual([["a"], second, ["a", "b"]]);
    expect([metadata.topic("a")?.topic, metadata.topic("b")?.topic]).toEqual(["a", "b"]);
  }
});

test("a producer forgets topics it has not used for metadata.max.idle.ms", () => {
  const { env, network, metadata, asked } = world(5000);
  metadata.addTopic("a");
  metadata.addTopic("b");
  run(env, network, 3000);
  metadata.addTopic("b");
  run(env, network, 3000);
  metadata.requestUpdate();
  run(env, network, 500);
  expect([metadata.topic("a"), metadata.topic("b")?.topic]).toEqual([undefined, "b"]);
  const before = asked();
  metadata.requestUpdate();
  run(env, network, 500);
  metadata.addTopic("a");
  run(env, network, 500);
  expect(namesAsked(network, before)).toEqual([["b"], ["a"]]);
  expect(metadata.topic("a")?.topic).toBe("a");
});
