// Reducer of nodes, groups, faults and narration: everything about the cluster that is not a partition.

import { activeFault, isSameFault } from "./faults.js";
import { capitalised } from "../words.js";
import type { EventOf, TraceEvent } from "../trace-types.js";
import type { ClusterState, NodeState, ProcessState } from "./state.js";

/** Applies what an event says about processes, the quorum, clients, groups and faults. */
export function reduceNodes(state: ClusterState, event: TraceEvent): void {
  const node = state.nodes.get(event.node);
  if (node !== undefined) reduceNode(node, event);
  switch (event.type) {
    case "controller.activated":
      if (event.epoch < state.controllerEpoch) return;
      state.activeController = event.node;
      state.controllerEpoch = event.epoch;
      return;
    case "controller.resigned":
      if (state.activeController === event.node) state.activeController = -1;
      return;
    case "broker.registered":
    case "broker.fenced":
    case "broker.unfenced": {
      const { brokerId, brokerEpoch } = event;
      updateBroker(state, brokerId, { registered: true, fenced: event.type !== "broker.unfenced", brokerEpoch });
      return;
    }
    case "group.transitioned": {
      const { group, to, generationId, members } = event;
      if (isHandedOver(event)) return;
      state.groups.set(group, { group, state: to, generationId, members, coordinator: event.node });
      return;
    }
    case "fault.injected":
      state.faults.set(event.seq, activeFault(state, event));
      narrate(state, event.seq, capitalised(event.sentence));
      return;
    case "fault.healed":
      healFault(state, event);
      if (event.idle !== true) narrate(state, event.seq, capitalised(event.sentence));
      return;
    case "note":
      narrate(state, event.seq, event.text);
      return;
    default:
  }
}

const PROCESS_STATES: Readonly<Record<string, ProcessState>> = {
  "process.started": "up",
  "process.resumed": "up",
  "process.paused": "paused",
  "process.crashed": "crashed",
  "process.stopped": "stopped",
};

function reduceNode(node: NodeState, event: TraceEvent): void {
  const process = PROCESS_STATES[event.type];
  if (process !== undefined) {
    node.process = process;
    if (process === "crashed" || process === "stopped") forgetMemory(node);
    return;
  }
  // A trace may begin after the processes did: whoever speaks is alive.
  if (node.process === "down") node.process = "up";
  switch (event.type) {
    case "quorum.transitioned":
      node.quorumRole = event.to.toLowerCase();
      node.quorumEpoch = event.epoch;
      return;
    case "broker.state-changed":
      node.brokerState = event.to;
      return;
    case "controller.activated":
    case "controller.resigned":
      node.activeController = event.type === "controller.activated";
      return;
    case "producer.send":
      node.recordsSent += 1;
      return;
    case "producer.acknowledged":
      node.recordsAcknowledged += 1;
      return;
    case "producer.failed":
      node.recordsFailed += 1;
      return;
    case "consumer.delivered":
      node.recordsDelivered += 1;
      node.group = event.group;
      return;
    case "consumer.assigned":
      node.group = event.group;
      node.assigned = event.partitions;
      return;
    case "consumer.revoked":
    case "consumer.lost":
      node.assigned = node.assigned.filter((partition) => !event.partitions.includes(partition));
      return;
    default:
  }
}

/** A coordinator that gives a group away calls its own copy dead; the group, which has members, lives on elsewhere. */
export function isHandedOver({ to, members }: EventOf<"group.transitioned">): boolean {
  return to === "Dead" && members.length > 0;
}

function forgetMemory(node: NodeState): void {
  node.quorumRole = "";
  node.brokerState = "";
  node.activeController = false;
  node.assigned = [];
}

function updateBroker(
  state: ClusterState,
  id: number,
  change: Pick<NodeState, "registered" | "fenced" | "brokerEpoch">,
): void {
  const broker = state.nodes.get(id);
  if (broker !== undefined) Object.assign(broker, change);
}

function narrate(state: ClusterState, seq: number, text: string): void {
  state.narrationSeq = seq;
  state.narration = text;
}

/** Ends the oldest open fault with the same data. */
function healFault(state: ClusterState, event: EventOf<"fault.healed">): void {
  for (const fault of state.faults.values()) {
    if (!isSameFault(fault.fault, event.fault)) continue;
    state.faults.delete(fault.seq);
    return;
  }
}
