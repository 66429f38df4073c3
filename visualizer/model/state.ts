// Cluster state as the trace tells it at one moment: what the pictures draw.
// Only the reducers beside this file change it. It is made of flat records in maps, so that saving a state
// (a keyframe) is a shallow copy of each record, and two states can be compared field by field.

import type { FaultEvent, NodeKind, PageHeader, PageNode } from "../trace-types.js";
import type { Batch } from "./batches.js";

export type ProcessState = "down" | "up" | "paused" | "crashed" | "stopped";

/** A process, and what it or the controller last said about it. */
export interface NodeState {
  readonly id: number;
  readonly name: string;
  readonly kind: NodeKind;
  readonly rack: string | null;
  process: ProcessState;
  /** True once the controller registered the broker. */
  registered: boolean;
  fenced: boolean;
  /** Given by the controller at registration, -1 before. */
  brokerEpoch: number;
  /** What the broker itself says it is (STARTING, RECOVERY, RUNNING …); "" if it never told. */
  brokerState: string;
  /** Role in the KRaft quorum ("leader", "follower", "candidate" …), lower case; "" if it never told. */
  quorumRole: string;
  quorumEpoch: number;
  activeController: boolean;
  recordsSent: number;
  recordsAcknowledged: number;
  recordsFailed: number;
  recordsDelivered: number;
  group: string;
  assigned: readonly string[];
}

/** One copy of a partition's log on one broker. */
export interface ReplicaState {
  readonly nodeId: number;
  role: "leader" | "follower" | "none";
  /** The leader epoch this replica works in. */
  leaderEpoch: number;
  logStartOffset: number;
  logEndOffset: number;
  highWatermark: number;
  tail: Batch | null;
  /** The last truncation, for the flash. */
  truncatedAtUs: number;
  truncatedFrom: number;
  truncatedTo: number;
}

/** Where one consumer group stands in one partition; -1 where unknown. */
export interface GroupPosition {
  readonly group: string;
  /** Offset after the last record given to the application. */
  position: number;
  committed: number;
}

export interface PartitionState {
  readonly key: string;
  readonly topic: string;
  readonly partition: number;
  /** As the controller committed it: -1 for none. */
  leader: number;
  leaderEpoch: number;
  partitionEpoch: number;
  replicaIds: readonly number[];
  isr: readonly number[];
  deleted: boolean;
  readonly replicas: Map<number, ReplicaState>;
  readonly positions: Map<string, GroupPosition>;
  /** Seq of the last event that touched the partition: equal seq, equal picture. */
  changedSeq: number;
}

export interface GroupState {
  readonly group: string;
  state: string;
  generationId: number;
  members: readonly string[];
  coordinator: number;
}

export interface ActiveFault {
  readonly seq: number;
  readonly fault: FaultEvent["fault"];
  readonly nodes: readonly number[];
  readonly sentence: string;
  /** Keys of the ways the fault silences or slows: a link has two, and a fault may concern one of them. */
  readonly ways: readonly string[];
}

export interface ClusterState {
  readonly nodes: Map<number, NodeState>;
  readonly partitions: Map<string, PartitionState>;
  readonly groups: Map<string, GroupState>;
  /** Faults that are not healed yet, by the seq of their injection. */
  readonly faults: Map<number, ActiveFault>;
  activeController: number;
  controllerEpoch: number;
  /** Latest narration: seq of the note, fault or healing, 0 if none yet. */
  narrationSeq: number;
  narration: string;
}

/** The state before the first event. */
export function initialState(header: PageHeader): ClusterState {
  const nodes = new Map<number, NodeState>();
  for (const node of header.nodes) nodes.set(node.id, newNode(node));
  return {
    nodes,
    partitions: new Map(),
    groups: new Map(),
    faults: new Map(),
    activeController: -1,
    controllerEpoch: -1,
    narrationSeq: 0,
    narration: "",
  };
}

/** A copy that later events applied to the original do not change. */
export function copyState(state: ClusterState): ClusterState {
  return {
    ...state,
    nodes: copyMap(state.nodes, (node) => ({ ...node })),
    partitions: copyMap(state.partitions, (partition) => ({
      ...partition,
      replicas: copyMap(partition.replicas, (replica) => ({ ...replica })),
      positions: copyMap(partition.positions, (position) => ({ ...position })),
    })),
    groups: copyMap(state.groups, (group) => ({ ...group })),
    faults: new Map(state.faults),
  };
}

/** Topics Kafka keeps for itself. */
export function isInternalTopic(topic: string): boolean {
  return topic.startsWith("__");
}

function newNode(node: PageNode): NodeState {
  return {
    id: node.id,
    name: node.name,
    kind: node.kind,
    rack: node.rack,
    process: "down",
    registered: false,
    fenced: false,
    brokerEpoch: -1,
    brokerState: "",
    quorumRole: "",
    quorumEpoch: -1,
    activeController: false,
    recordsSent: 0,
    recordsAcknowledged: 0,
    recordsFailed: 0,
    recordsDelivered: 0,
    group: "",
    assigned: [],
  };
}

function copyMap<K, V>(map: ReadonlyMap<K, V>, copy: (value: V) => V): Map<K, V> {
  const result = new Map<K, V>();
  for (const [key, value] of map) result.set(key, copy(value));
  return result;
}
