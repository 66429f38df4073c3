// Workloads as fast-check draws them: topics, who writes to them, who reads, and how much.

import fc from "fast-check";
import type { NodeId } from "../../core/types.js";
import type { Trial, TrialConsumer, TrialProducer, TrialTopic } from "../search/trial.js";
import { configs, type ConfigChoices } from "./clusters.js";
import { plainestFirst, type OneOf } from "./plainest-first.js";

/** What a trial says of its clients. */
export type Workload = Pick<Trial, "topics" | "producers" | "consumers" | "load">;

export interface TopicChoices {
  readonly topic: string;
  /** How many; 1, 2 or 3 unless told. */
  readonly partitions?: OneOf<number>;
  /** How many copies, at most one a broker; 3 unless told. */
  readonly replicationFactor?: OneOf<number>;
  readonly config?: ConfigChoices;
  /** Where the replicas of each partition are, instead of a number of partitions and of copies. */
  readonly assignment?: readonly (readonly NodeId[])[];
}

export interface WorkloadChoices {
  /** One topic, "orders", unless told. */
  readonly topics?: readonly TopicChoices[];
  /** How many producers; 1 or 2 unless told. */
  readonly producers?: OneOf<number>;
  /** What a producer waits for; "all" unless told. */
  readonly acks?: OneOf<"all" | "1" | "0">;
  /** Further settings of every producer. */
  readonly producerConfig?: ConfigChoices;
  /** How many members the group has; none, 1 or 2 unless told. */
  readonly consumers?: OneOf<number>;
  /** Further settings of every consumer. */
  readonly consumerConfig?: ConfigChoices;
  /** How many records in all, or the least and the most; 1 to 200 unless told. */
  readonly records?: number | { readonly min: number; readonly max: number };
  /** Time between two records; 20 ms unless told. */
  readonly everyMs?: OneOf<number>;
  /** How many of them are sent at once; 1 unless told. */
  readonly atOnce?: OneOf<number>;
  /** How many keys; none (0) or 10 unless told. */
  readonly keys?: OneOf<number>;
  /** Values are filled up to this size; 0 (as short as they are) unless told. */
  readonly valueBytes?: OneOf<number>;
}

/** The group that the consumers of a drawn workload are members of. */
export const GROUP = "readers";

function topicOf(choices: TopicChoices): fc.Arbitrary<TrialTopic> {
  const { topic, assignment, config = {} } = choices;
  const partitions = assignment?.length ?? choices.partitions ?? [1, 2, 3];
  const replicationFactor = assignment?.[0]?.length ?? choices.replicationFactor ?? 3;
  return fc
    .record({
      topic: fc.constant(topic),
      partitions: plainestFirst(partitions),
      replicationFactor: plainestFirst(replicationFactor),
      config: configs(config),
    })
    .map((drawn) => (assignment === undefined ? drawn : { ...drawn, assignment }));
}

function producersOf({ producers, acks, producerConfig = {} }: WorkloadChoices): fc.Arbitrary<TrialProducer[]> {
  const count = plainestFirst(producers ?? [1, 2]);
  const config = fc.tuple(plainestFirst(acks ?? "all"), configs(producerConfig));
  return fc.tuple(count, config).map(([howMany, [drawnAcks, rest]]) =>
    Array.from({ length: howMany }, (_, index) => ({
      name: `producer-${index + 1}`,
      // Idempotence needs acks=all; without it a producer that did not ask for it goes without.
      config: { acks: drawnAcks, ...(drawnAcks === "all" ? {} : { "enable.idempotence": false }), ...rest },
    })),
  );
}

function consumersOf(choices: WorkloadChoices, topics: readonly string[]): fc.Arbitrary<TrialConsumer[]> {
  const count = plainestFirst(choices.consumers ?? [0, 1, 2]);
  return fc.tuple(count, configs(choices.consumerConfig ?? {})).map(([howMany, config]) =>
    Array.from({ length: howMany }, (_, index) => ({
      name: `consumer-${index + 1}`,
      group: GROUP,
      topics,
      config: { "auto.offset.reset": "earliest", ...config },
      commits: "automatically" as const,
    })),
  );
}

/** Workloads; they shrink to fewer records, clients and partitions, and to plainer settings. */
export function workloads(choices: WorkloadChoices = {}): fc.Arbitrary<Workload> {
  const topics = choices.topics ?? [{ topic: "orders" }];
  const { records = { min: 1, max: 200 } } = choices;
  return fc.record({
    topics: fc.tuple(...topics.map(topicOf)),
    producers: producersOf(choices),
    consumers: consumersOf(
      choices,
      topics.map(({ topic }) => topic),
    ),
    load: fc.record({
      records: typeof records === "number" ? fc.constant(records) : fc.integer(records),
      everyMs: plainestFirst(choices.everyMs ?? 20),
      ...(choices.atOnce === undefined ? {} : { atOnce: plainestFirst(choices.atOnce) }),
      keys: plainestFirst(choices.keys ?? [0, 10]),
      valueBytes: plainestFirst(choices.valueBytes ?? 0),
    }),
  });
}
