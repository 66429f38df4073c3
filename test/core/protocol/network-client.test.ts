import { expect, test } from "vitest";
import type { RequestMessage } from "../../../core/environment.js";
import { Errors } from "../../../core/errors.js";
import { apiByKey } from "../../../core/protocol/apis.js";
import { exponentialBackoffMs } from "../../../core/protocol/backoff.js";
import { ApiVersionsResponse } from "../../../core/protocol/messages/api-versions.js";
import { HeartbeatRequest, HeartbeatResponse } from "../../../core/protocol/messages/heartbeat.js";
import { ProduceRequest } from "../../../core/protocol/messages/produce.js";
import { NetworkClient } from "../../../core/protocol/network-client.js";
import type { NetworkClientOptions } from "../../../core/protocol/network-client.js";
import { FakeEnvironment } from "../support/fake-environment.js";
import type { FakeConnection } from "../support/fake-environment.js";

const NODE = { id: 5, host: "b5", port: 9092 };
const OPTIONS: NetworkClientOptions = {
  clientId: "test",
  requestTimeoutMs: 1000,
  reconnectBackoffMs: 50,
  reconnectBackoffMaxMs: 400,
  discoverApiVersions: false,
};
const BEAT = HeartbeatRequest.create({ groupId: "g" });

function setUp(options: Partial<NetworkClientOptions> = {}) {
  const env = new FakeEnvironment();
  const client = new NetworkClient(env, { ...OPTIONS, ...options });
  const outcomes: string[] = [];
  return {
    env,
    client,
    outcomes,
    connections: env.network.connections,
    /** Sends a heartbeat whose outcome is noted under `name`. */
    send(name: string, timeoutMs?: number, node = NODE): void {
      client.send(
        node,
        "Heartbeat",
        BEAT,
        (outcome) => outcomes.push(`${name}: ${outcome.ok ? outcome.body.errorCode : outcome.reason}`),
        { timeoutMs },
      );
    },
  };
}

function requests(connection: FakeConnection | undefined): RequestMessage[] {
  return (connection?.sent ?? []) as RequestMessage[];
}

function answer(connection: FakeConnection | undefined, index: number, body: unknown): void {
  const { apiKey, apiVersion, correlationId } = requests(connection)[index]!;
  connection!.handler!.onMessage({ kind: "response", apiKey, apiVersion, correlationId, body });
}

const ok = (errorCode = 0) => HeartbeatResponse.create({ errorCode });

test("a request waits for the connection, leaves in the latest version and gets its answer", () => {
  const { client, connections, outcomes, send } = setUp();
  send("a");
  expect([connections.length, client.isReady(5), requests(connections[0]).length]).toEqual([1, false, 0]);
  connections[0]!.handler!.onOpen();
  expect(requests(connections[0])).toMatchObject([{ apiKey: 12, apiVersion: 4, clientId: "test", body: BEAT }]);
  expect([client.isReady(5), client.inFlightCount(5), outcomes]).toEqual([true, 1, []]);
  answer(connections[0], 0, ok(27));
  expect([client.inFlightCount(5), outcomes]).toEqual([0, ["a: 27"]]);
});

test("requests beyond the in-flight limit queue and leave in order", () => {
  const { client, connections, outcomes, send } = setUp({ maxInFlightRequestsPerConnection: 2 });
  for (const name of ["a", "b", "c"]) send(name);
  connections[0]!.handler!.onOpen();
  expect([requests(connections[0]).length, client.isReady(5)]).toEqual([2, false]);
  answer(connections[0], 0, ok(1));
  expect(requests(connections[0]).length).toBe(3);
  answer(connections[0], 1, ok(2));
  answer(connections[0], 2, ok(3));
  expect(outcomes).toEqual(["a: 1", "b: 2", "c: 3"]);
});

test("a request that times out takes its connection down and the others in flight with it", () => {
  const { env, client, connections, outcomes, send } = setUp();
  send("a");
  connections[0]!.handler!.onOpen();
  env.advance(400);
  send("b");
  env.advance(599);
  expect(outcomes).toEqual([]);
  env.advance(1);
  expect(outcomes).toEqual(["a: timed-out", "b: timed-out"]);
  expect([connections[0]!.closed, client.isBackingOff(5)]).toEqual([true, true]);
});

test("time-outs are per request: the shorter one expires first", () => {
  const { env, connections, outcomes, send } = setUp();
  send("long");
  connections[0]!.handler!.onOpen();
  send("short", 200);
  env.advance(200);
  expect(outcomes).toEqual(["long: timed-out", "short: timed-out"]);
});

