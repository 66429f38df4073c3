// Fault budget: which guarantees the faults of a run made impossible, and why.
// Kafka promises that an acknowledged record survives while one in-sync replica keeps its disk. When the last of them
// loses bytes, a loss is no bug, and reporting it would be noise. The budget reads the trace: it believes damage that
// was done to a disk, not faults that were merely aimed at one.
//
// A replica is damaged from the moment its machine lost bytes of that partition until the ISR was formed without it:
// it is taken back only after it fetched everything again. Unless it is let in before it has registered anew: then for
// the life that had caught up, of which a last message was still under way, and which is over.

import type { NodeId, TopicPartitionKey } from "../../core/types.js";
import { topicPartitionKey } from "../../core/types.js";
import type { TraceEvent } from "../trace/format.js";

/** A guarantee that no longer holds, and the sentence that says why. */
export interface Excuse {
  readonly guarantee: "acknowledged-records" | "leader-acknowledged-records" | "committed-metadata";
  /** For records: the partition, "orders-0". */
  readonly partition: TopicPartitionKey | undefined;
  readonly atUs: number;
  readonly sentence: string;
}

interface PartitionBudget {
  /** Records were flushed before anybody heard of them, from the first on: what was not flushed, nobody was promised. */
  readonly isFlushedFirst: boolean;
  /** Who holds everything acknowledged: the ISR, and with KIP-966 the eligible leader replicas. */
  holders: readonly NodeId[];
  leader: NodeId;
  readonly damaged: Set<NodeId>;
  /** Outside the holders: lost bytes, and the controller still believes in the life before. */
  readonly damagedOutside: Set<NodeId>;
}

const METADATA_LOG = "__cluster_metadata-0";

export class FaultBudget {
  static readonly watches: readonly TraceEvent["type"][] = ["partition.changed", "disk.damaged", "broker.registered"];

  private readonly voters: readonly NodeId[];
  private readonly isFlushedFirst: (topic: string) => boolean;
  private readonly partitions = new Map<TopicPartitionKey, PartitionBudget>();
  private readonly damagedVoters = new Set<NodeId>();
  /** Brokers whose machines lost what was not flushed, or everything, and that have not registered since. */
  private readonly pastLives = new Set<NodeId>();
  private readonly given: Excuse[] = [];
  /** Kept apart: every failover voids the little that acks=1 promises, which is worth telling only if asked for. */
  private readonly givenToLeaders = new Map<TopicPartitionKey, Excuse>();

  /**
   * @param voters the controllers of the quorum
   * @param isFlushedFirst asked of a topic when it is made and when it is damaged: does it have `flush.messages=1`?
   */
  constructor(voters: readonly NodeId[], isFlushedFirst: (topic: string) => boolean = () => false) {
    this.voters = voters;
    this.isFlushedFirst = isFlushedFirst;
  }

  /** All excuses so far, in the order in which they arose. */
  get excuses(): readonly Excuse[] {
    return this.given;
  }

  /** Why records of this partition may be missing although they were acknowledged; undefined: they may not. */
  excuseForRecords(topic: string, partition: number): Excuse | undefined {
    const key = topicPartitionKey(topic, partition);
    return this.given.find((excuse) => excuse.partition === key) ?? this.excuseForMetadata();
  }

  /** The same of records that only their leader was asked for (acks=1). */
  excuseForLeaderRecords(topic: string, partition: number): Excuse | undefined {
    const key = topicPartitionKey(topic, partition);
    return this.excuseForRecords(topic, partition) ?? this.givenToLeaders.get(key);
  }

  /** Why offsets that groups committed may be missing: they are records of an internal topic. */
  excuseForOffsets(): Excuse | undefined {
    return this.given.find(({ partition }) => partition?.startsWith("__consumer_offsets-") === true);
  }

  /** Why committed metadata may be missing; undefined: it may not. */
  excuseForMetadata(): Excuse | undefined {
    return this.given.find((excuse) => excuse.guarantee === "committed-metadata");
  }

  /** Takes note of an event of the trace; give it all that it watches, in order. */
  onEvent(event: TraceEvent): void {
    if (event.type === "partition.changed") this.onPartitionChanged(event);
    else if (event.type === "disk.damaged") this.onDamage(event.node, event.path, event.loss, event.atUs);
    else if (event.type === "broker.registered") {
      this.pastLives.delete(event.brokerId);
      for (const { damagedOutside } of this.partitions.values()) damagedOutside.delete(event.brokerId);
    }
  }

