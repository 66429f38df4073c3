// A claim about the simulator itself: its network behaves like TCP. If it did not, every other verdict would be void.

import type { CheckerDefinition } from "./checker.js";

/** Messages of one direction of a connection arrive in order, and none is missing from an unbroken connection. */
export const connectionsAreReliable: CheckerDefinition = {
  name: "connections-are-reliable",
  claim: "A connection delivers every message in order until it breaks.",
  create({ report }) {
    interface Direction {
      readonly ids: number[];
      head: number;
      broken: boolean;
    }
    const directions = new Map<string, Direction>();
    const directionOf = (connection: number, from: number, to: number): Direction => {
      const key = `${connection}/${from}/${to}`;
      let direction = directions.get(key);
      if (direction === undefined) directions.set(key, (direction = { ids: [], head: 0, broken: false }));
      return direction;
    };
    const pending = new Map<number, Direction[]>();
    return {
      watches: ["message.sent", "message.delivered", "message.lost", "connection.closed"],
      onEvent(event) {
        switch (event.type) {
          case "message.sent": {
            const direction = directionOf(event.connection, event.from, event.to);
            if (direction.ids.length === 0) {
              const both = pending.get(event.connection);
              if (both === undefined) pending.set(event.connection, [direction]);
              else if (!both.includes(direction)) both.push(direction);
            }
            direction.ids.push(event.id);
            return;
          }
          case "message.delivered": {
            const direction = directionOf(event.connection, event.from, event.to);
            if (direction.ids[direction.head] !== event.id) {
              report(
                `message ${event.id} from ${event.from} to ${event.to} overtook message ${direction.ids[direction.head]}`,
                event,
              );
            }
            direction.head++;
            if (direction.head > 64 && direction.head * 2 > direction.ids.length) {
              direction.ids.splice(0, direction.head);
              direction.head = 0;
            }
            return;
          }
          case "connection.closed":
            for (const direction of pending.get(event.connection) ?? []) direction.broken = true;
            return;
          case "message.lost": {
            const direction = directionOf(event.connection, event.from, event.to);
            const isNext = direction.ids[direction.head] === event.id;
            if (isNext) direction.head++;
            direction.broken = true;
            return;
          }
          default:
        }
      },
    };
  },
};
