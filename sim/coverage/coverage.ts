// Coverage: where in the protocol a run has been, gathered while it runs.
// It listens to the trace for pairs (situation.ts), and nodes tell it of rare branches (core/marks.ts). It looks at every
// message, so a look is two array reads and a bit; and like all listeners it changes nothing that happens.

import { MARK_NAMES, type MarkName, type Marks } from "../../core/marks.js";
import type { NodeId } from "../../core/types.js";
import type { TraceEvent, TraceNode } from "../trace/format.js";
import type { Reached } from "./reached.js";
import {
  MESSAGE_KINDS,
  messageKind,
  pairsOf,
  PEACE,
  STATES,
  troubleBit,
  TROUBLES,
  type StateName,
  type Trouble,
} from "./situation.js";

const stateNumber = (name: StateName): number => STATES.indexOf(name);

const FIRST_STATES: Readonly<Record<TraceNode["role"], number>> = {
  broker: stateNumber("a starting broker"),
  controller: stateNumber("an unattached controller"),
  client: stateNumber("a client"),
  external: stateNumber("a client"),
};

/** States that a node tells of itself, by the name it uses. */
const BROKER_STATES: ReadonlyMap<string, number> = new Map([
  ["STARTING", stateNumber("a starting broker")],
  ["RECOVERY", stateNumber("a broker that reads its logs")],
  ["RUNNING", stateNumber("a serving broker")],
  ["PENDING_CONTROLLED_SHUTDOWN", stateNumber("a stopping broker")],
  ["SHUTTING_DOWN", stateNumber("a stopping broker")],
]);
const QUORUM_STATES: ReadonlyMap<string, number> = new Map([
  ["Unattached", stateNumber("an unattached controller")],
  ["Follower", stateNumber("a controller that follows")],
  ["Prospective", stateNumber("a controller that asks whether it would win")],
  ["Candidate", stateNumber("a candidate")],
  ["Leader", stateNumber("the leader of the quorum")],
  ["Resigned", stateNumber("a controller that resigned")],
]);
const SERVING = stateNumber("a serving broker");
const FENCED = stateNumber("a fenced broker");
const OWNING = stateNumber("a consumer with partitions");
const DISPOSSESSED = stateNumber("a consumer whose partitions were taken");

export class Coverage implements Marks {
  static readonly watches: readonly TraceEvent["type"][] = [
    "message.delivered",
    "connection.opened",
    "message.held",
    "message.released",
    "message.lost",
    "fault.injected",
    "fault.healed",
    "process.started",
    "broker.state-changed",
    "broker.fenced",
    "broker.unfenced",
    "quorum.transitioned",
    "consumer.assigned",
    "consumer.revoked",
    "consumer.lost",
  ];

  readonly #roleOf: (node: NodeId) => TraceNode["role"];
  /** State of each node, by its id. */
  readonly #states: (number | undefined)[] = [];
  /** Who dialled each connection: what comes from there is a request. */
  readonly #diallers: (NodeId | undefined)[] = [];
  /** For each state and kind of message the bits of what stood when it was received. */
  readonly #seen = new Int32Array(STATES.length * MESSAGE_KINDS);
  readonly #standing = new Map<Trouble, number>();
  readonly #held = new Set<number>();
  #troubles = PEACE;
  readonly #marks = new Set<MarkName>();

  /** @param roleOf what the machine of a node is for; asked when the node is first heard of */
  constructor(roleOf: (node: NodeId) => TraceNode["role"]) {
    this.#roleOf = roleOf;
  }

  reached(mark: MarkName): void {
    this.#marks.add(mark);
  }

  /** Everything reached so far. */
  get all(): Reached {
    const pairs: number[] = [];
    for (let index = 0; index < this.#seen.length; index++) {
      const troubles = this.#seen[index]!;
      if (troubles === 0) continue;
      pairs.push(...pairsOf(Math.floor(index / MESSAGE_KINDS), index % MESSAGE_KINDS, troubles));
    }
    return { pairs, marks: MARK_NAMES.filter((mark) => this.#marks.has(mark)) };
  }

  onEvent(event: TraceEvent): void {
    switch (event.type) {
      case "message.delivered": {
        const state = this.#states[event.to] ?? this.#firstState(event.to);
        const isResponse = this.#diallers[event.connection] !== event.from;
        this.#seen[state * MESSAGE_KINDS + messageKind(event.apiKey, isResponse)]! |= this.#troubles;
        return;
      }
      case "connection.opened":
        this.#diallers[event.connection] = event.from;
        return;
      case "message.held":
        this.#held.add(event.id);
        if (this.#held.size === 1) this.#stand("held-messages", 1);
        return;
      case "message.released":
      case "message.lost":
        if (this.#held.delete(event.id) && this.#held.size === 0) this.#stand("held-messages", -1);
        return;
      case "fault.injected":
        if (event.nodes.length > 0) this.#stand(event.fault.kind, 1);
        return;
      case "fault.healed":
        if (event.nodes.length > 0) this.#stand(event.fault.kind, -1);
        return;
      case "process.started":
        this.#firstState(event.node);
        return;
      default:
        this.#onState(event);
    }
  }

  #onState(event: TraceEvent): void {
    switch (event.type) {
      case "broker.state-changed":
        this.#states[event.node] = BROKER_STATES.get(event.to) ?? FIRST_STATES.broker;
        return;
      case "broker.fenced":
      case "broker.unfenced": {
        // Starting and stopping brokers are fenced too, which says nothing new of them.
        const state = this.#states[event.brokerId];
        if (state === SERVING || state === FENCED)
          this.#states[event.brokerId] = event.type === "broker.fenced" ? FENCED : SERVING;
        return;
      }
      case "quorum.transitioned":
        // Brokers follow the quorum as observers.
        if (this.#roleOf(event.node) === "controller")
          this.#states[event.node] = QUORUM_STATES.get(event.to) ?? FIRST_STATES.controller;
        return;
      case "consumer.assigned":
        this.#states[event.node] = OWNING;
        return;
      case "consumer.revoked":
      case "consumer.lost":
        this.#states[event.node] = DISPOSSESSED;
        return;
      default:
        return;
    }
  }

  #firstState(node: NodeId): number {
    const state = FIRST_STATES[this.#roleOf(node)];
    this.#states[node] = state;
    return state;
  }

  #stand(trouble: Trouble, by: 1 | -1): void {
    this.#standing.set(trouble, (this.#standing.get(trouble) ?? 0) + by);
    let bits = 0;
    for (const each of TROUBLES) if ((this.#standing.get(each) ?? 0) > 0) bits |= troubleBit(each);
    this.#troubles = bits === 0 ? PEACE : bits;
  }
}
