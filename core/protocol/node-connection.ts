// Node connection: one client's connection to one node, and everything waiting on it.
//
// States:
//   disconnected      → connecting            a request waits and the reconnect backoff is over
//   connecting        → checking-api-versions the connection opened and versions are to be discovered
//                     → ready                 the connection opened
//                     → disconnected          refused, closed, or the connection set-up timed out
//   checking-api-versions → ready             the broker told its versions
//                     → disconnected          closed, or the ApiVersions request timed out
//   ready             → disconnected          closed by either side, or a request timed out
//
// Losing the connection fails everything queued or in flight: the answer may still be on its way, or the request may
// never have arrived, and only the caller knows whether repeating it is safe. Only NetworkClient drives this object.

import { assert, assertDefined } from "../assert.js";
import type { Connection, Environment, RequestMessage, ResponseMessage } from "../environment.js";
import { Errors } from "../errors.js";
import type { NodeEndpoint, NodeId } from "../types.js";
import { ALL_APIS, APIS, apiByKey } from "./apis.js";
import type { Api } from "./apis.js";
import type { BackoffSettings } from "./backoff.js";
import { exponentialBackoffMs } from "./backoff.js";
import { ApiVersionsRequest } from "./messages/api-versions.js";
import type { ApiVersionsResponse } from "./messages/api-versions.js";

/** Why a request got no answer. */
export type RequestFailure = "disconnected" | "timed-out" | "unsupported-version";

/** What became of a request, while its API is not known statically. */
export type AnyOutcome =
  { readonly ok: true; readonly body: unknown } | { readonly ok: false; readonly reason: RequestFailure };

/** A request on its way through a connection. */
export interface PendingRequest {
  readonly api: Api;
  readonly body: unknown;
  readonly timeoutMs: number;
  readonly expectResponse: boolean;
  readonly onOutcome: (outcome: AnyOutcome) => void;
  correlationId: number;
  /** Monotonic ms: while queued, since `send` was called; in flight, since the request left. */
  deadlineMs: number;
}

export interface ConnectionSettings {
  readonly clientId: string;
  readonly requestTimeoutMs: number;
  readonly maxInFlight: number;
  readonly discoverApiVersions: boolean;
  readonly reconnectBackoff: BackoffSettings;
  readonly setupTimeout: BackoffSettings;
}

/** What the connection asks of its client. */
export interface ConnectionOwner {
  nextCorrelationId(): number;
  /** Calls `wake` at this time or earlier. */
  wakeAt(deadlineMs: number): void;
  /** Runs `callback` once the current call has returned. */
  later(callback: () => void): void;
  /** Requests leave at once from now on. */
  becameReady(nodeId: NodeId): void;
  /** The connection was lost, or could not be had, without the client's wish. */
  wasLost(nodeId: NodeId): void;
}

/** What a caller who may choose among nodes needs to know of one (see `leastLoadedNode`). */
export type ConnectionState =
  /** Open, with room for another request. */
  | "ready"
  /** Open, with as many requests in flight as it may carry. */
  | "full"
  /** On its way to ready. */
  | "preparing"
  /** Not there; nothing holds an attempt back. */
  | "can-connect"
  /** Not there, and the next attempt is held back. */
  | "backing-off";

const CLIENT_SOFTWARE_NAME = "samsa";
const CLIENT_SOFTWARE_VERSION = "0.1.0";
const NOT_IN_COMMON = -1;

const DISCONNECTED: AnyOutcome = Object.freeze({ ok: false, reason: "disconnected" });
const TIMED_OUT: AnyOutcome = Object.freeze({ ok: false, reason: "timed-out" });
const UNSUPPORTED_VERSION: AnyOutcome = Object.freeze({ ok: false, reason: "unsupported-version" });
const API_VERSIONS = assertDefined(apiByKey(APIS.ApiVersions.key), "ApiVersions is an API");