  private onPartitionChanged(event: Extract<TraceEvent, { readonly type: "partition.changed" }>): void {
    const key = topicPartitionKey(event.topic, event.partition);
    const known = this.partitions.get(key) ?? {
      isFlushedFirst: this.isFlushedFirst(event.topic),
      holders: [],
      leader: -1,
      damaged: new Set<NodeId>(),
      damagedOutside: new Set<NodeId>(),
    };
    const holders = [...event.isr, ...event.elr];
    // The state is told again by a new active controller: only a new ISR says that a replica was taken out.
    for (const node of known.damaged) {
      if (holders.includes(node)) continue;
      known.damaged.delete(node);
      if (this.pastLives.has(node)) known.damagedOutside.add(node);
    }
    for (const node of holders) if (known.damagedOutside.delete(node)) known.damaged.add(node);
    known.holders = holders;
    if (event.leader >= 0) this.onLeader(key, known, event.leader, event.atUs);
    // The last replica standing: the others were only out of reach when the ISR shrank to the one that lost bytes.
    this.checkHolders(key, known, event.atUs);
    this.partitions.set(key, known);
    if (event.reason === "unclean-election") {
      const why = `${key} elected node ${event.leader} from outside the ISR, as its configuration allows`;
      this.excuse("acknowledged-records", key, event.atUs, why);
    }
    if (event.reason === "unclean-revert") {
      const why = `${key} went back to replicas of which none was in sync (${event.isr.join(", ")}), as its configuration allows`;
      this.excuse("acknowledged-records", key, event.atUs, why);
    }
  }

  private onLeader(key: TopicPartitionKey, known: PartitionBudget, leader: NodeId, atUs: number): void {
    if (known.leader >= 0 && known.leader !== leader) {
      const why = `${key} changed leader from node ${known.leader} to node ${leader}, and acks=1 asks the leader alone`;
      this.excuseLeader(key, atUs, why);
    }
    known.leader = leader;
  }

  private onDamage(node: NodeId, path: string, loss: "unflushed" | "wiped" | "corrupt", atUs: number): void {
    // Indexes, checkpoints and producer snapshots are rebuilt from the log; only its own bytes hold promises.
    if (!path.endsWith(".log") && !path.endsWith(".checkpoint")) return;
    const key = path.split("/").find((part) => part === METADATA_LOG || this.partitions.has(part));
    if (key === undefined) return;
    if (key === METADATA_LOG) {
      this.onMetadataDamage(node, loss, atUs);
      return;
    }
    const budget = this.partitions.get(key);
    if (budget === undefined) return;
    if (loss !== "corrupt") this.pastLives.add(node);
    const topic = key.slice(0, key.lastIndexOf("-"));
    if (loss === "unflushed" && budget.isFlushedFirst && this.isFlushedFirst(topic)) return;
    if (budget.leader === node) {
      const why = `node ${node} lost bytes of ${key} while it led, and acks=1 asks nobody else`;
      this.excuseLeader(key, atUs, why);
    }
    if (!budget.holders.includes(node)) {
      budget.damagedOutside.add(node);
      return;
    }
    budget.damaged.add(node);
    this.checkHolders(key, budget, atUs);
  }

  private checkHolders(key: TopicPartitionKey, { holders, damaged }: PartitionBudget, atUs: number): void {
    if (holders.length === 0 || !holders.every((replica) => damaged.has(replica))) return;
    const isr = holders.join(", ");
    const why = `every in-sync replica of ${key} (${isr}) lost bytes before the others could give them back`;
    this.excuse("acknowledged-records", key, atUs, why);
  }

  /** Voters flush before they vote or acknowledge, so lost unflushed bytes were never promised. */
  private onMetadataDamage(node: NodeId, loss: "unflushed" | "wiped" | "corrupt", atUs: number): void {
    if (loss === "unflushed" || !this.voters.includes(node)) return;
    this.damagedVoters.add(node);
    if (this.damagedVoters.size * 2 <= this.voters.length) return;
    const damaged = [...this.damagedVoters].sort((a, b) => a - b).join(", ");
    const why = `a majority of the controllers (${damaged} of ${this.voters.length}) lost flushed metadata`;
    this.excuse("committed-metadata", undefined, atUs, why);
  }

  private excuseLeader(partition: TopicPartitionKey, atUs: number, sentence: string): void {
    if (this.givenToLeaders.has(partition)) return;
    this.givenToLeaders.set(partition, { guarantee: "leader-acknowledged-records", partition, atUs, sentence });
  }

  private excuse(
    guarantee: Excuse["guarantee"],
    partition: TopicPartitionKey | undefined,
    atUs: number,
    sentence: string,
  ): void {
    if (this.given.some((excuse) => excuse.guarantee === guarantee && excuse.partition === partition)) return;
    this.given.push({ guarantee, partition, atUs, sentence });
  }
}