test("a refused connection fails what waits; the next request waits for the backoff", () => {
  const { env, client, connections, outcomes, send } = setUp();
  send("a");
  connections[0]!.handler!.onClose();
  expect(outcomes).toEqual(["a: disconnected"]);
  const waitMs = client.backoffRemainingMs(5);
  expect(waitMs).toBeGreaterThanOrEqual(40);
  expect(waitMs).toBeLessThanOrEqual(60);
  send("b");
  env.advance(waitMs - 1);
  expect(connections.length).toBe(1);
  env.advance(1);
  expect([connections.length, client.isBackingOff(5)]).toEqual([2, false]);
});

test("waiting for the backoff is bounded by the request's time-out", () => {
  const { env, client, connections, outcomes, send } = setUp();
  send("a");
  connections[0]!.handler!.onClose();
  send("b", 10);
  env.advance(10);
  expect(outcomes).toEqual(["a: disconnected", "b: timed-out"]);
  env.advance(client.backoffRemainingMs(5));
  expect(connections.length).toBe(1);
});

test("reconnect backoff doubles to its limit, with 20 % jitter, and starts anew after a success", () => {
  const { env, client, connections, send } = setUp();
  const waits: number[] = [];
  for (let i = 0; i < 6; i++) {
    send("a");
    connections.at(-1)!.handler!.onClose();
    waits.push(client.backoffRemainingMs(5));
    env.advance(waits.at(-1)!);
  }
  const bases = [50, 100, 200, 400, 400, 400];
  waits.forEach((wait, i) => {
    expect(wait).toBeGreaterThanOrEqual(0.8 * bases[i]!);
    expect(wait).toBeLessThanOrEqual(Math.min(400, 1.2 * bases[i]!));
  });
  send("a");
  connections.at(-1)!.handler!.onOpen();
  connections.at(-1)!.handler!.onClose();
  expect(client.backoffRemainingMs(5)).toBeLessThanOrEqual(60);
});

test("backoff: no jitter where the wait cannot grow", () => {
  const { random } = new FakeEnvironment();
  for (let i = 0; i < 5; i++) expect(exponentialBackoffMs({ initialMs: 50, maxMs: 50 }, i, random)).toBe(50);
});

test("a connection that does not open in time is given up", () => {
  const { env, connections, outcomes, send } = setUp({ connectionSetupTimeoutMs: 100 });
  send("a");
  env.advance(79);
  expect(connections[0]!.closed).toBe(false);
  env.advance(41);
  expect([connections[0]!.closed, outcomes]).toEqual([true, ["a: disconnected"]]);
});

test("only attempts that never opened lengthen the set-up time-out", () => {
  const { env, connections, send } = setUp({ connectionSetupTimeoutMs: 100 });
  send("a");
  connections[0]!.handler!.onOpen();
  connections[0]!.handler!.onClose();
  env.advance(100);
  send("b", 10_000);
  env.advance(121);
  expect([connections.length, connections[1]!.closed]).toEqual([2, true]);
  send("c", 10_000);
  env.advance(60 * 1.2 + 150);
  expect([connections.length, connections[2]!.closed]).toEqual([3, false]);
});

test("a backoff of 0 ms stays 0", () => {
  const random = new FakeEnvironment().random;
  const waits = [0, 1, 5, 50].map((failures) => exponentialBackoffMs({ initialMs: 0, maxMs: 1000 }, failures, random));
  expect(waits).toEqual([0, 0, 0, 0]);
});

test("disconnect fails what is in flight, but not before it returns", () => {
  const { env, client, connections, outcomes, send } = setUp();
  send("a");
  connections[0]!.handler!.onOpen();
  client.disconnect(5);
  expect([connections[0]!.closed, outcomes]).toEqual([true, []]);
  env.advance(0);
  expect(outcomes).toEqual(["a: disconnected"]);
});

test("a node that moved is dialled at its new address at once", () => {
  const { env, connections, outcomes, send } = setUp();
  send("a");
  connections[0]!.handler!.onOpen();
  send("b", undefined, { id: 5, host: "b5", port: 9999 });
  env.advance(0);
  expect(outcomes).toEqual(["a: disconnected"]);
  expect([connections[0]!.closed, connections[1]?.endpoint]).toMatchObject([true, { port: 9999 }]);
});

test("an answer out of order ends the connection", () => {
  const { connections, outcomes, send } = setUp();
  send("a");
  send("b");
  connections[0]!.handler!.onOpen();
  answer(connections[0], 1, ok());
  expect([connections[0]!.closed, outcomes]).toEqual([true, ["a: disconnected", "b: disconnected"]]);
});

test("without an expected response the outcome comes once the request is sent, after send has returned", () => {
  const { env, client, connections } = setUp();
  const outcomes: boolean[] = [];
  const send = () =>
    client.send(NODE, "Produce", ProduceRequest.create(), (outcome) => outcomes.push(outcome.ok), {
      expectResponse: false,
    });
  send();
  connections[0]!.handler!.onOpen();
  env.advance(0);
  send();
  expect([requests(connections[0]).length, client.inFlightCount(5), outcomes]).toEqual([2, 0, [true]]);
  env.advance(0);
  expect(outcomes).toEqual([true, true]);
  env.advance(10_000);
  expect(connections[0]!.closed).toBe(false);
});

