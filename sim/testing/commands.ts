// Commands for model-based properties: small steps over an open world, which fast-check draws in any order and leaves
// out one by one. A command of your own is any `fc.Command<DeliveryModel, OpenWorld>`: hand it in among `more`.

import fc from "fast-check";
import type { NodeId } from "../../core/types.js";
import type { Fault } from "../faults/fault.js";
import type { DeliveryModel } from "./delivery-model.js";
import type { OpenWorld } from "./open-world.js";
import { plainestFirst, roundTimes, type OneOf } from "./plainest-first.js";

export type WorldCommand = fc.Command<DeliveryModel, OpenWorld>;

/** What a command does to a broker, the mildest first. */
export const DAMAGES = ["pause", "isolate", "shutdown", "crash", "power-loss"] as const;
export type Damage = (typeof DAMAGES)[number];

export interface CommandChoices {
  /** How many brokers the world has; 3 unless told. */
  readonly brokers?: number;
  readonly damages?: readonly Damage[];
  /** Brokers that may be damaged at one time; 1 unless told. */
  readonly mostDamaged?: number;
  /** 30 unless told. */
  readonly maxCommands?: number;
  /** Longest time that a command lets pass; 10 s unless told. */
  readonly maxRunMs?: number;
  /** Keys of records; without any, records have none. */
  readonly keys?: OneOf<string>;
  /** Commands of your own. */
  readonly more?: readonly fc.Arbitrary<WorldCommand>[];
}

/** Hands records to the producer; their fate shows as time passes. */
class Send implements WorldCommand {
  readonly #count: number;
  readonly #topic: number;
  readonly #key: string | undefined;

  constructor(count: number, topic: number, key: string | undefined) {
    this.#count = count;
    this.#topic = topic;
    this.#key = key;
  }

  check(): boolean {
    return true;
  }

  run(model: DeliveryModel, real: OpenWorld): void {
    const { topic } = real.topics[this.#topic % real.topics.length]!;
    for (let index = 0; index < this.#count; index++) {
      const value = model.nextValue;
      const record = this.#key === undefined ? { value } : { key: this.#key, value };
      model.sent.push({ value, delivery: real.play(() => real.producer.send(topic, record)) });
    }
  }

  toString(): string {
    return `send ${this.#count}${this.#key === undefined ? "" : ` with key ${this.#key}`}`;
  }
}

/** Polls the reader, and claims what must hold of all it got. */
class Poll implements WorldCommand {
  check(): boolean {
    return true;
  }

  run(model: DeliveryModel, real: OpenWorld): void {
    real.play((world) => {
      real.reader.poll();
      model.expectDelivered(world, real.reader.received);
    });
  }

  toString(): string {
    return "poll";
  }
}

class Wait implements WorldCommand {
  readonly #durationMs: number;

  constructor(durationMs: number) {
    this.#durationMs = durationMs;
  }

  check(): boolean {
    return true;
  }

  run(_model: DeliveryModel, real: OpenWorld): void {
    real.play((world) => world.run(this.#durationMs));
  }

  toString(): string {
    return `wait ${this.#durationMs} ms`;
  }
}

/** Something happens to a broker that is whole, unless too many are damaged. */
class DamageBroker implements WorldCommand {
  readonly #broker: NodeId;
  readonly #damage: Damage;
  readonly #mostDamaged: number;

  constructor(broker: NodeId, damage: Damage, mostDamaged: number) {
    this.#broker = broker;
    this.#damage = damage;
    this.#mostDamaged = mostDamaged;
  }

  check({ damaged }: Readonly<DeliveryModel>): boolean {
    return damaged.size < this.#mostDamaged && !damaged.has(this.#broker);
  }

  run(model: DeliveryModel, real: OpenWorld): void {
    const fault: Fault = { kind: this.#damage, target: this.#broker };
    real.damage(this.#broker, fault);
    model.damaged.set(this.#broker, this.#damage);
  }

  toString(): string {
    return `${this.#damage} broker ${this.#broker}`;
  }
}

/** A damaged broker goes on, is reachable, or starts again over its disk. */
class Mend implements WorldCommand {
  readonly #broker: NodeId;

  constructor(broker: NodeId) {
    this.#broker = broker;
  }

  check({ damaged }: Readonly<DeliveryModel>): boolean {
    return damaged.has(this.#broker);
  }

  run(model: DeliveryModel, real: OpenWorld): void {
    real.mend(this.#broker);
    model.damaged.delete(this.#broker);
  }

  toString(): string {
    return `mend broker ${this.#broker}`;
  }
}

/** Asks that the next replica lead: puts it first among the replicas, and has preferred leaders elected. */
class MoveLeader implements WorldCommand {
  readonly #topic: number;
  readonly #partition: number;

  constructor(topic: number, partition: number) {
    this.#topic = topic;
    this.#partition = partition;
  }

  check(): boolean {
    return true;
  }

  run(_model: DeliveryModel, real: OpenWorld): void {
    const { topic, partitions } = real.topics[this.#topic % real.topics.length]!;
    const partition = this.#partition % partitions;
    real.play((world) => {
      const [first, ...others] = world.replicasOf(topic, partition);
      if (first === undefined || others.length === 0) return;
      world.request({ kind: "reassign", topic, partition, replicas: [...others, first] });
      world.run(100);
      world.request({ kind: "elect-preferred" });
    });
  }

  toString(): string {
    return "move the leader";
  }
}

/** Sequences of commands, for `fc.modelRun` over a `DeliveryModel` and an `OpenWorld`. */
export function worldCommands(choices: CommandChoices = {}): fc.Arbitrary<Iterable<WorldCommand>> {
  const { brokers = 3, damages = DAMAGES, mostDamaged = 1, maxRunMs = 10_000, keys } = choices;
  const broker = fc.integer({ min: 1, max: brokers });
  const damage = plainestFirst(DAMAGES.filter((each) => damages.includes(each)));
  const key = keys === undefined ? fc.constant(undefined) : plainestFirst(keys);
  const all: fc.Arbitrary<WorldCommand>[] = [
    fc.tuple(fc.integer({ min: 1, max: 5 }), fc.nat({ max: 9 }), key).map((drawn) => new Send(...drawn)),
    fc.constant(new Poll()),
    roundTimes(1, maxRunMs).map((durationMs) => new Wait(durationMs)),
    fc.tuple(broker, damage).map(([node, kind]) => new DamageBroker(node, kind, mostDamaged)),
    broker.map((node) => new Mend(node)),
    fc.tuple(fc.nat({ max: 9 }), fc.nat({ max: 9 })).map((drawn) => new MoveLeader(...drawn)),
    ...(choices.more ?? []),
  ];
  return fc.commands(all, { maxCommands: choices.maxCommands ?? 30, size: "max" });
}