type State = "disconnected" | "connecting" | "checking-api-versions" | "ready";

export class NodeConnection {
  readonly #env: Environment;
  readonly #settings: ConnectionSettings;
  readonly #owner: ConnectionOwner;
  /** When an attempt last began or a connection last ended; 0 for never. */
  lastConnectAttemptMs = 0;
  #endpoint: NodeEndpoint;
  #state: State = "disconnected";
  #connection: Connection | undefined;
  #queued: PendingRequest[] = [];
  #inFlight: PendingRequest[] = [];
  /** Connections lost since one was ready: they lengthen the wait before the next. */
  #failedAttempts = 0;
  /** Connections in a row that never opened: they lengthen the time the next is given (KIP-601). */
  #failedSetups = 0;
  #backoffEndsMs = 0;
  #setupDeadlineMs = 0;
  /** By API number, the version to speak; undefined while not discovered. */
  #versions: Int16Array | undefined;

  constructor(env: Environment, settings: ConnectionSettings, owner: ConnectionOwner, endpoint: NodeEndpoint) {
    this.#env = env;
    this.#settings = settings;
    this.#owner = owner;
    this.#endpoint = endpoint;
  }

  get isReady(): boolean {
    return this.#state === "ready" && this.#inFlight.length < this.#settings.maxInFlight;
  }

