// A claim about speed: what the ISR has is committed without waiting for those who cannot be in it.
// Safety does not need it, but a leader that waits for the wrong replica stops its producers for half a minute.

import type { NodeId, Offset } from "../../core/index.js";
import { topicPartitionKey } from "../../core/types.js";
import type { TraceEvent } from "../trace/format.js";
import type { CheckerDefinition } from "./checker.js";

type IsrEvent = Extract<TraceEvent, { readonly isr: readonly NodeId[] }>;

/** So long may the news of a broker, of records and of their replication travel, when nothing is wrong. */
const SOON_US = 5_000_000;

const FETCH = 1;

/** Batches of a partition that are not committed yet: where they end, and when each reached one more replica. */
class Uncommitted {
  #ends: Offset[] = [];
  #timesUs: number[] = [];
  #highWatermark: Offset = 0;

  /** A new leader: another log may lie there, and its high watermark begins lower. */
  restart(highWatermark: Offset): void {
    this.#ends = [];
    this.#timesUs = [];
    this.#highWatermark = highWatermark;
  }

  appended(endOffset: Offset, atUs: number): void {
    if (endOffset <= this.#highWatermark) return;
    this.#ends.push(endOffset);
    this.#timesUs.push(atUs);
  }

  /** When the last of the replicas that have it got what is committed now; Infinity if that is not known. */
  commit(highWatermark: Offset): number {
    this.#highWatermark = highWatermark;
    let latestUs = 0;
    let kept = 0;
    for (const [index, endOffset] of this.#ends.entries()) {
      const timeUs = this.#timesUs[index] ?? 0;
      if (endOffset <= highWatermark) latestUs = Math.max(latestUs, timeUs);
      else {
        this.#ends[kept] = endOffset;
        this.#timesUs[kept++] = timeUs;
      }
    }
    const isKnown = kept < this.#ends.length;
    this.#ends.length = this.#timesUs.length = kept;
    return isKnown ? latestUs : Infinity;
  }
}

/** Brokers that are fenced or on their way out, as the active controller told, and who has heard of it. */
class Departures {
  /** By broker: the record that says so ends before this offset of the metadata log; who heard of it when. */
  readonly #departures = new Map<NodeId, { readonly endOffset: Offset; readonly heardUs: Map<NodeId, number> }>();
  #endOffset: Offset = 0;

  committed(endOffset: Offset): void {
    this.#endOffset = Math.max(this.#endOffset, endOffset);
  }

