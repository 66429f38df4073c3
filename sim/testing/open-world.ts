// An open world: a cluster that a test drives step by step, where a scenario is a script from beginning to end.
// For model-based properties: each command plays a little of the run, and the end judges all of it.

import type { BugName } from "../../core/bugs.js";
import type { NodeId } from "../../core/types.js";
import type { Fault } from "../faults/fault.js";
import { refuse } from "../mistake.js";
import { openRun, type OpenRun, type RunResult, type SimulateOptions } from "../run.js";
import type { TrialTopic } from "../search/trial.js";
import type { ConfigOverrides } from "../../core/config/definition.js";
import type { ClusterOptions, ConsumerHandle, Healing, ProducerHandle, World } from "../world/world.js";
import { promiseProblem } from "../world/scenario-check.js";
import { describeRun } from "./describe-run.js";

export interface OpenWorldOptions extends SimulateOptions {
  /** Three brokers and one controller unless told. */
  readonly cluster?: ClusterOptions;
  /** "orders" with one partition and three copies, two of them needed to acknowledge, unless told. */
  readonly topics?: readonly TrialTopic[];
  /** Settings of the producer. */
  readonly producer?: ConfigOverrides;
  readonly bugs?: readonly BugName[];
}

/** Thrown when a step of a run fails: the message is the story so far. */
export class RunStopped extends Error {
  override readonly name = "RunStopped";

  constructor(result: RunResult) {
    super(describeRun(result));
  }
}

const ORDERS: TrialTopic = {
  topic: "orders",
  partitions: 1,
  replicationFactor: 3,
  config: { "min.insync.replicas": 2 },
};

export class OpenWorld {
  readonly topics: readonly TrialTopic[];
  /** A producer that waits for all in-sync replicas, unless told. */
  readonly producer: ProducerHandle;
  /** Reads every topic on its own, from the beginning, when it is polled. */
  readonly reader: ConsumerHandle;
  readonly #run: OpenRun;
  readonly #broken = new Map<NodeId, Healing>();

  constructor(options: OpenWorldOptions = {}) {
    const cluster = options.cluster ?? { brokers: 3, controllers: 1, config: { "offsets.topic.num.partitions": 4 } };
    this.topics = options.topics ?? [ORDERS];
    this.#run = openRun({ name: "open-world", teaches: "", read: [], cluster, expect: "holds", run() {} }, options);
    for (const { topic, ...topicOptions } of this.topics) this.play((world) => world.createTopic(topic, topicOptions));
    this.producer = this.play((world) => world.producer("producer", { acks: "all", ...options.producer }));
    this.reader = this.play((world) =>
      world.consumer("reader", {
        topics: this.topics.map(({ topic }) => topic),
        config: { "auto.offset.reset": "earliest" },
        autoPoll: false,
      }),
    );
  }

  /**
   * Plays a step with the words of a scenario.
   * @throws RunStopped with the story, if the step throws: a goal not reached, a claim that does not hold, a bug
   * @throws Mistake if the step says what cannot be
   */
  play<T>(step: (world: World) => T): T {
    let answer: { readonly value: T } | undefined;
    this.#run.play((world) => {
      answer = { value: step(world) };
    });
    refuse(promiseProblem("a step of an open world", answer?.value));
    if (answer === undefined) throw new RunStopped(this.#run.judge());
    return answer.value;
  }

  /** Strikes a node with a fault that `mend` undoes; the one before is undone first. */
  damage(node: NodeId, fault: Fault): void {
    this.mend(node);
    this.#broken.set(
      node,
      this.play((world) => world.inject(fault)),
    );
  }

  /** Undoes what `damage` did to a node. */
  mend(node: NodeId): void {
    const standing = this.#broken.get(node);
    if (standing !== undefined) this.play(() => standing.heal());
    this.#broken.delete(node);
  }

  /** Heals everything, waits until the cluster has come to rest, and judges the run by every claim. */
  finish(): RunResult {
    return this.#run.judge();
  }
}

/** Starts a cluster, its topics, a producer and a reader. */
export function openWorld(options: OpenWorldOptions = {}): OpenWorld {
  return new OpenWorld(options);
}
