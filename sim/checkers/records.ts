// Claims about records: what was acknowledged is there, what is there was sent, once and in order.

import type { NodeId, Offset } from "../../core/index.js";
import { topicPartitionKey } from "../../core/types.js";
import type { About, CheckerDefinition, EndView, Guarantee, PartitionView } from "./checker.js";
import type { CommittedLog, ReplicaLogs } from "./replica-logs.js";
import { KnownProducers } from "./known-producers.js";
import { NewEpochs } from "./new-epochs.js";
import { scopedKey } from "./scoped-key.js";
import type { TraceEvent } from "../trace/format.js";

interface Acknowledged {
  readonly offset: Offset;
  readonly valueHash: number;
  readonly client: NodeId;
  readonly recordId: number;
  readonly acks: number;
  /** Told when the log began after that offset already: such an answer comes from what a leader remembers of the producer. */
  readonly isFromMemory: boolean;
}

/** The partitions of user topics with a leader, whose every record is kept. A topic that was deleted took its along. */
function* keptPartitions(view: EndView, logs: ReplicaLogs): Iterable<PartitionView> {
  for (const partition of view.partitions) {
    const { topic, leader, isInternal, isCompacted } = partition;
    if (!isInternal && !isCompacted && leader >= 0 && !logs.wasDeleted(topic)) yield partition;
  }
}

/**
 * Of records that were acknowledged below the log's start, those that cannot have been there: nobody can look them up
 * any more, but at each offset there was one record.
 *
 * An acknowledgement from memory is not held against another. A leader that was cut off appends a batch nobody gets;
 * meanwhile its successors write other records at those offsets and retention removes them. Once it follows again, no
 * log is left to tell it where it diverged (LeaderEpochFileCache.endOffsetFor: "may be inaccurate"), it moves its start
 * past the batch like everybody and keeps what it knows of the producer
 * (ProducerStateManager.onLogStartOffsetIncremented). Leading later, it takes the retry for a duplicate.
 */
function lostBelow(start: Offset, acknowledged: readonly Acknowledged[]): readonly Acknowledged[] {
  const byOffset = new Map<Offset, Acknowledged>();
  const lost: Acknowledged[] = [];
  for (const record of acknowledged) {
    if (record.offset < 0 || record.offset >= start || record.isFromMemory) continue;
    const before = byOffset.get(record.offset);
    if (before === undefined) byOffset.set(record.offset, record);
    // With acks=1 less was promised: if one of the two is such a record, that one was lost.
    else if (before.valueHash !== record.valueHash) lost.push(before.acks === 1 ? before : record);
  }
  return lost;
}

