// World: the vocabulary of a scenario.
// A scenario is a straight line of these words: make a cluster, send, wait until something is true, break something,
// narrate. Calls that need the cluster's answer (`createTopic`, `flush`, `reassign`) run the simulation until it is
// there; the rest only act, and time passes in `run` and `until`.

import type { ConfigOverrides } from "../../core/config/definition.js";
import type { NodeId, Offset } from "../../core/types.js";
import type { Fault, ScheduledFault, Target } from "../faults/fault.js";
import type { Occasion } from "./occasions.js";

/** The cluster a scenario begins with. */
export interface ClusterOptions {
  /** Brokers, with node ids 1, 2, 3 …; at most 100. */
  readonly brokers: number;
  /** Controllers (KRaft voters), with node ids 101, 102, 103 …; at most 900. */
  readonly controllers: number;
  /**
   * Settings of every broker and controller, by Kafka's names. With fewer than three brokers,
   * `offsets.topic.replication.factor` is their number unless told: else no group could ever read.
   */
  readonly config?: ConfigOverrides;
  /** Racks, dealt to brokers in turn. */
  readonly racks?: readonly string[];
}

export interface TopicOptions {
  readonly partitions: number;
  readonly replicationFactor: number;
  /** Topic settings, by Kafka's names. */
  readonly config?: ConfigOverrides;
  /** Replicas of each partition, the preferred leader first; the controller places them when absent. */
  readonly assignment?: readonly (readonly NodeId[])[];
}

/** What a script sends: text, which travels as UTF-8. */
export interface OutgoingRecord {
  readonly key?: string;
  readonly value: string | null;
  readonly partition?: number;
}

/** The fate of one record, as its producer knows it. */
export interface Delivery {
  /** "unknown": the send failed, but the record may be in the log all the same. */
  readonly state: "pending" | "acknowledged" | "failed" | "unknown";
  readonly topic: string;
  readonly partition: number;
  /** Where it was written; undefined until acknowledged, and with acks=0. */
  readonly offset: Offset | undefined;
  /** Kafka's name of the error, when the send failed. */
  readonly error: string | undefined;
}

/** A producer process. */
export interface ProducerHandle {
  readonly name: string;
  readonly nodeId: NodeId;
  /** Hands over a record; its fate shows in the returned object as simulated time passes. */
  send(topic: string, record: OutgoingRecord): Delivery;
  /** Runs until every record handed over so far has an outcome. */
  flush(): void;
  readonly pendingCount: number;
  /** Records acknowledged so far. */
  readonly acknowledgedCount: number;
  /** Ends the process in good order. */
  close(): void;
}

/** A record as a consumer's application received it. */
export interface ReceivedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: Offset;
  readonly key: string | null;
  readonly value: string | null;
  readonly timestampMs: number;
}

export interface ConsumerOptions {
  /**
   * The consumer group; without one the consumer reads the partitions that its topics have when it starts on its own,
   * from `auto.offset.reset`.
   */
  readonly group?: string;
  readonly topics: readonly string[];
  readonly config?: ConfigOverrides;
  /** Called with each record, in order: the application's work. */
  readonly onRecord?: (record: ReceivedRecord) => void;
  /**
   * Time the application works on what a poll returned before it polls again; then all of it is `processed`. A process
   * that dies meanwhile has done none of it. No time unless told, and then the script says what is processed.
   */
  readonly workMs?: number;
  /** Called when the application is done with everything of a poll; commit here to commit after processing. */
  readonly onPolled?: (consumer: ConsumerHandle, records: readonly ReceivedRecord[]) => void;
  /** Time between two polls when nothing arrives; 100 ms unless told. */
  readonly pollIntervalMs?: number;
  /** False: `received` stays empty; for long runs. */
  readonly keepReceived?: boolean;
  /** False: the script polls by hand. */
  readonly autoPoll?: boolean;
}

/** A consumer process. */
export interface ConsumerHandle {
  readonly name: string;
  readonly nodeId: NodeId;
  /** Everything received so far, in order. */
  readonly received: readonly ReceivedRecord[];
  /** Partitions it holds now, as "topic-partition", sorted. */
  readonly assignment: readonly string[];
  /** Its `group.instance.id`; "" if it is no static member. */
  readonly instanceId: string;
  /** Another process came with its instance id: the group will not have this one back. */
  readonly isFenced: boolean;
  poll(): readonly ReceivedRecord[];
  /** The application has finished its work on a record. A group that never tells is not judged by it. */
  processed(record: Pick<ReceivedRecord, "topic" | "partition" | "offset">): void;
  /** Commits the current positions; the outcome arrives later. */
  commit(): void;
  /** Runs until the group's committed offset of the partition is known; undefined if there is none. */
  committed(topic: string, partition: number): Offset | undefined;
  position(topic: string, partition: number): Offset | undefined;
  seek(topic: string, partition: number, offset: Offset): void;
  /** Asks where the partitions it holds end; the trace tells the answers (`consumer.end-offset`); one question at a time. */
  askEndOffsets(): void;
  /** Leaves the group and ends the process in good order. */
  close(): void;
}

/** Undoes a fault; twice is harmless. */
export interface Healing {
  heal(): void;
}

