// Claims about records: what was acknowledged is there, what is there was sent, once and in order.

import type { NodeId, Offset } from "../../core/index.js";
import type { CheckerDefinition, EndView, PartitionView } from "./checker.js";

interface Acknowledged {
  readonly offset: Offset;
  readonly valueHash: number;
  readonly client: NodeId;
  readonly recordId: number;
}

const keyOf = (topic: string, partition: number): string => `${topic}-${partition}`;

/** The partitions of user topics with a leader, whose every record is kept. */
function* keptPartitions(view: EndView): Iterable<PartitionView> {
  for (const partition of view.partitions) {
    if (!partition.isInternal && !partition.isCompacted && partition.leader >= 0) yield partition;
  }
}

/** A record whose producer was told "written" is in the leader's log at the end of the run. */
export const acknowledgedRecordsSurvive: CheckerDefinition = {
  name: "acknowledged-records-survive",
  claim: "Every record whose producer was told it is written is still in the log after everything healed.",
  restsOn: "acknowledged-records",
  create({ report }) {
    const acknowledged = new Map<string, Acknowledged[]>();
    return {
      watches: ["producer.acknowledged"],
      onEvent(event) {
        if (event.type !== "producer.acknowledged" || event.acks === 0) return;
        const key = keyOf(event.topic, event.partition);
        let list = acknowledged.get(key);
        if (list === undefined) acknowledged.set(key, (list = []));
        list.push({ offset: event.offset, valueHash: event.valueHash, client: event.node, recordId: event.recordId });
      },
      onEnd(view) {
        for (const partition of keptPartitions(view)) {
          const { topic, leader } = partition;
          const list = acknowledged.get(keyOf(topic, partition.partition));
          if (list === undefined) continue;
          const start = view.logStartOffset(leader, topic, partition.partition);
          const byOffset = new Map<Offset, number>();
          const hashes = new Set<number>();
          for (const record of view.records(leader, topic, partition.partition)) {
            byOffset.set(record.offset, record.valueHash);
            hashes.add(record.valueHash);
          }
          const lost = list.filter(({ offset, valueHash }) =>
            offset < 0 ? start === 0 && !hashes.has(valueHash) : offset >= start && byOffset.get(offset) !== valueHash,
          );
          const first = lost[0];
          if (first === undefined) continue;
          const count = `${lost.length} acknowledged record${lost.length === 1 ? " is" : "s are"} gone`;
          report(
            `${count} from ${topic}-${partition.partition}: the first is record ${first.recordId} of client ${first.client}, acknowledged at offset ${first.offset}, where broker ${leader} now holds ${byOffset.has(first.offset) ? "another record" : "nothing"}`,
            undefined,
            partition,
          );
        }
      },
    };
  },
};

/** Nothing is in a log that nobody sent. */
export const noPhantomRecords: CheckerDefinition = {
  name: "no-phantom-records",
  claim: "Every record in a log was sent by a producer to that partition.",
  create({ report }) {
    const sent = new Map<string, Set<number>>();
    return {
      watches: ["producer.send"],
      onEvent(event) {
        if (event.type !== "producer.send") return;
        const key = keyOf(event.topic, event.partition);
        let hashes = sent.get(key);
        if (hashes === undefined) sent.set(key, (hashes = new Set()));
        hashes.add(event.valueHash);
      },
      onEnd(view) {
        for (const { topic, partition, leader, isInternal } of view.partitions) {
          if (isInternal || leader < 0) continue;
          const hashes = sent.get(keyOf(topic, partition));
          const phantom = view
            .records(leader, topic, partition)
            .find(({ valueHash }) => hashes?.has(valueHash) !== true);
          if (phantom !== undefined) {
            report(`${topic}-${partition} holds at offset ${phantom.offset} a record that no producer sent there`);
          }
        }
      },
    };
  },
};

