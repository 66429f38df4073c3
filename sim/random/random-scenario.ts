// A scenario drawn from a seed: a mixed workload and a schedule of faults, safety first, then healing and progress.
// Every kind of fault is on or off for the whole run before its own odds count (swarm testing): a run with only
// pauses finds what a run with everything drowns.

import { RandomStream } from "../kernel/random.js";
import { scenario, type Scenario } from "../world/scenario.js";
import type { ConsumerHandle, World } from "../world/world.js";
import { drawSchedule } from "./fault-schedule.js";

export interface RandomScenarioOptions {
  /** Length of the phase with faults, in simulated milliseconds. */
  readonly durationMs?: number;
  readonly recordsPerSecond?: number;
  /** Every kind of fault is on. */
  readonly allFaults?: boolean;
}

const TOPICS = ["orders", "payments"] as const;

/** Makes the scenario of a seed. Run it with the same seed, or with another for another network under the same story. */
export function randomScenario(seed: number, options: RandomScenarioOptions = {}): Scenario {
  const random = new RandomStream(seed, "scenario");
  const durationMs = options.durationMs ?? 30_000;
  const recordsPerSecond = options.recordsPerSecond ?? 100;
  const producers = 1 + random.below(3);
  const consumers = 1 + random.below(3);
  const partitions = TOPICS.map(() => 1 + random.below(4));
  const commitsByHand = random.chance(1, 2);
  const isElr = random.chance(3, 4);
  const lingerMs = [0, 5, 20][random.below(3)]!;
  const schedule = drawSchedule(random, {
    durationMs,
    brokers: 3,
    controllers: 3,
    topics: TOPICS.map((topic, index) => ({ topic, partitions: partitions[index]! })),
    group: "workers",
    allKinds: options.allFaults ?? false,
  });
  return scenario({
    name: `random-${seed}`,
    teaches: "What happens when nobody wrote the script.",
    read: [],
    cluster: {
      brokers: 3,
      controllers: 3,
      config: {
        "min.insync.replicas": 2,
        "default.replication.factor": 3,
        "offsets.topic.num.partitions": 4,
        "group.initial.rebalance.delay.ms": 500,
        "replica.lag.time.max.ms": 10_000,
        "eligible.leader.replicas.enable": isElr,
      },
      racks: ["a", "b", "c"],
    },
    expect: "holds",
    run(world) {
      for (const [index, topic] of TOPICS.entries()) {
        world.createTopic(topic, { partitions: partitions[index]!, replicationFactor: 3 });
      }
      const handles = Array.from({ length: producers }, (_, index) =>
        world.producer(`producer-${index + 1}`, { "linger.ms": lingerMs, "request.timeout.ms": 10_000 }),
      );
      startConsumers(world, consumers, commitsByHand);
      world.schedule(schedule);
      const everyMs = 1000 / recordsPerSecond;
      const total = Math.floor(durationMs / everyMs);
      for (let record = 0; record < total; record++) {
        const producer = handles[record % producers]!;
        const topic = TOPICS[random.below(TOPICS.length)]!;
        const key = random.chance(1, 2) ? { key: `k${random.below(50)}` } : {};
        producer.send(topic, { ...key, value: `${producer.name}-${record}` });
        world.run(everyMs);
      }
      world.heal();
    },
  });
}

function startConsumers(world: World, count: number, commitsByHand: boolean): void {
  for (let index = 1; index <= count; index++) {
    world.consumer(`worker-${index}`, {
      group: "workers",
      topics: TOPICS,
      config: {
        "auto.offset.reset": "earliest",
        "enable.auto.commit": !commitsByHand,
        "auto.commit.interval.ms": 1000,
        "session.timeout.ms": 10_000,
      },
      ...(commitsByHand ? { onPolled: (consumer: ConsumerHandle) => consumer.commit() } : {}),
    });
  }
}