  leaves(broker: NodeId): void {
    if (!this.#departures.has(broker))
      this.#departures.set(broker, { endOffset: this.#endOffset, heardUs: new Map<NodeId, number>() });
  }

  returns(broker: NodeId): void {
    this.#departures.delete(broker);
  }

  forget(): void {
    this.#departures.clear();
  }

  /** A node acts on the metadata up to `offset`, that included. */
  applied(node: NodeId, offset: Offset, atUs: number): void {
    for (const { endOffset, heardUs } of this.#departures.values())
      if (offset >= endOffset - 1 && !heardUs.has(node)) heardUs.set(node, atUs);
  }

  /** When the node heard that the broker left; Infinity if it has not, or the broker is there. */
  heardUs(broker: NodeId, node: NodeId): number {
    return this.#departures.get(broker)?.heardUs.get(node) ?? Infinity;
  }
}

/**
 * Followers that did not fetch for a while. What a follower has its leader learns with its next fetch, and that waits
 * until what the last one brought is durable, in all its partitions where that is asked for (flush.messages).
 */
class Silences {
  readonly #fetchedUs = new Map<number, number>();
  readonly #endedUs = new Map<number, number>();

  fetches(from: NodeId, to: NodeId, atUs: number): void {
    const pair = pairOf(from, to);
    if (atUs - (this.#fetchedUs.get(pair) ?? atUs) > SOON_US / 2) this.#endedUs.set(pair, atUs);
    this.#fetchedUs.set(pair, atUs);
  }

  /** When the last one ended; -Infinity if there was none. */
  endedUs(from: NodeId, to: NodeId): number {
    return this.#endedUs.get(pairOf(from, to)) ?? -Infinity;
  }
}

function pairOf(from: NodeId, to: NodeId): number {
  return from * 0x10000 + to;
}

/** A leader waits for members of the ISR, and for replicas that are about to join; for nobody else (KAFKA-15021). */
export const commitsWaitForMembers: CheckerDefinition = {
  name: "commits-wait-for-members",
  claim: "What every member of the ISR has is committed soon: no replica known to be unable to join holds it back.",
  create({ report, logs }) {
    /** When anything last happened that may delay messages, or a process. */
    let troubledUs = 0;
    const uncommitted = new Map<string, Uncommitted>();
    const uncommittedOf = (key: string): Uncommitted => {
      let known = uncommitted.get(key);
      if (known === undefined) uncommitted.set(key, (known = new Uncommitted()));
      return known;
    };
    /** Since when the present leader has its present ISR. */
    const isrs = new Map<
      string,
      { readonly leader: NodeId; readonly isr: readonly NodeId[]; readonly sinceUs: number }
    >();
    const replicas = new Map<string, readonly NodeId[]>();
    /** When a replica's log was last made durable: with flush.messages none says before that it has a record. */
    const flushedUs = new Map<string, number>();
    const silences = new Silences();
    const departures = new Departures();
    /** When the leader heard that the last of the replicas outside the ISR cannot join; Infinity if it has not. */
    const outsidersOutUs = (key: string, leader: NodeId, isr: readonly NodeId[]): number =>
      (replicas.get(key) ?? [])
        .filter((id) => !isr.includes(id))
        .reduce((latestUs, id) => Math.max(latestUs, departures.heardUs(id, leader)), 0);
    const beginIsr = ({ topic, partition, node, isr, atUs }: IsrEvent): void => {
      isrs.set(topicPartitionKey(topic, partition), { leader: node, isr, sinceUs: atUs });
    };
    return {
      watches: [
        "log.appended",
        "disk.flushed",
        "high-watermark.advanced",
        "partition.became-leader",
        "isr.expand-requested",
        "isr.shrink-requested",
        "isr.expanded",
        "isr.shrunk",
        "partition.changed",
        "quorum.high-watermark-advanced",
        "metadata.applied",
        "broker.registered",
        "broker.fenced",
        "broker.unfenced",
        "broker.controlled-shutdown",
        "controller.activated",
        "message.sent",
        "message.held",
        "message.released",
        "process.paused",
        "process.resumed",
        "fault.injected",
        "fault.healed",
      ],
      onEvent(event) {
        const { atUs } = event;
        switch (event.type) {
          case "message.sent":
            if (event.apiKey === FETCH && event.kind === "request") silences.fetches(event.from, event.to, atUs);
            return;
          case "log.appended":
            if (event.topic === "__cluster_metadata") return;
            uncommittedOf(topicPartitionKey(event.topic, event.partition)).appended(event.lastOffset + 1, atUs);
            return;
          case "disk.flushed": {
            const [, partition, file] = event.path.split("/");
            if (partition !== undefined && file?.endsWith(".log") === true) flushedUs.set(partition, atUs);
            return;
          }
          case "partition.became-leader":
            uncommittedOf(topicPartitionKey(event.topic, event.partition)).restart(event.highWatermark);
            beginIsr(event);
            return;
          case "isr.expand-requested":
          case "isr.shrink-requested":
          case "isr.expanded":
          case "isr.shrunk":
            beginIsr(event);
            return;
          case "partition.changed":
            replicas.set(topicPartitionKey(event.topic, event.partition), event.replicas);
            return;
          case "quorum.high-watermark-advanced":
            departures.committed(event.highWatermark);
            return;
          case "metadata.applied":
            departures.applied(event.node, event.offset, atUs);
            return;
          case "broker.fenced":
          case "broker.controlled-shutdown":
            departures.leaves(event.brokerId);
            return;
          case "broker.registered":
          case "broker.unfenced":
            departures.returns(event.brokerId);
            return;
          case "high-watermark.advanced": {
            if (event.role !== "leader") return;
            const key = topicPartitionKey(event.topic, event.partition);
            const reachedUs = uncommittedOf(key).commit(event.highWatermark);
            const known = isrs.get(key);
            if (atUs - troubledUs <= SOON_US || atUs - reachedUs <= SOON_US) return;
            if (known?.leader !== event.node || logs.wasDeleted(event.topic)) return;
            if (atUs - (flushedUs.get(key) ?? -Infinity) <= SOON_US) return;
            if (known.isr.some((id) => atUs - silences.endedUs(id, event.node) <= SOON_US)) return;
            // A single member may have waited for min.insync.replicas to be set lower; nobody tells of settings.
            if (known.isr.length < 2) return;
            // Then the leader looked. Of a replica that leaves later it does not look again until something else happens.
            const lookedUs = Math.max(reachedUs, known.sinceUs);
            if (outsidersOutUs(key, event.node, known.isr) > lookedUs || atUs - lookedUs <= SOON_US) return;
            report(
              `broker ${event.node} committed ${key} up to ${event.highWatermark} ${Math.floor((atUs - lookedUs) / 1_000_000)} seconds after every member of its ISR ${known.isr.join(", ")} had it`,
              event,
            );
            return;
          }
          case "controller.activated":
            // What its predecessor committed last, nobody may have told.
            departures.forget();
            troubledUs = atUs;
            return;
          default:
            troubledUs = atUs;
        }
      },
    };
  },
};
