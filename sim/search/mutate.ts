// Mutate: a neighbour of a trial: the same but for a few changes, drawn from a seed.
// A trial that got somewhere new did so by a schedule that a fresh draw would hardly make again; what lies just beyond
// is most likely found near it. Trial and seed decide the neighbour, so a line of seeds stands for a whole ancestry.

import { PLACE_NAMES, type PlaceName } from "../../core/buggify.js";
import type { ConfigOverrides } from "../../core/config/definition.js";
import type { RandomStream } from "../kernel/random.js";
import { drawCluster, drawConsumers, drawProducers, drawTopics } from "./draw-cluster.js";
import { DISTURBANCE_DRAWS, drawHold } from "./draw-disturbances.js";
import { FAULT_DRAWS } from "./draw-faults.js";
import { stageOf, type Stage } from "./draw-targets.js";
import { between, pick, pickWeighted, span, streamOf } from "./draw-tools.js";
import { MOTIFS } from "./motifs.js";
import { PROFILES, type Profile } from "./profiles.js";
import { retargeted } from "./retarget.js";
import { endOf } from "./timeline.js";
import type { Step, Trial } from "./trial.js";

/** More steps than this and what happens drowns: then steps go, and none comes. */
const MANY_STEPS = 60;

interface Mutation {
  readonly random: RandomStream;
  readonly stage: Stage;
  readonly profile: Profile;
  /** For what is drawn as a whole trial would draw it. */
  readonly seed: number;
}

type Change = (trial: Trial, mutation: Mutation) => Trial;

/** The neighbour that a seed makes of a trial. */
export function mutateTrial(trial: Trial, seed: number): Trial {
  const random = streamOf(seed, "mutation");
  const profile = PROFILES[trial.profile ?? "mixed"];
  // Half of the neighbours keep delays and time-outs too: until the first change they are the same run.
  let mutant: Trial = random.chance(1, 2) ? trial : { ...trial, seed };
  for (let left = span(random, 1, 6); left > 0; left--) {
    const tooMany = mutant.steps.length > MANY_STEPS;
    const change = tooMany ? dropSome : (CHANGES[pickWeighted(random, WEIGHTS) ?? ""] ?? dropSome);
    mutant = change(mutant, { random, stage: stageOf(mutant, profile), profile, seed: random.below(0xffffffff) });
  }
  const steps = mutant.steps
    .filter(({ atMs }) => atMs >= 0 && atMs < mutant.durationMs)
    .sort((a, b) => a.atMs - b.atMs);
  return retargeted({ ...mutant, steps });
}

const WEIGHTS = {
  "drop-one": 3,
  "drop-some": 1,
  shift: 4,
  stretch: 2,
  redraw: 2,
  repeat: 2,
  "add-fault": 3,
  "add-motif": 3,
  "add-hold": 2,
  "add-disturbance": 2,
  "change-setting": 2,
  "change-clients": 1,
  "flip-place": 1,
} as const;

const dropSome: Change = (trial, { random }) => {
  const from = random.below(trial.steps.length + 1);
  const count = span(random, 1, Math.max(1, trial.steps.length));
  return { ...trial, steps: trial.steps.filter((_, index) => index < from || index >= from + count) };
};

/** A change of one step; of none if there is no step. */
function ofOneStep(change: (step: Step, mutation: Mutation) => readonly Step[]): Change {
  return (trial, mutation) => {
    if (trial.steps.length === 0) return trial;
    const chosen = mutation.random.below(trial.steps.length);
    return {
      ...trial,
      steps: trial.steps.flatMap((step, index) => (index === chosen ? change(step, mutation) : [step])),
    };
  };
}

/** Steps more, most often near one that is there: trouble must meet to matter. */
function adding(draw: (mutation: Mutation, atMs: number) => readonly Step[]): Change {
  return (trial, mutation) => {
    const { random } = mutation;
    const { steps, durationMs } = trial;
    const near = steps.length > 0 && random.chance(3, 4);
    const atMs = near ? pick(random, steps).atMs + away(random, 3000) : random.below(durationMs);
    return { ...trial, steps: [...steps, ...draw(mutation, Math.max(0, Math.min(durationMs - 1, atMs)))] };
  };
}

