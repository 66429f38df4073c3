// Drawing disturbances: what people do to a cluster while it runs, which is no fault and yet changes everything:
// topics come and go, partitions are added and moved, leaders elected, settings changed, consumers sent back; and
// messages of one kind held up for a while. Nothing here waits for an answer.

import type { RandomStream } from "../kernel/random.js";
import { between, pick, pickWeighted, span, type Weights } from "./draw-tools.js";
import { someBrokerByRole, someNode, somePartition, someReplicas, someServer, type Stage } from "./draw-targets.js";
import type { Step } from "./trial.js";

type Draw = (random: RandomStream, stage: Stage, atMs: number) => Step;

const TEMPORARY = ["temporary-1", "temporary-2", "temporary-3"];

/** Every kind that is drawn, with how its details are. */
export const DISTURBANCE_DRAWS: Readonly<Record<string, Draw>> = {
  "create-topic": (random, { brokers }, atMs) => ({
    kind: "admin",
    atMs,
    change: {
      kind: "create-topic",
      topic: pick(random, TEMPORARY),
      partitions: between(random, 1, 3),
      replicationFactor: Math.min(3, brokers),
    },
  }),
  "delete-topic": (random, _, atMs) => ({
    kind: "admin",
    atMs,
    change: { kind: "delete-topic", topic: pick(random, TEMPORARY) },
  }),
  "add-partitions": (random, { topics }, atMs) => {
    const { topic, partitions } = pick(random, topics);
    return {
      kind: "admin",
      atMs,
      change: { kind: "add-partitions", topic, count: partitions + between(random, 1, 2) },
    };
  },
  // With eligible leader replicas a change of min.insync.replicas forgets who may lead; made while nobody leads, it
  // leaves a partition that only an unclean election brings back, and no run could end well.
  "alter-topic": (random, { topics, hasElr }, atMs) => {
    const minIsr = between(random, 1, 2);
    const config = { "max.message.bytes": 500_000, ...(hasElr ? {} : { "min.insync.replicas": minIsr }) };
    return { kind: "admin", atMs, change: { kind: "alter-topic", topic: pick(random, topics).topic, config } };
  },
  "elect-preferred": (_, __, atMs) => ({ kind: "admin", atMs, change: { kind: "elect-preferred" } }),
  reassign: (random, stage, atMs) => {
    const { topic, partition } = somePartition(random, stage);
    const replicas = random.chance(1, 6) ? null : someReplicas(random, stage, between(random, 2, 3));
    return { kind: "admin", atMs, change: { kind: "reassign", topic, partition, replicas } };
  },
  "ask-end-offsets": (_, __, atMs) => ({ kind: "ask-end-offsets", atMs }),
  burst: (random, _, atMs) => ({ kind: "burst", atMs, records: span(random, 2, 200) }),
  "seek-back": (random, stage, atMs) => {
    const consumers = stage.clients.filter((name) => name.startsWith("worker"));
    if (consumers.length === 0) return { kind: "ask-end-offsets", atMs };
    return {
      kind: "seek",
      atMs,
      consumer: pick(random, consumers),
      ...somePartition(random, stage),
      offset: span(random, 0, 500),
    };
  },
};

/** Messages of one kind, from or to somebody or everybody, wait for a while. */
export function drawHold(random: RandomStream, stage: Stage, holds: Weights, atMs: number): Step | undefined {
  const [api, message] = pickWeighted(random, holds)?.split(" ") ?? [];
  if (api === undefined || (message !== "request" && message !== "response")) return undefined;
  const ends = [
    {},
    { from: someServer(random, stage) },
    { to: someServer(random, stage) },
    { from: someNode(random, stage), to: someBrokerByRole(random, stage) },
  ];
  const releaseAtMs = Math.min(stage.durationMs, atMs + span(random, 1, 12_000));
  const first = pick(random, [{}, {}, { first: 1 }]);
  return { kind: "hold", atMs, releaseAtMs, api, message, ...pick(random, ends), ...first };
}
