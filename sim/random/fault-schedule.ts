// A schedule of faults drawn from a random stream. Each fault heals; several may stand at once.

import type { RandomStream } from "../kernel/random.js";
import type { NodeId } from "../../core/types.js";
import type { Fault, ScheduledFault, Target } from "../faults/fault.js";

export interface ScheduleOptions {
  readonly durationMs: number;
  readonly brokers: number;
  readonly controllers: number;
  readonly topics: readonly { readonly topic: string; readonly partitions: number }[];
  readonly group: string;
  readonly racks: readonly string[];
  /** Producers and consumers, which fail like everything else. */
  readonly clients: readonly NodeId[];
  /** Every kind is on; else each is on for the whole run with even odds. */
  readonly allKinds: boolean;
}

type Draw = (random: RandomStream, options: ScheduleOptions) => Fault;

const CONTROLLER_BASE = 101;

function someBroker(random: RandomStream, { brokers, topics, group }: ScheduleOptions): Target {
  const { topic, partitions } = topics[random.below(topics.length)]!;
  const partition = random.below(partitions);
  switch (random.below(4)) {
    case 0:
      return { role: "leader", topic, partition };
    case 1:
      return { role: "follower", topic, partition };
    case 2:
      return { role: "coordinator", group };
    default:
      return 1 + random.below(brokers);
  }
}

function someServer(random: RandomStream, options: ScheduleOptions): Target {
  if (random.chance(2, 3)) return someBroker(random, options);
  return random.chance(1, 2) ? { role: "active-controller" } : CONTROLLER_BASE + random.below(options.controllers);
}

function someNode(random: RandomStream, options: ScheduleOptions): Target {
  const { clients } = options;
  return clients.length > 0 && random.chance(1, 2)
    ? clients[random.below(clients.length)]!
    : someServer(random, options);
}

function someClient(random: RandomStream, options: ScheduleOptions): Target {
  const { clients } = options;
  return clients.length === 0 ? someServer(random, options) : clients[random.below(clients.length)]!;
}

const DRAWS: Readonly<Record<string, Draw>> = {
  crash: (random, options) => ({ kind: "crash", target: someServer(random, options) }),
  "power-loss": (random, options) => ({ kind: "power-loss", target: someServer(random, options) }),
  shutdown: (random, options) => ({ kind: "shutdown", target: someServer(random, options) }),
  restart: (random, options) => ({ kind: "restart", target: someServer(random, options), downMs: random.below(3000) }),
  pause: (random, options) => ({ kind: "pause", target: someServer(random, options) }),
  isolate: (random, options) => ({
    kind: "isolate",
    target: someNode(random, options),
    direction: (["both", "inbound", "outbound"] as const)[random.below(3)]!,
  }),
  partition: (random, options) => ({
    kind: "partition",
    from: [someNode(random, options)],
    to: [someNode(random, options), someNode(random, options)],
    symmetric: random.chance(1, 2),
  }),
  "slow-link": (random, options) => ({
    kind: "slow-link",
    from: someNode(random, options),
    to: someNode(random, options),
    extraMs: 1 + random.below(500),
  }),
  "reset-connections": (random, options) => ({
    kind: "reset-connections",
    from: someNode(random, options),
    to: someNode(random, options),
  }),
  "refuse-connections": (random, options) => ({ kind: "refuse-connections", target: someServer(random, options) }),
  "slow-disk": (random, options) => ({
    kind: "slow-disk",
    target: someServer(random, options),
    factor: 1 + random.below(50),
    extraMs: random.below(100),
  }),
  "rack-power-loss": (random, { racks }) => ({ kind: "rack-power-loss", rack: racks[random.below(racks.length)]! }),
  "rolling-restart": (random, { brokers }) => ({
    kind: "rolling-restart",
    targets: Array.from({ length: brokers }, (_, index) => index + 1),
    downMs: random.below(1000),
    betweenMs: random.below(3000),
  }),
  "crash-loop": (random, options) => ({
    kind: "crash-loop",
    target: someServer(random, options),
    upMs: 50 + random.below(5000),
    downMs: random.below(2000),
  }),
  // Brokers only: a voter that forgets its vote voids every promise of the quorum, and with it the rest of the run.
  "wipe-disk": (random, options) => ({ kind: "wipe-disk", target: someBroker(random, options) }),
  "full-disk": (random, options) => ({ kind: "full-disk", target: someServer(random, options) }),
  "disk-error": (random, options) => ({ kind: "disk-error", target: someServer(random, options) }),
  "client-crash": (random, options) => ({
    kind: "restart",
    target: someClient(random, options),
    downMs: random.below(12_000),
  }),
  "client-pause": (random, options) => ({ kind: "pause", target: someClient(random, options) }),
  "client-leave": (random, options) => ({ kind: "shutdown", target: someClient(random, options) }),
  "clock-step": (random, options) => ({
    kind: "clock-step",
    target: someServer(random, options),
    byMs: random.below(120_000) - 60_000,
  }),
  "clock-skew": (random, options) => ({
    kind: "clock-skew",
    target: someServer(random, options),
    offsetMs: random.below(20_000) - 10_000,
  }),
  "clock-drift": (random, options) => ({
    kind: "clock-drift",
    target: someServer(random, options),
    ppm: random.below(2000) - 1000,
  }),
};

/** Draws faults over the given time: on average one every five seconds, each healed after a tenth to half a minute. */
export function drawSchedule(random: RandomStream, options: ScheduleOptions): readonly ScheduledFault[] {
  const kinds = Object.keys(DRAWS).filter(() => random.chance(1, 2) || options.allKinds);
  if (kinds.length === 0) return [];
  const count = 1 + random.below(Math.max(1, Math.floor(options.durationMs / 1500)));
  const schedule: ScheduledFault[] = [];
  for (let index = 0; index < count; index++) {
    const kind = kinds[random.below(kinds.length)]!;
    const atMs = 1000 + random.below(Math.max(1, options.durationMs - 1000));
    const fault = DRAWS[kind]!(random, options);
    schedule.push({ atMs, fault, healAtMs: atMs + 100 + random.below(15_000) });
  }
  return schedule.sort((a, b) => a.atMs - b.atMs);
}
