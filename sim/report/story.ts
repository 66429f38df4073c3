// Story: the few events of a run that a person would tell, as sentences.
// Notes and faults come from the script; the rest is what the cluster did about them.

import { errorName } from "../../core/errors.js";
import { topicPartitionKey, type NodeId } from "../../core/types.js";
import { describeLastIntent } from "../faults/describe.js";
import type { TraceEvent } from "../trace/format.js";

export interface StoryLine {
  readonly seq: number;
  readonly atUs: number;
  readonly kind: "note" | "fault" | "heal" | "event";
  readonly text: string;
}

/** Names a node as people do: "broker-1". */
export type NameOf = (node: NodeId) => string;

const isInternal = (topic: string): boolean => topic.startsWith("__");

/** The sentence for an event, or undefined if it is not worth telling. */
export function tell(event: TraceEvent, nameOf: NameOf): string | undefined {
  switch (event.type) {
    case "note":
      return event.text;
    case "fault.injected":
    case "fault.healed":
      return event.idle === true ? undefined : tellFault(event, nameOf);
    case "process.crashed": {
      // Otherwise the fault has said it.
      if (event.before === undefined) return undefined;
      const dies = event.how === "crash" ? "crashes" : "loses power";
      return `${nameOf(event.node)} ${dies}, about to ${describeLastIntent(event.before)}.`;
    }
    case "controller.activated":
      return `${nameOf(event.node)} is the active controller, epoch ${event.epoch}.`;
    case "broker.fenced":
      return `The controller fences ${nameOf(event.brokerId)}.`;
    case "broker.unfenced":
      return `${nameOf(event.brokerId)} is unfenced and serves.`;
    case "broker.controlled-shutdown":
      return `${nameOf(event.brokerId)} asks to stop; its partitions are handed over.`;
    case "partition.changed":
      return isInternal(event.topic) ? undefined : tellPartition(event, nameOf);
    case "log.truncated":
      if (isInternal(event.topic) || event.toOffset >= event.fromOffset) return undefined;
      return `${nameOf(event.node)} truncates ${event.topic}-${event.partition} from ${event.fromOffset} to ${event.toOffset}.`;
    case "isr.change-refused":
      if (isInternal(event.topic)) return undefined;
      return `${nameOf(event.node)} is refused the ISR it asked for of ${event.topic}-${event.partition}: ${errorName(event.error)}.`;
    case "replica.fenced":
      if (isInternal(event.topic)) return undefined;
      return `${nameOf(event.node)} is told ${errorName(event.error)} for ${event.topic}-${event.partition}.`;
    case "replica.failed":
      if (isInternal(event.topic)) return undefined;
      return `${nameOf(event.node)} follows ${event.topic}-${event.partition} no more: what ${nameOf(event.peer)} sends does not fit its log.`;
    case "group.transitioned":
      if (event.to === "PreparingRebalance") return `Group ${event.group} rebalances: ${event.reason}.`;
      if (event.to === "Stable") {
        return `Group ${event.group} is stable in generation ${event.generationId} with ${event.members.length} member${event.members.length === 1 ? "" : "s"}.`;
      }
      return undefined;
    case "producer.epoch-bumped":
      return `${nameOf(event.node)} raises its producer epoch to ${event.producerEpoch}.`;
    default:
      return undefined;
  }
}

/** A full sentence; the name of a node keeps its small letter. */
function tellFault({ sentence, nodes }: Extract<TraceEvent, { fault: unknown }>, nameOf: NameOf): string {
  const beginsWithName = nodes.some((node) => sentence.startsWith(nameOf(node)));
  return `${beginsWithName ? sentence : sentence.charAt(0).toUpperCase() + sentence.slice(1)}.`;
}

function tellPartition(event: Extract<TraceEvent, { type: "partition.changed" }>, nameOf: NameOf): string | undefined {
  const name = `${event.topic}-${event.partition}`;
  const leader = nameOf(event.leader);
  const isr = event.isr.length === 0 ? "empty" : event.isr.join(", ");
  if (event.leader < 0 && event.reason !== "deleted" && event.reason !== "unclean-revert") {
    // KIP-966: who is in the ELR had everything when it left the ISR, and may lead without a loss.
    const eligible = event.elr.length === 0 ? "" : `, ${event.elr.map(nameOf).join(" or ")} may lead again (ELR)`;
    return `${name} has no leader, epoch ${event.leaderEpoch}; its ISR is ${isr}${eligible}.`;
  }
  switch (event.reason) {
    case "created":
      return `${name} is created; ${leader} leads, ISR ${isr}.`;
    case "clean-election":
      return `${leader} is elected leader of ${name}, epoch ${event.leaderEpoch}, ISR ${isr}.`;
    case "preferred-election":
      return `${leader}, the preferred replica, leads ${name} again, epoch ${event.leaderEpoch}.`;
    case "unclean-election":
      return `${leader} is elected uncleanly for ${name}, epoch ${event.leaderEpoch}: whatever it lacks is lost.`;
    case "unclean-revert":
      return `${name} is given back to ${isr}, which was not in sync: whatever it lacks is lost.`;
    case "isr-change":
      return `The ISR of ${name} is now ${isr}.`;
    case "reassignment":
      return `${name} has replicas ${event.replicas.join(", ")}, ISR ${isr}.`;
    case "deleted":
      return `${name} is deleted.`;
  }
}

/** Collects the story of a run. A sentence is told once in a row, and once in a row about the same partition. */
export class StoryTeller {
  static readonly watches: readonly TraceEvent["type"][] = [
    "note",
    "fault.injected",
    "fault.healed",
    "process.crashed",
    "controller.activated",
    "broker.fenced",
    "broker.unfenced",
    "broker.controlled-shutdown",
    "partition.changed",
    "log.truncated",
    "isr.change-refused",
    "replica.fenced",
    "replica.failed",
    "group.transitioned",
    "producer.epoch-bumped",
  ];

  readonly lines: StoryLine[] = [];
  readonly #nameOf: NameOf;
  /** What was told last of each partition: a new active controller tells the state again. */
  readonly #toldOf = new Map<string, string>();

  constructor(nameOf: NameOf) {
    this.#nameOf = nameOf;
  }

  onEvent(event: TraceEvent): void {
    const text = tell(event, this.#nameOf);
    if (text === undefined || this.lines.at(-1)?.text === text) return;
    if (event.type === "partition.changed") {
      const key = topicPartitionKey(event.topic, event.partition);
      if (this.#toldOf.get(key) === text) return;
      this.#toldOf.set(key, text);
    }
    const kind =
      event.type === "note"
        ? "note"
        : event.type === "fault.injected"
          ? "fault"
          : event.type === "fault.healed"
            ? "heal"
            : "event";
    this.lines.push({ seq: event.seq, atUs: event.atUs, kind, text });
  }
}
