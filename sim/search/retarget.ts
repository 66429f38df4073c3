// Retarget: makes a trial whose parts were taken away mean something again: what aimed at a broker, partition or client
// that is gone aims at one that is left, or goes too. Every cut of the shrinker ends here.

import type { ConfigOverrides } from "../../core/config/definition.js";
import type { Fault, Target } from "../faults/fault.js";
import type { Occasion } from "../world/occasions.js";
import type { AdminChange } from "../world/world.js";
import { endOf } from "./timeline.js";
import { FIRST_CLIENT, FIRST_CONTROLLER } from "../world/node-ids.js";
import type { Step, Trial, TrialConsumer, TrialTopic } from "./trial.js";

/** Targets of a fault replaced; a target that comes out undefined is left out of lists, and ends a fault of its own. */
export function mapTargets(fault: Fault, map: (target: Target) => Target | undefined): Fault | undefined {
  const all = (targets: readonly Target[]): readonly Target[] => targets.map(map).filter((each) => each !== undefined);
  switch (fault.kind) {
    case "rack-power-loss":
      return fault;
    case "rolling-restart": {
      const targets = all(fault.targets).filter((target, index, list) => list.indexOf(target) === index);
      return targets.length === 0 ? undefined : { ...fault, targets };
    }
    case "partition": {
      const [from, to] = [all(fault.from), all(fault.to)];
      return from.length === 0 || to.length === 0 ? undefined : { ...fault, from, to };
    }
    case "slow-link":
    case "reset-connections": {
      const [from, to] = [map(fault.from), map(fault.to)];
      return from === undefined || to === undefined ? undefined : { ...fault, from, to };
    }
    default: {
      const target = map(fault.target);
      return target === undefined ? undefined : { ...fault, target };
    }
  }
}

/** The trial with every reference to what it no longer has led elsewhere. What is consistent stays as it is. */
export function retargeted(trial: Trial): Trial {
  const { cluster, durationMs } = trial;
  const topics = trial.topics.map((topic) => fittingTopic(topic, cluster.brokers));
  const consumers = trial.consumers
    .map((consumer): TrialConsumer => ({
      ...consumer,
      topics: consumer.topics.filter((name) => topics.some(({ topic }) => topic === name)),
    }))
    .filter((consumer) => consumer.topics.length > 0 && (consumer.startsAtMs ?? 0) < durationMs);
  const fitting: Trial = {
    ...trial,
    cluster: { ...cluster, config: fittingConfig(cluster.config ?? {}, cluster.brokers, consumers.length > 0) },
    topics,
    consumers,
  };
  const steps = trial.steps
    .filter(({ atMs }) => atMs < durationMs)
    .map((step) => fittingStep(waitingFor(step, fitting), fitting))
    .filter((step) => step !== undefined);
  return { ...fitting, steps };
}

function fittingTopic(topic: TrialTopic, brokers: number): TrialTopic {
  const replicationFactor = Math.min(topic.replicationFactor, brokers);
  const { assignment, config, ...rest } = topic;
  const minIsr = config?.["min.insync.replicas"];
  const fits = assignment?.every((replicas) => replicas.every((id) => id <= brokers)) === true;
  return {
    ...rest,
    replicationFactor,
    ...(config === undefined
      ? {}
      : {
          config:
            typeof minIsr === "number" && minIsr > replicationFactor
              ? { ...config, "min.insync.replicas": replicationFactor }
              : config,
        }),
    ...(fits ? { assignment } : {}),
  };
}

/** Settings that ask for more replicas than there are brokers ask for as many as there are. */
function fittingConfig(config: ConfigOverrides, brokers: number, hasGroups: boolean): ConfigOverrides {
  const wanted: readonly (readonly [name: string, byDefault: number])[] = [
    ["offsets.topic.replication.factor", hasGroups ? 3 : 1],
    ["default.replication.factor", 1],
    ["min.insync.replicas", 1],
  ];
  const changed = wanted.filter(([name, byDefault]) => Number(config[name] ?? byDefault) > brokers);
  return changed.length === 0 ? config : { ...config, ...Object.fromEntries(changed.map(([name]) => [name, brokers])) };
}

