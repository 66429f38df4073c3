// The front door of a broker or controller: accepts connections and hands requests to the router, one at a time for
// each connection.
// A connection's requests are answered strictly in the order they arrived. Kafka gets this by muting a socket while
// one of its requests is being handled; clients rely on it (a producer with several requests in flight would see
// its batches reordered otherwise). A parked fetch therefore delays only its own connection.
// A broker that stops shuts this door before anything else: a record appended after its log was flushed for the last
// time would be trusted at the next start, being behind the mark of a clean shutdown, and might be half a record.

import type { Connection, ConnectionHandler, Environment, Message, RequestMessage } from "../environment.js";
import { assert } from "../assert.js";
import type { Endpoint } from "../types.js";
import type { ApiName, ResponseBody } from "../protocol/apis.js";
import type { RequestContext } from "./request-context.js";

/** Handles one request; answers through the context, now or later. */
export type RequestSink = (request: RequestMessage, context: RequestContext<ApiName>) => void;

/** The open door. */
export interface RequestChannel {
  /** Refuses new connections and closes all there are; their requests are neither handled nor answered any more. */
  stopProcessingRequests(): void;
}

/** Listens on `endpoint` at once. */
export function listenForRequests(env: Environment, endpoint: Endpoint, sink: RequestSink): RequestChannel {
  const open = new Set<AcceptedConnection>();
  let isStopped = false;
  const listener = env.network.listen(endpoint, (connection) => {
    const accepted = new AcceptedConnection(connection, sink, (ended) => open.delete(ended));
    open.add(accepted);
    if (isStopped) accepted.close();
    return accepted;
  });
  return {
    stopProcessingRequests() {
      isStopped = true;
      listener.close();
      for (const connection of open) connection.close();
    },
  };
}

/** One peer: the request being handled and those that wait behind it. */
class AcceptedConnection implements ConnectionHandler {
  readonly connection: Connection;
  readonly #sink: RequestSink;
  readonly #onEnd: (self: AcceptedConnection) => void;
  readonly #waiting: RequestMessage[] = [];
  #handling: PendingRequest | undefined;
  #closed = false;

  constructor(connection: Connection, sink: RequestSink, onEnd: (self: AcceptedConnection) => void) {
    this.connection = connection;
    this.#sink = sink;
    this.#onEnd = onEnd;
  }

  onOpen(): void {}

  onMessage(message: Message): void {
    if (message.kind !== "request") return this.close();
    if (this.#handling === undefined) this.#handle(message);
    else this.#waiting.push(message);
  }

  onClose(): void {
    this.#end();
  }

  close(): void {
    if (this.#closed) return;
    this.connection.close();
    this.#end();
  }

  /** The request in hand is over; begins the next that waits. */
  finish(pending: PendingRequest): void {
    assert(this.#handling === pending, "a connection answers the request it is handling");
    this.#handling = undefined;
    // A loop, not recursion through reply(): a pipelining client may have hundreds waiting, each answered at once.
    if (this.#draining) return;
    this.#draining = true;
    while (this.#handling === undefined && !this.#closed) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      this.#handle(next);
    }
    this.#draining = false;
  }

  #draining = false;

  #handle(request: RequestMessage): void {
    const pending = new PendingRequest(this, request);
    this.#handling = pending;
    this.#sink(request, pending as RequestContext<ApiName>);
  }

  #end(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#waiting.length = 0;
    this.#onEnd(this);
  }

  get isClosed(): boolean {
    return this.#closed;
  }
}

class PendingRequest implements RequestContext<ApiName> {
  readonly #owner: AcceptedConnection;
  readonly #request: RequestMessage;
  #done = false;

  constructor(owner: AcceptedConnection, request: RequestMessage) {
    this.#owner = owner;
    this.#request = request;
  }

  get apiVersion(): number {
    return this.#request.apiVersion;
  }
  get clientId(): string | null {
    return this.#request.clientId;
  }
  get connectionId(): number {
    return this.#owner.connection.id;
  }
  get clientHost(): string {
    return `/${this.#owner.connection.remoteHost ?? "127.0.0.1"}`;
  }

  reply(body: ResponseBody<ApiName>): void {
    this.replyInVersion(body, this.#request.apiVersion);
  }

  /** Answers in another version than asked: ApiVersions alone may, when it does not know the asked one (KIP-511). */
  replyInVersion(body: ResponseBody<ApiName>, apiVersion: number): void {
    const { apiKey, correlationId } = this.#request;
    assert(!this.#done, "a request is answered once");
    this.#done = true;
    if (!this.#owner.isClosed) {
      this.#owner.connection.send({ kind: "response", apiKey, apiVersion, correlationId, body });
    }
    this.#owner.finish(this);
  }

  noReply(): void {
    assert(!this.#done, "a request is answered once");
    this.#done = true;
    this.#owner.finish(this);
  }

  close(): void {
    this.#done = true;
    this.#owner.close();
  }
}
