// Convergence: when a healed cluster has come to rest.

import { Operator } from "./operator.js";
import type { SimulatedWorld } from "./simulated-world.js";

/**
 * Runs until the healed cluster has converged, with an operator's help where nothing else would do.
 * @throws GoalNotReached naming what is still open after `withinMs` of simulated time
 */
export function awaitConvergence(world: SimulatedWorld, withinMs: number): void {
  let open: string | undefined = "not looked yet";
  let lookAt = 0;
  const operator = new Operator(world);
  const converged = (): boolean => {
    // A look costs more than an event: one every 10 ms of simulated time is enough.
    if (world.nowMs < lookAt) return false;
    lookAt = world.nowMs + 10;
    const isWorking = operator.look();
    open = unconverged(world) ?? (isWorking ? "a replica is being made anew" : undefined);
    return open === undefined;
  };
  try {
    world.until("the healed cluster has converged", converged, withinMs);
  } catch (error) {
    if (open !== undefined && error instanceof Error) error.message += `: ${open}`;
    throw error;
  }
}

/** What is still open, as a sentence; undefined when the cluster has converged. */
function unconverged(world: SimulatedWorld): string | undefined {
  if (world.activeController() === undefined) return "no controller is active";
  const image = world.state.image();
  if (image === undefined) return "no broker is up";
  for (const id of world.brokers) {
    const broker = world.state.broker(id);
    const registration = image.brokers.get(id);
    if (registration === undefined || registration.fenced) return `broker ${id} is fenced`;
    // The metadata may still speak of the process before the last crash.
    if (broker === undefined || !broker.isRunning) return `broker ${id} is not running yet`;
    if (broker.brokerEpoch !== registration.epoch) return `broker ${id} is not known in its present incarnation`;
  }
  for (const topic of image.topics.values()) {
    for (const [index, state] of topic.partitions) {
      const name = `${topic.name}-${index}`;
      if (state.leader < 0) return `${name} has no leader`;
      if (state.isr.length < state.replicas.length)
        return `${name} has ISR ${state.isr.join(", ")} of replicas ${state.replicas.join(", ")}`;
      const log = world.state.broker(state.leader)?.localLog(topic.name, index);
      if (log === undefined || log.highWatermark < log.logEndOffset)
        return `${name} has records that are not committed`;
      if (state.addingReplicas.length + state.removingReplicas.length > 0) return `${name} is being reassigned`;
    }
  }
  for (const { client, count } of world.pendingSends) if (count > 0) return `${client} waits for ${count} outcomes`;
  for (const { group, state } of groupStates(world)) {
    if (state === "PreparingRebalance" || state === "CompletingRebalance") return `group ${group} is rebalancing`;
  }
  return undefined;
}

/** The groups of the cluster as their coordinators see them, by name. */
export function groupStates(world: SimulatedWorld): readonly { readonly group: string; readonly state: string }[] {
  return world.brokers.flatMap((id) => world.state.broker(id)?.groupStates() ?? []);
}
