// Claims about epochs: one leader each, and numbers that only rise.
// Epochs are how Kafka tells the present from the past; a repeated or falling epoch makes a zombie look alive.

import { errorName, Errors } from "../../core/errors.js";
import type { NodeId } from "../../core/index.js";
import { topicPartitionKey } from "../../core/types.js";
import type { CheckerDefinition } from "./checker.js";

/** Two brokers never lead one partition in the same leader epoch. */
export const oneLeaderPerEpoch: CheckerDefinition = {
  name: "one-leader-per-epoch",
  claim: "A partition has at most one leader in a leader epoch.",
  create({ report, logs }) {
    const leaders = new Map<string, NodeId>();
    return {
      watches: ["partition.became-leader"],
      onEvent(event) {
        if (event.type !== "partition.became-leader" || logs.wasDeleted(event.topic)) return;
        const key = `${event.topic}-${event.partition}@${event.leaderEpoch}`;
        const leader = leaders.get(key);
        if (leader === undefined) leaders.set(key, event.node);
        else if (leader !== event.node) {
          report(
            `brokers ${leader} and ${event.node} both led ${event.topic}-${event.partition} in epoch ${event.leaderEpoch}`,
            event,
          );
        }
      },
    };
  },
};

/** Leader, partition and controller epochs only rise. */
export const epochsRise: CheckerDefinition = {
  name: "epochs-rise",
  claim:
    "Leader epochs and partition epochs never go back, nor do those in which a controller is active; no two share one.",
  create({ report }) {
    const partitions = new Map<string, { readonly leaderEpoch: number; readonly partitionEpoch: number }>();
    /** The last epoch in which each controller became active. One that slept may learn late that it was elected. */
    const controllers = new Map<NodeId, number>();
    return {
      watches: ["partition.changed", "controller.activated"],
      onEvent(event) {
        if (event.type === "controller.activated") {
          for (const [controller, epoch] of controllers) {
            const isOwn = controller === event.node;
            if (event.epoch !== epoch && !(isOwn && event.epoch < epoch)) continue;
            const who = isOwn ? "it had been" : `controller ${controller} had been`;
            report(
              `controller ${event.node} became active in epoch ${event.epoch}, after ${who} in epoch ${epoch}`,
              event,
            );
          }
          controllers.set(event.node, Math.max(event.epoch, controllers.get(event.node) ?? 0));
          return;
        }
        if (event.type !== "partition.changed") return;
        const key = topicPartitionKey(event.topic, event.partition);
        if (event.reason === "deleted") {
          partitions.delete(key);
          return;
        }
        const before = partitions.get(key);
        if (before !== undefined && event.reason !== "created") {
          // A new controller may tell again what its predecessor told last.
          const isTold = event.partitionEpoch === before.partitionEpoch && event.leaderEpoch === before.leaderEpoch;
          if (isTold) return;
          if (event.leaderEpoch < before.leaderEpoch || event.partitionEpoch <= before.partitionEpoch) {
            report(
              `${key} went from leader epoch ${before.leaderEpoch}, partition epoch ${before.partitionEpoch} to ${event.leaderEpoch}, ${event.partitionEpoch}`,
              event,
            );
          }
        }
        partitions.set(key, event);
      },
    };
  },
};

