// The life of a broker as the controller sees it (KIP-631; Kafka's BrokerLifecycleManager).
//
//   NOT_RUNNING → STARTING                    start: registers, then heartbeats
//   STARTING → RECOVERY                       it has read the metadata log up to its own registration
//   RECOVERY → RUNNING                        it asked to be unfenced and was
//   RUNNING → PENDING_CONTROLLED_SHUTDOWN     graceful stop: the controller moves its leaderships away first
//   PENDING_CONTROLLED_SHUTDOWN → SHUTTING_DOWN   the controller lets it go
//   any other → SHUTTING_DOWN                 graceful stop before it ran
//
// A broker learns from heartbeats only what it asked for. Fenced for its silence, it is not told: it finds out from
// the metadata log, like everybody else.

import type { BrokerConfig } from "../config/broker-config.js";
import type { Environment, Timer } from "../environment.js";
import { Errors } from "../errors.js";
import type { RequestBody, ResponseBody } from "../protocol/apis.js";
import { exponentialBackoffMs } from "../protocol/backoff.js";
import type { ControllerChannel } from "../protocol/controller-channel.js";
import type { Endpoint, NodeId, Offset, Uuid } from "../types.js";

export type BrokerState =
  "NOT_RUNNING" | "STARTING" | "RECOVERY" | "RUNNING" | "PENDING_CONTROLLED_SHUTDOWN" | "SHUTTING_DOWN";

export interface BrokerLifecycleOptions {
  readonly env: Environment;
  readonly brokerId: NodeId;
  readonly clusterId: string;
  readonly config: BrokerConfig;
  readonly channel: ControllerChannel;
  /** Where clients and other brokers reach it. */
  readonly endpoint: Endpoint;
  /** Broker epoch of the process before, if it shut down cleanly; -1 otherwise. */
  readonly previousBrokerEpoch: Offset;
  /** Id of its one log directory. */
  readonly logDirId: Uuid;
  /** Offset of the last metadata record it has replayed. */
  readonly metadataOffset: () => Offset;
  /** It knows the cluster as it was when it registered: time to open its logs. Then `setReadyToUnfence`. */
  readonly onCaughtUp: () => void;
  /** It may serve. */
  readonly onUnfenced: () => void;
  /** It could not register within `initial.broker.registration.timeout.ms`: Kafka's process exits here. */
  readonly onRegistrationTimeout?: () => void;
}

/** While waiting to be caught up. */
const CATCH_UP_INTERVAL_MS = 10;
/** First repetition while shutting down. */
const SHUTDOWN_INTERVAL_MS = 50;
const RESEND_BACKOFF_MS = 100;
/** Longest wait for the controller to let the broker go: without one it stops all the same. */
const CONTROLLED_SHUTDOWN_TIMEOUT_MS = 300_000;

export class BrokerLifecycle {
  readonly #options: BrokerLifecycleOptions;
  readonly #env: Environment;
  readonly #communicationTimer: Timer;
  readonly #registrationTimer: Timer;
  readonly #shutdownTimer: Timer;
  /** New for every process: two processes under one id are told apart by it. */
  readonly incarnationId: Uuid;
  #state: BrokerState = "NOT_RUNNING";
  #brokerEpoch: Offset = -1;
  #isRegistered = false;
  #isReadyToUnfence = false;
  #isInFlight = false;
  #mustHurry = false;
  #failedAttempts = 0;
  #gotShutdownResponse = false;
  #onShutdownGranted: (() => void) | undefined;

