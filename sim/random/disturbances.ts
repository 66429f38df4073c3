// Disturbances: what people do to a cluster while it runs, which is no fault and yet changes everything: topics come
// and go, partitions are added and moved, leaders elected, settings changed, consumers added and sent back; and
// messages of one kind held up for a while. Nothing here waits for an answer.

import type { RandomStream } from "../kernel/random.js";
import type { NodeId } from "../../core/types.js";
import type { MessageFilter, World } from "../world/world.js";
import type { Workload, WorkloadTopic } from "./workload.js";

/** Something done to the cluster at a time of the run, in milliseconds from its start. */
export interface Disturbance {
  readonly atMs: number;
  act(): void;
}

export interface DisturbanceOptions {
  readonly durationMs: number;
  readonly topics: readonly WorkloadTopic[];
}

interface Stage extends DisturbanceOptions {
  readonly random: RandomStream;
  readonly world: World;
  readonly workload: Workload;
  readonly temporary: string[];
}

const HELD: readonly MessageFilter[] = [
  { api: "Fetch", kind: "request" },
  { api: "Fetch", kind: "response" },
  { api: "Produce", kind: "request" },
  { api: "Produce", kind: "response" },
  { api: "AlterPartition", kind: "request" },
  { api: "AlterPartition", kind: "response" },
  { api: "BrokerHeartbeat", kind: "request" },
  { api: "OffsetForLeaderEpoch", kind: "response" },
  { api: "OffsetCommit", kind: "request" },
  { api: "OffsetCommit", kind: "response" },
  { api: "JoinGroup", kind: "response" },
  { api: "SyncGroup", kind: "request" },
  { api: "SyncGroup", kind: "response" },
  { api: "Heartbeat", kind: "response" },
  { api: "Vote", kind: "response" },
  { api: "ListOffsets", kind: "response" },
];

function somePartition({ random, topics }: Stage): { readonly topic: string; readonly partition: number } {
  const { topic, partitions } = topics[random.below(topics.length)]!;
  return { topic, partition: random.below(partitions) };
}

/** Three brokers in any order. */
function someReplicas({ random, world }: Stage): readonly NodeId[] {
  const left = [...world.brokers];
  return Array.from({ length: 3 }, () => left.splice(random.below(left.length), 1)[0]!);
}

type Act = (stage: Stage) => void;

const ACTS: Readonly<Record<string, Act>> = {
  "create-topic": ({ random, world, temporary }) => {
    const topic = `temporary-${temporary.length + 1}`;
    temporary.push(topic);
    world.request({ kind: "create-topic", topic, partitions: 1 + random.below(3), replicationFactor: 3 });
  },
  "delete-topic": ({ world, temporary }) => {
    const topic = temporary.shift();
    if (topic !== undefined) world.request({ kind: "delete-topic", topic });
  },
  "add-partitions": (stage) => {
    const { topic, partitions } = stage.topics[stage.random.below(stage.topics.length)]!;
    stage.world.request({ kind: "add-partitions", topic, count: partitions + 1 + stage.random.below(2) });
  },
  "alter-topic": (stage) => {
    const { topic } = somePartition(stage);
    const config = { "min.insync.replicas": 1 + stage.random.below(2), "max.message.bytes": 500_000 };
    stage.world.request({ kind: "alter-topic", topic, config });
  },
  "elect-preferred": ({ world }) => world.request({ kind: "elect-preferred" }),
  reassign: (stage) => {
    const replicas = stage.random.chance(1, 6) ? null : someReplicas(stage);
    stage.world.request({ kind: "reassign", ...somePartition(stage), replicas });
  },
  "end-offsets": ({ world, workload }) => {
    for (const consumer of workload.consumers) if (world.isUp(consumer.nodeId)) consumer.askEndOffsets();
  },
  "add-consumer": ({ workload }) => {
    if (workload.consumers.length < 5) workload.addConsumer();
  },
  "seek-back": (stage) => {
    const { random, workload, world } = stage;
    const consumer = workload.consumers[random.below(workload.consumers.length)]!;
    const held = world.isUp(consumer.nodeId) ? consumer.assignment : [];
    const name = held[random.below(Math.max(1, held.length))];
    if (name === undefined) return;
    const cut = name.lastIndexOf("-");
    const [topic, partition] = [name.slice(0, cut), Number(name.slice(cut + 1))];
    const position = consumer.position(topic, partition) ?? 0;
    consumer.seek(topic, partition, random.below(position + 1));
  },
};

/** How often each is drawn: seeking back weakens what checkers can claim, so it is rare. */
const WEIGHTED: readonly string[] = [
  ...Object.keys(ACTS).filter((name) => name !== "seek-back"),
  "create-topic",
  "delete-topic",
  "elect-preferred",
  "reassign",
  "end-offsets",
  "end-offsets",
  "hold",
  "hold",
];

/** Draws what will be done, in order of time. Each act draws its details when its time has come. */
export function drawDisturbances(
  random: RandomStream,
  world: World,
  workload: Workload,
  options: DisturbanceOptions,
): readonly Disturbance[] {
  const stage: Stage = { random, world, workload, temporary: [], ...options };
  const { durationMs } = options;
  const kinds = WEIGHTED.filter(() => random.chance(1, 2));
  if (random.chance(1, 8)) kinds.push("seek-back");
  if (kinds.length === 0 || random.chance(1, 4)) return [];
  const count = 1 + random.below(Math.max(1, Math.floor(durationMs / 1500)));
  const planned: Disturbance[] = [];
  for (let index = 0; index < count; index++) {
    const kind = kinds[random.below(kinds.length)]!;
    const atMs = random.below(durationMs);
    if (kind === "hold") planned.push(...holdUp(stage, atMs));
    else planned.push({ atMs, act: () => ACTS[kind]!(stage) });
  }
  return planned.sort((a, b) => a.atMs - b.atMs);
}

/** Messages of one kind, from or to one broker or all, wait for up to eight seconds. */
function holdUp({ random, world, durationMs }: Stage, atMs: number): readonly Disturbance[] {
  const filter = HELD[random.below(HELD.length)]!;
  const broker = 1 + random.below(world.brokers.length);
  const end = [{}, { from: broker }, { to: broker }][random.below(3)]!;
  let release: (() => void) | undefined;
  return [
    {
      atMs,
      act: () => {
        const hold = world.hold({ ...filter, ...end });
        release = () => hold.release();
      },
    },
    { atMs: Math.min(durationMs, atMs + 1 + random.below(8000)), act: () => release?.() },
  ];
}
