// What a run saw: counts of the interesting things that happened.
// A run in which nothing happened proves nothing; these counts make that visible.

import { Errors } from "../../core/errors.js";
import type { TraceEvent } from "../trace/format.js";

export interface Seen {
  readonly faults: number;
  readonly leaderElections: number;
  readonly quorumElections: number;
  readonly isrShrinks: number;
  readonly isrExpansions: number;
  readonly truncations: number;
  readonly rebalances: number;
  readonly fencedRequests: number;
  readonly brokersFenced: number;
  readonly recordsSent: number;
  readonly recordsAcknowledged: number;
  readonly recordsFailed: number;
  readonly recordsDelivered: number;
  readonly messages: number;
}

type Counts = { -readonly [K in keyof Seen]: number };

const FENCING: ReadonlySet<number> = new Set([
  Errors.FENCED_LEADER_EPOCH,
  Errors.UNKNOWN_LEADER_EPOCH,
  Errors.STALE_BROKER_EPOCH,
  Errors.INVALID_PRODUCER_EPOCH,
  Errors.FENCED_INSTANCE_ID,
  Errors.NOT_LEADER_OR_FOLLOWER,
  Errors.STALE_CONTROLLER_EPOCH,
]);

export class SeenCounter {
  static readonly watches: readonly TraceEvent["type"][] = [
    "message.sent",
    "producer.send",
    "producer.acknowledged",
    "producer.failed",
    "consumer.delivered",
    "fault.injected",
    "partition.changed",
    "quorum.transitioned",
    "isr.shrunk",
    "isr.expanded",
    "log.truncated",
    "group.transitioned",
    "replica.fenced",
    "group.request-fenced",
    "produce.rejected",
    "broker.fenced",
  ];

  readonly #counts: Counts = {
    faults: 0,
    leaderElections: 0,
    quorumElections: 0,
    isrShrinks: 0,
    isrExpansions: 0,
    truncations: 0,
    rebalances: 0,
    fencedRequests: 0,
    brokersFenced: 0,
    recordsSent: 0,
    recordsAcknowledged: 0,
    recordsFailed: 0,
    recordsDelivered: 0,
    messages: 0,
  };

  get seen(): Seen {
    return this.#counts;
  }

  onEvent(event: TraceEvent): void {
    const counts = this.#counts;
    switch (event.type) {
      case "message.sent":
        counts.messages++;
        return;
      case "producer.send":
        counts.recordsSent++;
        return;
      case "producer.acknowledged":
        counts.recordsAcknowledged++;
        return;
      case "producer.failed":
        counts.recordsFailed++;
        return;
      case "consumer.delivered":
        counts.recordsDelivered++;
        return;
      case "fault.injected":
        counts.faults++;
        return;
      case "partition.changed":
        if (event.reason.endsWith("election")) counts.leaderElections++;
        return;
      case "quorum.transitioned":
        if (event.to === "Leader") counts.quorumElections++;
        return;
      case "isr.shrunk":
        counts.isrShrinks++;
        return;
      case "isr.expanded":
        counts.isrExpansions++;
        return;
      case "log.truncated":
        if (event.toOffset < event.fromOffset) counts.truncations++;
        return;
      case "group.transitioned":
        if (event.to === "PreparingRebalance") counts.rebalances++;
        return;
      case "replica.fenced":
      case "group.request-fenced":
        counts.fencedRequests++;
        return;
      case "produce.rejected":
        if (FENCING.has(event.error)) counts.fencedRequests++;
        return;
      case "broker.fenced":
        counts.brokersFenced++;
        return;
      default:
    }
  }
}
