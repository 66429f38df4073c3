// Drawing the cluster, its topics and its clients. What is left at Kafka's default is not written down.

import type { ConfigOverrides } from "../../core/config/definition.js";
import type { ClusterOptions } from "../world/world.js";
import { pick, settings, span, streamOf } from "./draw-tools.js";
import type { Profile } from "./profiles.js";
import type { TrialConsumer, TrialProducer, TrialTopic } from "./trial.js";

const RACKS = ["a", "b", "c"];

/** Brokers in three racks, and controllers, with the settings that decide how quickly trouble is noticed. */
export function drawCluster(seed: number, profile: Profile): ClusterOptions {
  const random = streamOf(seed, "cluster");
  const brokers = pick(random, profile.brokers);
  const lagTimeMs = pick(random, [500, 2000, 2000, 10_000, undefined]);
  return {
    brokers,
    controllers: pick(random, profile.controllers),
    racks: RACKS,
    config: settings({
      "min.insync.replicas": Math.min(2, brokers),
      "default.replication.factor": Math.min(3, brokers),
      "offsets.topic.replication.factor": brokers < 3 ? brokers : undefined,
      "offsets.topic.num.partitions": pick(random, [1, 4]),
      "group.initial.rebalance.delay.ms": pick(random, [0, 500]),
      "replica.lag.time.max.ms": lagTimeMs,
      // A leader may not keep a fetch for longer than a follower may lag.
      "replica.fetch.wait.max.ms": lagTimeMs === 500 ? 100 : pick(random, [undefined, undefined, undefined, 50]),
      // Small: a follower needs many fetches for what it lacks, and is behind for longer.
      "replica.fetch.max.bytes": pick(random, [undefined, undefined, 200, 1000]),
      "broker.session.timeout.ms": pick(random, [undefined, 3000]),
      "broker.heartbeat.interval.ms": pick(random, [undefined, 500]),
      "auto.create.topics.enable": random.chance(1, 4) ? undefined : false,
      "eligible.leader.replicas.enable": random.chance(3, 4) ? undefined : false,
      "replica.selector.class": random.chance(1, 4) ? "RackAwareReplicaSelector" : undefined,
      "leader.imbalance.check.interval.seconds": pick(random, [undefined, 1, 5]),
      "log.retention.check.interval.ms": 2000,
      "log.cleaner.backoff.ms": 1000,
      "log.initial.task.delay.ms": 1000,
      "log.flush.offset.checkpoint.interval.ms": pick(random, [undefined, 1000]),
      "replica.high.watermark.checkpoint.interval.ms": pick(random, [undefined, undefined, 500, 60_000]),
      "metadata.log.max.record.bytes.between.snapshots": pick(random, [undefined, 2000]),
      "offsets.topic.segment.bytes": pick(random, [undefined, 4096]),
      // Longer than a session: a commit that waits sees the next coordinator.
      "offsets.commit.timeout.ms": pick(random, [undefined, 20_000]),
    }),
  };
}

/** One to three topics, among them sometimes one whose old records expire and one that is compacted. */
export function drawTopics(seed: number, profile: Profile, brokers: number): readonly TrialTopic[] {
  const random = streamOf(seed, "topics");
  const draw = (topic: string, config: ConfigOverrides): TrialTopic => ({
    topic,
    partitions: pick(random, profile.partitions),
    replicationFactor: Math.min(brokers, pick(random, profile.replicationFactors)),
    config: settings({
      "min.insync.replicas": pick(random, [1, 2, 2, 2]),
      "unclean.leader.election.enable": random.chance(1, 16) ? true : undefined,
      "segment.bytes": pick(random, [undefined, 4096]),
      "message.timestamp.type": pick(random, [undefined, undefined, "LogAppendTime"]),
      "flush.messages": pick(random, [undefined, undefined, undefined, 1]),
      ...config,
    }),
  });
  const topics = [draw("orders", {})];
  if (random.chance(...profile.secondTopic)) {
    const expiring = { "retention.ms": span(random, 1000, 12_000), "segment.bytes": 4096 };
    topics.push(draw("payments", random.chance(1, 3) ? expiring : {}));
  }
  if (random.chance(...profile.compactedTopic)) {
    const compaction = { "cleanup.policy": "compact", "segment.bytes": 4096, "min.cleanable.dirty.ratio": 0.1 };
    topics.push(draw("accounts", compaction));
  }
  return topics;
}

/** Producers, each with its own settings. */
export function drawProducers(seed: number, profile: Profile): readonly TrialProducer[] {
  const count = pick(streamOf(seed, "producers"), profile.producers);
  return Array.from({ length: count }, (_, index) => {
    const name = `producer-${index + 1}`;
    const random = streamOf(seed, `producer/${name}`);
    const acks = pick(random, profile.acks);
    const requestTimeoutMs = pick(random, [1500, 3000, 10_000]);
    return {
      name,
      config: settings({
        acks,
        "enable.idempotence": acks === "all" && random.chance(4, 5) ? undefined : false,
        "max.in.flight.requests.per.connection": pick(random, [1, undefined, undefined]),
        "linger.ms": pick(random, [undefined, 5, 20]),
        "batch.size": pick(random, [undefined, undefined, undefined, 200]),
        "request.timeout.ms": requestTimeoutMs,
        // The shortest that Kafka allows is the sum of a request's and the lingering.
        "delivery.timeout.ms": pick(random, [requestTimeoutMs + 500, 15_000, undefined, undefined]),
        "metadata.max.age.ms": pick(random, [5000, undefined]),
      }),
    };
  });
}

/** The members of one group, or of two; some join while the run goes on. */
export function drawConsumers(
  seed: number,
  profile: Profile,
  topics: readonly TrialTopic[],
  durationMs: number,
): readonly TrialConsumer[] {
  const random = streamOf(seed, "consumers");
  const members = pick(random, profile.consumers);
  const late = random.chance(1, 3) ? 1 + random.below(2) : 0;
  const groups = random.chance(1, 4) ? ["workers", "readers"] : ["workers"];
  const commits = random.chance(1, 2) ? "automatically" : "after-processing";
  const areTwins = profile.twins === true && random.chance(1, 4);
  const isStatic = areTwins || random.chance(1, 4);
  const workMs = pick(random, [0, 0, 20, 200]);
  const config = settings({
    "auto.offset.reset": "earliest",
    "auto.commit.interval.ms": pick(random, [200, 1000]),
    "session.timeout.ms": pick(random, [6000, 10_000]),
    "heartbeat.interval.ms": pick(random, [1000, undefined]),
    "max.poll.interval.ms": pick(random, [7000, undefined]),
    "max.poll.records": pick(random, profile.pollRecords),
    "metadata.max.age.ms": 5000,
    "request.timeout.ms": 10_000,
    "partition.assignment.strategy": pick(random, ["range", "roundrobin"]),
  });
  const count = members === 0 ? 0 : members + late;
  return Array.from({ length: count }, (_, index) => {
    const name = `worker-${index + 1}`;
    const own = streamOf(seed, `consumer/${name}`);
    const rack = pick(own, [undefined, ...RACKS]);
    return {
      name,
      group: groups[index % groups.length]!,
      topics: topics.map(({ topic }) => topic),
      commits,
      ...(workMs === 0 ? {} : { workMs }),
      config: {
        ...config,
        ...settings({
          "client.rack": rack,
          "group.instance.id": isStatic ? (areTwins ? "worker-1" : name) : undefined,
        }),
      },
      ...(index >= members ? { startsAtMs: 1000 + own.below(Math.max(1, durationMs - 2000)) } : {}),
    };
  });
}
