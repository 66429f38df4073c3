// The live server's door: frames, refusals, ports.

import { spawn } from "node:child_process";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import kafkajs from "kafkajs";
import { expect, onTestFinished, test } from "vitest";
import type { ResponseMessage } from "../../core/environment.js";
import { APIS, latestVersion, type ApiName, type ResponseBody } from "../../core/protocol/apis.js";
import { decodeResponseFrame, encodeRequest } from "../../core/protocol/frame.js";
import { FrameSplitter } from "../../core/protocol/frame-splitter.js";
import { startServer } from "../../sim/live/server.js";
import { PROGRAM } from "../program.js";
import { eventually, testServer, type TestServer } from "./support.js";

/** A client that speaks in bytes. */
class RawClient {
  readonly socket: Socket;
  readonly frames: Uint8Array[] = [];
  opened = false;
  closed = false;
  errorCode: string | undefined;
  readonly #splitter = new FrameSplitter();

  constructor(server: TestServer, broker = 1) {
    const { host, port } = server.endpoints.get(broker)!;
    this.socket = connect(port, host, () => (this.opened = true));
    this.socket.on("data", (chunk) => this.frames.push(...this.#splitter.feed(new Uint8Array(chunk))));
    this.socket.on("error", (error: NodeJS.ErrnoException) => (this.errorCode = error.code));
    this.socket.on("close", () => (this.closed = true));
    onTestFinished(() => void this.socket.destroy());
  }

  write(...parts: readonly Uint8Array[]): void {
    this.socket.write(Buffer.concat(parts));
  }

  async answers(count: number): Promise<readonly Uint8Array[]> {
    await eventually(`${count} answers arrived`, () => this.frames.length >= count, 10_000);
    return this.frames;
  }
}

function request(api: ApiName, correlationId: number, apiVersion = latestVersion(api)): Uint8Array {
  const body = APIS[api].request.create();
  return encodeRequest({ kind: "request", apiKey: APIS[api].key, apiVersion, correlationId, clientId: "raw", body });
}

function response(api: ApiName, frame: Uint8Array, apiVersion = latestVersion(api)): ResponseMessage {
  return decodeResponseFrame(APIS[api].key, apiVersion, frame);
}

const GARBAGE = new TextEncoder().encode("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");

test("bytes that are no frame: the connection is closed, and the broker serves others", async () => {
  const server = await testServer();
  const garbage: readonly (readonly [string, Uint8Array])[] = [
    ["text, which reads as a huge size", GARBAGE],
    ["a negative size", Uint8Array.of(0xff, 0xff, 0xff, 0xff)],
    ["a frame too short for a header", Uint8Array.of(0, 0, 0, 2, 0, 18)],
    ["an API nobody knows", Uint8Array.of(0, 0, 0, 10, 0x7f, 0xff, 0, 0, 0, 0, 0, 1, 0xff, 0xff)],
    ["a version not served", Uint8Array.of(0, 0, 0, 10, 0, 3, 0, 99, 0, 0, 0, 1, 0xff, 0xff)],
    ["a body that ends early", Uint8Array.of(0, 0, 0, 11, 0, 3, 0, 1, 0, 0, 0, 1, 0xff, 0xff, 0)],
  ];
  for (const [name, bytes] of garbage) {
    const client = new RawClient(server);
    client.write(bytes);
    await eventually(`closed after ${name}`, () => client.closed, 10_000);
    expect(client.frames, name).toEqual([]);
  }
  const client = new RawClient(server);
  client.write(request("ApiVersions", 1));
  await client.answers(1);
});

test("requests before the garbage are answered", async () => {
  const client = new RawClient(await testServer());
  client.write(request("ApiVersions", 1), request("Metadata", 2), GARBAGE);
  await eventually("closed", () => client.closed, 10_000);
  expect(client.frames.map((frame) => Buffer.from(frame).readInt32BE(0))).toEqual([1, 2]);
});

test("ApiVersions in version 99 is answered in version 0 with UNSUPPORTED_VERSION (KIP-511)", async () => {
  const client = new RawClient(await testServer());
  client.write(Uint8Array.of(0, 0, 0, 11, 0, 18, 0, 99, 0, 0, 0, 7, 0xff, 0xff, 0));
  const [frame] = await client.answers(1);
  const { correlationId, body } = response("ApiVersions", frame!, 0);
  expect(correlationId).toBe(7);
  expect(body).toMatchObject({ errorCode: 35, apiKeys: [{ apiKey: 18, minVersion: 0 }] });
  client.write(request("ApiVersions", 8, 3));
  await client.answers(2);
});

test("pipelined requests are answered in order, more of them than the server takes at once", async () => {
  const client = new RawClient(await testServer());
  const count = 1000;
  const apis = Array.from({ length: count }, (_, index): ApiName => (index % 3 === 0 ? "Metadata" : "ApiVersions"));
  client.write(...apis.map((api, index) => request(api, index)));
  const frames = await client.answers(count);
  expect(frames.map((frame, index) => response(apis[index]!, frame).correlationId)).toEqual(apis.map((_, i) => i));
});

test("a request may arrive byte by byte", async () => {
  const client = new RawClient(await testServer());
  client.socket.setNoDelay(true);
  for (const byte of request("Metadata", 5)) {
    client.write(Uint8Array.of(byte));
    await new Promise((resolve) => setImmediate(resolve));
  }
  const [frame] = await client.answers(1);
  expect((response("Metadata", frame!).body as ResponseBody<"Metadata">).brokers).toHaveLength(3);
});

test("a client that closes its half, or vanishes in the middle of a frame, is let go", async () => {
  const server = await testServer();
  const half = new RawClient(server);
  half.socket.end(request("Metadata", 1).subarray(0, 9));
  await eventually("the other half closes too", () => half.closed, 10_000);
  const gone = new RawClient(server);
  gone.write(request("Metadata", 1), request("Metadata", 2).subarray(0, 9));
  await gone.answers(1);
  gone.socket.resetAndDestroy();
  const next = new RawClient(server);
  next.write(request("Metadata", 1));
  await next.answers(1);
});

test("a broker's crash closes its connections and refuses new ones until it is back", async () => {
  const server = await testServer();
  const before = new RawClient(server, 2);
  before.write(request("ApiVersions", 1));
  await before.answers(1);
  server.act((world) => void world.inject({ kind: "crash", target: 2 }));
  await eventually("the connection is closed", () => before.closed, 10_000);
  const refused = new RawClient(server, 2);
  await eventually("a dial is refused", () => refused.closed, 10_000);
  expect(refused.errorCode).toBe("ECONNREFUSED");
  expect(refused.opened).toBe(false);
  server.act((world) => world.restart(2));
  let back = new RawClient(server, 2);
  await eventually("it listens again at the same port", () => {
    if (back.closed) back = new RawClient(server, 2);
    return back.opened;
  });
  back.write(request("ApiVersions", 2));
  await back.answers(1);
});

test("a broker without power refuses nobody and says nothing; with power back, the connection breaks", async () => {
  const server = await testServer();
  const client = new RawClient(server, 2);
  client.write(request("ApiVersions", 1));
  await client.answers(1);
  server.act((world) => void world.inject({ kind: "power-loss", target: 2 }));
  client.write(request("ApiVersions", 2));
  const late = new RawClient(server, 2);
  late.write(request("ApiVersions", 1));
  const other = new RawClient(server, 1);
  other.write(request("ApiVersions", 1));
  await other.answers(1);
  expect(client).toMatchObject({ closed: false, frames: { length: 1 } });
  expect(late).toMatchObject({ closed: false, opened: true, frames: { length: 0 } });
  server.act((world) => world.restart(2));
  await eventually("the old connection breaks", () => client.closed, 20_000);
});

test("a port that is taken: EADDRINUSE, and nothing is left behind", async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void taken.close());
  const { port } = taken.address() as AddressInfo;
  await expect(startServer({ brokers: 1, controllers: 1, port })).rejects.toMatchObject({ code: "EADDRINUSE" });
  const cli = samsaServe(["--brokers", "1", "--controllers", "1", "--port", String(port)]);
  expect(await cli.exitCode).toBe(2);
  expect(cli.stderr()).toBe(`Port ${port} is taken; choose others with --port.\n`);
});