/** A record whose producer was told "written" is in the leader's log at the end of the run. */
export const acknowledgedRecordsSurvive: CheckerDefinition = {
  name: "acknowledged-records-survive",
  claim: "Every record whose producer was told it is written is still in the log after everything healed.",
  restsOn: "isr-acknowledged-records",
  create({ logs, report }) {
    const acknowledged = new Map<string, Acknowledged[]>();
    return {
      watches: ["producer.acknowledged"],
      onEvent(event) {
        if (event.type !== "producer.acknowledged" || event.acks === 0) return;
        const key = topicPartitionKey(event.topic, event.partition);
        let list = acknowledged.get(key);
        if (list === undefined) acknowledged.set(key, (list = []));
        const { offset, valueHash, node: client, recordId, acks } = event;
        const isFromMemory = offset < logs.committed(event.topic, event.partition).logStartOffset;
        list.push({ offset, valueHash, client, recordId, acks, isFromMemory });
      },
      onEnd(view) {
        for (const partition of keptPartitions(view, logs)) {
          const { topic, leader } = partition;
          const list = acknowledged.get(topicPartitionKey(topic, partition.partition));
          if (list === undefined) continue;
          // A log that was away may begin before what others have deleted since.
          const start = Math.max(
            view.logStartOffset(leader, topic, partition.partition),
            logs.committed(topic, partition.partition).logStartOffset,
          );
          const byOffset = new Map<Offset, number>();
          const hashes = new Set<number>();
          for (const record of view.records(leader, topic, partition.partition)) {
            byOffset.set(record.offset, record.valueHash);
            hashes.add(record.valueHash);
          }
          const lost = list.filter(({ offset, valueHash }) =>
            offset < 0 ? start === 0 && !hashes.has(valueHash) : offset >= start && byOffset.get(offset) !== valueHash,
          );
          lost.push(...lostBelow(start, list));
          const tell = (records: readonly Acknowledged[], about: About): void => {
            const first = records[0];
            if (first === undefined) return;
            const count = `${records.length} acknowledged record${records.length === 1 ? " is" : "s are"} gone`;
            const { recordId, client, offset } = first;
            const there =
              offset < start
                ? "another record was acknowledged, too"
                : `broker ${leader} now holds ${byOffset.has(offset) ? "another record" : "nothing"}`;
            report(
              `${count} from ${topic}-${partition.partition}: the first is record ${recordId} of client ${client}, acknowledged at offset ${offset}, where ${there}`,
              undefined,
              about,
            );
          };
          const about = { topic, partition: partition.partition };
          const byLeaderAlone = lost.filter(({ acks }) => acks === 1);
          tell(
            lost.filter(({ acks }) => acks !== 1),
            about,
          );
          tell(byLeaderAlone, { ...about, restsOn: "leader-acknowledged-records" });
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
    const sent = new Map<string, number[]>();
    return {
      watches: ["producer.send"],
      onEvent(event) {
        if (event.type !== "producer.send") return;
        const key = topicPartitionKey(event.topic, event.partition);
        let hashes = sent.get(key);
        if (hashes === undefined) sent.set(key, (hashes = []));
        hashes.push(event.valueHash);
      },
      onEnd(view) {
        for (const { topic, partition, leader, isInternal } of view.partitions) {
          if (isInternal || leader < 0) continue;
          const hashes = new Set(sent.get(topicPartitionKey(topic, partition)));
          const phantom = view.records(leader, topic, partition).find(({ valueHash }) => !hashes.has(valueHash));
          if (phantom !== undefined) {
            report(`${topic}-${partition} holds at offset ${phantom.offset} a record that no producer sent there`);
          }
        }
      },
    };
  },
};

/**
 * A record sent once lies in the log once. Judges only values that a producer sent once, and what is in the log still:
 * once retention has removed all that a producer wrote, a restarted broker does not know that producer any more, and
 * takes a retry of what is gone for something new (ProducerStateManager.truncateAndReload).
 */
export const noDuplicates: CheckerDefinition = {
  name: "no-duplicates",
  claim: "A record that was sent once is in the log at most once.",
  create({ report, logs }) {
    const timesSent = new Map<string, Map<number, { times: number; readonly client: NodeId }>>();
    const withoutIdempotence = new Set<NodeId>();
    const hashOf = new Map<NodeId, number[]>();
    const newEpochs = new NewEpochs();
    // Values sent again under a new producer epoch. A broker remembers a producer's last five batches, and after a
    // restart, from its snapshot, only the last one: it refuses a retry of those before, and the producer bumps its
    // epoch and writes again what is there already (TransactionManager.canRetry, ProducerStateManager.writeSnapshot).
    const sentAnew = new Set<number>();
    return {
      watches: ["producer.send", "producer.batch-sent", "process.started"],
      onEvent(event) {
        if (event.type === "process.started") {
          hashOf.delete(event.node);
          newEpochs.forget(event.node);
          return;
        }
        if (event.type === "producer.batch-sent") {
          if (event.producerId < 0) withoutIdempotence.add(event.node);
          if (!newEpochs.note(event)) return;
          const hashes = hashOf.get(event.node) ?? [];
          for (let id = event.firstRecordId; id <= event.lastRecordId; id++) sentAnew.add(hashes[id] ?? 0);
          return;
        }
        if (event.type !== "producer.send") return;
        let hashes = hashOf.get(event.node);
        if (hashes === undefined) hashOf.set(event.node, (hashes = []));
        hashes[event.recordId] = event.valueHash;
        const key = topicPartitionKey(event.topic, event.partition);
        let counts = timesSent.get(key);
        if (counts === undefined) timesSent.set(key, (counts = new Map()));
        const count = counts.get(event.valueHash);
        if (count === undefined) counts.set(event.valueHash, { times: 1, client: event.node });
        else count.times++;
      },
      onEnd(view) {
        for (const { topic, partition, leader } of keptPartitions(view, logs)) {
          const start = view.logStartOffset(leader, topic, partition);
          const records = view.records(leader, topic, partition).filter(({ offset }) => offset >= start);
          // Mostly every value is there once, which a set tells sooner than a list of offsets for each.
          if (new Set(records.map(({ valueHash }) => valueHash)).size === records.length) continue;
          const sent = timesSent.get(topicPartitionKey(topic, partition));
          const stored = new Map<number, Offset[]>();
          for (const { valueHash, offset } of records) {
            const offsets = stored.get(valueHash);
            if (offsets === undefined) stored.set(valueHash, [offset]);
            else offsets.push(offset);
          }
          const told = new Set<Guarantee | undefined>();
          for (const [valueHash, offsets] of stored) {
            const { times, client } = sent?.get(valueHash) ?? { times: 0, client: -1 };
            if (times === 0 || offsets.length <= times) continue;
            const restsOn = withoutIdempotence.has(client)
              ? "written-once"
              : sentAnew.has(valueHash)
                ? "known-producer"
                : undefined;
            if (told.has(restsOn)) continue;
            told.add(restsOn);
            report(
              `${topic}-${partition} holds the same record at offsets ${offsets.join(", ")}, though it was sent ${times === 1 ? "once" : `${times} times`}`,
              undefined,
              { topic, partition, ...(restsOn === undefined ? {} : { restsOn }) },
            );
          }
        }
      },
    };
  },
};

/** The newest record of a client that was acknowledged, since committed records were last lost. */
interface LastRecord {
  readonly history: number;
  readonly recordId: number;
  readonly offset: Offset;
}

/** An idempotent producer's records lie in each partition in the order it sent them. */
export const producerOrder: CheckerDefinition = {
  name: "producer-order",
  claim: "The records of one idempotent producer lie in a partition in the order they were sent.",
  restsOn: "acknowledged-records",
  create({ report, logs }) {
    const producerIds = new Map<NodeId, number>();
    const knownProducers = new KnownProducers();
    // Partitions where a producer's first batches were lost with an old leader or on the way to it, and the new one,
    // which knew nothing of it, took a later batch for its first: the earlier ones come after it, under a new producer
    // epoch, or from a leader that has forgotten the producer again.
    const beganLate = new Set<string>();
    const newEpochs = new NewEpochs();
    /** By client, then partition and history. */
    const last = new Map<NodeId, Map<CommittedLog, LastRecord>>();
    const judge = (event: Extract<TraceEvent, { type: "producer.acknowledged" }>): void => {
      const producerId = producerIds.get(event.node);
      if (producerId === undefined) return;
      const committed = logs.committed(event.topic, event.partition);
      let lastOf = last.get(event.node);
      if (lastOf === undefined) last.set(event.node, (lastOf = new Map()));
      const known = lastOf.get(committed);
      const before = known?.history === committed.history ? known : undefined;
      const outOfOrder = before !== undefined && event.recordId > before.recordId !== event.offset > before.offset;
      if (outOfOrder) {
        const isUnknownToBroker =
          beganLate.has(scopedKey(producerId, event.topic, event.partition)) ||
          newEpochs.covers(event.node, event.recordId) ||
          newEpochs.covers(event.node, before.recordId);
        report(
          `record ${event.recordId} of client ${event.node} is at offset ${event.offset} of ${event.topic}-${event.partition}, record ${before.recordId} at ${before.offset}`,
          event,
          {
            topic: event.topic,
            partition: event.partition,
            ...(isUnknownToBroker ? { restsOn: "known-producer" as const } : {}),
          },
        );
      }
      if (before === undefined || event.recordId > before.recordId) {
        lastOf.set(committed, { history: committed.history, recordId: event.recordId, offset: event.offset });
      }
    };
    return {
      watches: [...KnownProducers.watches, "producer.batch-sent", "producer.acknowledged", "process.started"],
      onEvent(event) {
        switch (event.type) {
          case "process.started":
            // A new process numbers its records from 0 again.
            last.delete(event.node);
            newEpochs.forget(event.node);
            return;
          case "producer.batch-sent":
            if (event.producerId >= 0) producerIds.set(event.node, event.producerId);
            newEpochs.note(event);
            return;
          case "log.appended": {
            const { node, topic, partition, producerId, origin } = event;
            const isLate = origin === "leader" && producerId >= 0 && event.baseSequence !== 0;
            if (isLate && !knownProducers.knows(node, topic, partition, producerId)) {
              beganLate.add(scopedKey(producerId, topic, partition));
            }
            knownProducers.note(event);
            return;
          }
          case "log.truncated":
          case "log.opened":
          case "log.deleted":
            knownProducers.note(event);
            return;
          case "producer.acknowledged":
            if (event.offset >= 0 && !logs.wasDeleted(event.topic)) judge(event);
            return;
          default:
        }
      },
    };
  },
};
