// A cluster of three brokers and three controllers under load, at rest, and coming up.

import { Producer } from "../../core/client/producer.js";
import { Consumer } from "../../core/client/consumer.js";
import { CONSUMER_CONFIG, PRODUCER_CONFIG } from "../../core/config/client-config.js";
import { parseConfig, type ConfigOverrides } from "../../core/config/definition.js";
import type { Node } from "../../core/node.js";
import { SimulatedWorld } from "../../sim/world/simulated-world.js";
import { median, type Measurement } from "./measurement.js";

const SHAPE = {
  brokers: 3,
  controllers: 3,
  config: { "min.insync.replicas": 2, "group.initial.rebalance.delay.ms": 0 },
} as const;

function startedWorld(seed: number): SimulatedWorld {
  const world = new SimulatedWorld(SHAPE, { seed });
  world.start();
  return world;
}

/** A client that keeps a producer busy: a slice of records every millisecond. */
class BusyProducer implements Node {
  readonly producer: Producer;
  acknowledged = 0;
  sent = 0;
  readonly #tick;
  readonly #value = new Uint8Array(100).fill(120);

  constructor(
    env: ConstructorParameters<typeof Producer>[0],
    config: ConfigOverrides,
    topic: string,
    partitions: number,
    perTick: number,
    total: number,
  ) {
    this.producer = new Producer(env, parseConfig(PRODUCER_CONFIG, config));
    const onDelivery = (): void => void this.acknowledged++;
    this.#tick = env.timers.create("load", () => {
      for (let count = 0; count < perTick && this.sent < total; count++) {
        this.producer.send({ topic, partition: this.sent++ % partitions, key: null, value: this.#value }, onDelivery);
      }
      if (this.sent < total) this.#tick.arm(1);
    });
  }

  start(): void {
    this.#tick.arm(0);
  }

  shutdown(onStopped: () => void): void {
    this.producer.close(onStopped);
  }
}

class BusyConsumer implements Node {
  readonly consumer: Consumer;
  received = 0;
  readonly #poll;

  constructor(
    env: ConstructorParameters<typeof Consumer>[0],
    config: ConfigOverrides,
    topic: string,
    partitions: readonly number[],
  ) {
    this.consumer = new Consumer(env, parseConfig(CONSUMER_CONFIG, config));
    this.consumer.assign(partitions.map((partition) => ({ topic, partition })));
    this.#poll = env.timers.create("poll", () => {
      const { length } = this.consumer.poll();
      this.received += length;
      this.#poll.arm(length > 0 ? 0 : 5);
    });
  }

  start(): void {
    this.#poll.arm(0);
  }

  shutdown(onStopped: () => void): void {
    this.consumer.close(onStopped);
  }
}

/**
 * Many small requests: six producers send a record a millisecond each, every one a request of its own, round the twelve
 * partitions; six consumers share the partitions as a group would. The median of simulated seconds.
 */
export function loadedBench(): readonly Measurement[] {
  const PARTITIONS = 12;
  const CLIENTS = 6;
  const ROUNDS = 9;
  const world = startedWorld(1);
  world.createTopic("load", { partitions: PARTITIONS, replicationFactor: 3 });
  const config = { ...world.bootstrap, "linger.ms": 0 };
  const consumerConfig = { ...world.bootstrap, "auto.offset.reset": "earliest" };
  for (let client = 0; client < CLIENTS; client++) {
    world.addClient(`producer-${client}`, (env) => new BusyProducer(env, config, "load", PARTITIONS, 1, Infinity));
    const share = Array.from({ length: PARTITIONS }, (_, partition) => partition).filter((p) => p % CLIENTS === client);
    world.addClient(`consumer-${client}`, (env) => new BusyConsumer(env, consumerConfig, "load", share));
  }
  world.run(3_000);
  const rates: number[] = [];
  let events = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const eventsBefore = world.cluster.simulation.handledEvents;
    const startedAt = performance.now();
    world.run(1_000);
    events = world.cluster.simulation.handledEvents - eventsBefore;
    rates.push((events / (performance.now() - startedAt)) * 1000);
  }
  const rate = median(rates);
  return [
    {
      name: "loaded 3+3 cluster, tracing and checkers off",
      value: rate,
      unit: "events/s",
      promised: "at least 500,000",
      met: rate >= 500_000,
      detail: `median of ${ROUNDS} simulated seconds of ${events.toLocaleString("en")} events; best ${Math.round(Math.max(...rates)).toLocaleString("en")}`,
    },
  ];
}

