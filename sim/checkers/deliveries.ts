// Claims about deliveries: what a consumer is handed, in which order, and that nothing is left out.

import type { NodeId, Offset } from "../../core/index.js";
import { topicPartitionKey } from "../../core/types.js";
import type { CheckerDefinition } from "./checker.js";
import type { CommittedLog } from "./replica-logs.js";

/** A consumer receives each partition's records by rising offset, unless it was told to jump. */
export const deliveryOrder: CheckerDefinition = {
  name: "delivery-order",
  claim:
    "A consumer is handed the records of a partition by rising offset, and the same offset holds the same record for everyone.",
  restsOn: "acknowledged-records",
  create({ report, logs }) {
    /** By client, then partition. */
    const next = new Map<NodeId, Map<string, Offset>>();
    const seen = new Map<CommittedLog, FirstReadings>();
    return {
      watches: ["consumer.delivered", "consumer.position-reset", "consumer.assigned", "process.started"],
      onEvent(event) {
        switch (event.type) {
          case "process.started":
            next.delete(event.node);
            return;
          case "consumer.position-reset":
            next.get(event.node)?.delete(topicPartitionKey(event.topic, event.partition));
            return;
          case "consumer.assigned":
            for (const partition of event.partitions) next.get(event.node)?.delete(partition);
            return;
          case "consumer.delivered": {
            const { node, topic, offset, valueHash } = event;
            if (logs.wasDeleted(topic)) return;
            const partition = topicPartitionKey(topic, event.partition);
            let expectedOf = next.get(node);
            if (expectedOf === undefined) next.set(node, (expectedOf = new Map()));
            const expected = expectedOf.get(partition) ?? 0;
            if (offset < expected) {
              report(`client ${node} was handed offset ${offset} of ${partition} after ${expected - 1}`, event);
            }
            expectedOf.set(partition, offset + 1);
            const committed = logs.committed(topic, event.partition);
            if (offset < committed.compactedUpTo) return;
            let readings = seen.get(committed);
            if (readings === undefined || readings.history !== committed.history) {
              seen.set(committed, (readings = { history: committed.history, values: [] }));
            }
            const value = readings.values[offset];
            if (value === undefined) readings.values[offset] = valueHash;
            else if (value !== valueHash) {
              report(`offset ${offset} of ${partition} was another record when a consumer first read it`, event);
            }
            return;
          }
          default:
        }
      },
    };
  },
};

/** What the first consumer to read an offset found there, since committed records were last lost. */
interface FirstReadings {
  readonly history: number;
  /** Hash of the value, by offset. */
  readonly values: (number | undefined)[];
}

/** What could still be lost is not shown: consumers read below the high watermark. */
export const deliveredIsCommitted: CheckerDefinition = {
  name: "delivered-is-committed",
  claim: "A consumer is handed only records that a leader had committed before.",
  create({ report, logs }) {
    // The highest there ever was: a record that was committed, handed out and lost is another claim's business.
    const highest = new Map<string, Offset>();
    return {
      watches: ["high-watermark.advanced", "consumer.delivered"],
      onEvent(event) {
        if (event.type === "high-watermark.advanced") {
          if (event.role !== "leader") return;
          const key = topicPartitionKey(event.topic, event.partition);
          highest.set(key, Math.max(event.highWatermark, highest.get(key) ?? 0));
          return;
        }
        if (event.type !== "consumer.delivered") return;
        const key = topicPartitionKey(event.topic, event.partition);
        const highWatermark = highest.get(key) ?? 0;
        if (event.offset < highWatermark || logs.wasDeleted(event.topic)) return;
        report(
          `client ${event.node} was handed offset ${event.offset} of ${key}, committed up to ${highWatermark}`,
          event,
        );
      },
    };
  },
};

/** What one group has been handed of one partition. */
interface Handed {
  readonly topic: string;
  readonly partition: number;
  readonly group: string;
  /** True at each offset that a member was handed. */
  readonly offsets: (true | undefined)[];
  /** Where the group began. */
  floor: Offset;
  newest: Offset;
  /** Offsets somebody jumped over on purpose, or because the log no longer began before them. */
  readonly jumps: { readonly from: Offset; readonly to: Offset }[];
}

/** At least once: below the newest record a group was handed, it was handed every record. */
export const nothingSkipped: CheckerDefinition = {
  name: "nothing-skipped",
  claim: "A group that was handed a record was handed every record before it, unless a member jumped.",
  restsOn: "acknowledged-records",
  create({ report, logs }) {
    /** By group, then partition. */
    const handed = new Map<string, Map<string, Handed>>();
    const entry = (group: string, topic: string, partition: number, floor: Offset): Handed => {
      let ofGroup = handed.get(group);
      if (ofGroup === undefined) handed.set(group, (ofGroup = new Map()));
      const key = topicPartitionKey(topic, partition);
      let known = ofGroup.get(key);
      if (known === undefined) {
        known = { topic, partition, group, offsets: [], floor, newest: floor - 1, jumps: [] };
        ofGroup.set(key, known);
      }
      return known;
    };
    return {
      watches: ["consumer.delivered", "consumer.position-reset"],
      onEvent(event) {
        if (event.type === "consumer.position-reset") {
          if (event.group === "") return;
          const known = entry(event.group, event.topic, event.partition, event.to);
          if (event.reason === "committed") return;
          if (event.to > known.newest + 1) known.jumps.push({ from: known.newest + 1, to: event.to });
          known.floor = Math.min(known.floor, event.to);
          return;
        }
        if (event.type !== "consumer.delivered" || event.group === "") return;
        const known = entry(event.group, event.topic, event.partition, event.offset);
        known.offsets[event.offset] = true;
        known.newest = Math.max(known.newest, event.offset);
      },
      onEnd(view) {
        const all = [...handed.values()].flatMap((ofGroup) => [...ofGroup.values()]);
        for (const { topic, partition, group, offsets, floor, newest, jumps } of all) {
          const leader = view.partitions.find((each) => each.topic === topic && each.partition === partition)?.leader;
          if (leader === undefined || leader < 0 || logs.wasDeleted(topic)) continue;
          // The replica it read may have been compacted already, this one not yet.
          const { compactedUpTo } = logs.committed(topic, partition);
          const skipped = view
            .records(leader, topic, partition)
            .filter(
              ({ offset }) => offset >= Math.max(floor, compactedUpTo) && offset <= newest && offsets[offset] !== true,
            )
            .filter(({ offset }) => !jumps.some(({ from, to }) => offset >= from && offset < to));
          const first = skipped[0];
          if (first === undefined) continue;
          report(
            `group ${group} was handed offset ${newest} of ${topic}-${partition}, but never offset ${first.offset}${skipped.length === 1 ? "" : ` and ${skipped.length - 1} more`}`,
            undefined,
            { topic, partition },
          );
        }
      },
    };
  },
};
