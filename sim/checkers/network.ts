// A claim about the simulator itself: its network behaves like TCP. If it did not, every other verdict would be void.

import type { NodeId } from "../../core/index.js";
import type { CheckerDefinition } from "./checker.js";

/** One direction of a connection: what was sent and not yet delivered, in order. */
class Direction {
  readonly #ids: number[] = [];
  #head = 0;

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

/** Messages of a connection arrive in order, and none is lost while both its ends live and neither closed it. */
export const connectionsAreReliable: CheckerDefinition = {
  name: "connections-are-reliable",
  claim: "A connection delivers every message in order until it breaks.",
  create({ report }) {
    const directions = new Map<number, Map<NodeId, Direction>>();
    const firstSeen = new Map<number, number>();
    const broken = new Set<number>();
    const lastEnd = new Map<NodeId, number>();
    const directionOf = (connection: number, from: NodeId): Direction => {
      let both = directions.get(connection);
      if (both === undefined) directions.set(connection, (both = new Map()));
      let direction = both.get(from);
      if (direction === undefined) both.set(from, (direction = new Direction()));
      return direction;
    };
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
            if (!firstSeen.has(event.connection)) firstSeen.set(event.connection, event.seq);
            directionOf(event.connection, event.from).sent(event.id);
            return;
          case "message.delivered": {
            const direction = directionOf(event.connection, event.from);
            const expected = direction.next;
            if (expected !== event.id) {
              report(`message ${event.id} from ${event.from} to ${event.to} overtook message ${expected}`, event);
            }
            direction.advance();
            return;
          }
          case "message.lost": {
            const direction = directionOf(event.connection, event.from);
            if (direction.next === event.id) direction.advance();
            const since = firstSeen.get(event.connection) ?? 0;
            const anEndDied = [event.from, event.to].some((node) => (lastEnd.get(node) ?? 0) >= since);
            if (broken.has(event.connection) || anEndDied) return;
            report(
              `message ${event.id} from ${event.from} to ${event.to} vanished from a connection that stands`,
              event,
            );
            return;
          }
          case "connection.closed":
          case "connection.refused":
            broken.add(event.connection);
            return;
          case "process.crashed":
          case "process.stopped":
            lastEnd.set(event.node, event.seq);
            return;
          default:
        }
      },
    };
  },
};
