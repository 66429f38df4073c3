// The delivery model: the little that must hold of a log, whatever happens to the brokers.
// A record that was acknowledged is read back from where it was acknowledged, once, in the order of sending; nothing is
// read that nobody sent. Commands tell the model what they did, and compare it with what a reader gets.

import type { FaultKind } from "../faults/fault.js";
import type { NodeId } from "../../core/types.js";
import type { Delivery, ReceivedRecord, World } from "../world/world.js";
import type { OpenWorld } from "./open-world.js";

/** A record that was handed to the producer. Its value tells its number. */
export interface SentRecord {
  readonly value: string;
  readonly delivery: Delivery;
}

export class DeliveryModel {
  /** In the order of sending. */
  readonly sent: SentRecord[] = [];
  /** Nodes that a command damaged and none has mended yet. */
  readonly damaged = new Map<NodeId, FaultKind>();

  /** The value of the next record: each is sent once. */
  get nextValue(): string {
    return `record ${this.sent.length}`;
  }

  /** Acknowledged records of which the producer was told where they are, by place. */
  acknowledged(): ReadonlyMap<string, string> {
    const places = this.sent
      .filter(({ delivery }) => delivery.state === "acknowledged" && delivery.offset !== undefined)
      .map(({ value, delivery: { topic, partition, offset } }) => [`${topic}-${partition}@${offset}`, value] as const);
    return new Map(places);
  }

  /** Claims of a world what must hold of everything its reader received so far. */
  expectDelivered(world: World, received: readonly ReceivedRecord[]): void {
    const numbers = new Map(this.sent.map(({ value }, number) => [value, number]));
    const acknowledged = this.acknowledged();
    const reached = new Map<string, { offset: number; number: number }>();
    for (const { topic, partition, offset, value } of received) {
      const name = `${topic}-${partition}`;
      const number = numbers.get(value ?? "");
      if (number === undefined) {
        world.expect(`"${String(value)}" at offset ${offset} of ${name} was sent by somebody`, false);
        continue;
      }
      const last = reached.get(name) ?? { offset: -1, number: -1 };
      const told = acknowledged.get(`${name}@${offset}`) ?? value;
      world.expect(`offset ${offset} of ${name} holds "${told}", as its producer was told`, told === value);
      world.expect(`${name} is read once and forwards: ${offset} comes after ${last.offset}`, offset > last.offset);
      world.expect(`"${value}" of ${name} was sent after what is before it`, number > last.number);
      for (let between = last.offset + 1; between < offset; between++) {
        const skipped = acknowledged.get(`${name}@${between}`);
        world.expect(`"${String(skipped)}", acknowledged at ${between} of ${name}, is not skipped`, !skipped);
      }
      reached.set(name, { offset, number });
    }
  }
}

/** Polls before giving up: half a minute of simulated time. */
const MOST_POLLS = 300;

/**
 * The last command of a run: heals everything, lets the reader read to the end, and claims that it got every
 * acknowledged record.
 * @throws RunStopped with the story, if it did not
 */
export function readBack(model: DeliveryModel, real: OpenWorld): void {
  real.play((world) => {
    world.heal();
    const missing = (): string | undefined => {
      const read = new Set(real.reader.received.map(({ value }) => value));
      return [...model.acknowledged().values()].find((value) => !read.has(value));
    };
    for (let poll = 0; poll < MOST_POLLS && missing() !== undefined; poll++) {
      real.reader.poll();
      world.run(100);
    }
    model.expectDelivered(world, real.reader.received);
    world.expect(`"${String(missing())}", which was acknowledged, is read back`, missing() === undefined);
  });
}