/** A record sent once lies in the log once. Judges only values that a producer sent once. */
export const noDuplicates: CheckerDefinition = {
  name: "no-duplicates",
  claim: "A record that was sent once is in the log at most once.",
  create({ report }) {
    const timesSent = new Map<string, Map<number, number>>();
    return {
      watches: ["producer.send"],
      onEvent(event) {
        if (event.type !== "producer.send") return;
        const key = keyOf(event.topic, event.partition);
        let counts = timesSent.get(key);
        if (counts === undefined) timesSent.set(key, (counts = new Map()));
        counts.set(event.valueHash, (counts.get(event.valueHash) ?? 0) + 1);
      },
      onEnd(view) {
        for (const { topic, partition, leader } of keptPartitions(view)) {
          const sent = timesSent.get(keyOf(topic, partition));
          const stored = new Map<number, Offset[]>();
          for (const { valueHash, offset } of view.records(leader, topic, partition)) {
            const offsets = stored.get(valueHash);
            if (offsets === undefined) stored.set(valueHash, [offset]);
            else offsets.push(offset);
          }
          for (const [valueHash, offsets] of stored) {
            const times = sent?.get(valueHash) ?? 0;
            if (times === 0 || offsets.length <= times) continue;
            report(
              `${topic}-${partition} holds the same record at offsets ${offsets.join(", ")}, though it was sent ${times === 1 ? "once" : `${times} times`}`,
            );
            break;
          }
        }
      },
    };
  },
};

/** An idempotent producer's records lie in each partition in the order it sent them. */
export const producerOrder: CheckerDefinition = {
  name: "producer-order",
  claim: "The records of one idempotent producer lie in a partition in the order they were sent.",
  create({ report, logs }) {
    const idempotent = new Set<NodeId>();
    const last = new Map<string, { readonly recordId: number; readonly offset: Offset }>();
    return {
      watches: ["producer.batch-sent", "producer.acknowledged"],
      onEvent(event) {
        if (event.type === "producer.batch-sent") {
          if (event.producerId >= 0) idempotent.add(event.node);
          return;
        }
        if (event.type !== "producer.acknowledged" || event.offset < 0 || !idempotent.has(event.node)) return;
        const { history } = logs.committed(event.topic, event.partition);
        const key = `${event.node}/${keyOf(event.topic, event.partition)}/${history}`;
        const before = last.get(key);
        const outOfOrder = before !== undefined && event.recordId > before.recordId !== event.offset > before.offset;
        if (outOfOrder) {
          report(
            `record ${event.recordId} of client ${event.node} is at offset ${event.offset} of ${event.topic}-${event.partition}, record ${before.recordId} at ${before.offset}`,
            event,
          );
        }
        if (before === undefined || event.recordId > before.recordId) {
          last.set(key, { recordId: event.recordId, offset: event.offset });
        }
      },
    };
  },
};

/** A consumer receives each partition's records by rising offset, unless it was told to jump. */
export const deliveryOrder: CheckerDefinition = {
  name: "delivery-order",
  claim:
    "A consumer is handed the records of a partition by rising offset, and the same offset holds the same record for everyone.",
  create({ report, logs }) {
    const next = new Map<string, Offset>();
    const seen = new Map<string, Map<Offset, number>>();
    return {
      watches: ["consumer.delivered", "consumer.position-reset", "consumer.assigned", "process.started"],
      onEvent(event) {
        switch (event.type) {
          case "process.started":
            for (const key of next.keys()) if (key.startsWith(`${event.node}/`)) next.delete(key);
            return;
          case "consumer.position-reset":
            next.delete(`${event.node}/${keyOf(event.topic, event.partition)}`);
            return;
          case "consumer.assigned":
            for (const partition of event.partitions) next.delete(`${event.node}/${partition}`);
            return;
          case "consumer.delivered": {
            const partition = keyOf(event.topic, event.partition);
            const key = `${event.node}/${partition}`;
            const expected = next.get(key) ?? 0;
            if (event.offset < expected) {
              report(
                `client ${event.node} was handed offset ${event.offset} of ${partition} after ${expected - 1}`,
                event,
              );
            }
            next.set(key, event.offset + 1);
            if (event.offset < logs.committed(event.topic, event.partition).compactedUpTo) return;
            const era = `${partition}/${logs.committed(event.topic, event.partition).history}`;
            let values = seen.get(era);
            if (values === undefined) seen.set(era, (values = new Map()));
            const value = values.get(event.offset);
            if (value === undefined) values.set(event.offset, event.valueHash);
            else if (value !== event.valueHash) {
              report(`offset ${event.offset} of ${partition} was another record when a consumer first read it`, event);
            }
            return;
          }
          default:
        }
      },
    };
  },
};
