// Fitting: parts that were drawn apart become one trial.
// Cluster, workload and faults are drawn and shrink on their own; a fault may therefore name a broker or a partition
// that a smaller cluster has no more. It then means another of them, so that every combination is a trial and a part
// can shrink without breaking the others.

import type { Fault, Target } from "../faults/fault.js";
import type { Step, Trial, TrialTopic } from "../search/trial.js";
import { FIRST_CLIENT, FIRST_CONTROLLER } from "../world/node-ids.js";
import type { ClusterOptions } from "../world/world.js";

/** The client of that name, or another that is called alike. */
function fitClient(name: string, { producers, consumers }: Trial): string {
  const cut = name.lastIndexOf("-") + 1;
  const alike = [...producers, ...consumers].filter((client) => client.name.startsWith(name.slice(0, cut)));
  return alike[(Number(name.slice(cut)) - 1) % alike.length]?.name ?? name;
}

function fitTarget(target: Target, trial: Trial): Target {
  const { brokers, controllers } = trial.cluster;
  if (typeof target === "number") {
    if (target >= FIRST_CLIENT) return target;
    if (target >= FIRST_CONTROLLER) return FIRST_CONTROLLER + ((target - FIRST_CONTROLLER) % controllers);
    return 1 + ((target - 1) % brokers);
  }
  if ("rack" in target) return target;
  if (target.role === "client") return { role: "client", name: fitClient(target.name, trial) };
  if (!("topic" in target)) return target;
  const partitions = trial.topics.find(({ topic }) => topic === target.topic)?.partitions;
  return partitions === undefined ? target : { ...target, partition: target.partition % partitions };
}

function fitFault(fault: Fault, trial: Trial): Fault {
  const fit = (target: Target): Target => fitTarget(target, trial);
  switch (fault.kind) {
    case "rack-power-loss":
      return fault;
    case "rolling-restart":
      return { ...fault, targets: fault.targets.slice(0, trial.cluster.brokers).map(fit) };
    case "partition":
      return { ...fault, from: fault.from.map(fit), to: fault.to.map(fit) };
    case "slow-link":
    case "reset-connections":
      return { ...fault, from: fit(fault.from), to: fit(fault.to) };
    default:
      return { ...fault, target: fit(fault.target) };
  }
}

function fitStep(step: Step, trial: Trial): Step {
  return step.kind === "fault" ? { ...step, fault: fitFault(step.fault, trial) } : step;
}

/** At most one copy a broker. */
function fitTopic(topic: TrialTopic, { brokers }: ClusterOptions): TrialTopic {
  return topic.replicationFactor <= brokers ? topic : { ...topic, replicationFactor: brokers };
}

/** Time at which a step is over. */
function endOf(step: Step): number {
  if (step.kind === "hold") return step.releaseAtMs;
  return step.kind === "fault" ? (step.healAtMs ?? step.atMs) : step.atMs;
}

/** The trial with targets and copies that exist in its cluster, and long enough for its load and its steps. */
export function fitTrial(trial: Trial): Trial {
  const { load, cluster, steps } = trial;
  const durationMs = Math.max(trial.durationMs, load.records * load.everyMs, ...steps.map(endOf));
  const fitted = { ...trial, durationMs, topics: trial.topics.map((topic) => fitTopic(topic, cluster)) };
  return { ...fitted, steps: steps.map((step) => fitStep(step, fitted)) };
}
