// The line a broker holds to the active controller, whoever that is (Kafka's NodeToControllerChannelManager).
// Requests leave one at a time, in order. The channel stays with the controller it has found until that one says that
// it is not the controller, or is lost: only then it looks again who leads the quorum, and repeats. A broker may know
// of the next controller long before; what it sends meanwhile reaches the deposed one, which has to send it on.
// So a request may be carried out twice; what travels here is safe to repeat, for it carries epochs. A broker keeps
// one channel a purpose: a heartbeat must not wait behind a request that waits for a quorum.

import { isNotController } from "../controller/not-controller.js";
import type { Environment, Timer } from "../environment.js";
import type { ApiName, RequestBody } from "../protocol/apis.js";
import type { ControllerChannel, ControllerOutcome } from "../protocol/controller-channel.js";
import { NetworkClient, type RequestOutcome } from "../protocol/network-client.js";
import type { NodeEndpoint } from "../types.js";

export interface ControllerChannelOptions {
  readonly env: Environment;
  /** As it appears in requests: `broker-1-heartbeat`. */
  readonly clientId: string;
  /** Longest wait for one answer, in milliseconds. */
  readonly requestTimeoutMs: number;
  /** Where the leader of the quorum listens, as this broker knows it; undefined while it knows none. */
  readonly controller: () => NodeEndpoint | undefined;
}

interface QueuedRequest {
  readonly api: ApiName;
  readonly body: RequestBody<ApiName>;
  /** When the caller stops waiting; undefined for never. */
  readonly deadlineMs: number | undefined;
  readonly onOutcome: (outcome: ControllerOutcome<ApiName>) => void;
}

const RECONNECT_BACKOFF_MS = 50;
/** Pause before asking again who the controller is. */
const RETRY_BACKOFF_MS = 100;

export class NetworkControllerChannel implements ControllerChannel {
  readonly #env: Environment;
  readonly #options: ControllerChannelOptions;
  readonly #network: NetworkClient;
  readonly #retryTimer: Timer;
  #queue: QueuedRequest[] = [];
  #inFlight: QueuedRequest | undefined;
  /** Who answers, as far as is known; undefined: to be looked up. */
  #controller: NodeEndpoint | undefined;
  #isClosed = false;

  constructor(options: ControllerChannelOptions) {
    this.#env = options.env;
    this.#options = options;
    this.#network = new NetworkClient(options.env, {
      clientId: options.clientId,
      requestTimeoutMs: options.requestTimeoutMs,
      reconnectBackoffMs: RECONNECT_BACKOFF_MS,
      reconnectBackoffMaxMs: RECONNECT_BACKOFF_MS,
      discoverApiVersions: false,
    });
    this.#retryTimer = options.env.timers.create("controller-channel-retry", () => this.#next());
  }

  send<A extends ApiName>(
    api: A,
    body: RequestBody<A>,
    onOutcome: (outcome: ControllerOutcome<A>) => void,
    timeoutMs?: number,
  ): void {
    if (this.#isClosed) return;
    this.#queue.push({
      api,
      body: body as RequestBody<ApiName>,
      deadlineMs: timeoutMs === undefined ? undefined : this.#nowMs + timeoutMs,
      onOutcome: onOutcome as (outcome: ControllerOutcome<ApiName>) => void,
    });
    // Not from here: the caller must have returned before it hears of an outcome.
    if (this.#inFlight === undefined && !this.#retryTimer.armed) this.#retryTimer.arm(0);
  }

  /** Ends the channel; nobody is told. */
  close(): void {
    this.#isClosed = true;
    this.#queue = [];
    this.#retryTimer.cancel();
    this.#network.close();
  }

  get #nowMs(): number {
    return this.#env.clock.monotonicMs();
  }

  #next(): void {
    this.#expire();
    if (this.#isClosed || this.#inFlight !== undefined) return;
    const request = this.#queue[0];
    if (request === undefined) return;
    this.#controller ??= this.#options.controller();
    const controller = this.#controller;
    if (controller === undefined) return this.#retryTimer.arm(RETRY_BACKOFF_MS);
    this.#queue.shift();
    this.#inFlight = request;
    const { requestTimeoutMs } = this.#options;
    const remainingMs = request.deadlineMs === undefined ? requestTimeoutMs : request.deadlineMs - this.#nowMs;
    const timeoutMs = Math.min(requestTimeoutMs, remainingMs);
    this.#network.send(controller, request.api, request.body, (outcome) => this.#onOutcome(request, outcome), {
      timeoutMs,
    });
  }

  #onOutcome(request: QueuedRequest, outcome: RequestOutcome<ApiName>): void {
    if (this.#isClosed) return;
    this.#inFlight = undefined;
    if (!outcome.ok || isNotController(request.api, outcome.body)) {
      if (this.#controller !== undefined) this.#network.disconnect(this.#controller.id);
      this.#controller = undefined;
      this.#queue.unshift(request);
      this.#expire();
      return this.#retryTimer.arm(RETRY_BACKOFF_MS);
    }
    request.onOutcome({ ok: true, body: outcome.body });
    if (!this.#retryTimer.armed) this.#next();
  }

  #expire(): void {
    const nowMs = this.#nowMs;
    const isExpired = (request: QueuedRequest): boolean =>
      request.deadlineMs !== undefined && request.deadlineMs <= nowMs;
    const expired = this.#queue.filter(isExpired);
    if (expired.length === 0) return;
    this.#queue = this.#queue.filter((request) => !isExpired(request));
    for (const request of expired) request.onOutcome({ ok: false, reason: "timed-out" });
  }
}
