// A checker: a named claim about every run, tested at each event and again at the end.
// Checkers see what an observer of a real cluster could see: facts nodes told, messages, client outcomes, and at the
// end the disks. They never look into a node's memory, so a node cannot fool them by believing its own mistake.

import type { NodeId, Offset } from "../../core/index.js";
import type { TraceEvent } from "../trace/format.js";
import type { ReplicaLogs } from "./replica-logs.js";

/**
 * A guarantee of Kafka's that a claim rests on, where faults or settings can make it void. The fault budget then
 * excuses a violation, and says why.
 */
export type Guarantee =
  /** What every in-sync replica has is not lost while one of them keeps its disk. */
  | "acknowledged-records"
  /** What a producer was told that every in-sync replica has; with `flush.messages=1` on their disks, not in memory. */
  | "isr-acknowledged-records"
  /** What the leader alone has (acks=1) is not lost while it leads and keeps its disk. */
  | "leader-acknowledged-records"
  /** What a majority of the controllers has is not lost. */
  | "committed-metadata"
  /** What a group committed is not lost: it rests on the records of `__consumer_offsets`. */
  | "committed-offsets"
  /** A retried record is written once: promised to idempotent producers only. */
  | "written-once"
  /** A producer's batches are appended once and in order: promised while the leader remembers the ones before. */
  | "known-producer";

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
  /** What the broken promise rests on; undefined: nothing excuses it. */
  readonly restsOn: Guarantee | undefined;
}

/** How a checker reports: at an event, or at the end of the run without one. */
export type Report = (message: string, event?: TraceEvent, about?: About) => void;

/** The partition a violation is about, when it is not that of the event. */
export interface About {
  readonly topic: string;
  readonly partition: number;
  /** A weaker promise than the checker's own is broken. */
  readonly restsOn?: Guarantee;
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
  /** What the claim rests on, unless a report says otherwise; absent: nothing excuses a violation. */
  readonly restsOn?: Guarantee;
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
