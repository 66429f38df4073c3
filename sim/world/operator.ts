// Operator: what somebody has to do for a healed cluster that cannot come to rest by itself, in Kafka as here.
// Only where the cause is known and Kafka offers no other way out: whoever did more would cover up bugs. Each act is
// noted in the trace with its reason.

import type { Partition } from "../../core/replication/partition.js";
import type { NodeId, TopicPartition } from "../../core/types.js";
import type { SimulatedWorld } from "./simulated-world.js";
import type { ProducerHandle } from "./world.js";

/** A replica on its way off its broker and back, so that it is made anew. */
interface Move extends TopicPartition {
  readonly broker: NodeId;
  readonly replicas: readonly NodeId[];
  stage: "leaving" | "returning";
}

export class Operator {
  readonly #world: SimulatedWorld;
  readonly #started = new Set<NodeId>();
  readonly #moves = new Map<string, Move>();
  /** Partitions that were given their next record. */
  readonly #continued = new Set<string>();
  #producer: ProducerHandle | undefined;

  constructor(world: SimulatedWorld) {
    this.#world = world;
  }

  /** Does what has to be done now. True while something that was begun is not done. */
  look(): boolean {
    this.#restartDisplacedBrokers();
    this.#startEndedBrokers();
    this.#remakeReplicas();
    this.#publishNextRecords();
    return this.#moves.size > 0;
  }

  /** The living one hears STALE_BROKER_EPOCH for good. */
  #restartDisplacedBrokers(): void {
    for (const id of displacedBrokers(this.#world)) {
      this.#world.note(
        `A registration sent by an earlier process of broker-${id}, long dead, arrived after the present one's and ` +
          "took its place: the living one hears STALE_BROKER_EPOCH until somebody restarts it, as happens now",
      );
      this.#world.cluster.restart(id);
    }
  }

  /** Refused as a duplicate of a dead process, a broker gives up after `initial.broker.registration.timeout.ms`. */
  #startEndedBrokers(): void {
    for (const id of this.#world.brokers) {
      if (this.#world.cluster.isRunning(id) || this.#started.has(id)) continue;
      // Once: a broker that ends again has another reason, which must not be covered up.
      this.#started.add(id);
      this.#world.note(
        `The process of broker-${id} has ended by itself since everything was healed: it is started again`,
      );
      this.#world.cluster.startIfDown(id);
    }
  }

  /** Takes a failed replica off its broker and puts it back, if it or its leader forgot by what they could have agreed. */
  #remakeReplicas(): void {
    for (const broker of this.#world.brokers) {
      for (const replica of this.#world.state.broker(broker)?.failedPartitions ?? []) {
        if (!this.#moves.has(moveKey(replica, broker))) this.#beginMove(replica, broker);
      }
    }
    for (const [key, move] of this.#moves) if (this.#isMoved(move)) this.#moves.delete(key);
  }

  /** A replica that is to fetch offsets at which its leader has nothing any more waits for the next record. */
  #publishNextRecords(): void {
    for (const topic of this.#world.state.image()?.topics.values() ?? []) {
      for (const [partition, { leader, isr, replicas }] of topic.partitions) {
        const name = `${topic.name}-${partition}`;
        if (leader < 0 || isr.length === replicas.length || this.#continued.has(name)) continue;
        const broker = replicas.find(
          (id) => !isr.includes(id) && hasNothingToFetch(this.#world, id, leader, topic.name, partition),
        );
        if (broker === undefined) continue;
        this.#continued.add(name);
        this.#world.note(
          `broker-${leader} had compacted ${name}, and later had to truncate the records for whose sake it had dropped ` +
            `others: nothing leads up to the end of its log, and broker-${broker}, which has less, gets there only with ` +
            "the next record, which is published now",
        );
        this.#producer ??= this.#world.producer("operator");
        this.#producer.send(topic.name, { key: "operator", value: "the next record", partition });
      }
    }
  }

  #beginMove(replica: Partition, broker: NodeId): void {
    const { topic, partition, leaderId } = replica;
    const forgetful = [leaderId, broker].find((id) => hasForgottenEpochs(this.#world, id, replica));
    const replicas = this.#world.state.partition(topic, partition)?.replicas;
    if (forgetful === undefined || replicas === undefined) return;
    this.#world.note(
      `broker-${forgetful} had deleted records of ${topic}-${partition} and went down before it noted that: it has them ` +
        "again, but no longer knows which epochs they are of. The logs of its leader " +
        `broker-${leaderId} and of broker-${broker} differ there, nobody could tell, and broker-${broker} follows no ` +
        "more: its replica is made anew",
    );
    this.#moves.set(moveKey(replica, broker), { topic, partition, broker, replicas, stage: "leaving" });
    const others = replicas.filter((id) => id !== broker);
    this.#world.request({ kind: "reassign", topic, partition, replicas: others });
  }

  /** Goes on with a move; true once the replica is back, or the topic is gone. */
  #isMoved(move: Move): boolean {
    const { topic, partition, broker, replicas } = move;
    const now = this.#world.state.partition(topic, partition);
    if (now === undefined) return true;
    if (move.stage === "returning") return now.replicas.includes(broker);
    const node = this.#world.state.broker(broker);
    if (now.replicas.includes(broker) || node === undefined || node.localLog(topic, partition) !== undefined)
      return false;
    move.stage = "returning";
    this.#world.request({ kind: "reassign", topic, partition, replicas });
    return false;
  }
}

