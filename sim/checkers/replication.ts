// Claims about replicas: what was committed stays, replicas agree on it, and the ISR holds it.
// WeakIsr and StrongIsr are the invariants of the KIP-320 specification (kafka-specification, KafkaReplication.tla).

import type { NodeId, Offset } from "../../core/index.js";
import { topicPartitionKey } from "../../core/types.js";
import type { TraceEvent } from "../trace/format.js";
import type { CheckerDefinition } from "./checker.js";
import type { ReplicaLog, ReplicaLogs } from "./replica-logs.js";
import { scopedKey } from "./scoped-key.js";

const isMetadata = (topic: string): boolean => topic === "__cluster_metadata";

/** A leader commits; every later leader must hold it. */
export const committedNeverLost: CheckerDefinition = {
  name: "committed-never-lost",
  claim: "What a leader once showed below its high watermark is held, unchanged, by every later leader.",
  restsOn: "acknowledged-records",
  create({ logs, report }) {
    return {
      watches: ["high-watermark.advanced", "partition.became-leader"],
      onEvent(event) {
        if (event.type === "partition.became-leader") {
          const log = logs.replica(event.topic, event.partition, event.node);
          log.agreedUpTo = 0;
          const committed = logs.committed(event.topic, event.partition);
          const wrong = logs.compare(log, committed.committedIn(event.leaderEpoch));
          if (wrong === undefined) return;
          report(
            `broker ${event.node} leads ${event.topic}-${event.partition} in epoch ${event.leaderEpoch}, but ${
              wrong.kind === "missing" ? "lacks" : "holds something else at"
            } offset ${wrong.offset}, which was committed before`,
            event,
          );
          logs.rewrite(log);
          return;
        }
        if (event.type !== "high-watermark.advanced" || event.role !== "leader" || isMetadata(event.topic)) return;
        const log = logs.replica(event.topic, event.partition, event.node);
        const wrong = logs.compare(log, event.highWatermark);
        if (wrong !== undefined) {
          report(
            `broker ${event.node} commits ${event.topic}-${event.partition} up to ${event.highWatermark} in epoch ${event.leaderEpoch}, but offset ${wrong.offset} was committed with other content before`,
            event,
          );
        }
        logs.commit(log, event.leaderEpoch, event.highWatermark);
      },
    };
  },
};

/** Two replicas never show different records below their high watermarks. */
export const replicasAgree: CheckerDefinition = {
  name: "replicas-agree",
  claim: "Below its high watermark every replica holds the same batches, with the same epochs.",
  restsOn: "acknowledged-records",
  create({ logs, report }) {
    const check = (log: ReplicaLog): string | undefined => {
      if (isMetadata(log.topic)) return undefined;
      const wrong = logs.compare(log, Math.min(log.highWatermark, log.logEndOffset));
      return wrong === undefined
        ? undefined
        : `broker ${log.node} has ${wrong.kind === "missing" ? "nothing" : "another batch"} at offset ${wrong.offset} of ${log.topic}-${log.partition}, below its high watermark ${log.highWatermark}`;
    };
    return {
      watches: ["high-watermark.advanced"],
      onEvent(event) {
        if (event.type !== "high-watermark.advanced" || event.role !== "follower") return;
        const message = check(logs.replica(event.topic, event.partition, event.node));
        if (message !== undefined) report(message, event);
      },
      onEnd() {
        for (const log of logs.all()) {
          log.agreedUpTo = 0;
          const message = check(log);
          if (message !== undefined) report(message, undefined, log);
        }
      },
    };
  },
};

function lacking(logs: ReplicaLogs, topic: string, partition: number, node: NodeId, highWatermark: Offset): boolean {
  const log = logs.replica(topic, partition, node);
  return log.lostUpTo === 0 && log.logEndOffset < highWatermark && !logs.wasDeleted(topic);
}

/**
 * Who was taken off the replicas of a partition, and when, as the controller has decided: such a replica may drop its log
 * before its leader hears of it, and begin anew when it is given the partition again.
 */
class Removals {
  readonly #replicas = new Map<string, readonly NodeId[]>();
  /** By partition and broker, the partition epoch in which it was last taken off. */
  readonly #epochs = new Map<string, number>();

  note({
    topic,
    partition,
    replicas,
    partitionEpoch,
  }: Extract<TraceEvent, { readonly type: "partition.changed" }>): void {
    const key = topicPartitionKey(topic, partition);
    for (const broker of this.#replicas.get(key) ?? [])
      if (!replicas.includes(broker)) this.#epochs.set(scopedKey(broker, topic, partition), partitionEpoch);
    this.#replicas.set(key, replicas);
  }

  /** Was the broker taken off since that partition epoch, perhaps to be put on again? */
  has(topic: string, partition: number, broker: NodeId, partitionEpoch: number): boolean {
    if (this.#replicas.get(topicPartitionKey(topic, partition))?.includes(broker) === false) return true;
    return (this.#epochs.get(scopedKey(broker, topic, partition)) ?? -1) > partitionEpoch;
  }
}

/** WeakIsr: the members of the leader's own ISR hold what lies below its high watermark. */
export const weakIsr: CheckerDefinition = {
  name: "weak-isr",
  claim: "Every member of a leader's own ISR holds every record below that leader's high watermark.",
  restsOn: "acknowledged-records",
  create({ logs, report }) {
    const isrOf = new Map<string, { readonly isr: readonly NodeId[]; readonly partitionEpoch: number }>();
    const removals = new Removals();
    return {
      watches: [
        "partition.changed",
        "partition.became-leader",
        "isr.expanded",
        "isr.shrunk",
        "high-watermark.advanced",
      ],
      onEvent(event) {
        switch (event.type) {
          case "partition.changed":
            removals.note(event);
            return;
          case "partition.became-leader":
          case "isr.expanded":
          case "isr.shrunk":
            isrOf.set(scopedKey(event.node, event.topic, event.partition), event);
            return;
          case "high-watermark.advanced": {
            if (event.role !== "leader") return;
            const known = isrOf.get(scopedKey(event.node, event.topic, event.partition));
            if (known === undefined) return;
            for (const member of known.isr) {
              if (removals.has(event.topic, event.partition, member, known.partitionEpoch)) continue;
              if (!lacking(logs, event.topic, event.partition, member, event.highWatermark)) continue;
              report(
                `broker ${event.node} raised the high watermark of ${event.topic}-${event.partition} to ${event.highWatermark}, but broker ${member} of its ISR ends at ${logs.replica(event.topic, event.partition, member).logEndOffset}`,
                event,
              );
            }
            return;
          }
          default:
        }
      },
    };
  },
};

/** StrongIsr: the same of the ISR the controller has committed. */
export const strongIsr: CheckerDefinition = {
  name: "strong-isr",
  claim: "Every member of the ISR the controller has committed holds every committed record.",
  restsOn: "acknowledged-records",
  create({ logs, report }) {
    return {
      watches: ["partition.changed"],
      onEvent(event) {
        if (event.type !== "partition.changed" || event.reason === "deleted") return;
        const { highWatermark } = logs.committed(event.topic, event.partition);
        for (const member of event.isr) {
          if (!lacking(logs, event.topic, event.partition, member, highWatermark)) continue;
          report(
            `the controller has broker ${member} in the ISR of ${event.topic}-${event.partition}, but its log ends at ${logs.replica(event.topic, event.partition, member).logEndOffset} and ${highWatermark} was committed`,
            event,
          );
        }
      },
    };
  },
};
