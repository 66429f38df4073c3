// Brokers as the controller governs them: registration, heartbeats, fencing, controlled shutdown (KIP-631).
// A broker is a member from its registration on, and fenced until it has caught up. Its epoch, the offset of its
// registration, is its incarnation: whatever an earlier incarnation still says is refused.

import { Errors, type ErrorCode } from "../errors.js";
import type { RequestBody, ResponseBody } from "../protocol/apis.js";
import { metadataRecord, type MetadataRecord } from "../protocol/messages/metadata-records.js";
import type { NodeId, Offset } from "../types.js";
import type { ControllerResult, ControllerState } from "./controller-state.js";
import { HeartbeatManager } from "./heartbeat-manager.js";
import type { LeaderElections } from "./leader-elections.js";

export class ClusterControl {
  readonly #state: ControllerState;
  readonly #clusterId: string;
  readonly #elections: LeaderElections;
  #heartbeats: HeartbeatManager;

  constructor(state: ControllerState, clusterId: string, elections: LeaderElections) {
    this.#state = state;
    this.#clusterId = clusterId;
    this.#elections = elections;
    this.#heartbeats = new HeartbeatManager(state.config["broker.session.timeout.ms"]);
  }

  /** This controller becomes active: every broker gets a fresh session. */
  activate(): void {
    this.#heartbeats = new HeartbeatManager(this.#state.config["broker.session.timeout.ms"]);
    for (const broker of this.#state.image.brokers.values()) {
      this.#heartbeats.register(broker.id, broker.fenced, this.#nowMs);
    }
  }

  get #nowMs(): number {
    return this.#state.env.clock.monotonicMs();
  }

  /** Milliseconds until a session may expire; undefined if no broker has one. */
  nextSessionExpiryMs(): number | undefined {
    return this.#heartbeats.nextExpiryMs(this.#nowMs);
  }

  checkBrokerEpoch(brokerId: NodeId, brokerEpoch: Offset): ErrorCode {
    return this.#state.image.brokers.get(brokerId)?.epoch === brokerEpoch ? Errors.NONE : Errors.STALE_BROKER_EPOCH;
  }

  /** `newBrokerEpoch`: the offset the batch will begin at. */
  registerBroker(
    body: RequestBody<"BrokerRegistration">,
    newBrokerEpoch: Offset,
  ): ControllerResult<ResponseBody<"BrokerRegistration">> {
    const refuse = (errorCode: ErrorCode): ControllerResult<ResponseBody<"BrokerRegistration">> => ({
      records: [],
      response: { throttleTimeMs: 0, errorCode, brokerEpoch: -1 },
    });
    if (body.clusterId !== this.#clusterId) return refuse(Errors.INCONSISTENT_CLUSTER_ID);
    if (body.listeners.length === 0 || body.logDirs.length === 0) return refuse(Errors.INVALID_REGISTRATION);
    const { brokerId, incarnationId } = body;
    const existing = this.#state.image.brokers.get(brokerId);
    const isNewIncarnation = existing?.incarnationId !== incarnationId;
    // The old process may be alive: two brokers under one id would both believe they lead.
    if (existing !== undefined && isNewIncarnation && this.#heartbeats.hasValidSession(brokerId, this.#nowMs)) {
      this.#state.env.marks.reached("broker-id-taken");
      return refuse(Errors.DUPLICATE_BROKER_REGISTRATION);
    }
    const records: MetadataRecord[] = [];
    if (isNewIncarnation) {
      const wasCleanShutdown = existing !== undefined && body.previousBrokerEpoch === existing.epoch;
      records.push(...this.#elections.newIncarnationRecords(brokerId, wasCleanShutdown));
      this.#heartbeats.remove(brokerId);
    }
    const keepsState = existing !== undefined && !isNewIncarnation;
    const brokerEpoch = keepsState ? existing.epoch : newBrokerEpoch;
    const fenced = keepsState ? existing.fenced : true;
    records.push(
      metadataRecord("RegisterBrokerRecord", {
        brokerId,
        incarnationId,
        brokerEpoch,
        endPoints: body.listeners,
        features: body.features,
        rack: body.rack,
        fenced,
        inControlledShutdown: keepsState && existing.inControlledShutdown,
        logDirs: body.logDirs,
      }),
    );
    this.#heartbeats.register(brokerId, fenced, this.#nowMs);
    return { records, response: { throttleTimeMs: 0, errorCode: Errors.NONE, brokerEpoch } };
  }

  /** Where it enters controlled shutdown, `enterControlledShutdown` is to be told the decision's offset in the log. */
  heartbeat(body: RequestBody<"BrokerHeartbeat">): ControllerResult<ResponseBody<"BrokerHeartbeat">> & {
    readonly entersControlledShutdown: boolean;
  } {
    const { brokerId, brokerEpoch, currentMetadataOffset } = body;
    const error = this.checkBrokerEpoch(brokerId, brokerEpoch);
    if (error !== Errors.NONE) {
      this.#state.env.marks.reached("heartbeat-of-earlier-life");
      const response = {
        throttleTimeMs: 0,
        errorCode: error,
        isCaughtUp: false,
        isFenced: true,
        shouldShutDown: false,
      };
      return { records: [], response, entersControlledShutdown: false };
    }
    const current = this.#heartbeats.currentState(brokerId);
    // All records of a registration are one batch: having read its first offset means having read it whole.
    const next = this.#heartbeats.nextState(brokerId, body, brokerEpoch, () => this.#state.hasLeaderships(brokerId));
    let records: readonly MetadataRecord[] = [];
    if (current !== next) {
      if (next === "UNFENCED") records = this.#elections.unfenceRecords(brokerId);
      else if (next === "CONTROLLED_SHUTDOWN") records = this.#elections.controlledShutdownRecords(brokerId);
      else records = this.#elections.fenceRecords(brokerId);
    }
    const isFenced = next === "FENCED" || next === "SHUTDOWN_NOW";
    this.#heartbeats.touch(brokerId, isFenced, currentMetadataOffset, this.#nowMs);
    const response = {
      throttleTimeMs: 0,
      errorCode: Errors.NONE,
      isCaughtUp: currentMetadataOffset >= brokerEpoch,
      isFenced,
      shouldShutDown: next === "SHUTDOWN_NOW",
    };
    return { records, response, entersControlledShutdown: next === "CONTROLLED_SHUTDOWN" };
  }

  enterControlledShutdown(brokerId: NodeId, offset: Offset): void {
    this.#heartbeats.enterControlledShutdown(brokerId, offset);
  }

  /** Fences the broker silent the longest. One at a time, so that the next decision sees what this one did. */
  fenceOneStaleBroker(): readonly MetadataRecord[] {
    const brokerId = this.#heartbeats.findStaleBroker(this.#nowMs);
    if (brokerId === undefined) return [];
    this.#heartbeats.fence(brokerId);
    return this.#state.image.brokers.has(brokerId) ? this.#elections.fenceRecords(brokerId) : [];
  }

  unregisterBroker(brokerId: NodeId): ControllerResult<ResponseBody<"UnregisterBroker">> {
    if (!this.#state.image.brokers.has(brokerId)) {
      const errorMessage = `Broker ID ${brokerId} is not currently registered`;
      const errorCode = Errors.BROKER_ID_NOT_REGISTERED;
      return { records: [], response: { throttleTimeMs: 0, errorCode, errorMessage } };
    }
    this.#heartbeats.remove(brokerId);
    const response = { throttleTimeMs: 0, errorCode: Errors.NONE, errorMessage: null };
    return { records: this.#elections.unregisterRecords(brokerId), response };
  }
}
