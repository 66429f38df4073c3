// Heartbeats: which brokers have a valid session, and how far each has read the metadata log.
// Soft state of the active controller, rebuilt with fresh sessions when another takes over: a new controller gives
// every broker a whole session to be heard from, rather than fencing the cluster for its own lateness.

import type { NodeId, Offset } from "../types.js";

interface BrokerHeartbeat {
  readonly id: NodeId;
  fenced: boolean;
  lastContactMs: number;
  metadataOffset: Offset;
  /** Offset at which its controlled shutdown was committed; -1 if it is not shutting down. */
  controlledShutdownOffset: Offset;
}

/** What the controller wants of a broker next. */
export type BrokerControlState = "FENCED" | "UNFENCED" | "CONTROLLED_SHUTDOWN" | "SHUTDOWN_NOW";

export interface HeartbeatWish {
  readonly wantFence: boolean;
  readonly wantShutDown: boolean;
  readonly currentMetadataOffset: Offset;
}

export class HeartbeatManager {
  readonly #sessionTimeoutMs: number;
  readonly #brokers = new Map<NodeId, BrokerHeartbeat>();

  constructor(sessionTimeoutMs: number) {
    this.#sessionTimeoutMs = sessionTimeoutMs;
  }

  /** A session begins, or begins anew for a broker this controller has just learned of. */
  register(id: NodeId, fenced: boolean, nowMs: number): void {
    this.#brokers.set(id, {
      id,
      fenced,
      lastContactMs: nowMs,
      metadataOffset: -1,
      controlledShutdownOffset: -1,
    });
  }

  remove(id: NodeId): void {
    this.#brokers.delete(id);
  }

  touch(id: NodeId, fenced: boolean, metadataOffset: Offset, nowMs: number): void {
    const broker = this.#brokers.get(id);
    if (broker === undefined) return;
    broker.lastContactMs = nowMs;
    broker.metadataOffset = metadataOffset;
    broker.fenced = fenced;
    if (fenced) broker.controlledShutdownOffset = -1;
  }

  fence(id: NodeId): void {
    const broker = this.#brokers.get(id);
    if (broker === undefined) return;
    broker.fenced = true;
    broker.controlledShutdownOffset = -1;
  }

  /** A fenced broker has no session to protect. */
  hasValidSession(id: NodeId, nowMs: number): boolean {
    const broker = this.#brokers.get(id);
    return broker !== undefined && !broker.fenced && this.#isInSession(broker, nowMs);
  }

  #isInSession(broker: BrokerHeartbeat, nowMs: number): boolean {
    return broker.lastContactMs + this.#sessionTimeoutMs >= nowMs;
  }

  /** The unfenced broker silent the longest, if its session has expired. */
  findStaleBroker(nowMs: number): NodeId | undefined {
    const oldest = this.#oldest();
    return oldest === undefined || this.#isInSession(oldest, nowMs) ? undefined : oldest.id;
  }

  /** Milliseconds until the next session may expire; undefined if there is none. */
  nextExpiryMs(nowMs: number): number | undefined {
    const oldest = this.#oldest();
    return oldest === undefined ? undefined : Math.max(0, oldest.lastContactMs + this.#sessionTimeoutMs + 1 - nowMs);
  }

  #oldest(): BrokerHeartbeat | undefined {
    let oldest: BrokerHeartbeat | undefined;
    for (const broker of this.#brokers.values()) {
      if (broker.fenced) continue;
      const isOlder =
        oldest === undefined ||
        broker.lastContactMs < oldest.lastContactMs ||
        (broker.lastContactMs === oldest.lastContactMs && broker.id < oldest.id);
      if (isOlder) oldest = broker;
    }
    return oldest;
  }

  /** Remembers the first offset at which the broker's controlled shutdown stands in the log. */
  enterControlledShutdown(id: NodeId, offset: Offset): void {
    const broker = this.#brokers.get(id);
    if (broker !== undefined && !broker.fenced && broker.controlledShutdownOffset < 0) {
      broker.controlledShutdownOffset = offset;
    }
  }

  currentState(id: NodeId): BrokerControlState {
    const broker = this.#brokers.get(id);
    if (broker === undefined || broker.fenced) return "FENCED";
    return broker.controlledShutdownOffset >= 0 ? "CONTROLLED_SHUTDOWN" : "UNFENCED";
  }

  /**
   * | now | wish | next |
   * |---|---|---|
   * | FENCED | stop | SHUTDOWN_NOW: it serves nobody |
   * | FENCED | unfence, has read its own registration | UNFENCED |
   * | UNFENCED | fence | FENCED, or SHUTDOWN_NOW with stop |
   * | UNFENCED | stop | CONTROLLED_SHUTDOWN while it leads anything, else SHUTDOWN_NOW |
   * | CONTROLLED_SHUTDOWN | any | SHUTDOWN_NOW once it leads nothing and all active brokers know |
   */
  nextState(
    id: NodeId,
    wish: HeartbeatWish,
    registrationOffset: Offset,
    hasLeaderships: () => boolean,
  ): BrokerControlState {
    const current = this.currentState(id);
    switch (current) {
      case "FENCED":
        if (wish.wantShutDown) return "SHUTDOWN_NOW";
        return !wish.wantFence && wish.currentMetadataOffset >= registrationOffset ? "UNFENCED" : "FENCED";
      case "UNFENCED":
        if (wish.wantFence) return wish.wantShutDown ? "SHUTDOWN_NOW" : "FENCED";
        if (!wish.wantShutDown) return "UNFENCED";
        return hasLeaderships() ? "CONTROLLED_SHUTDOWN" : "SHUTDOWN_NOW";
      case "CONTROLLED_SHUTDOWN": {
        if (hasLeaderships()) return "CONTROLLED_SHUTDOWN";
        const offset = this.#brokers.get(id)!.controlledShutdownOffset;
        // Those that still believe it leads would send clients to a broker that is gone.
        return offset <= this.#lowestActiveOffset() ? "SHUTDOWN_NOW" : "CONTROLLED_SHUTDOWN";
      }
      case "SHUTDOWN_NOW":
        return "SHUTDOWN_NOW";
    }
  }

  #lowestActiveOffset(): Offset {
    let lowest: Offset = Number.MAX_SAFE_INTEGER;
    for (const broker of this.#brokers.values()) {
      const isActive = !broker.fenced && broker.controlledShutdownOffset < 0;
      if (isActive) lowest = Math.min(lowest, broker.metadataOffset);
    }
    return lowest;
  }
}