function moveKey({ topic, partition }: TopicPartition, broker: NodeId): string {
  return `${topic}-${partition} on ${broker}`;
}

/**
 * Is a replica's end below its leader's, with no batch between? Cleaning drops a record for a later one of its key; if
 * the later ones are truncated away then, a log may end where nothing leads up to. Its leader answers a fetch from
 * there with no records, which moves nobody's end (LocalLog.read). Kafka does the same.
 */
function hasNothingToFetch(
  world: SimulatedWorld,
  broker: NodeId,
  leader: NodeId,
  topic: string,
  partition: number,
): boolean {
  const theirs = world.state.broker(broker)?.localLog(topic, partition);
  const leaders = world.state.broker(leader)?.localLog(topic, partition);
  if (theirs === undefined || leaders === undefined || theirs.logEndOffset >= leaders.logEndOffset) return false;
  const isWithin = theirs.logEndOffset >= leaders.logStartOffset;
  return isWithin && !world.hasRecordsFrom(leader, topic, partition, theirs.logEndOffset);
}

/**
 * Has a log records from before the first epoch it knows? A log start moves in memory first, and the checkpoint of
 * leader epochs follows at once; the new log start is noted a minute later (log.flush.start.offset.checkpoint.interval.ms)
 * or once segments go. Who goes down between has its records again, without their epochs. Of an epoch that a leader has
 * forgotten, LeaderEpochFileCache.endOffsetFor says that it ended where the first known one begins, so a follower that
 * ended it elsewhere looks right; a follower that has forgotten all epochs does not even ask. Kafka does the same.
 */
function hasForgottenEpochs(world: SimulatedWorld, broker: NodeId, { topic, partition }: Partition): boolean {
  const log = world.state.broker(broker)?.localLog(topic, partition);
  if (log === undefined || log.logStartOffset === log.logEndOffset) return false;
  const first = log.epochEntries[0];
  return first === undefined || first.startOffset > log.logStartOffset;
}

/**
 * Brokers that run while the cluster knows a later registration under their id than theirs. A registration that was
 * under way when its process died displaces the next process as long as that one is fenced: only an unfenced broker
 * has a session for DUPLICATE_BROKER_REGISTRATION to defend (ClusterControlManager.registerBroker). The process
 * registers once in its life, so it cannot come back by itself.
 */
function displacedBrokers(world: SimulatedWorld): readonly NodeId[] {
  const image = world.state.image();
  if (image === undefined) return [];
  return world.brokers.filter((id) => {
    const epoch = world.state.broker(id)?.brokerEpoch ?? -1;
    return epoch >= 0 && epoch < (image.brokers.get(id)?.epoch ?? -1);
  });
}
