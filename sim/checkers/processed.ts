// A claim about applications: what a group has committed, one of its members has done.

import type { NodeId, Offset } from "../../core/index.js";
import { topicPartitionKey } from "../../core/types.js";
import type { CheckerDefinition } from "./checker.js";

/** Offsets from `from` up to, not including, `to`. */
interface Stretch {
  readonly from: Offset;
  to: Offset;
}

/** What one group made of one partition. */
interface Progress {
  readonly group: string;
  readonly processed: Set<Offset>;
  /** What each member was handed. */
  readonly handed: Map<NodeId, Stretch[]>;
  /** Where the group began. */
  floor: Offset;
  committed: Offset;
  /** Offsets somebody jumped over on purpose, or because the log no longer began before them. */
  readonly jumps: Stretch[];
}

function covers(stretches: readonly Stretch[], offset: Offset): boolean {
  return stretches.some(({ from, to }) => offset >= from && offset < to);
}

function noteHanded({ handed }: Progress, node: NodeId, offset: Offset): void {
  const stretches = handed.get(node);
  const last = stretches?.at(-1);
  if (stretches === undefined) handed.set(node, [{ from: offset, to: offset + 1 }]);
  else if (last?.to === offset) last.to = offset + 1;
  else stretches.push({ from: offset, to: offset + 1 });
}

/**
 * At least once, as the application sees it. Judges groups of which a member tells what it processed; a member that
 * never tells, beside one that does, is done with a record as soon as it is handed it.
 */
export const committedMeansProcessed: CheckerDefinition = {
  name: "committed-means-processed",
  claim: "Whatever a group has committed, from where it began, one of its members has processed.",
  create({ report }) {
    const partitions = new Map<string, Map<string, Progress>>();
    const tells = new Set<NodeId>();
    const progressOf = (group: string, topic: string, partition: number): Progress => {
      const key = topicPartitionKey(topic, partition);
      let groups = partitions.get(key);
      if (groups === undefined) partitions.set(key, (groups = new Map()));
      let known = groups.get(group);
      if (known === undefined) {
        known = { group, processed: new Set(), handed: new Map(), floor: Infinity, committed: 0, jumps: [] };
        groups.set(group, known);
      }
      return known;
    };
    return {
      watches: ["application.processed", "consumer.delivered", "consumer.position-reset", "group.offset-committed"],
      onEvent(event) {
        if (event.type === "consumer.delivered") {
          if (!tells.has(event.node)) {
            noteHanded(progressOf(event.group, event.topic, event.partition), event.node, event.offset);
          }
        } else if (event.type === "application.processed") {
          tells.add(event.node);
          progressOf(event.group, event.topic, event.partition).processed.add(event.offset);
        } else if (event.type === "group.offset-committed") {
          progressOf(event.group, event.topic, event.partition).committed = event.offset;
        } else if (event.type === "consumer.position-reset" && event.reason !== "committed") {
          const progress = progressOf(event.group, event.topic, event.partition);
          if (event.to > event.from) progress.jumps.push({ from: Math.max(0, event.from), to: event.to });
          // Without a position it begins there: perhaps not for the first time, if what it had committed was lost.
          if (event.from < 0 || event.to <= event.from) progress.floor = Math.min(progress.floor, event.to);
        }
      },
      onEnd(view) {
        for (const { topic, partition, leader, isCompacted } of view.partitions) {
          // Replicas compact by themselves: who read from one may never have been shown what another still holds.
          if (isCompacted || leader < 0) continue;
          for (const { group, processed, handed, floor, committed, jumps } of partitions
            .get(topicPartitionKey(topic, partition))
            ?.values() ?? []) {
            if (processed.size === 0) continue;
            const silent = [...handed].filter(([node]) => !tells.has(node)).flatMap(([, stretches]) => stretches);
            // What lies below the log's start is deleted, though it may be on the disk still.
            const start = Math.max(floor, view.logStartOffset(leader, topic, partition));
            const undone = view
              .records(leader, topic, partition)
              .map(({ offset }) => offset)
              .filter((offset) => offset >= start && offset < committed && !processed.has(offset))
              .filter((offset) => !covers(jumps, offset) && !covers(silent, offset));
            if (undone.length === 0) continue;
            report(
              `group ${group} has committed ${topic}-${partition} at ${committed}, but nobody processed ${undone.length} of the records before it: the first is at offset ${undone[0]}`,
              undefined,
              { topic, partition },
            );
          }
        }
      },
    };
  },
};
