// Facts about one node at one moment, and the events it told last: what the inspector shows of a node.

import { isInternalTopic, type ClusterState, type NodeState, type PartitionState } from "../model/state.js";
import { lowerBound, type Trace } from "../trace-source.js";
import type { TraceEvent } from "../trace-types.js";
import { countText } from "../words.js";

export interface NodeFact {
  readonly term: string;
  readonly text: string;
  /** True for what people should look at first. */
  readonly trouble: boolean;
}

/** What is known of the node at this moment, most important first. */
export function nodeFacts(state: ClusterState, node: NodeState): readonly NodeFact[] {
  const facts: NodeFact[] = [];
  const tell = (term: string, text: string, trouble = false): void => {
    if (text !== "") facts.push({ term, text, trouble });
  };
  tell("process", PROCESS_WORDS[node.process], node.process !== "up");
  tell("rack", node.rack ?? "");
  if (node.kind === "broker") tellBroker(tell, state, node);
  if (node.kind === "client") tellClient(tell, node);
  // A broker observes the quorum; only of voters is that news.
  if (node.kind === "controller") {
    const isActive = state.activeController === node.id;
    tell("controller", isActive ? `active, epoch ${state.controllerEpoch}` : "stands by");
    tell("quorum", node.quorumRole === "" ? "" : `${node.quorumRole}, epoch ${node.quorumEpoch}`);
    const seesItself = node.activeController && !isActive;
    if (seesItself) tell("believes", "to be the active controller still", true);
  }
  for (const { nodes, sentence } of state.faults.values()) if (nodes.includes(node.id)) tell("fault", sentence, true);
  return facts;
}

const PROCESS_WORDS = { down: "not started", up: "up", paused: "paused", crashed: "crashed", stopped: "stopped" };

type Tell = (term: string, text: string, trouble?: boolean) => void;

function tellBroker(tell: Tell, state: ClusterState, node: NodeState): void {
  const { registered, fenced, brokerEpoch, brokerState } = node;
  tell("says it is", brokerState);
  tell("registered", registered ? (fenced ? "yes, fenced" : "yes, unfenced") : "no", !registered || fenced);
  tell("broker epoch", brokerEpoch < 0 ? "" : String(brokerEpoch));
  const hosted = [...state.partitions.values()].filter(
    ({ deleted, replicaIds }) => !deleted && replicaIds.includes(node.id),
  );
  const leads = hosted.filter(({ leader }) => leader === node.id);
  const believes = hosted.filter(
    ({ leader, replicas }) => leader !== node.id && replicas.get(node.id)?.role === "leader",
  );
  tell("leads", partitionsText(leads) || "nothing");
  tell("follows", partitionsText(hosted.filter((each) => !leads.includes(each) && !believes.includes(each))));
  tell("believes to lead", partitionsText(believes), true);
  tell("out of ISR", partitionsText(hosted.filter(({ isr }) => !isr.includes(node.id))), true);
}

function tellClient(tell: Tell, node: NodeState): void {
  const { recordsSent, recordsAcknowledged, recordsFailed, recordsDelivered, group, assigned } = node;
  tell("group", group);
  tell("assigned", assigned.join(", "));
  tell("records sent", recordsSent === 0 ? "" : `${recordsSent}, of which acknowledged ${recordsAcknowledged}`);
  tell("failed", recordsFailed === 0 ? "" : String(recordsFailed), true);
  tell("records read", recordsDelivered === 0 ? "" : String(recordsDelivered));
}

/** The topics of people by name, those Kafka keeps for itself by number. */
function partitionsText(partitions: readonly PartitionState[]): string {
  const named = partitions.filter(({ topic }) => !isInternalTopic(topic)).map(({ key }) => key);
  const internal = partitions.length - named.length;
  const counted = internal === 0 ? [] : [`${countText(internal, "internal partition")}`];
  return [...named.sort(), ...counted].join(", ");
}

/** Told so often that it would hide everything else. */
const ROUTINE =
  /^(message\.|timer\.|high-watermark\.|connection\.|producer\.batch-sent|disk\.flushed|log\.appended|metadata\.applied|quorum\.high-|group\.offset-committed|consumer\.commit-)/;

/** The last events that a node told, or that were told about it; made once for a trace. */
export interface NodeHistory {
  /** At most `count` events at or before `timeUs`, newest first. */
  lastOf(nodeId: number, timeUs: number, count: number): readonly TraceEvent[];
}

export function createNodeHistory(trace: Trace): NodeHistory {
  let byNode: Map<number, TraceEvent[]> | undefined;
  return {
    lastOf(nodeId, timeUs, count) {
      byNode ??= eventsByNode(trace);
      const events = byNode.get(nodeId) ?? [];
      const end = lowerBound(events.length, (i) => events[i]!.atUs > timeUs);
      return events.slice(Math.max(0, end - count), end).reverse();
    },
  };
}

function eventsByNode(trace: Trace): Map<number, TraceEvent[]> {
  const byNode = new Map<number, TraceEvent[]>();
  for (const event of trace.events) {
    if (ROUTINE.test(event.type)) continue;
    for (const id of nodesOf(event)) {
      const events = byNode.get(id);
      if (events === undefined) byNode.set(id, [event]);
      else events.push(event);
    }
  }
  return byNode;
}

/** Who told the event, and whom it is about. */
function nodesOf(event: TraceEvent): ReadonlySet<number> {
  if (event.type === "fault.injected" || event.type === "fault.healed") return new Set(event.nodes);
  // The controller's word about a partition is news of its leader, not of the controller.
  if (event.type === "partition.changed") return new Set([event.leader]);
  return "brokerId" in event ? new Set([event.node, event.brokerId]) : new Set([event.node]);
}