  get connectionState(): ConnectionState {
    if (this.#state === "ready") return this.isReady ? "ready" : "full";
    if (this.#state !== "disconnected") return "preparing";
    return this.isBackingOff ? "backing-off" : "can-connect";
  }

  get isBackingOff(): boolean {
    return this.backoffRemainingMs > 0;
  }

  get backoffRemainingMs(): number {
    if (this.#state !== "disconnected") return 0;
    return Math.max(0, this.#backoffEndsMs - this.#env.clock.monotonicMs());
  }

  get inFlightCount(): number {
    return this.#inFlight.length;
  }

  /** The version a request of `api` would be sent in now; undefined if the node speaks none of ours. */
  versionOf(api: Api): number | undefined {
    if (this.#versions === undefined) return api.highestVersion;
    const version = this.#versions[api.key]!;
    return version === NOT_IN_COMMON ? undefined : version;
  }

  /** Moves to another address of the same node: what was sent to the old one is lost. */
  useEndpoint(endpoint: NodeEndpoint): void {
    if (endpoint === this.#endpoint) return;
    const isSame = endpoint.host === this.#endpoint.host && endpoint.port === this.#endpoint.port;
    this.#endpoint = endpoint;
    if (isSame) return;
    this.disconnect();
    this.#failedAttempts = 0;
    this.#failedSetups = 0;
    this.#backoffEndsMs = 0;
  }

  send(request: PendingRequest): void {
    if (this.#state === "ready" && this.#queued.length === 0 && this.isReady) return this.#transmit(request);
    this.#queued.push(request);
    this.#owner.wakeAt(request.deadlineMs);
    this.#maybeConnect();
  }

  /** Opens the connection, unless it is there, on its way or held back. */
  connect(): void {
    if (this.#state === "disconnected" && !this.isBackingOff) this.#dial();
  }

  /** Closes and fails what was waiting, once the current call has returned. */
  disconnect(): void {
    if (this.#state === "disconnected" && this.#queued.length === 0) return;
    const lost = this.#loseConnection();
    this.#owner.later(() => tellAll(lost, DISCONNECTED));
  }

  /** Closes without telling anybody: the client is going away. */
  close(): void {
    this.#loseConnection();
  }

  /** Looks at every deadline; the client calls it when the earliest has come. */
  wake(): void {
    const nowMs = this.#env.clock.monotonicMs();
    const isSetupOver = this.#state === "connecting" && nowMs >= this.#setupDeadlineMs;
    const hasExpired = this.#inFlight.some((request) => nowMs >= request.deadlineMs);
    // A request without answer makes the whole connection suspect: answers come in order, so those behind it would
    // be late as well, and a half-dead peer is only found out by dialling again.
    if (isSetupOver || hasExpired) {
      const sentCount = this.#inFlight.length;
      const lost = this.#loseConnection();
      // Whatever was sent shares the fate of the one that was too late.
      lost.forEach((request, index) =>
        request.onOutcome(index < sentCount || nowMs >= request.deadlineMs ? TIMED_OUT : DISCONNECTED),
      );
      this.#owner.wasLost(this.#endpoint.id);
    } else this.#expireQueued(nowMs);
    this.#maybeConnect();
    this.#requestWake();
  }

  #expireQueued(nowMs: number): void {
    if (!this.#queued.some((request) => nowMs >= request.deadlineMs)) return;
    const expired = this.#queued.filter((request) => nowMs >= request.deadlineMs);
    this.#queued = this.#queued.filter((request) => nowMs < request.deadlineMs);
    tellAll(expired, TIMED_OUT);
  }

  #requestWake(): void {
    for (const request of this.#inFlight) this.#owner.wakeAt(request.deadlineMs);
    for (const request of this.#queued) this.#owner.wakeAt(request.deadlineMs);
    if (this.#state === "connecting") this.#owner.wakeAt(this.#setupDeadlineMs);
  }

  #maybeConnect(): void {
    if (this.#state !== "disconnected" || this.#queued.length === 0) return;
    const nowMs = this.#env.clock.monotonicMs();
    if (nowMs < this.#backoffEndsMs) return this.#owner.wakeAt(this.#backoffEndsMs);
    this.#dial();
  }

  #dial(): void {
    const nowMs = this.#env.clock.monotonicMs();
    this.#state = "connecting";
    this.lastConnectAttemptMs = nowMs;
    this.#setupDeadlineMs =
      nowMs + exponentialBackoffMs(this.#settings.setupTimeout, this.#failedSetups, this.#env.random);
    this.#owner.wakeAt(this.#setupDeadlineMs);
    this.#connection = this.#env.network.connect(this.#endpoint, {
      onOpen: () => this.#onOpen(),
      onMessage: (message) => this.#onMessage(message as ResponseMessage),
      onClose: () => this.#onClose(),
    });
  }

  #onOpen(): void {
    this.#failedSetups = 0;
    if (this.#settings.discoverApiVersions) {
      this.#state = "checking-api-versions";
      this.#askApiVersions(ApiVersionsRequest.versions[1]);
    } else this.#becomeReady();
  }

  #becomeReady(): void {
    this.#state = "ready";
    this.#failedAttempts = 0;
    this.#sendQueued();
    this.#owner.becameReady(this.#endpoint.id);
  }

  #onMessage(message: ResponseMessage): void {
    const request = this.#inFlight.shift();
    // Answers come in the order of the requests; anything else means that the stream cannot be trusted any more.
    if (request === undefined || request.correlationId !== message.correlationId) {
      if (request !== undefined) this.#inFlight.unshift(request);
      return this.#tellLoss();
    }
    request.onOutcome({ ok: true, body: message.body });
    this.#sendQueued();
  }

  #onClose(): void {
    this.#connection = undefined;
    this.#tellLoss();
    this.#maybeConnect();
  }

  #tellLoss(): void {
    tellAll(this.#loseConnection(), DISCONNECTED);
    this.#owner.wasLost(this.#endpoint.id);
  }

  #sendQueued(): void {
    while (this.#queued.length > 0 && this.isReady) this.#transmit(this.#queued.shift()!);
  }

  #transmit(request: PendingRequest): void {
    const version = this.versionOf(request.api);
    if (version === undefined) return this.#owner.later(() => request.onOutcome(UNSUPPORTED_VERSION));
    this.#transmitInVersion(request, version);
  }

  #transmitInVersion(request: PendingRequest, apiVersion: number): void {
    assert(this.#connection !== undefined, "requests leave over an open connection");
    request.correlationId = this.#owner.nextCorrelationId();
    const message: RequestMessage = {
      kind: "request",
      apiKey: request.api.key,
      apiVersion,
      correlationId: request.correlationId,
      clientId: this.#settings.clientId,
      body: request.body,
    };
    this.#connection.send(message);
    if (!request.expectResponse) {
      return this.#owner.later(() => request.onOutcome({ ok: true, body: request.api.response.create() }));
    }
    const isImpatient = this.#env.buggify.strikes("early-request-timeout");
    const timeoutMs = isImpatient ? Math.ceil(request.timeoutMs / 100) : request.timeoutMs;
    request.deadlineMs = this.#env.clock.monotonicMs() + timeoutMs;
    this.#inFlight.push(request);
    this.#owner.wakeAt(request.deadlineMs);
  }

  /** Becomes disconnected, starts the backoff and returns what was lost: first what was in flight, then the queue. */
  #loseConnection(): PendingRequest[] {
    const lost = [...this.#inFlight, ...this.#queued];
    const connection = this.#connection;
    this.#inFlight = [];
    this.#queued = [];
    this.#connection = undefined;
    this.#versions = undefined;
    if (this.#state !== "disconnected") {
      const backoffMs = exponentialBackoffMs(this.#settings.reconnectBackoff, this.#failedAttempts, this.#env.random);
      this.lastConnectAttemptMs = this.#env.clock.monotonicMs();
      this.#backoffEndsMs = this.lastConnectAttemptMs + backoffMs;
      this.#failedAttempts += 1;
      if (this.#state === "connecting") this.#failedSetups += 1;
    }
    this.#state = "disconnected";
    connection?.close();
    return lost;
  }

  // API versions (KIP-511): ask in our highest version; a broker that does not know it refuses in version 0 and may
  // name its own range, within which we ask again.

  #askApiVersions(version: number): void {
    const request: PendingRequest = {
      api: API_VERSIONS,
      body: ApiVersionsRequest.create({
        clientSoftwareName: CLIENT_SOFTWARE_NAME,
        clientSoftwareVersion: CLIENT_SOFTWARE_VERSION,
      }),
      timeoutMs: this.#settings.requestTimeoutMs,
      expectResponse: true,
      onOutcome: (outcome) => {
        // On failure there is nothing to do: the queued requests learn of the loss by themselves.
        if (outcome.ok) this.#handleApiVersionsResponse(outcome.body as ApiVersionsResponse, version);
      },
      correlationId: 0,
      deadlineMs: 0,
    };
    this.#transmitInVersion(request, version);
  }

  #handleApiVersionsResponse(response: ApiVersionsResponse, version: number): void {
    if (response.errorCode === Errors.UNSUPPORTED_VERSION && version > 0) {
      const theirs = response.apiKeys.find((range) => range.apiKey === APIS.ApiVersions.key);
      return this.#askApiVersions(theirs === undefined ? 0 : Math.min(theirs.maxVersion, version - 1));
    }
    if (response.errorCode !== Errors.NONE) return this.#tellLoss();
    this.#versions = commonVersions(response);
    this.#becomeReady();
  }
}

/** Per API number the highest version both sides speak. */
function commonVersions(response: ApiVersionsResponse): Int16Array {
  const versions = new Int16Array(ALL_APIS.at(-1)!.key + 1).fill(NOT_IN_COMMON);
  for (const { apiKey, minVersion, maxVersion } of response.apiKeys) {
    const api = apiByKey(apiKey);
    if (api === undefined) continue;
    const highest = Math.min(maxVersion, api.highestVersion);
    if (highest >= minVersion && highest >= api.lowestVersion) versions[apiKey] = highest;
  }
  return versions;
}

function tellAll(requests: readonly PendingRequest[], outcome: AnyOutcome): void {
  for (const request of requests) request.onOutcome(outcome);
}
