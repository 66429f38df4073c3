// Drawing single faults: what may go wrong with one machine, link, disk, clock or client.

import type { RandomStream } from "../kernel/random.js";
import type { Fault, Midway } from "../faults/fault.js";
import { between, pick, span } from "./draw-tools.js";
import { someBrokerByRole, someClient, someNode, someServer, type Stage } from "./draw-targets.js";

type Draw = (random: RandomStream, stage: Stage) => Fault;

/**
 * Five in eight die in the midst of a handler, if they come to it; the others between two, as in all motifs. What is rare
 * (a rename) is named: among all that a process writes it would hardly be met. That a process dies after its first
 * write is as likely as after its hundredth.
 */
function someMidway(random: RandomStream): { readonly midway?: Midway } {
  const operation = pick(random, [
    undefined,
    undefined,
    undefined,
    "any",
    "any",
    "replace",
    "remove",
    "rename",
  ] as const);
  return operation === undefined ? {} : { midway: { operation, nth: span(random, 1, operation === "any" ? 300 : 30) } };
}

/** Every kind that is drawn, with how its details are. */
export const FAULT_DRAWS: Readonly<Record<string, Draw>> = {
  crash: (random, stage) => ({ kind: "crash", target: someServer(random, stage), ...someMidway(random) }),
  "power-loss": (random, stage) => ({ kind: "power-loss", target: someServer(random, stage), ...someMidway(random) }),
  shutdown: (random, stage) => ({ kind: "shutdown", target: someServer(random, stage) }),
  restart: (random, stage) => ({ kind: "restart", target: someServer(random, stage), downMs: span(random, 0, 12_000) }),
  pause: (random, stage) => ({ kind: "pause", target: someServer(random, stage) }),
  isolate: (random, stage) => ({
    kind: "isolate",
    target: someNode(random, stage),
    direction: pick(random, ["both", "inbound", "outbound"] as const),
  }),
  partition: (random, stage) => ({
    kind: "partition",
    from: [someNode(random, stage)],
    to: random.chance(1, 2) ? [someNode(random, stage)] : [someNode(random, stage), someNode(random, stage)],
    symmetric: random.chance(1, 2),
  }),
  "slow-link": (random, stage) => ({
    kind: "slow-link",
    from: someNode(random, stage),
    to: someNode(random, stage),
    extraMs: span(random, 1, 3000),
  }),
  "reset-connections": (random, stage) => ({
    kind: "reset-connections",
    from: someNode(random, stage),
    to: someNode(random, stage),
  }),
  "refuse-connections": (random, stage) => ({ kind: "refuse-connections", target: someServer(random, stage) }),
  "slow-disk": (random, stage) => ({
    kind: "slow-disk",
    target: someServer(random, stage),
    factor: between(random, 1, 50),
    extraMs: random.below(100),
  }),
  "rack-power-loss": (random, { racks }) => ({ kind: "rack-power-loss", rack: pick(random, racks) }),
  "rolling-restart": (random, { brokers }) => ({
    kind: "rolling-restart",
    targets: Array.from({ length: brokers }, (_, index) => index + 1),
    downMs: random.below(1000),
    betweenMs: random.below(3000),
  }),
  "crash-loop": (random, stage) => ({
    kind: "crash-loop",
    target: someServer(random, stage),
    upMs: between(random, 50, 5000),
    downMs: random.below(2000),
  }),
  // Brokers only: a voter that forgets its vote voids every promise of the quorum, and with it the rest of the run.
  "wipe-disk": (random, stage) => ({ kind: "wipe-disk", target: someBrokerByRole(random, stage) }),
  "full-disk": (random, stage) => ({ kind: "full-disk", target: someServer(random, stage) }),
  "disk-error": (random, stage) => ({ kind: "disk-error", target: someServer(random, stage) }),
  "client-crash": (random, stage) => ({
    kind: "restart",
    target: someClient(random, stage),
    downMs: span(random, 0, 12_000),
  }),
  "client-pause": (random, stage) => ({ kind: "pause", target: someClient(random, stage) }),
  "client-leave": (random, stage) => ({ kind: "shutdown", target: someClient(random, stage) }),
  "clock-step": (random, stage) => ({
    kind: "clock-step",
    target: someServer(random, stage),
    byMs: random.below(120_000) - 60_000,
  }),
  "clock-skew": (random, stage) => ({
    kind: "clock-skew",
    target: someServer(random, stage),
    offsetMs: random.below(20_000) - 10_000,
  }),
  "clock-drift": (random, stage) => ({
    kind: "clock-drift",
    target: someServer(random, stage),
    ppm: random.below(2000) - 1000,
  }),
};
