// A claim about the simulator itself: its network behaves like TCP. If it did not, every other verdict would be void.

import type { NodeId } from "../../core/index.js";
import type { TraceEvent } from "../trace/format.js";
import type { CheckerDefinition } from "./checker.js";

/** One direction of a connection: what was sent and not yet delivered, in order. */
class Direction {
  readonly #ids: number[] = [];
  #head = 0;
  /** The first message that was lost, until the connection is told to be over. */
  lost: LostMessage | undefined;

  sent(id: number): void {
    this.#ids.push(id);
  }

  get next(): number | undefined {
    return this.#ids[this.#head];
  }

  advance(): void {
    this.#head++;
    if (this.#head > 64 && this.#head * 2 > this.#ids.length) {
      this.#ids.splice(0, this.#head);
      this.#head = 0;
    }
  }
}

type LostMessage = Extract<TraceEvent, { type: "message.delivered" | "message.lost" }>;

/** A connection as its messages tell of it. */
class Connection {
  /** `seq` of its first message; 0 before. */
  firstSeq = 0;
  isBroken = false;
  /** Who sent first; what it sent, and what the other end did. */
  #first: NodeId = -1;
  readonly #fromFirst = new Direction();
  readonly #fromOther = new Direction();

  sent(id: number, from: NodeId, seq: number): void {
    if (this.firstSeq === 0) {
      this.firstSeq = seq;
      this.#first = from;
    }
    this.directionFrom(from).sent(id);
  }

  get directions(): readonly Direction[] {
    return [this.#fromFirst, this.#fromOther];
  }

  directionFrom(from: NodeId): Direction {
    return from === this.#first ? this.#fromFirst : this.#fromOther;
  }
}

/** Messages of a connection arrive in order, and none is lost while both its ends live and neither closed it. */
export const connectionsAreReliable: CheckerDefinition = {
  name: "connections-are-reliable",
  claim: "A connection delivers every message in order until it breaks.",
  create({ report }) {
    /** By number: they are counted from 1. */
    const connections: (Connection | undefined)[] = [];
    const lastEnd = new Map<NodeId, number>();
    const connectionOf = (id: number): Connection => {
      return (connections[id] ??= new Connection());
    };
    const isOver = ({ connection, from, to }: LostMessage): boolean => {
      const { isBroken, firstSeq } = connectionOf(connection);
      return isBroken || [from, to].some((node) => (lastEnd.get(node) ?? 0) >= firstSeq);
    };
    const reportLoss = (lost: LostMessage): void =>
      report(`message ${lost.id} from ${lost.from} to ${lost.to} vanished from a connection that stands`, lost);
    return {
      watches: [
        "message.sent",
        "message.delivered",
        "message.lost",
        "connection.closed",
        "connection.refused",
        "process.crashed",
        "process.stopped",
      ],
      onEvent(event) {
        switch (event.type) {
          case "message.sent":
            connectionOf(event.connection).sent(event.id, event.from, event.seq);
            return;
          case "message.delivered": {
            const direction = connectionOf(event.connection).directionFrom(event.from);
            const expected = direction.next;
            if (expected !== event.id) {
              report(`message ${event.id} from ${event.from} to ${event.to} overtook message ${expected}`, event);
            }
            // What lay before the lost one at a process that stands still is delivered after the loss was seen.
            if (direction.lost !== undefined && direction.lost.id < event.id) {
              reportLoss(direction.lost);
              direction.lost = undefined;
            }
            direction.advance();
            return;
          }
          case "message.lost": {
            const direction = connectionOf(event.connection).directionFrom(event.from);
            if (direction.next === event.id) direction.advance();
            // A process that stood still learns of the loss, and that the connection is over, one after the other.
            if (!isOver(event)) direction.lost ??= event;
            return;
          }
          case "connection.closed":
          case "connection.refused":
            connectionOf(event.connection).isBroken = true;
            return;
          case "process.crashed":
          case "process.stopped":
            lastEnd.set(event.node, event.seq);
            return;
          default:
        }
      },
      onEnd() {
        for (const connection of connections) {
          for (const { lost } of connection?.directions ?? [])
            if (lost !== undefined && !isOver(lost)) reportLoss(lost);
        }
      },
    };
  },
};
