// The workload of a random scenario: its cluster, its topics, its producers and consumers, all drawn from a stream.

import type { ConfigOverrides } from "../../core/config/definition.js";
import type { NodeId } from "../../core/types.js";
import type { RandomStream } from "../kernel/random.js";
import type { ClusterOptions, ConsumerHandle, ProducerHandle, TopicOptions, World } from "../world/world.js";

/** A topic of the workload, by name. */
export interface WorkloadTopic extends TopicOptions {
  readonly topic: string;
}

function pick<T>(random: RandomStream, choices: readonly T[]): T {
  return choices[random.below(choices.length)]!;
}

/** Three to five brokers in three racks, one or three controllers. */
export function drawCluster(random: RandomStream): ClusterOptions {
  return {
    brokers: pick(random, [3, 3, 4, 5]),
    controllers: pick(random, [3, 3, 3, 1]),
    racks: ["a", "b", "c"],
    config: {
      "min.insync.replicas": 2,
      "default.replication.factor": 3,
      "auto.create.topics.enable": random.chance(1, 4),
      "offsets.topic.num.partitions": 4,
      "group.initial.rebalance.delay.ms": 500,
      "replica.lag.time.max.ms": pick(random, [2000, 10_000, 30_000]),
      "eligible.leader.replicas.enable": random.chance(3, 4),
      "replica.selector.class": random.chance(1, 4) ? "RackAwareReplicaSelector" : "",
      "leader.imbalance.check.interval.seconds": pick(random, [5, 300]),
      "log.retention.check.interval.ms": 2000,
      "log.cleaner.backoff.ms": 1000,
      "log.initial.task.delay.ms": 1000,
      "log.flush.offset.checkpoint.interval.ms": pick(random, [1000, 60_000]),
      "metadata.log.max.record.bytes.between.snapshots": pick(random, [2000, 20_971_520]),
      "offsets.topic.segment.bytes": pick(random, [4096, 104_857_600]),
    },
  };
}

/** Two topics that keep everything unless drawn otherwise, and sometimes one that is compacted. */
export function drawTopics(random: RandomStream): readonly WorkloadTopic[] {
  const draw = (topic: string, config: ConfigOverrides): WorkloadTopic => ({
    topic,
    partitions: 1 + random.below(4),
    replicationFactor: 3,
    config: {
      "min.insync.replicas": pick(random, [1, 2, 2, 2]),
      "unclean.leader.election.enable": random.chance(1, 16),
      "segment.bytes": pick(random, [4096, 1_073_741_824]),
      "message.timestamp.type": pick(random, ["CreateTime", "CreateTime", "LogAppendTime"]),
      ...config,
    },
  });
  const retention = random.chance(1, 6) ? { "retention.ms": 3000 + random.below(10_000), "segment.bytes": 4096 } : {};
  const topics = [draw("orders", {}), draw("payments", retention)];
  if (random.chance(1, 3)) {
    const compaction = { "cleanup.policy": "compact", "segment.bytes": 4096, "min.cleanable.dirty.ratio": 0.1 };
    topics.push(draw("accounts", compaction));
  }
  return topics;
}

function drawProducer(random: RandomStream): ConfigOverrides {
  const acks = pick(random, ["all", "all", "all", "1", "0"]);
  const inFlight = pick(random, [1, 5, 5]);
  return {
    acks,
    "enable.idempotence": acks === "all" && random.chance(4, 5),
    "max.in.flight.requests.per.connection": inFlight,
    "linger.ms": pick(random, [0, 5, 20]),
    "batch.size": pick(random, [200, 16_384]),
    "request.timeout.ms": pick(random, [3000, 10_000]),
    "delivery.timeout.ms": pick(random, [15_000, 120_000]),
    "metadata.max.age.ms": pick(random, [5000, 300_000]),
  };
}

function drawConsumers(random: RandomStream): ConfigOverrides {
  return {
    "auto.offset.reset": "earliest",
    "auto.commit.interval.ms": pick(random, [200, 1000]),
    "session.timeout.ms": pick(random, [6000, 10_000]),
    "heartbeat.interval.ms": pick(random, [1000, 3000]),
    "max.poll.interval.ms": pick(random, [7000, 300_000]),
    "max.poll.records": pick(random, [5, 500]),
    "metadata.max.age.ms": 5000,
    "request.timeout.ms": 10_000,
    "partition.assignment.strategy": pick(random, ["range", "roundrobin"]),
  };
}

/** The clients of a run, and the hand that makes them send. */
export class Workload {
  readonly #world: World;
  readonly #random: RandomStream;
  readonly #topics: readonly WorkloadTopic[];
  readonly #group: string;
  readonly #producers: readonly ProducerHandle[];
  readonly #consumers: ConsumerHandle[] = [];
  readonly #consumerConfig: ConfigOverrides;
  readonly #commitsByHand: boolean;
  /** Do the members of the group have names that survive restarts (KIP-345)? */
  readonly isStatic: boolean;
  readonly #fillers: readonly string[];

  constructor(world: World, random: RandomStream, topics: readonly WorkloadTopic[], group: string) {
    this.#world = world;
    this.#random = random;
    this.#topics = topics;
    this.#group = group;
    const producers = 1 + random.below(3);
    this.#producers = Array.from({ length: producers }, (_, index) =>
      world.producer(`producer-${index + 1}`, drawProducer(random)),
    );
    this.#commitsByHand = random.chance(1, 2);
    this.isStatic = random.chance(1, 4);
    this.#consumerConfig = drawConsumers(random);
    this.#fillers = random.chance(1, 4) ? ["", "-".repeat(1000)] : [""];
    const consumers = 1 + random.below(3);
    for (let index = 0; index < consumers; index++) this.addConsumer();
  }

  /** Every client process, those of late consumers included as they come. */
  get clients(): readonly NodeId[] {
    return [...this.#producers, ...this.#consumers].map(({ nodeId }) => nodeId);
  }

  get consumers(): readonly ConsumerHandle[] {
    return this.#consumers;
  }

  /** One more member of the group. */
  addConsumer(): void {
    const name = `worker-${this.#consumers.length + 1}`;
    const rack = pick(this.#random, ["", "a", "b", "c"]);
    const consumer = this.#world.consumer(name, {
      group: this.#group,
      topics: this.#topics.map(({ topic }) => topic),
      config: {
        ...this.#consumerConfig,
        "client.rack": rack,
        "enable.auto.commit": !this.#commitsByHand,
        ...(this.isStatic ? { "group.instance.id": name } : {}),
      },
      ...(this.#commitsByHand ? { onPolled: (each: ConsumerHandle) => each.commit() } : {}),
    });
    this.#consumers.push(consumer);
  }

  /** Sends the record of that number, if its producer is up. */
  send(record: number): void {
    const random = this.#random;
    const producer = this.#producers[record % this.#producers.length]!;
    const { topic, config } = pick(random, this.#topics);
    const isKeyed = random.chance(1, 2) || config?.["cleanup.policy"] === "compact";
    const key = isKeyed ? { key: `k${random.below(50)}` } : {};
    const filler = pick(random, this.#fillers);
    if (!this.#world.isUp(producer.nodeId)) return;
    producer.send(topic, { ...key, value: `${producer.name}-${record}${filler}` });
  }
}
