// Network client: sends requests to nodes by id and hands back their answers, as Kafka's NetworkClient does.
// Fetchers, voters, brokers calling the controller, producers and consumers all talk through one of these; it owns
// connections, time-outs, reconnect backoff and version discovery, and knows nothing of what the requests mean.
// It never repeats a request: whether that is safe only the caller knows.

import type { Environment, Timer } from "../environment.js";
import type { NodeEndpoint, NodeId } from "../types.js";
import { apiByKey, apiKeyOf } from "./apis.js";
import type { Api, ApiName, RequestBody, ResponseBody } from "./apis.js";
import { NodeConnection } from "./node-connection.js";
import type { AnyOutcome, ConnectionSettings, ConnectionState, RequestFailure } from "./node-connection.js";

export interface NetworkClientOptions {
  readonly clientId: string;
  readonly requestTimeoutMs: number;
  readonly reconnectBackoffMs: number;
  readonly reconnectBackoffMaxMs: number;
  /** Requests without answer that a connection may carry; further ones queue. 100 unless told. */
  readonly maxInFlightRequestsPerConnection?: number;
  /** Ask every new connection for its API versions; without it our latest versions are spoken at once. */
  readonly discoverApiVersions: boolean;
  /** First limit for opening a connection; it doubles with each failure up to three times itself. 10 s unless told. */
  readonly connectionSetupTimeoutMs?: number;
}

/** What became of a request. With "disconnected" and "timed-out" the peer may have done the work all the same. */
export type RequestOutcome<A extends ApiName> =
  { readonly ok: true; readonly body: ResponseBody<A> } | { readonly ok: false; readonly reason: RequestFailure };

export interface SendOptions {
  /** Instead of the client's `requestTimeoutMs`. */
  readonly timeoutMs?: number | undefined;
  /** False where the peer will not answer (Produce with acks=0): the outcome is a default body, once it is sent. */
  readonly expectResponse?: boolean | undefined;
}

/** Hears of connections; for callers that hold requests back until one is there. */
export interface ConnectionListener {
  /** Requests to the node leave at once from now on. */
  onReady?(nodeId: NodeId): void;
  /** The connection was lost, or could not be had; not called for what the client closes itself. */
  onDisconnected?(nodeId: NodeId): void;
}

const DEFAULT_MAX_IN_FLIGHT = 100;
/** Defaults of `socket.connection.setup.timeout.ms` and, as a multiple of it, of its maximum (10 s, 30 s). */
const DEFAULT_SETUP_TIMEOUT_MS = 10_000;
const SETUP_TIMEOUT_GROWTH = 3;
const NEVER = Number.POSITIVE_INFINITY;

export class NetworkClient {
  readonly #env: Environment;
  readonly #settings: ConnectionSettings;
  readonly #connections = new Map<NodeId, NodeConnection>();
  /** One timer for all deadlines: armed for the earliest, looked at again when it fires, never cancelled by answers. */
  readonly #deadlineTimer: Timer;
  #wakeAtMs = NEVER;
  /** Outcomes known while the caller is still inside one of our methods. */
  #deferred: (() => void)[] = [];
  readonly #listeners: ConnectionListener[] = [];
  readonly #deferredTimer: Timer;
  #correlationId = 0;
  #isClosed = false;