/** A change the cluster is asked for. */
export type AdminChange =
  | ({ readonly kind: "create-topic"; readonly topic: string } & TopicOptions)
  | { readonly kind: "delete-topic"; readonly topic: string }
  /** Grows the topic to `count` partitions in all. */
  | { readonly kind: "add-partitions"; readonly topic: string; readonly count: number }
  | { readonly kind: "alter-topic"; readonly topic: string; readonly config: ConfigOverrides }
  /** Deletes the records of one partition below an offset (KIP-107); -1: all that are committed. */
  | {
      readonly kind: "delete-records";
      readonly topic: string;
      readonly partition: number;
      readonly beforeOffset: Offset;
    }
  | { readonly kind: "elect-preferred" }
  | {
      readonly kind: "reassign";
      readonly topic: string;
      readonly partition: number;
      /** Null cancels a running reassignment. */
      readonly replicas: readonly NodeId[] | null;
    };

/** Which messages to hold back. Fields left out match everything. */
export interface MessageFilter {
  readonly api?: string;
  readonly kind?: "request" | "response";
  /** Whom they come from and go to: found when the hold begins. A target that does not exist then matches nothing. */
  readonly from?: Target;
  readonly to?: Target;
  /** Only the first so many that match; all unless told. */
  readonly first?: number;
  /** Looks into the message: true for those to hold. */
  readonly where?: (body: Readonly<Record<string, unknown>>) => boolean;
}

/** Messages held on their links, with everything behind them on the same connection. */
export interface Hold {
  readonly heldCount: number;
  /** Lets them go on, and stops holding. Releasing twice is harmless. */
  release(): void;
}

export interface World {
  readonly seed: number;
  /** Simulated milliseconds since the run began. */
  readonly nowMs: number;
  readonly brokers: readonly NodeId[];
  readonly controllers: readonly NodeId[];

  /** Lets `durationMs` of simulated time pass. */
  run(durationMs: number): void;
  /**
   * Runs until `reached()`; looks after every event.
   * @throws GoalNotReached naming the goal, the seed and the time, if it is not reached `withinMs` (60 s unless told)
   */
  until(goal: string, reached: () => boolean, withinMs?: number): void;
  /**
   * Does something at the next such occasion, wherever the script is by then; not at all if `heal` comes first.
   * @throws ExpectationFailed if nothing is called so, or if the action waits: it may act, but no time passes in it
   */
  once(occasion: Occasion, action: () => void): void;
  /** Narration: shown by the report and in the replay. */
  note(text: string): void;
  /** A fact the scenario claims of itself. @throws ExpectationFailed with the sentence, if it does not hold */
  expect(fact: string, holds: boolean): void;
  /** The data set the scenario named, parsed. */
  data<T>(): T;

  createTopic(topic: string, options: TopicOptions): void;
  producer(name: string, config?: ConfigOverrides): ProducerHandle;
  consumer(name: string, options: ConsumerOptions): ConsumerHandle;

  /** @throws Mistake if it is no fault, or names a broker or controller that does not exist */
  inject(fault: Fault): Healing;
  /** Injects a fault and heals it `durationMs` later, without waiting. */
  injectFor(durationMs: number, fault: Fault): void;
  /** Lets a schedule of faults strike and heal, its times counted from now. */
  schedule(faults: readonly ScheduledFault[]): void;
  /** Starts a process that crashed, lost power or was shut down, over the disk it left. */
  restart(node: NodeId): void;
  /** Lets a paused process go on. */
  resume(node: NodeId): void;
  /** Starts one more broker and runs until it serves. */
  addBroker(options?: { readonly rack?: string }): NodeId;
  /** Moves partitions to other replicas (KIP-455) and runs until that is done. */
  reassign(topic: string, partition: number, replicas: readonly NodeId[]): void;
  /** Asks for the same without waiting. */
  startReassignment(topic: string, partition: number, replicas: readonly NodeId[]): void;
  /** Makes the preferred replicas leaders again. */
  electPreferredLeaders(): void;
  /** Changes settings of a topic; runs until the controller has answered. */
  alterTopic(topic: string, config: ConfigOverrides): void;
  /** Deletes a partition's records below an offset (KIP-107); runs until the leader has answered. */
  deleteRecords(topic: string, partition: number, beforeOffset: Offset): void;
  /** Asks for a change without waiting for its answer: under faults it may fail, or happen late. */
  request(change: AdminChange): void;
  hold(filter: MessageFilter): Hold;
  /**
   * Undoes every fault, starts what is down, and runs until the cluster has converged. As an operator would, it restarts
   * a broker that cannot come back by itself and makes a replica anew that can follow nobody; the trace says so.
   */
  heal(withinMs?: number): void;

  /** The leader the controllers have decided on; undefined while there is none. */
  leaderOf(topic: string, partition: number): NodeId | undefined;
  leaderEpochOf(topic: string, partition: number): number;
  isrOf(topic: string, partition: number): readonly NodeId[];
  replicasOf(topic: string, partition: number): readonly NodeId[];
  /** Which broker coordinates a group; undefined while nobody does. */
  coordinatorOf(group: string): NodeId | undefined;
  /** The active controller, as a majority of live controllers sees it; undefined during an election. */
  activeController(): NodeId | undefined;
  /** What a broker's own replica says; undefined if it has none or is down. */
  highWatermarkOf(node: NodeId, topic: string, partition: number): Offset | undefined;
  logEndOffsetOf(node: NodeId, topic: string, partition: number): Offset | undefined;
  /**
   * Does the node's log hold anything at `offset` or behind it? Below the log end it may not: compaction drops a record
   * for a later one of its key, and an unclean election may truncate the later one.
   */
  hasRecordsFrom(node: NodeId, topic: string, partition: number, offset: Offset): boolean;
  /** Does the node have a process? A paused one has. */
  isUp(node: NodeId): boolean;
  /** Is a broker registered and unfenced, as the controllers see it? */
  isUnfenced(node: NodeId): boolean;
}
