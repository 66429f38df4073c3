// Status: one line about a served cluster. Of each broker it tells the process and what the controller makes of it:
// a broker that has just crashed counts as alive until its session is over, while its port refuses everybody.

import type { NodeId } from "../../core/types.js";
import type { SimulatedWorld } from "../world/simulated-world.js";

export const BROKER_PORT = 9092;

/** "controller 102; brokers: 1 serves, 2 has crashed and is not yet fenced". */
export function describeStatus(world: SimulatedWorld): string {
  const brokers = world.brokers.map((id) => `${id} ${describeBroker(world, id)}`);
  return `controller ${world.activeController() ?? "none"}; brokers: ${brokers.join(", ")}`;
}

function describeBroker(world: SimulatedWorld, id: NodeId): string {
  const process = describeProcess(world, id);
  if (world.isUnfenced(id)) return process === undefined ? "serves" : `${process} and is not yet fenced`;
  return process === undefined ? "is up, but fenced" : `${process} and is fenced`;
}

/** What keeps the process from serving; undefined if nothing does. */
function describeProcess(world: SimulatedWorld, id: NodeId): string | undefined {
  const machine = world.cluster.machine(id);
  const { hasPower, listeners } = machine.parts.networkHost;
  if (!hasPower) return "has no power";
  if (!machine.isRunning) return "has crashed";
  if (machine.isPaused) return "is paused";
  return listeners.has(BROKER_PORT) ? undefined : "is starting";
}
