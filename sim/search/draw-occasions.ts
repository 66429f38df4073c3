// Drawing occasions: what a step may wait for instead of a time. Two faults drawn at two moments rarely meet; one that
// waits for what the other leads to meets it whenever that happens.

import type { RandomStream } from "../kernel/random.js";
import type { Occasion, OccasionEvent } from "../world/occasions.js";
import { pick, span } from "./draw-tools.js";
import { somePartition, type SomePartition, type Stage } from "./draw-targets.js";
import type { EndingStep, WaitingStep } from "./timeline.js";

const OF_PARTITIONS: readonly OccasionEvent[] = [
  "partition.became-leader",
  "partition.became-follower",
  "partition.changed",
  "isr.expand-requested",
  "isr.shrink-requested",
  "isr.expanded",
  "isr.shrunk",
  "log.truncated",
  "log.start-advanced",
  "replica.fenced",
  "produce.rejected",
  "producer.failed",
];
const OF_SERVERS: readonly OccasionEvent[] = [
  "message.held",
  "broker.registered",
  "broker.fenced",
  "broker.unfenced",
  "controller.activated",
  "quorum.transitioned",
];
const OF_CLIENTS: readonly OccasionEvent[] = [
  "producer.epoch-bumped",
  "coordinator.loaded",
  "group.transitioned",
  "group.offset-committed",
  "consumer.assigned",
  "consumer.revoked",
];

/** Any occasion there may be. */
export function someOccasion(random: RandomStream, stage: Stage): Occasion {
  const events = pick(random, [OF_PARTITIONS, OF_SERVERS, stage.groups.length === 0 ? OF_PARTITIONS : OF_CLIENTS]);
  return occasionOf(random, events, somePartition(random, stage));
}

/** One of the events, of this partition where it is about one; mostly at once, or some time after it. */
export function occasionOf(
  random: RandomStream,
  events: readonly OccasionEvent[],
  { topic, partition }: SomePartition,
): Occasion {
  const event = pick(random, events);
  const afterMs = pick(random, [0, 0, span(random, 1, 300), span(random, 1, 4000)]);
  return {
    event,
    ...(OF_PARTITIONS.includes(event) ? { topic, partition } : {}),
    ...(afterMs === 0 ? {} : { afterMs }),
  };
}

/** The step, which half of the time waits for one of the events, from `fromMs` on, and then lasts as long. */
export function meeting(
  random: RandomStream,
  step: WaitingStep,
  fromMs: number,
  events: readonly OccasionEvent[],
  partition: SomePartition,
): WaitingStep {
  const once = occasionOf(random, events, partition);
  if (random.chance(1, 2)) return step;
  const sooner = step.kind === "fault" && step.healAtMs !== undefined ? step.healAtMs - step.atMs + fromMs : undefined;
  return { ...step, atMs: fromMs, once, ...(sooner === undefined ? {} : { healAtMs: sooner }) };
}

/** The step, whose end half of the time waits for one of the events, from `fromMs` on. */
export function ending(
  random: RandomStream,
  step: EndingStep,
  fromMs: number,
  events: readonly OccasionEvent[],
  partition: SomePartition,
): EndingStep {
  const endsOnce = occasionOf(random, events, partition);
  return random.chance(1, 2) ? step : endingOnce(step, fromMs, endsOnce);
}

/** The step, whose end waits for an occasion, from `fromMs` on. */
export function endingOnce(step: EndingStep, fromMs: number, endsOnce: Occasion): EndingStep {
  return step.kind === "hold" ? { ...step, releaseAtMs: fromMs, endsOnce } : { ...step, healAtMs: fromMs, endsOnce };
}
