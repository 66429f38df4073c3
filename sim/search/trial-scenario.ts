// Trial scenario: plays a trial. Load and steps in order of time; then everything heals and must make progress.

import type { Occasion } from "../world/occasions.js";
import { scenario, type Scenario } from "../world/scenario.js";
import type { ConsumerHandle, Healing, Hold, World } from "../world/world.js";
import { describeRelease, describeStep } from "./describe-step.js";
import { awaitDelivery, type DemandedTopics } from "./progress.js";
import { steadyLoad, type LoadedTopic, type SteadyLoad } from "./steady-load.js";
import { endOccasionOf, lastsMs, timelineOf, type Beat, type EndingStep } from "./timeline.js";
import type { Step, Trial, TrialConsumer, TrialTopic } from "./trial.js";

/**
 * The scenario of a trial: run it with the trial's seed, wire and bugs to see what the trial sees.
 * @param patienceMs simulated time for each step of progress after healing; as much as Kafka may need unless told
 */
export function trialScenario(trial: Trial, patienceMs?: number): Scenario {
  return scenario({
    name: `random-${trial.seed}`,
    teaches: "What happens when nobody wrote the script.",
    read: [],
    cluster: trial.cluster,
    expect: "holds",
    bugs: trial.bugs,
    buggify: trial.buggify,
    excusesUnpromised: trial.excusesUnpromised ?? true,
    run: (world) => new Stage(world, trial, patienceMs).play(),
  });
}

/** Does the topic take records without a key? */
export function loadedTopic({ topic, config }: TrialTopic): LoadedTopic {
  return config?.["cleanup.policy"] === "compact" ? { topic, compacted: true } : { topic };
}

/** What each group of a trial must have read in the end: all of its topics, by group. */
export function demandsOf(
  trial: Trial,
): ReadonlyMap<string, { readonly members: readonly string[]; readonly topics: DemandedTopics }> {
  const demands = new Map<string, { members: string[]; topics: Record<string, number | "all"> }>();
  for (const { name, group, topics, config } of trial.consumers) {
    const demand = demands.get(group) ?? { members: [], topics: {} };
    const isStatic = config["group.instance.id"] !== undefined;
    for (const { topic, partitions } of trial.topics)
      if (topics.includes(topic)) demand.topics[topic] = isStatic ? partitions : "all";
    demand.members.push(name);
    demands.set(group, demand);
  }
  return demands;
}

class Stage {
  readonly #world: World;
  readonly #trial: Trial;
  readonly #patienceMs: number | undefined;
  readonly #consumers: ConsumerHandle[] = [];
  /** What will undo a step that stands, by the step's number. */
  readonly #standing = new Map<number, Healing | Hold>();

  constructor(world: World, trial: Trial, patienceMs: number | undefined) {
    this.#world = world;
    this.#trial = trial;
    this.#patienceMs = patienceMs;
  }

  play(): void {
    const world = this.#world;
    const { topics, consumers, load, durationMs } = this.#trial;
    for (const { topic, ...options } of topics) world.createTopic(topic, options);
    const producers = this.#trial.producers.map(({ name, config }) => world.producer(name, config));
    for (const consumer of consumers) if ((consumer.startsAtMs ?? 0) <= 0) this.#join(consumer);
    const running = steadyLoad(world, producers, topics.map(loadedTopic), load);
    for (const beat of timelineOf(this.#trial)) {
      running.until(beat.atMs);
      this.#perform(beat, running);
    }
    running.until(durationMs);
    world.heal(this.#patienceMs);
    for (const { members, topics } of demandsOf(this.#trial).values())
      awaitDelivery(
        world,
        this.#consumers.filter(({ name }) => members.includes(name)),
        topics,
        this.#patienceMs,
      );
  }

  #join({ name, group, topics, config, commits, workMs = 0 }: TrialConsumer): void {
    const consumer = this.#world.consumer(name, {
      group,
      topics,
      config: { ...config, "enable.auto.commit": commits === "automatically" },
      keepReceived: false,
      workMs,
      ...(commits === "automatically" ? {} : { onPolled: (each: ConsumerHandle) => each.commit() }),
    });
    this.#consumers.push(consumer);
  }

  #perform(beat: Beat, load: SteadyLoad): void {
    switch (beat.kind) {
      case "join":
        return this.#join(beat.consumer);
      case "begin":
        return this.#begin(beat.step, beat.index, load);
      case "await-begin":
        return this.#awaitBegin(beat.step, beat.occasion, load);
      case "end":
        return this.#end(beat.step, beat.index, endOccasionOf(beat.step) === undefined);
      case "await-end":
        return this.#world.once(beat.occasion, () => this.#end(beat.step, beat.index, true));
    }
  }

  #awaitBegin(step: Step, occasion: Occasion, load: SteadyLoad): void {
    const world = this.#world;
    // Whoever joins meanwhile is not asked: what a script does is decided where it is written.
    const consumers = [...this.#consumers];
    const forMs = step.kind === "fault" ? lastsMs(step) : undefined;
    world.once(occasion, () => {
      if (step.kind === "fault" && forMs !== undefined) world.injectFor(forMs, step.fault);
      else this.#begin(step, undefined, load, consumers);
    });
  }

  #begin(step: Step, index: number | undefined, load: SteadyLoad, consumers = this.#consumers): void {
    const world = this.#world;
    const stand = (standing: Healing | Hold): void => {
      if (index !== undefined) this.#standing.set(index, standing);
    };
    // Faults tell their own sentence.
    if (step.kind !== "fault") world.note(describeStep(step));
    switch (step.kind) {
      case "fault":
        stand(world.inject(step.fault));
        break;
      case "hold": {
        const { api, message, from, to, first } = step;
        const filter = {
          api,
          kind: message,
          ...(first === undefined ? {} : { first }),
          ...(from === undefined ? {} : { from }),
          ...(to === undefined ? {} : { to }),
        };
        stand(world.hold(filter));
        break;
      }
      case "admin":
        world.request(step.change);
        break;
      case "burst":
        load.burst(step.records);
        break;
      case "ask-end-offsets":
        for (const consumer of consumers) if (world.isUp(consumer.nodeId)) consumer.askEndOffsets();
        break;
      case "seek": {
        const { topic, partition, offset } = step;
        const consumer = this.#consumers.find(({ name }) => name === step.consumer);
        if ((consumer?.position(topic, partition) ?? -1) > offset) consumer?.seek(topic, partition, offset);
        break;
      }
    }
  }

  #end(step: EndingStep, index: number, isTold: boolean): void {
    const standing = this.#standing.get(index);
    if (standing === undefined) return;
    if ("heal" in standing) standing.heal();
    else {
      if (isTold && step.kind === "hold") this.#world.note(describeRelease(step));
      standing.release();
    }
  }
}