test("close is silent: no outcome, no timer, no further connection", () => {
  const { env, client, connections, outcomes, send } = setUp();
  send("a");
  connections[0]!.handler!.onOpen();
  client.close();
  send("b");
  env.advance(60_000);
  expect([connections.length, connections[0]!.closed, outcomes]).toEqual([1, true, []]);
});

test("versions: the highest common one is spoken after the handshake", () => {
  const { client, connections, send, outcomes, env } = setUp({ discoverApiVersions: true });
  send("a");
  connections[0]!.handler!.onOpen();
  expect(requests(connections[0])).toMatchObject([
    { apiKey: 18, apiVersion: 4, body: { clientSoftwareName: "samsa", clientSoftwareVersion: "0.1.0" } },
  ]);
  expect(client.isReady(5)).toBe(false);
  const apiKeys = [
    { apiKey: 0, minVersion: 90, maxVersion: 99 },
    { apiKey: 12, minVersion: 1, maxVersion: 3 },
    { apiKey: 18, minVersion: 0, maxVersion: 9 },
    { apiKey: 999, minVersion: 0, maxVersion: 0 },
  ];
  answer(connections[0], 0, ApiVersionsResponse.create({ apiKeys }));
  expect(requests(connections[0])[1]).toMatchObject({ apiKey: 12, apiVersion: 3 });
  expect([client.versionOf(5, "Heartbeat"), client.versionOf(5, "Produce")]).toEqual([3, undefined]);
  client.send(NODE, "Produce", ProduceRequest.create(), (outcome) =>
    outcomes.push(outcome.ok ? "sent" : outcome.reason),
  );
  expect(outcomes).toEqual([]);
  env.advance(0);
  expect(outcomes).toEqual(["unsupported-version"]);
});

test("versions: a refused handshake is repeated in the version the broker names, else in version 0 (KIP-511)", () => {
  const { connections, send } = setUp({ discoverApiVersions: true });
  send("a");
  connections[0]!.handler!.onOpen();
  const apiKeys = [{ apiKey: 18, minVersion: 0, maxVersion: 2 }];
  answer(connections[0], 0, ApiVersionsResponse.create({ errorCode: Errors.UNSUPPORTED_VERSION, apiKeys }));
  answer(connections[0], 1, ApiVersionsResponse.create({ errorCode: Errors.UNSUPPORTED_VERSION }));
  expect(requests(connections[0]).map((request) => request.apiVersion)).toEqual([4, 2, 0]);
  expect(apiByKey(18)?.name).toBe("ApiVersions");
});

test("versions: a handshake without answer fails what waited for it", () => {
  const { env, connections, send, outcomes } = setUp({ discoverApiVersions: true });
  send("a", 5000);
  connections[0]!.handler!.onOpen();
  env.advance(1000);
  expect([connections[0]!.closed, outcomes]).toEqual([true, ["a: disconnected"]]);
});

test("an outcome may send again at once", () => {
  const { client, connections, env } = setUp();
  let attempts = 0;
  const sendAgain = (): void =>
    client.send(NODE, "Heartbeat", BEAT, () => {
      attempts++;
      if (attempts < 3) sendAgain();
    });
  sendAgain();
  connections[0]!.handler!.onOpen();
  connections[0]!.handler!.onClose();
  env.advance(60);
  expect(connections.length).toBe(2);
  connections[1]!.handler!.onOpen();
  answer(connections[1], 0, ok());
  answer(connections[1], 1, ok());
  expect(attempts).toBe(3);
});

test("ready opens the connection and says when a request would leave; listeners hear when that changes", () => {
  const { env, client, connections } = setUp();
  const heard: string[] = [];
  client.observe({ onReady: (id) => heard.push(`ready ${id}`), onDisconnected: (id) => heard.push(`lost ${id}`) });
  const state = () => client.connectionState(5);
  expect([state(), client.ready(NODE), client.ready(NODE), state(), connections.length]).toEqual([
    "can-connect",
    false,
    false,
    "preparing",
    1,
  ]);
  connections[0]!.handler!.onOpen();
  expect([client.ready(NODE), state(), heard]).toEqual([true, "ready", ["ready 5"]]);
  env.advance(10);
  connections[0]!.handler!.onClose();
  expect([client.ready(NODE), state(), heard]).toEqual([false, "backing-off", ["ready 5", "lost 5"]]);
  expect([client.lastConnectAttemptMs(5), connections.length]).toEqual([env.clock.monotonicMs(), 1]);
  env.advance(60);
  expect([client.ready(NODE), connections.length]).toEqual([false, 2]);
  client.disconnect(5);
  expect(heard).toEqual(["ready 5", "lost 5"]);
});
