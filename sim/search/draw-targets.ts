// Drawing whom a step concerns: by role where possible, so that it strikes whoever leads by then.

import type { RandomStream } from "../kernel/random.js";
import type { Target } from "../faults/fault.js";
import { between, pick, pickWeighted, type Weights } from "./draw-tools.js";
import type { Profile } from "./profiles.js";
import { FIRST_CONTROLLER } from "../world/node-ids.js";
import type { Trial, TrialTopic } from "./trial.js";

/** What there is to aim at. */
export interface Stage {
  readonly brokers: number;
  readonly controllers: number;
  readonly racks: readonly string[];
  readonly topics: readonly TrialTopic[];
  readonly groups: readonly string[];
  /** By name; at least one. */
  readonly producers: readonly string[];
  /** Producers and consumers by name. */
  readonly clients: readonly string[];
  /** How often each kind of server is aimed at; see `SERVERS`. */
  readonly aims: Weights;
  readonly durationMs: number;
  /** `replica.lag.time.max.ms`: so long a follower may be behind before it leaves the ISR. */
  readonly lagTimeMs: number;
  /** Are eligible leader replicas kept (KIP-966)? */
  readonly hasElr: boolean;
}

/** A partition of the load. */
export interface SomePartition {
  readonly topic: string;
  readonly partition: number;
}

/** What there is to aim at in a trial, as far as it is drawn. */
export function stageOf(
  trial: Pick<Trial, "cluster" | "topics" | "producers" | "consumers" | "durationMs">,
  { aims }: Profile,
): Stage {
  const { cluster, topics, producers, consumers, durationMs } = trial;
  return {
    brokers: cluster.brokers,
    controllers: cluster.controllers,
    racks: cluster.racks ?? [],
    topics,
    groups: [...new Set(consumers.map(({ group }) => group))],
    producers: producers.map(({ name }) => name),
    clients: [...producers, ...consumers].map(({ name }) => name),
    aims,
    durationMs,
    lagTimeMs: Number(cluster.config?.["replica.lag.time.max.ms"] ?? DEFAULT_LAG_TIME_MS),
    hasElr: cluster.config?.["eligible.leader.replicas.enable"] !== false,
  };
}

const DEFAULT_LAG_TIME_MS = 30_000;

/** A partition of the load; the first one most often, since trouble must meet to matter. */
export function somePartition(random: RandomStream, { topics }: Stage): SomePartition {
  const { topic, partitions } = topics[random.chance(1, 2) ? 0 : random.below(topics.length)]!;
  return { topic, partition: random.chance(1, 2) ? 0 : random.below(partitions) };
}

/** A server, each kind as often as the profile aims at it. */
export function someServer(random: RandomStream, stage: Stage): Target {
  switch (pickWeighted(random, stage.aims)) {
    case "leader":
      return { role: "leader", ...somePartition(random, stage) };
    case "follower":
      return someFollower(random, somePartition(random, stage));
    case "coordinator":
      return stage.groups.length === 0
        ? someBroker(random, stage)
        : { role: "coordinator", group: pick(random, stage.groups) };
    case "active-controller":
      return { role: "active-controller" };
    case "controller":
      return FIRST_CONTROLLER + random.below(stage.controllers);
    default:
      return someBroker(random, stage);
  }
}

/** A broker, whatever it does. */
export function someBroker(random: RandomStream, { brokers }: Stage): Target {
  return between(random, 1, brokers);
}

/** A server that is no controller. */
export function someBrokerByRole(random: RandomStream, stage: Stage): Target {
  const { leader = 0, follower = 0, coordinator = 0, broker = 1 } = stage.aims;
  return someServer(random, { ...stage, aims: { leader, follower, coordinator, broker } });
}

/** A follower of a partition: any, or one in the ISR, or the second one. */
export function someFollower(random: RandomStream, partition: SomePartition): Target {
  return {
    role: "follower",
    ...partition,
    ...pick(random, [{}, {}, { index: 1 }, { inIsr: true }, { inIsr: false }]),
  };
}

/** A producer or consumer; a server where there is none. */
export function someClient(random: RandomStream, stage: Stage): Target {
  return stage.clients.length === 0 ? someServer(random, stage) : { role: "client", name: pick(random, stage.clients) };
}

/** Anybody. */
export function someNode(random: RandomStream, stage: Stage): Target {
  return random.chance(1, 3) ? someClient(random, stage) : someServer(random, stage);
}

/** So many brokers in any order, each once. */
export function someReplicas(random: RandomStream, { brokers }: Stage, count: number): readonly number[] {
  const left = Array.from({ length: brokers }, (_, index) => index + 1);
  return Array.from({ length: Math.min(count, brokers) }, () => left.splice(random.below(left.length), 1)[0]!);
}