  constructor(env: Environment, options: NetworkClientOptions) {
    const setupTimeoutMs = options.connectionSetupTimeoutMs ?? DEFAULT_SETUP_TIMEOUT_MS;
    this.#env = env;
    this.#settings = {
      clientId: options.clientId,
      requestTimeoutMs: options.requestTimeoutMs,
      maxInFlight: options.maxInFlightRequestsPerConnection ?? DEFAULT_MAX_IN_FLIGHT,
      discoverApiVersions: options.discoverApiVersions,
      reconnectBackoff: { initialMs: options.reconnectBackoffMs, maxMs: options.reconnectBackoffMaxMs },
      setupTimeout: { initialMs: setupTimeoutMs, maxMs: SETUP_TIMEOUT_GROWTH * setupTimeoutMs },
    };
    this.#deadlineTimer = env.timers.create("network-client", () => this.#onDeadline());
    this.#deferredTimer = env.timers.create("network-client-outcomes", () => this.#runDeferred());
  }

  /**
   * Sends a request, opening the connection if need be; until it is open, and while a reconnect is backing off, the
   * request waits, at most for its time-out. `onOutcome` is called exactly once, later, never before `send` returns.
   * @param body complete (see `create` of the message's table), in the shape of the latest version
   */
  send<A extends ApiName>(
    node: NodeEndpoint,
    api: A,
    body: RequestBody<A>,
    onOutcome: (outcome: RequestOutcome<A>) => void,
    options?: SendOptions,
  ): void {
    if (this.#isClosed) return;
    const timeoutMs = options?.timeoutMs ?? this.#settings.requestTimeoutMs;
    const connection = this.#connectionTo(node);
    connection.send({
      api: apiByKey(apiKeyOf(api))!,
      body,
      timeoutMs,
      expectResponse: options?.expectResponse ?? true,
      onOutcome: onOutcome as (outcome: AnyOutcome) => void,
      correlationId: -1,
      deadlineMs: this.#env.clock.monotonicMs() + timeoutMs,
    });
  }

  /** Tells `listener` of connections from now on, after those who came before. */
  observe(listener: ConnectionListener): void {
    this.#listeners.push(listener);
  }

  /** Would a request leave at once? If not for want of a connection, that is opened unless it is held back. */
  ready(node: NodeEndpoint): boolean {
    if (this.#isClosed) return false;
    const connection = this.#connectionTo(node);
    connection.connect();
    return connection.isReady;
  }

  connectionState(nodeId: NodeId): ConnectionState {
    return this.#connections.get(nodeId)?.connectionState ?? "can-connect";
  }

  /** Monotonic ms at which an attempt last began or a connection last ended; 0 for never. */
  lastConnectAttemptMs(nodeId: NodeId): number {
    return this.#connections.get(nodeId)?.lastConnectAttemptMs ?? 0;
  }

  /** Is the connection open with room for another request in flight? */
  isReady(nodeId: NodeId): boolean {
    return this.#connections.get(nodeId)?.isReady ?? false;
  }

  /** Is the connection lost and the next attempt still held back? */
  isBackingOff(nodeId: NodeId): boolean {
    return this.#connections.get(nodeId)?.isBackingOff ?? false;
  }

  /** Milliseconds until the next attempt may start; 0 if nothing holds it back. */
  backoffRemainingMs(nodeId: NodeId): number {
    return this.#connections.get(nodeId)?.backoffRemainingMs ?? 0;
  }

  inFlightCount(nodeId: NodeId): number {
    return this.#connections.get(nodeId)?.inFlightCount ?? 0;
  }

  /** The version requests of `api` go out in: what was agreed with the node, else our latest; undefined if none. */
  versionOf(nodeId: NodeId, api: ApiName): number | undefined {
    const row: Api = apiByKey(apiKeyOf(api))!;
    const connection = this.#connections.get(nodeId);
    return connection === undefined ? row.highestVersion : connection.versionOf(row);
  }

  /** Closes the connection; what was queued or in flight fails with "disconnected", later. */
  disconnect(nodeId: NodeId): void {
    this.#connections.get(nodeId)?.disconnect();
  }

  /** Closes all connections for good. No outcome is reported any more, and `send` does nothing. */
  close(): void {
    this.#isClosed = true;
    this.#deadlineTimer.cancel();
    this.#deferredTimer.cancel();
    this.#deferred = [];
    for (const connection of this.#connections.values()) connection.close();
    this.#connections.clear();
  }

  #connectionTo(node: NodeEndpoint): NodeConnection {
    const known = this.#connections.get(node.id);
    if (known !== undefined) {
      known.useEndpoint(node);
      return known;
    }
    const connection = new NodeConnection(this.#env, this.#settings, this.#owner, node);
    this.#connections.set(node.id, connection);
    return connection;
  }

  readonly #owner = {
    nextCorrelationId: (): number => {
      // Kafka's correlation ids are int32 and wrap around.
      const id = this.#correlationId;
      this.#correlationId = id === 0x7fffffff ? 0 : id + 1;
      return id;
    },
    wakeAt: (deadlineMs: number): void => this.#wakeAt(deadlineMs),
    later: (callback: () => void): void => {
      if (this.#isClosed) return;
      this.#deferred.push(callback);
      if (this.#deferred.length === 1) this.#deferredTimer.arm(0);
    },
    becameReady: (nodeId: NodeId): void => {
      for (const listener of this.#listeners) if (!this.#isClosed) listener.onReady?.(nodeId);
    },
    wasLost: (nodeId: NodeId): void => {
      for (const listener of this.#listeners) if (!this.#isClosed) listener.onDisconnected?.(nodeId);
    },
  };

  #wakeAt(deadlineMs: number): void {
    if (deadlineMs >= this.#wakeAtMs || this.#isClosed) return;
    this.#wakeAtMs = deadlineMs;
    this.#deadlineTimer.arm(Math.max(0, deadlineMs - this.#env.clock.monotonicMs()));
  }

  #onDeadline(): void {
    this.#wakeAtMs = NEVER;
    const byNodeId = [...this.#connections.entries()].sort(([a], [b]) => a - b);
    for (const [, connection] of byNodeId) if (!this.#isClosed) connection.wake();
  }

  #runDeferred(): void {
    const deferred = this.#deferred;
    this.#deferred = [];
    for (const callback of deferred) if (!this.#isClosed) callback();
  }
}