test("samsa serve listens where it is told, and tells clients how it is reached", async () => {
  const cli = samsaServe(["--port", "0", "--brokers", "1", "--host", "0.0.0.0", "--advertise", "localhost"]);
  await eventually("it serves", () => cli.stdout().includes("Kafka is served on localhost:"));
  const port = Number(/localhost:(\d+)/.exec(cli.stdout())?.[1]);
  const admin = new kafkajs.Kafka({ brokers: [`127.0.0.1:${port}`], logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  expect((await admin.describeCluster()).brokers).toEqual([{ nodeId: 1, host: "localhost", port }]);
  await admin.disconnect();
  cli.child.kill("SIGINT");
  expect(await cli.exitCode).toBe(0);
});

test.each([
  [["--host", "0.0.0.0"], /^Nobody can connect to 0\.0\.0\.0: say by which name .* with --advertise HOST\.$/],
  [["--host", ""], /^--host has an empty value; give one, or leave the option out\.$/],
  [["--host", "203.0.113.7"], /^This machine has no address 203\.0\.113\.7; choose another with --host\.$/],
])("samsa serve %j ends with one sentence", async (options, sentence) => {
  const cli = samsaServe(["--port", "0", "--brokers", "1", ...options]);
  expect(await cli.exitCode).toBe(2);
  expect(cli.stderr().trimEnd()).toMatch(sentence);
});

test("samsa serve tells where it listens, obeys its standard input, and ends cleanly on SIGINT", async () => {
  const cli = samsaServe(["--port", "0", "--topic", "orders:3:3"]);
  await eventually("it serves", () => cli.stdout().includes("Kafka is served on 127.0.0.1:"));
  cli.child.stdin.write("crash 2\nstatus\n");
  await eventually("it tells its status", () =>
    /controller 10[123]; brokers: 1 serves, 2 has crashed and is not yet fenced, 3 serves/.test(cli.stdout()),
  );
  expect(cli.stdout()).toContain("crash 2: done");
  cli.child.kill("SIGINT");
  expect(await cli.exitCode).toBe(0);
  expect(cli.stderr()).toBe("");
});

function samsaServe(args: readonly string[]) {
  const child = spawn(process.execPath, [PROGRAM, "serve", ...args], { stdio: "pipe" });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  onTestFinished(() => void child.kill("SIGKILL"));
  const exitCode = new Promise<number | null>((resolve) => child.on("close", resolve));
  return { child, exitCode, stdout: () => stdout, stderr: () => stderr };
}