/** From nothing to the first record consumed, in a warm process. */
export function bootBench(): readonly Measurement[] {
  // So short a run has to be repeated often until the engine has compiled what it uses.
  const WARM_UP = 500;
  const times: number[] = [];
  for (let round = 0; round < WARM_UP + 50; round++) {
    const startedAt = performance.now();
    const world = startedWorld(round + 1);
    world.createTopic("first", { partitions: 1, replicationFactor: 3 });
    const consumer = world.addClient(
      "consumer",
      (env) => new BusyConsumer(env, { ...world.bootstrap, "auto.offset.reset": "earliest" }, "first", [0]),
    );
    const first = world.producer("producer").send("first", { value: "hello" });
    world.until("the first record is acknowledged and consumed", () => {
      const node = world.runningNode(consumer);
      return first.state === "acknowledged" && node instanceof BusyConsumer && node.received === 1;
    });
    if (round >= WARM_UP) times.push(performance.now() - startedAt);
  }
  const middle = median(times);
  return [
    {
      name: "3+3 up, first record acknowledged by three replicas and consumed",
      value: middle,
      unit: "ms",
      promised: "at most 5 (median of 50, warm)",
      met: middle <= 5,
      detail: `fastest ${Math.min(...times).toFixed(1)} ms, slowest ${Math.max(...times).toFixed(1)} ms`,
    },
  ];
}

/** How many records pass through producer, three replicas and a consumer in a wall second: the median of rounds. */
export function throughputBench(): readonly Measurement[] {
  const TOTAL = 500_000;
  const ROUNDS = 5;
  const rates = Array.from({ length: ROUNDS }, () => (TOTAL / streamMs(TOTAL)) * 1000);
  const rate = median(rates);
  return [
    {
      name: "100-byte records, 3 replicas, acks=all, 16 KiB batches, produced and consumed",
      value: rate,
      unit: "records/s",
      promised: "at least 500,000",
      met: rate >= 500_000,
      detail: `median of ${ROUNDS} rounds; best ${Math.round(Math.max(...rates)).toLocaleString("en")}`,
    },
  ];
}

/** Wall milliseconds until `total` records are acknowledged and consumed, in a cluster that is up. */
function streamMs(total: number): number {
  const PARTITIONS = 6;
  const world = startedWorld(1);
  world.createTopic("stream", { partitions: PARTITIONS, replicationFactor: 3 });
  const producerConfig = { ...world.bootstrap, "batch.size": 16_384, "buffer.memory": 1_000_000_000 };
  const consumerConfig = { ...world.bootstrap, "auto.offset.reset": "earliest", "max.poll.records": 5_000 };
  const all = Array.from({ length: PARTITIONS }, (_, partition) => partition);
  const producerId = world.addClient(
    "producer",
    (env) => new BusyProducer(env, producerConfig, "stream", PARTITIONS, 400, total),
  );
  const consumerId = world.addClient("consumer", (env) => new BusyConsumer(env, consumerConfig, "stream", all));
  const startedAt = performance.now();
  world.until(
    "every record is acknowledged and consumed",
    () => {
      const producer = world.runningNode(producerId);
      const consumer = world.runningNode(consumerId);
      return (
        producer instanceof BusyProducer &&
        producer.acknowledged === total &&
        consumer instanceof BusyConsumer &&
        consumer.received === total
      );
    },
    600_000,
  );
  return performance.now() - startedAt;
}

/** A cluster that nobody uses. */
export function idleBench(): readonly Measurement[] {
  const world = startedWorld(1);
  world.run(10_000);
  const SIMULATED_S = 1_200;
  const rates = [1, 2, 3].map(() => {
    const startedAt = performance.now();
    world.run(SIMULATED_S * 1000);
    return SIMULATED_S / ((performance.now() - startedAt) / 1000);
  });
  const rate = median(rates);
  return [
    {
      name: "idle 3+3 cluster",
      value: rate,
      unit: "simulated seconds a wall second",
      promised: "at least 2,000",
      met: rate >= 2000,
    },
  ];
}
