// Faults as the picture needs them: which ways between nodes a fault silences, and which healing ends it.
// Targets are symbolic in the trace; they mean what they meant when the fault struck, so they are resolved
// against the state of that moment.

import { wayKey } from "../links.js";
import type { EventOf, FaultEvent } from "../trace-types.js";
import type { ActiveFault, ClusterState, NodeState } from "./state.js";

type Fault = FaultEvent["fault"];
type Target = Extract<Fault, { kind: "pause" }>["target"];

/** The fault as part of the state. */
export function activeFault(state: ClusterState, event: EventOf<"fault.injected">): ActiveFault {
  const { fault, nodes, sentence, seq } = event;
  return { seq, fault, nodes, sentence, ways: affectedWays(state, fault, nodes) };
}

/** True if two faults have the same data: the second heals the first. */
export function isSameFault(a: Fault, b: Fault): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/** Keys of the ways a network fault works on; none for other faults. */
function affectedWays(state: ClusterState, fault: Fault, nodes: readonly number[]): readonly string[] {
  switch (fault.kind) {
    case "partition": {
      const [from, to] = [fault.from, fault.to].map((side) => side.flatMap((target) => resolve(state, target, nodes)));
      return [...ways(from!, to!), ...(fault.symmetric ? ways(to!, from!) : [])];
    }
    case "slow-link":
      return ways(resolve(state, fault.from, nodes), resolve(state, fault.to, nodes));
    case "reset-connections": {
      const [from, to] = [resolve(state, fault.from, nodes), resolve(state, fault.to, nodes)];
      return [...ways(from, to), ...ways(to, from)];
    }
    case "isolate": {
      const all = [...state.nodes.keys()];
      const outbound = fault.direction === "inbound" ? [] : ways(nodes, all);
      return fault.direction === "outbound" ? outbound : [...outbound, ...ways(all, nodes)];
    }
    default:
      return [];
  }
}

function ways(from: readonly number[], to: readonly number[]): readonly string[] {
  return from.flatMap((a) => to.filter((b) => b !== a).map((b) => wayKey(a, b)));
}

/** The nodes a target stood for, as far as the state tells; never one the fault did not name. */
function resolve(state: ClusterState, target: Target, named: readonly number[]): readonly number[] {
  return candidates(state, target).filter((id) => named.includes(id));
}

function candidates(state: ClusterState, target: Target): readonly number[] {
  if (typeof target === "number") return [target];
  if ("rack" in target) return idsOf(state, (node) => node.rack === target.rack);
  switch (target.role) {
    case "leader":
      return [state.partitions.get(`${target.topic}-${target.partition}`)?.leader ?? -1];
    case "follower": {
      const partition = state.partitions.get(`${target.topic}-${target.partition}`);
      return partition?.replicaIds.filter((id) => id !== partition.leader) ?? [];
    }
    case "active-controller":
      return [state.activeController];
    case "coordinator":
      return [state.groups.get(target.group)?.coordinator ?? -1];
    case "client":
      return idsOf(state, (node) => node.name === target.name);
    case "controller":
    case "broker":
      return idsOf(state, (node) => node.kind === target.role).slice(target.index, target.index + 1);
  }
}

function idsOf(state: ClusterState, isMeant: (node: NodeState) => boolean): readonly number[] {
  return [...state.nodes.values()]
    .filter(isMeant)
    .map((node) => node.id)
    .sort((a, b) => a - b);
}