/** The step with the occasions that there may still be; it begins or ends at its time where there is none. */
function waitingFor(step: Step, trial: Trial): Step {
  const { once, endsOnce, ...rest } = step as Step & { readonly once?: Occasion; readonly endsOnce?: Occasion };
  if (once === undefined && endsOnce === undefined) return step;
  const [begins, ends] = [fittingOccasion(once, trial), fittingOccasion(endsOnce, trial)];
  return {
    ...rest,
    ...(begins === undefined ? {} : { once: begins }),
    ...(ends === undefined ? {} : { endsOnce: ends }),
  } as Step;
}

function fittingOccasion(occasion: Occasion | undefined, { topics }: Trial): Occasion | undefined {
  if (occasion?.topic === undefined) return occasion;
  const topic = topics.find((each) => each.topic === occasion.topic);
  if (topic === undefined) return undefined;
  return occasion.partition === undefined
    ? occasion
    : { ...occasion, partition: occasion.partition % topic.partitions };
}

function fittingStep(step: Step, trial: Trial): Step | undefined {
  const map = (target: Target): Target | undefined => fittingTarget(target, trial);
  switch (step.kind) {
    case "fault": {
      const fault = mapTargets(step.fault, map);
      return fault === undefined ? undefined : { ...step, fault };
    }
    case "hold": {
      const { from, to, ...rest } = step;
      const [newFrom, newTo] = [from === undefined ? undefined : map(from), to === undefined ? undefined : map(to)];
      // Without its end the hold would catch everybody's messages.
      if ((from === undefined) !== (newFrom === undefined) || (to === undefined) !== (newTo === undefined))
        return undefined;
      return {
        ...rest,
        releaseAtMs: Math.min(endOf(step) ?? 0, trial.durationMs),
        ...(newFrom === undefined ? {} : { from: newFrom }),
        ...(newTo === undefined ? {} : { to: newTo }),
      };
    }
    case "admin": {
      const change = fittingChange(step.change, trial);
      return change === undefined ? undefined : { ...step, change };
    }
    case "seek": {
      const topic = trial.topics.find((each) => each.topic === step.topic);
      if (topic === undefined || !trial.consumers.some(({ name }) => name === step.consumer)) return undefined;
      return { ...step, partition: step.partition % topic.partitions };
    }
    default:
      return step;
  }
}

function fittingChange(change: AdminChange, { topics, cluster: { brokers } }: Trial): AdminChange | undefined {
  const known = "topic" in change ? topics.find(({ topic }) => topic === change.topic) : undefined;
  switch (change.kind) {
    case "create-topic":
      return { ...change, replicationFactor: Math.min(change.replicationFactor, brokers) };
    case "add-partitions":
    case "alter-topic":
      return known === undefined ? undefined : change;
    case "delete-records":
      return known === undefined ? undefined : { ...change, partition: change.partition % known.partitions };
    case "reassign": {
      if (known === undefined) return undefined;
      const replicas = change.replicas?.map((id) => ((id - 1) % brokers) + 1);
      return {
        ...change,
        partition: change.partition % known.partitions,
        replicas: replicas === undefined ? null : [...new Set(replicas)],
      };
    }
    default:
      return change;
  }
}

function fittingTarget(target: Target, trial: Trial): Target | undefined {
  const { brokers, controllers } = trial.cluster;
  if (typeof target === "number") {
    if (target >= FIRST_CLIENT) return target;
    return target >= FIRST_CONTROLLER
      ? FIRST_CONTROLLER + ((target - FIRST_CONTROLLER) % controllers)
      : ((target - 1) % brokers) + 1;
  }
  if ("rack" in target) return target;
  switch (target.role) {
    case "leader":
    case "follower": {
      const topic = trial.topics.find((each) => each.topic === target.topic);
      return topic === undefined ? undefined : { ...target, partition: target.partition % topic.partitions };
    }
    case "controller":
      return { ...target, index: target.index % controllers };
    case "broker":
      return { ...target, index: target.index % brokers };
    case "client":
      return [...trial.producers, ...trial.consumers].some(({ name }) => name === target.name) ? target : undefined;
    case "coordinator":
      return trial.consumers.some(({ group }) => group === target.group) ? target : undefined;
    default:
      return target;
  }
}
