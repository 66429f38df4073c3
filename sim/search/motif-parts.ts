// Parts of motifs: ways to lose a machine, to lag behind, to move leadership, to hear of it late.

import type { RandomStream } from "../kernel/random.js";
import type { Fault, Target } from "../faults/fault.js";
import { between, pick, span } from "./draw-tools.js";
import { someBrokerByRole, someFollower, someReplicas, type SomePartition, type Stage } from "./draw-targets.js";
import type { EndingStep } from "./timeline.js";
import type { Step } from "./trial.js";

/** Draws the steps of a pattern that begins at about a time. */
export type Motif = (random: RandomStream, stage: Stage, atMs: number) => readonly Step[];

type FaultStep = Extract<Step, { readonly kind: "fault" }>;

/** A fault as a step. */
export function fault(atMs: number, healAtMs: number | undefined, what: Fault): FaultStep {
  return { kind: "fault", atMs, fault: what, ...(healAtMs === undefined ? {} : { healAtMs }) };
}

/** Whoever leads the partition by then. */
export const leaderOf = (partition: SomePartition): Target => ({ role: "leader", ...partition });

/** A way to lose a machine, for a while. */
export function loss(random: RandomStream, target: Target): Fault {
  return pick<Fault>(random, [
    { kind: "crash", target },
    { kind: "power-loss", target },
    { kind: "power-loss", target },
    { kind: "pause", target },
    { kind: "isolate", target },
  ]);
}

/** A way for a broker to lag: slow, cut off from its leader, held up towards whoever leads, or standing still. */
export function lag(
  random: RandomStream,
  stage: Stage,
  atMs: number,
  untilMs: number,
  partition: SomePartition,
  from: Target = someFollower(random, partition),
): EndingStep {
  const to = leaderOf(partition);
  switch (random.below(7)) {
    case 0:
      return fault(atMs, untilMs, { kind: "slow-link", from, to, extraMs: span(random, 100, 5000) });
    case 1:
      return fault(atMs, untilMs, { kind: "partition", from: [from], to: [to], symmetric: random.chance(1, 2) });
    case 2:
      return fault(atMs, untilMs, { kind: "pause", target: from });
    case 3:
      return { kind: "hold", atMs, releaseAtMs: untilMs, api: "Fetch", message: "request", from, to };
    case 4:
    case 5:
      // Out of reach of all other brokers, but not of the controllers: it hears who leads and cannot follow.
      return fault(atMs, untilMs, { kind: "partition", from: [from], to: everyBroker(stage), symmetric: true });
    default:
      return { kind: "hold", atMs, releaseAtMs: untilMs, api: "Fetch", message: "response", from: to, to: from };
  }
}

export function everyBroker({ brokers }: Stage): readonly Target[] {
  return Array.from({ length: brokers }, (_, index) => index + 1);
}

export function everyController({ controllers }: Stage): readonly Target[] {
  return Array.from({ length: controllers }, (_, index): Target => ({ role: "controller", index }));
}

/** A way to move the leadership of a partition elsewhere, or back: at once, or after time-outs. */
export function move(random: RandomStream, stage: Stage, partition: SomePartition, atMs: number): readonly Step[] {
  const leader = leaderOf(partition);
  const elect: Step = { kind: "admin", atMs: atMs + between(random, 20, 600), change: { kind: "elect-preferred" } };
  switch (random.below(8)) {
    case 0:
      return [{ ...elect, atMs }];
    case 1:
    case 2: {
      // The same replicas in another order: the first of them is the preferred leader.
      const replicas = someReplicas(random, stage, stage.brokers === 3 ? 3 : between(random, 2, 3));
      return [{ kind: "admin", atMs, change: { kind: "reassign", ...partition, replicas } }, elect];
    }
    case 3:
    case 4:
      return [fault(atMs, atMs + span(random, 300, 8000), { kind: "shutdown", target: leader })];
    case 5:
    case 6:
      return [fault(atMs, undefined, { kind: "restart", target: leader, downMs: span(random, 0, 10_000) })];
    default:
      return [fault(atMs, atMs + span(random, 3000, 15_000), loss(random, leader))];
  }
}

/** What the active controller has committed reaches one broker late. */
export function lateMetadata(
  random: RandomStream,
  stage: Stage,
  partition: SomePartition,
  atMs: number,
  releaseAtMs: number,
  to: Target = pick<Target>(random, [
    leaderOf(partition),
    someFollower(random, partition),
    someBrokerByRole(random, stage),
  ]),
): EndingStep {
  const from: Target = { role: "active-controller" };
  return { kind: "hold", atMs, releaseAtMs, api: "Fetch", message: "response", from, to };
}

/** So many moves within a time, with records in between. */
export function moves(
  random: RandomStream,
  stage: Stage,
  partition: SomePartition,
  fromMs: number,
  toMs: number,
  count: number,
): readonly Step[] {
  const steps: Step[] = [];
  for (let index = 0; index < count; index++) {
    const at = fromMs + random.below(Math.max(1, toMs - fromMs));
    steps.push(...move(random, stage, partition, at));
    if (random.chance(1, 3))
      steps.push({ kind: "burst", atMs: at + random.below(1000), records: between(random, 2, 30) });
  }
  return steps;
}