  constructor(options: BrokerLifecycleOptions) {
    this.#options = options;
    this.#env = options.env;
    this.incarnationId = options.env.random.uuid();
    this.#communicationTimer = this.#env.timers.create("broker-heartbeat", () => this.#communicate());
    this.#registrationTimer = this.#env.timers.create("broker-registration-timeout", () =>
      this.#registrationTimedOut(),
    );
    this.#shutdownTimer = this.#env.timers.create("broker-controlled-shutdown-timeout", () => this.beginShutdown());
  }

  get state(): BrokerState {
    return this.#state;
  }
  /** Epoch the controller gave this incarnation; -1 before it did. */
  get brokerEpoch(): Offset {
    return this.#brokerEpoch;
  }

  start(): void {
    this.#become("STARTING");
    this.#registrationTimer.arm(this.#options.config["initial.broker.registration.timeout.ms"]);
    this.#communicate();
  }

  /** The logs are open: the next heartbeat asks to be unfenced. */
  setReadyToUnfence(): void {
    this.#isReadyToUnfence = true;
    this.#scheduleNow();
  }

  /** Asks the controller to move leaderships away; `onDone` is called once when the broker may stop. */
  initiateControlledShutdown(onDone: () => void): void {
    this.#onShutdownGranted = onDone;
    if (this.#state === "RUNNING") {
      this.#become("PENDING_CONTROLLED_SHUTDOWN");
      this.#shutdownTimer.arm(CONTROLLED_SHUTDOWN_TIMEOUT_MS);
      this.#scheduleNow();
    } else if (this.#state !== "PENDING_CONTROLLED_SHUTDOWN") this.beginShutdown();
  }

  /** Stops talking to the controller, granted or not. */
  beginShutdown(): void {
    if (this.#state === "SHUTTING_DOWN") return;
    this.#become("SHUTTING_DOWN");
    this.#communicationTimer.cancel();
    this.#registrationTimer.cancel();
    this.#shutdownTimer.cancel();
    this.#onShutdownGranted?.();
  }

  #become(next: BrokerState): void {
    const from = this.#state;
    this.#state = next;
    if (this.#env.trace.enabled) this.#env.trace.emit({ type: "broker.state-changed", from, to: next });
  }

  #communicate(): void {
    if (this.#state === "SHUTTING_DOWN") return;
    if (this.#isInFlight) this.#mustHurry = true;
    else if (this.#isRegistered) this.#sendHeartbeat();
    else this.#sendRegistration();
  }

  /** A controller channel gives up before the session could expire twice (KAFKA-14392). */
  get #timeoutMs(): number {
    return Math.floor(this.#options.config["broker.session.timeout.ms"] / 2);
  }

  #sendRegistration(): void {
    const { brokerId, clusterId, config, endpoint, previousBrokerEpoch, logDirId } = this.#options;
    const rack = config["broker.rack"];
    const body: RequestBody<"BrokerRegistration"> = {
      brokerId,
      clusterId,
      incarnationId: this.incarnationId,
      listeners: [{ name: "PLAINTEXT", host: endpoint.host, port: endpoint.port, securityProtocol: 0 }],
      features: [],
      rack: rack === "" ? null : rack,
      isMigratingZkBroker: false,
      logDirs: [logDirId],
      previousBrokerEpoch,
    };
    this.#isInFlight = true;
    const { channel } = this.#options;
    channel.send(
      "BrokerRegistration",
      body,
      (outcome) => {
        this.#isInFlight = false;
        if (outcome.ok && outcome.body.errorCode === Errors.NONE) this.#registered(outcome.body.brokerEpoch);
        // DUPLICATE_BROKER_REGISTRATION: the old incarnation's session has to run out first.
        else this.#scheduleAfterFailure();
      },
      this.#timeoutMs,
    );
  }

  #registered(brokerEpoch: Offset): void {
    if (this.#state === "SHUTTING_DOWN") return;
    this.#failedAttempts = 0;
    this.#brokerEpoch = brokerEpoch;
    this.#isRegistered = true;
    this.#registrationTimer.cancel();
    this.#scheduleNow();
  }

  #registrationTimedOut(): void {
    if (this.#isRegistered) return;
    this.beginShutdown();
    this.#options.onRegistrationTimeout?.();
  }

  #sendHeartbeat(): void {
    const { brokerId, metadataOffset, channel } = this.#options;
    const body: RequestBody<"BrokerHeartbeat"> = {
      brokerId,
      brokerEpoch: this.#brokerEpoch,
      currentMetadataOffset: metadataOffset(),
      wantFence: !this.#isReadyToUnfence,
      wantShutDown: this.#state === "PENDING_CONTROLLED_SHUTDOWN",
      offlineLogDirs: [],
    };
    this.#isInFlight = true;
    channel.send(
      "BrokerHeartbeat",
      body,
      (outcome) => {
        this.#isInFlight = false;
        // STALE_BROKER_EPOCH included: a newer incarnation may hold the id, and only an operator can tell.
        if (!outcome.ok || outcome.body.errorCode !== Errors.NONE) return this.#scheduleAfterFailure();
        this.#failedAttempts = 0;
        this.#handleHeartbeat(outcome.body);
      },
      this.#timeoutMs,
    );
  }

  #handleHeartbeat(response: ResponseBody<"BrokerHeartbeat">): void {
    const { config, onCaughtUp, onUnfenced } = this.#options;
    const intervalMs = config["broker.heartbeat.interval.ms"];
    switch (this.#state) {
      case "STARTING":
        this.#schedule(CATCH_UP_INTERVAL_MS);
        if (!response.isCaughtUp) return;
        this.#become("RECOVERY");
        return onCaughtUp();
      case "RECOVERY":
        this.#schedule(intervalMs);
        if (response.isFenced) return;
        this.#become("RUNNING");
        return onUnfenced();
      case "RUNNING":
        return this.#schedule(this.#env.buggify.strikes("late-heartbeat") ? this.#timeoutMs : intervalMs);
      case "PENDING_CONTROLLED_SHUTDOWN":
        if (response.shouldShutDown) return this.beginShutdown();
        this.#schedule(this.#gotShutdownResponse ? intervalMs : SHUTDOWN_INTERVAL_MS);
        this.#gotShutdownResponse = true;
        return;
      case "NOT_RUNNING":
      case "SHUTTING_DOWN":
        return;
    }
  }

  #scheduleNow(): void {
    this.#schedule(0);
  }

  #scheduleAfterFailure(): void {
    const settings = { initialMs: RESEND_BACKOFF_MS, maxMs: this.#options.config["broker.session.timeout.ms"] };
    const delayMs = exponentialBackoffMs(settings, this.#failedAttempts, this.#env.random);
    this.#failedAttempts += 1;
    this.#mustHurry = false;
    this.#schedule(delayMs);
  }

  /** What asked for an immediate communication while one was under way gets it now. */
  #schedule(delayMs: number): void {
    if (this.#state === "SHUTTING_DOWN") return;
    const mustHurry = this.#mustHurry;
    this.#mustHurry = false;
    this.#communicationTimer.arm(mustHurry ? 0 : delayMs);
  }
}
