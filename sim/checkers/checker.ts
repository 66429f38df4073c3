// A checker: a named claim about every run, tested at each event and again at the end.
// Checkers see what an observer of a real cluster could see: facts nodes told, messages, client outcomes, and at the
// end the disks. They never look into a node's memory, so a node cannot fool them by believing its own mistake.

import type { NodeId, Offset } from "../../core/index.js";
import type { TraceEvent } from "../trace/format.js";
import type { ReplicaLogs } from "./replica-logs.js";

/** Something that should not have happened, with the event at which it showed. */
export interface Violation {
  readonly checker: string;
  readonly claim: string;
  /** One sentence: what was seen, where. */
  readonly message: string;
  /** Sequence number of the trace event at which it showed; 0 at the end of the run. */
  readonly seq: number;
  readonly atUs: number;
  /** The partition it is about, "orders-0", where there is one. */
  readonly partition: string | undefined;
}

/** How a checker reports: at an event, or at the end of the run without one. */
export type Report = (message: string, event?: TraceEvent, about?: PartitionName) => void;

/** The partition a violation is about, when it is not that of the event. */
export interface PartitionName {
  readonly topic: string;
  readonly partition: number;
}

/** A claim that watches a run. One object watches one run. */
export interface Checker {
  /** Stable name in kebab-case, as scenarios name it in `expect`. */
  readonly name: string;
  /** The sentence a student reads when it is violated. */
  readonly claim: string;
  /** Event types it wants; others are not passed to it. */
  readonly watches: readonly TraceEvent["type"][];
  onEvent(event: TraceEvent): void;
  /** After healing: the last word, with the disks and the client history at hand. */
  onEnd?(view: EndView): void;
}

/** What a checker is made of. */
export interface CheckerContext {
  readonly logs: ReplicaLogs;
  readonly report: Report;
}

export interface CheckerDefinition {
  readonly name: string;
  readonly claim: string;
  /**
   * The guarantee of Kafka's the claim rests on, where faults can make it impossible (every in-sync replica lost its
   * disk): the fault budget then excuses a violation, and says why.
   */
  readonly restsOn?: "acknowledged-records" | "committed-metadata";
  create(context: CheckerContext): Omit<Checker, "name" | "claim">;
}

/** A record as it lies on a disk. */
export interface StoredRecord {
  readonly offset: Offset;
  readonly leaderEpoch: number;
  /** CRC-32C of the value; 0 for a tombstone. */
  readonly valueHash: number;
}

/** State of one partition at the end of a run, as the active controller has committed it. */
export interface PartitionView {
  readonly topic: string;
  readonly partition: number;
  readonly leader: NodeId;
  readonly replicas: readonly NodeId[];
  readonly isr: readonly NodeId[];
  readonly isInternal: boolean;
  readonly isCompacted: boolean;
}

/** What can be seen when a run is over. */
export interface EndView {
  /** Whether the cluster was healed and given time: only then must everything have converged. */
  readonly healed: boolean;
  readonly partitions: readonly PartitionView[];
  /** Data records of a replica's log as its disk holds them (page cache included), in offset order. */
  records(node: NodeId, topic: string, partition: number): readonly StoredRecord[];
  logStartOffset(node: NodeId, topic: string, partition: number): Offset;
  /** Records still waiting for their outcome, by producer. */
  readonly pendingSends: readonly { readonly client: string; readonly count: number }[];
  readonly groups: readonly { readonly group: string; readonly state: string }[];
}