const CHANGES: Readonly<Record<string, Change>> = {
  "drop-one": ofOneStep(() => []),
  "drop-some": dropSome,
  shift: ofOneStep((step, { random }) => [moved(step, away(random, 5000))]),
  stretch: ofOneStep((step, { random }) => {
    const end = endOf(step);
    return end === undefined ? [step] : [endingAt(step, Math.max(step.atMs, end + away(random, 10_000)))];
  }),
  redraw: ofOneStep((step, { random, stage }) => {
    const draw = step.kind === "fault" ? FAULT_DRAWS[step.fault.kind] : undefined;
    return step.kind === "fault" && draw !== undefined ? [{ ...step, fault: draw(random, stage) }] : [step];
  }),
  repeat: ofOneStep((step, { random }) => [step, moved(step, span(random, 1, 10_000))]),
  "add-fault": adding(({ random, stage, profile }, atMs) => {
    const draw = FAULT_DRAWS[pickWeighted(random, profile.faults) ?? ""];
    const healAtMs = atMs + span(random, 100, 15_000);
    return draw === undefined ? [] : [{ kind: "fault", atMs, fault: draw(random, stage), healAtMs }];
  }),
  "add-motif": adding(({ random, stage, profile }, atMs) => {
    const motif = MOTIFS[pickWeighted(random, profile.motifs) ?? ""];
    return motif === undefined ? [] : motif(random, stage, atMs);
  }),
  "add-hold": adding(({ random, stage, profile }, atMs) => {
    const hold = drawHold(random, stage, profile.holds, atMs);
    return hold === undefined ? [] : [hold];
  }),
  "add-disturbance": adding(({ random, stage, profile }, atMs) => {
    const draw = DISTURBANCE_DRAWS[pickWeighted(random, profile.disturbances) ?? ""];
    return draw === undefined ? [] : [draw(random, stage, atMs)];
  }),
  "change-setting": (trial, { random, profile, seed }) => {
    const { cluster, topics } = trial;
    if (random.chance(1, 2)) {
      const drawn = drawCluster(seed, { ...profile, brokers: [cluster.brokers] }).config ?? {};
      return {
        ...trial,
        cluster: { ...cluster, config: withOneOf(random, cluster.config ?? {}, drawn, CLUSTER_SETTINGS) },
      };
    }
    const drawn = drawTopics(seed, profile, cluster.brokers)[0]?.config ?? {};
    const chosen = random.below(topics.length);
    const changed = topics.map((topic, index) =>
      index === chosen ? { ...topic, config: withOneOf(random, topic.config ?? {}, drawn, TOPIC_SETTINGS) } : topic,
    );
    return { ...trial, topics: changed };
  },
  "change-clients": (trial, { random, profile, seed }) => {
    const { producers, consumers, topics, durationMs } = trial;
    if (producers.length > 0 && random.chance(1, 2)) {
      const config = drawProducers(seed, profile)[0]?.config ?? {};
      const chosen = random.below(producers.length);
      return { ...trial, producers: producers.map((each, index) => (index === chosen ? { ...each, config } : each)) };
    }
    const drawn = drawConsumers(seed, { ...profile, consumers: [1] }, topics, durationMs)[0]?.config ?? {};
    const chosen = random.below(consumers.length + 1);
    return {
      ...trial,
      consumers: consumers.map((each, index) =>
        index === chosen ? { ...each, config: withOneOf(random, each.config, drawn, CONSUMER_SETTINGS) } : each,
      ),
    };
  },
  "flip-place": (trial, { random }) => {
    const place: PlaceName = pick(random, PLACE_NAMES);
    const isOn = trial.buggify.includes(place);
    const buggify = PLACE_NAMES.filter((each) => trial.buggify.includes(each) !== (each === place));
    return { ...trial, buggify: isOn && random.chance(1, 2) ? [] : buggify };
  },
};

/** Settings that change one at a time; the others are drawn together, or mean another cluster. */
const CLUSTER_SETTINGS: readonly string[] = [
  "replica.fetch.max.bytes",
  "broker.session.timeout.ms",
  "broker.heartbeat.interval.ms",
  "replica.selector.class",
  "leader.imbalance.check.interval.seconds",
  "log.flush.offset.checkpoint.interval.ms",
  "replica.high.watermark.checkpoint.interval.ms",
  "metadata.log.max.record.bytes.between.snapshots",
  "group.initial.rebalance.delay.ms",
];
const TOPIC_SETTINGS: readonly string[] = [
  "min.insync.replicas",
  "unclean.leader.election.enable",
  "segment.bytes",
  "message.timestamp.type",
  "flush.messages",
];
/** A group must agree on the rest. */
const CONSUMER_SETTINGS: readonly string[] = [
  "auto.commit.interval.ms",
  "session.timeout.ms",
  "heartbeat.interval.ms",
  "max.poll.interval.ms",
  "max.poll.records",
  "client.rack",
];

/** One of the settings as it was drawn anew; one that was not drawn goes back to Kafka's default. */
function withOneOf(
  random: RandomStream,
  config: ConfigOverrides,
  drawn: ConfigOverrides,
  names: readonly string[],
): ConfigOverrides {
  const name = pick(random, names);
  const { [name]: _, ...rest } = config;
  const value = drawn[name];
  return value === undefined ? rest : { ...rest, [name]: value };
}

/** A distance in either direction, short as often as long; never 0. */
function away(random: RandomStream, atMost: number): number {
  const distance = between(random, 1, span(random, 1, atMost));
  return random.chance(1, 2) ? distance : -distance;
}

function moved(step: Step, byMs: number): Step {
  const atMs = Math.max(0, step.atMs + byMs);
  const end = endOf(step);
  return end === undefined ? { ...step, atMs } : endingAt({ ...step, atMs }, end + (atMs - step.atMs));
}

function endingAt(step: Step, endMs: number): Step {
  if (step.kind === "hold") return { ...step, releaseAtMs: endMs };
  return step.kind === "fault" ? { ...step, healAtMs: endMs } : step;
}
