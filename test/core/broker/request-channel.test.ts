import { expect, test } from "vitest";
import { listenForRequests } from "../../../core/broker/request-channel.js";
import type { RequestContext } from "../../../core/broker/request-context.js";
import { RequestRouter } from "../../../core/broker/request-router.js";
import type { Connection, ConnectionHandler, Environment, Message, RequestMessage } from "../../../core/environment.js";
import { type ApiName, APIS, type ResponseBody } from "../../../core/protocol/apis.js";
import { FakeEnvironment } from "../support/fake-environment.js";

/** The sending half of an accepted connection, as the peer sees it. */
class Peer implements Connection {
  readonly id: number;
  readonly received: Message[] = [];
  isClosed = false;

  constructor(id: number) {
    this.id = id;
  }
  send(message: Message): void {
    this.received.push(message);
  }
  close(): void {
    this.isClosed = true;
  }
  get answered(): readonly number[] {
    return this.received.map(({ correlationId }) => correlationId);
  }
}

interface Handled {
  readonly correlationId: number;
  readonly context: RequestContext<ApiName>;
}

const EMPTY = {} as ResponseBody<ApiName>;

/** A listener whose requests are answered by the test, or at once where `answersAtOnce` says so. */
function server(answersAtOnce: (correlationId: number) => boolean = () => false) {
  const handled: Handled[] = [];
  let isListening = false;
  let accept: (connection: Connection) => ConnectionHandler = () => {
    throw new Error("nobody listens");
  };
  const network = {
    connect: () => {
      throw new Error("a server does not dial");
    },
    listen: (_endpoint: unknown, onAccept: typeof accept) => {
      accept = onAccept;
      isListening = true;
      return { close: () => void (isListening = false) };
    },
  };
  const env = Object.assign(Object.create(new FakeEnvironment()) as object, { network }) as unknown as Environment;
  const channel = listenForRequests(env, { host: "broker-1", port: 9092 }, (request, context) => {
    handled.push({ correlationId: request.correlationId, context });
    if (answersAtOnce(request.correlationId)) context.reply(EMPTY);
  });
  const connect = (id: number) => {
    const peer = new Peer(id);
    return { peer, handler: accept(peer) };
  };
  const handledIds = (): readonly number[] => handled.map(({ correlationId }) => correlationId);
  const find = (id: number) => handled.find(({ correlationId }) => correlationId === id)!.context;
  return { connect, handledIds, find, channel, isListening: () => isListening };
}

function request(correlationId: number, api: ApiName = "Fetch", apiVersion = 4): RequestMessage {
  return { kind: "request", apiKey: APIS[api].key, apiVersion, correlationId, clientId: "app", body: {} };
}

test("a connection's requests are handled one at a time, in order: the next begins when the last is answered", () => {
  const { connect, handledIds, find } = server();
  const { peer, handler } = connect(1);
  for (const id of [1, 2, 3]) handler.onMessage(request(id));
  expect(handledIds()).toEqual([1]);
  find(1).reply(EMPTY);
  expect(handledIds()).toEqual([1, 2]);
  find(2).noReply();
  find(3).reply(EMPTY);
  expect(peer.answered).toEqual([1, 3]);
});

test("a parked request delays its own connection only", () => {
  const { connect, handledIds, find } = server();
  const slow = connect(1);
  const quick = connect(2);
  slow.handler.onMessage(request(1));
  slow.handler.onMessage(request(2));
  quick.handler.onMessage(request(11));
  expect(handledIds()).toEqual([1, 11]);
  find(11).reply(EMPTY);
  expect([slow.peer.answered, quick.peer.answered]).toEqual([[], [11]]);
});

test("ten thousand pipelined requests behind a parked one are answered in order, without deep recursion", () => {
  const { connect, find } = server((correlationId) => correlationId > 0);
  const { peer, handler } = connect(1);
  for (let id = 0; id <= 10_000; id++) handler.onMessage(request(id));
  expect(peer.answered).toEqual([]);
  find(0).reply(EMPTY);
  expect(peer.answered).toEqual(Array.from({ length: 10_001 }, (_, i) => i));
});

test("closing drops what waits, and a late answer goes nowhere", () => {
  const { connect, handledIds, find } = server();
  const { peer, handler } = connect(7);
  handler.onMessage(request(1));
  handler.onMessage(request(2));
  find(1).close();
  expect(peer.isClosed).toBe(true);
  expect(handledIds()).toEqual([1]);
  const gone = connect(8);
  gone.handler.onMessage(request(21));
  gone.handler.onMessage(request(22));
  gone.handler.onClose();
  find(21).reply(EMPTY);
  expect(gone.peer.received).toEqual([]);
  expect(handledIds()).toEqual([1, 21]);
});

test("a broker that stops handles and answers nothing more, closes every connection and takes no new ones", () => {
  const { connect, handledIds, find, channel, isListening } = server();
  const first = connect(1);
  const second = connect(2);
  for (const id of [1, 2]) first.handler.onMessage(request(id));
  channel.stopProcessingRequests();
  find(1).reply(EMPTY);
  expect([first.peer.isClosed, second.peer.isClosed, isListening()]).toEqual([true, true, false]);
  expect([handledIds(), first.peer.answered]).toEqual([[1], []]);
  // Its dial was under way.
  expect(connect(3).peer.isClosed).toBe(true);
});

test("a peer that answers a question nobody asked is cut off", () => {
  const { connect } = server();
  const { peer, handler } = connect(1);
  handler.onMessage({ kind: "response", apiKey: 1, apiVersion: 4, correlationId: 1, body: {} });
  expect(peer.isClosed).toBe(true);
});

test("a request answered twice is a bug in the handler", () => {
  const { connect, find } = server();
  const { handler } = connect(1);
  handler.onMessage(request(1));
  find(1).reply(EMPTY);
  expect(() => find(1).reply(EMPTY)).toThrow();
});

test("router: an API or version that is not served closes the connection, only ApiVersions takes any version", () => {
  const seen: string[] = [];
  const router = new RequestRouter({
    Fetch: (_body, { apiVersion }) => seen.push(`Fetch v${apiVersion}`),
    ApiVersions: (_body, { apiVersion }) => seen.push(`ApiVersions v${apiVersion}`),
  });
  const { connect, find } = server();
  const closes = (asked: RequestMessage): boolean => {
    const { peer, handler } = connect(asked.correlationId);
    handler.onMessage(asked);
    router.route(asked, find(asked.correlationId));
    return peer.isClosed;
  };
  expect(closes(request(1, "Fetch", 12))).toBe(false);
  expect(closes(request(2, "Fetch", 99))).toBe(true);
  expect(closes(request(3, "Produce", 9))).toBe(true);
  expect(closes(request(4, "ApiVersions", 99))).toBe(false);
  expect(seen).toEqual(["Fetch v12", "ApiVersions v99"]);
});
