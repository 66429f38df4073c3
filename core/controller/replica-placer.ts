// Where the replicas of a new partition go: striped over racks, then over the brokers of each rack.
// Consecutive partitions start one rack and one broker further, so leaders spread evenly; a partition's replicas use
// as many racks as there are, so that losing one rack leaves copies. The first replica is never on a fenced broker,
// for it is to lead.

import type { Random } from "../environment.js";
import { compareStrings, type NodeId } from "../types.js";
import type { BrokerRegistration } from "../metadata/registrations.js";

/** Brokers of one kind (fenced or not) of a rack, dealt out in turn, each round beginning one further. */
class BrokerList {
  readonly #ids: NodeId[] = [];
  #epoch = 0;
  #index = 0;
  #offset = 0;

  add(id: NodeId): void {
    this.#ids.push(id);
  }

  get size(): number {
    return this.#ids.length;
  }

  initialize(random: Random): void {
    this.#ids.sort((a, b) => a - b);
    this.#offset = this.#ids.length === 0 ? 0 : random.below(this.#ids.length);
  }

  shuffle(random: Random): void {
    shuffle(this.#ids, random);
  }

  /** The next broker for the partition numbered `epoch`; undefined when all were dealt to it. */
  next(epoch: number): NodeId | undefined {
    if (this.#epoch !== epoch) {
      this.#epoch = epoch;
      this.#index = 0;
      this.#offset = this.#offset + 1 >= this.#ids.length ? 0 : this.#offset + 1;
    }
    if (this.#index >= this.#ids.length) return undefined;
    const id = this.#ids[(this.#index + this.#offset) % this.#ids.length];
    this.#index += 1;
    return id;
  }
}

class Rack {
  readonly unfenced = new BrokerList();
  readonly fenced = new BrokerList();

  next(epoch: number): NodeId | undefined {
    return this.unfenced.next(epoch) ?? this.fenced.next(epoch);
  }
}

export type Placement =
  | { readonly ok: true; readonly assignments: readonly (readonly NodeId[])[] }
  | { readonly ok: false; readonly message: string };

/** Assigns `partitionCount` partitions with `replicationFactor` replicas each, the preferred leader first. */
export function placeReplicas(
  random: Random,
  brokers: Iterable<BrokerRegistration>,
  partitionCount: number,
  replicationFactor: number,
): Placement {
  const placer = new StripedPlacer(random, brokers);
  if (replicationFactor <= 0) return { ok: false, message: "the replication factor must be positive" };
  if (placer.unfencedCount === 0) return { ok: false, message: "All brokers are currently fenced." };
  if (replicationFactor > placer.brokerCount) {
    return {
      ok: false,
      message:
        `The target replication factor of ${replicationFactor} cannot be reached because only ` +
        `${placer.brokerCount} broker(s) are registered.`,
    };
  }
  const assignments: (readonly NodeId[])[] = [];
  for (let i = 0; i < partitionCount; i++) assignments.push(placer.place(replicationFactor));
  return { ok: true, assignments };
}

class StripedPlacer {
  readonly #random: Random;
  readonly #racks = new Map<string, Rack>();
  readonly #rackNames: string[];
  #epoch = 0;
  #offset: number;
  brokerCount = 0;
  unfencedCount = 0;

  constructor(random: Random, brokers: Iterable<BrokerRegistration>) {
    this.#random = random;
    for (const broker of brokers) this.#add(broker);
    this.#rackNames = [...this.#racks.keys()].sort(compareStrings);
    for (const name of this.#rackNames) {
      this.#racks.get(name)!.unfenced.initialize(random);
      this.#racks.get(name)!.fenced.initialize(random);
    }
    this.#offset = this.#rackNames.length === 0 ? 0 : random.below(this.#rackNames.length);
  }

  #add(broker: BrokerRegistration): void {
    const name = broker.rack ?? "";
    let rack = this.#racks.get(name);
    if (rack === undefined) this.#racks.set(name, (rack = new Rack()));
    (broker.fenced ? rack.fenced : rack.unfenced).add(broker.id);
    this.brokerCount += 1;
    if (!broker.fenced) this.unfencedCount += 1;
  }

  place(replicationFactor: number): readonly NodeId[] {
    if (this.#epoch === this.unfencedCount && this.unfencedCount > 1) this.#shuffle();
    if (this.#offset === this.#rackNames.length) this.#offset = 0;
    const brokers: NodeId[] = [];
    let firstRack = this.#offset;
    for (;;) {
      const leader = this.#rackAt(firstRack).unfenced.next(this.#epoch);
      if (leader !== undefined) {
        brokers.push(leader);
        break;
      }
      firstRack = (firstRack + 1) % this.#rackNames.length;
    }
    let rackIndex = this.#offset;
    // The leader's rack is passed over once: the second replica goes elsewhere.
    let passOver = firstRack;
    while (brokers.length < replicationFactor) {
      if (rackIndex === passOver) passOver = -1;
      else {
        const next = this.#rackAt(rackIndex).next(this.#epoch);
        if (next !== undefined) brokers.push(next);
      }
      rackIndex = (rackIndex + 1) % this.#rackNames.length;
    }
    this.#epoch += 1;
    this.#offset += 1;
    return brokers;
  }

  /** After one round the order is drawn anew, or partition n and n+rounds would always land together. */
  #shuffle(): void {
    shuffle(this.#rackNames, this.#random);
    for (const name of [...this.#rackNames].sort(compareStrings)) {
      this.#racks.get(name)!.unfenced.shuffle(this.#random);
      this.#racks.get(name)!.fenced.shuffle(this.#random);
    }
    this.#epoch = 0;
  }

  #rackAt(index: number): Rack {
    return this.#racks.get(this.#rackNames[index]!)!;
  }
}

function shuffle<T>(items: T[], random: Random): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const kept = items[i]!;
    items[i] = items[j]!;
    items[j] = kept;
  }
}
