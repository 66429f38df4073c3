// Draw: from a seed to a trial. Everything that is drawn for a run is drawn here, before it begins.

import { PLACE_NAMES, type PlaceName } from "../../core/buggify.js";
import type { BugName } from "../../core/bugs.js";
import type { RandomStream } from "../kernel/random.js";
import { drawCluster, drawConsumers, drawProducers, drawTopics } from "./draw-cluster.js";
import { DISTURBANCE_DRAWS, drawHold } from "./draw-disturbances.js";
import { FAULT_DRAWS } from "./draw-faults.js";
import { someOccasion } from "./draw-occasions.js";
import { stageOf, type Stage } from "./draw-targets.js";
import { pick, pickWeighted, span, streamOf, swarm } from "./draw-tools.js";
import { MOTIFS } from "./motifs.js";
import { PROFILES, type ProfileName } from "./profiles.js";
import type { Load, Step, Trial } from "./trial.js";

export interface DrawOptions {
  /** Length of the phase with load and faults, in simulated milliseconds; the profile's unless told. */
  readonly durationMs?: number;
  readonly recordsPerSecond?: number;
  /** Every kind of fault is on. */
  readonly allFaults?: boolean;
  /** Historic bugs to switch on. */
  readonly bugs?: readonly BugName[];
  /** Places where the unlikely may happen; drawn unless told. */
  readonly buggify?: readonly PlaceName[];
}

/** The trial of a seed. */
export function drawTrial(seed: number, profileName: ProfileName = "mixed", options: DrawOptions = {}): Trial {
  const profile = PROFILES[profileName];
  const durationMs = options.durationMs ?? pick(streamOf(seed, "duration"), profile.durationsMs);
  const cluster = drawCluster(seed, profile);
  const topics = drawTopics(seed, profile, cluster.brokers);
  const producers = drawProducers(seed, profile);
  const consumers = drawConsumers(seed, profile, topics, durationMs);
  const stage = stageOf({ cluster, topics, producers, consumers, durationMs }, profile);
  const recordsPerSecond = options.recordsPerSecond ?? pick(streamOf(seed, "load/pace"), profile.recordsPerSecond);
  return {
    seed,
    profile: profileName,
    cluster,
    topics,
    producers,
    consumers,
    load: drawLoad(streamOf(seed, "load"), durationMs, recordsPerSecond, profile.atOnce),
    steps: drawSteps(seed, stage, profileName, options.allFaults ?? false),
    durationMs,
    wire: streamOf(seed, "wire").chance(1, 8) ? "encoded" : "objects",
    bugs: options.bugs ?? [],
    buggify: options.buggify ?? drawPlaces(seed),
  };
}

/** In half of the runs nothing unlikely happens; in the others each place is on or off by a draw of its own. */
function drawPlaces(seed: number): readonly PlaceName[] {
  if (streamOf(seed, "buggify").chance(1, 2)) return [];
  return PLACE_NAMES.filter((place) => streamOf(seed, `buggify/${place}`).chance(1, 4));
}

function drawLoad(random: RandomStream, durationMs: number, recordsPerSecond: number, atOnce: readonly number[]): Load {
  return {
    records: Math.floor((durationMs * recordsPerSecond) / 1000),
    everyMs: 1000 / recordsPerSecond,
    keys: pick(random, [0, 0, 7, 50]),
    valueBytes: pick(random, [0, 0, 0, 1000]),
    atOnce: pick(random, atOnce),
  };
}

function drawSteps(seed: number, stage: Stage, profileName: ProfileName, allFaults: boolean): readonly Step[] {
  const { faults, holds, disturbances, motifs } = PROFILES[profileName];
  const { durationMs } = stage;
  const steps: Step[] = [];
  // Now and then one thing happens and little else, so that what it leads to is not drowned by the next.
  const calm = streamOf(seed, "calm");
  const only = calm.chance(1, 4) ? pick(calm, ["faults", "motifs", "motifs", "motifs"]) : undefined;
  const most = Math.max(1, Math.floor(durationMs / 2000));
  const countOf = (sort: string, most: number): number => {
    if (only === undefined) return streamOf(seed, `${sort}/count`).below(most + 1);
    return sort === only ? 1 : sort === "disturbances" ? calm.below(2) : 0;
  };
  /** So many of one sort at moments of their own before `endMs`; each has a stream of its own for its details. */
  const scatter = (
    sort: string,
    most: number,
    endMs: number,
    draw: (random: RandomStream, atMs: number) => readonly Step[],
  ): void => {
    for (let index = 0, count = countOf(sort, most); index < count; index++) {
      const random = streamOf(seed, `${sort}/${index}`);
      steps.push(...draw(random, 500 + random.below(Math.max(1, endMs - 500))));
    }
  };

  const faultsOn = swarm(seed, "fault-kinds", faults, allFaults || only !== undefined);
  scatter("faults", most, durationMs, (random, atMs) => {
    const draw = FAULT_DRAWS[pickWeighted(random, faultsOn) ?? ""];
    const healAtMs = atMs + span(random, 100, 15_000);
    const once = random.chance(1, 4) ? { once: someOccasion(random, stage) } : {};
    return draw === undefined ? [] : [{ kind: "fault", atMs, ...once, fault: draw(random, stage), healAtMs }];
  });

  const disturbancesOn = swarm(seed, "disturbance-kinds", disturbances);
  scatter("disturbances", most, durationMs, (random, atMs) => {
    const draw = DISTURBANCE_DRAWS[pickWeighted(random, disturbancesOn) ?? ""];
    return draw === undefined ? [] : [draw(random, stage, atMs)];
  });

  const holdsOn = swarm(seed, "hold-kinds", holds);
  scatter("holds", Math.ceil(most / 3), durationMs, (random, atMs) => {
    const hold = drawHold(random, stage, holdsOn, atMs);
    return hold === undefined ? [] : [hold];
  });

  const motifsOn = swarm(seed, "motif-kinds", motifs, only !== undefined);
  // Whoever asks where a partition ends learns most around trouble.
  const asks = streamOf(seed, "asks").chance(1, 2);
  // A pattern takes its time: one that began late would be cut off in the middle.
  scatter("motifs", Math.ceil(most / 2) + 1, Math.ceil((durationMs * 2) / 3), (random, atMs) => {
    const motif = MOTIFS[pickWeighted(random, motifsOn) ?? ""];
    const steps = motif === undefined ? [] : motif(random, stage, atMs);
    if (!asks) return steps;
    const questions = steps.filter(() => random.chance(1, 3));
    return [
      ...steps,
      ...questions.map((step): Step => ({ kind: "ask-end-offsets", atMs: step.atMs + random.below(3000) })),
    ];
  });

  return steps.filter(({ atMs }) => atMs < durationMs).sort((a, b) => a.atMs - b.atMs);
}
