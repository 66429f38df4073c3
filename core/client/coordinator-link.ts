// Coordinator link: who coordinates our group, and how to reach it.
// The coordinator is the leader of the partition of __consumer_offsets the group id hashes to; any broker can say who
// that is. It moves with the leadership: NOT_COORDINATOR or a lost connection means look again.
// Its requests travel on a connection of their own, so that a fetch waiting for data never delays a heartbeat.

import type { Environment, Timer } from "../environment.js";
import { type ErrorCode, Errors, isRetriable } from "../errors.js";
import { type ApiName, APIS, type RequestBody, type ResponseBody } from "../protocol/apis.js";
import type { RequestOutcome } from "../protocol/network-client.js";
import type { NodeEndpoint } from "../types.js";
import { ExponentialBackoff } from "./backoff.js";
import type { ClientMetadata } from "./client-metadata.js";
import type { ClientNetwork, CommonClientConfig } from "./client-network.js";

/** Kafka's way to tell the two connections to one broker apart: ids count down from the largest. */
const COORDINATOR_ID_BASE = 2_147_483_647;
const GROUP_KEY_TYPE = 0;

/** NONE and the body, or why there is none. */
export type CoordinatorAnswer<A extends ApiName> =
  { readonly ok: true; readonly body: ResponseBody<A> } | { readonly ok: false; readonly error: ErrorCode };

export class CoordinatorLink {
  private readonly network: ClientNetwork;
  private readonly metadata: ClientMetadata;
  private readonly groupId: string;
  private readonly onFound: () => void;
  private readonly onFatal: (error: ErrorCode) => void;
  private readonly backoff: ExponentialBackoff;
  private readonly timer: Timer;
  private coordinator: NodeEndpoint | undefined;
  private isLooking = false;
  private failures = 0;
  private isClosed = false;

  constructor(
    env: Environment,
    network: ClientNetwork,
    metadata: ClientMetadata,
    config: CommonClientConfig,
    groupId: string,
    onFound: () => void,
    onFatal: (error: ErrorCode) => void,
  ) {
    this.network = network;
    this.metadata = metadata;
    this.groupId = groupId;
    this.onFound = onFound;
    this.onFatal = onFatal;
    this.backoff = new ExponentialBackoff(env.random, config["retry.backoff.ms"], config["retry.backoff.max.ms"]);
    this.timer = env.timers.create("find-coordinator", () => this.ensure());
  }

  get isKnown(): boolean {
    return this.coordinator !== undefined;
  }

  /** Looks the coordinator up unless it is known; `onFound` follows. */
  ensure(): void {
    if (this.coordinator !== undefined || this.isLooking || this.isClosed || this.timer.armed) return;
    const node = this.metadata.leastLoadedNode();
    if (node === undefined) {
      this.timer.arm(this.metadata.nodeBackoffRemainingMs());
      return;
    }
    this.isLooking = true;
    const body = APIS.FindCoordinator.request.create({ keyType: GROUP_KEY_TYPE, coordinatorKeys: [this.groupId] });
    this.network.send(node, "FindCoordinator", body, (outcome) => this.handleOutcome(outcome));
  }

  /** The coordinator is not the one we think: look again. */
  markUnknown(): void {
    const old = this.coordinator;
    if (old === undefined) return;
    this.coordinator = undefined;
    // Its other requests would wait for an answer that says the same.
    this.network.disconnect(old.id);
    this.ensure();
  }

  /**
   * Sends to the coordinator. COORDINATOR_NOT_AVAILABLE if it is not known, NETWORK_EXCEPTION if no answer came;
   * either way it is being looked up again.
   */
  send<A extends ApiName>(
    api: A,
    body: RequestBody<A>,
    onAnswer: (answer: CoordinatorAnswer<A>) => void,
    timeoutMs?: number,
  ): void {
    const node = this.coordinator;
    if (node === undefined) {
      this.ensure();
      onAnswer({ ok: false, error: Errors.COORDINATOR_NOT_AVAILABLE });
      return;
    }
    const handle = (outcome: RequestOutcome<A>): void => {
      if (this.isClosed) return;
      if (outcome.ok) {
        onAnswer({ ok: true, body: outcome.body });
        return;
      }
      if (this.coordinator === node) this.markUnknown();
      onAnswer({ ok: false, error: Errors.NETWORK_EXCEPTION });
    };
    this.network.send(node, api, body, handle, timeoutMs === undefined ? undefined : { timeoutMs });
  }

  close(): void {
    this.isClosed = true;
    this.timer.cancel();
  }

  private handleOutcome(outcome: RequestOutcome<"FindCoordinator">): void {
    this.isLooking = false;
    if (this.isClosed) return;
    const found = outcome.ok ? outcome.body.coordinators[0] : undefined;
    if (found !== undefined && found.errorCode === Errors.NONE) {
      this.failures = 0;
      this.coordinator = { id: COORDINATOR_ID_BASE - found.nodeId, host: found.host, port: found.port };
      this.onFound();
      return;
    }
    if (found !== undefined && !isRetriable(found.errorCode)) {
      this.onFatal(found.errorCode);
      return;
    }
    if (!outcome.ok) this.metadata.requestUpdate();
    this.timer.arm(this.backoff.delayMs(this.failures));
    this.failures += 1;
  }
}