/** To be refused as outdated makes a leader give up: only who was overtaken may hear it (KAFKA-14154). */
export const refusedForNewerEpochs: CheckerDefinition = {
  name: "refused-for-newer-epochs",
  claim: "The ISR a leader asks for is refused as outdated only if a newer epoch of the partition is committed.",
  create({ report, logs }) {
    const newest = new Map<string, { readonly leaderEpoch: number; readonly partitionEpoch: number }>();
    return {
      watches: ["controller.activated", "partition.changed", "isr.change-refused"],
      onEvent(event) {
        switch (event.type) {
          case "controller.activated":
            // It tells what it has committed of its predecessors' work, unless it was started a moment ago.
            newest.clear();
            return;
          case "partition.changed":
            newest.set(topicPartitionKey(event.topic, event.partition), event);
            return;
          case "isr.change-refused":
            break;
          default:
            return;
        }
        if (logs.wasDeleted(event.topic)) return;
        const key = topicPartitionKey(event.topic, event.partition);
        const committed = newest.get(key);
        if (committed === undefined) return;
        const isFenced = event.error === Errors.FENCED_LEADER_EPOCH;
        if (!isFenced && event.error !== Errors.INVALID_UPDATE_VERSION) return;
        const epoch = isFenced ? "leaderEpoch" : "partitionEpoch";
        if (committed[epoch] > event[epoch]) return;
        report(
          `broker ${event.node} led ${key} in leader epoch ${event.leaderEpoch}, partition epoch ${event.partitionEpoch}, and nothing newer was committed, yet was refused a change of the ISR: ${errorName(event.error)}`,
          event,
        );
      },
    };
  },
};

/** Who is fenced cannot serve, and nobody would take the partition from it: only unfenced brokers get fenced. */
export const fencedBrokersNeverLead: CheckerDefinition = {
  name: "fenced-brokers-never-lead",
  claim: "The controller gives no partition to a broker that it has fenced.",
  create({ report }) {
    const fenced = new Set<NodeId>();
    const epochs = new Map<NodeId, number>();
    let active: NodeId = -1;
    return {
      watches: ["controller.activated", "broker.registered", "broker.fenced", "broker.unfenced", "partition.changed"],
      onEvent(event) {
        if (event.type === "controller.activated") {
          // What its predecessor committed last is told now, if at all.
          active = event.node;
          fenced.clear();
          return;
        }
        if (event.node !== active) return;
        switch (event.type) {
          case "broker.registered":
            // The same life may register twice, when an answer was lost.
            if (epochs.get(event.brokerId) !== event.brokerEpoch) fenced.add(event.brokerId);
            epochs.set(event.brokerId, event.brokerEpoch);
            return;
          case "broker.fenced":
            fenced.add(event.brokerId);
            return;
          case "broker.unfenced":
            fenced.delete(event.brokerId);
            return;
          case "partition.changed":
            if (!fenced.has(event.leader)) return;
            report(`broker ${event.leader} leads ${event.topic}-${event.partition}, though it is fenced`, event);
            return;
          default:
        }
      },
    };
  },
};

/** What a client was told the end of a partition is never falls (KIP-207). */
export const endOffsetsRise: CheckerDefinition = {
  name: "end-offsets-rise",
  claim: "The end offset a client is told of a partition never goes back.",
  restsOn: "acknowledged-records",
  create({ report, logs }) {
    const ends = new Map<string, number>();
    return {
      watches: ["consumer.end-offset", "process.started"],
      onEvent(event) {
        if (event.type === "process.started") {
          // It has forgotten which leaders are the newest, and may ask one of the past.
          for (const key of ends.keys()) if (key.startsWith(`${event.node}/`)) ends.delete(key);
          return;
        }
        if (event.type !== "consumer.end-offset" || logs.wasDeleted(event.topic)) return;
        const key = `${event.node}/${event.topic}-${event.partition}`;
        const before = ends.get(key) ?? 0;
        if (event.endOffset < before) {
          report(
            `client ${event.node} was told that ${event.topic}-${event.partition} ends at ${event.endOffset}, after ${before}`,
            event,
          );
        }
        ends.set(key, Math.max(before, event.endOffset));
      },
    };
  },
};

/** A leader's high watermark never falls while it leads. */
export const highWatermarkRises: CheckerDefinition = {
  name: "high-watermark-rises",
  claim: "A leader's high watermark never goes back within its epoch.",
  create({ report }) {
    return {
      watches: ["high-watermark.lowered"],
      onEvent(event) {
        if (event.type !== "high-watermark.lowered" || event.role !== "leader") return;
        report(
          `broker ${event.node}, leader of ${event.topic}-${event.partition} in epoch ${event.leaderEpoch}, lowered its high watermark from ${event.from} to ${event.highWatermark}`,
          event,
        );
      },
    };
  },
};
