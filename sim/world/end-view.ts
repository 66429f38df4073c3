// End view: what the checkers may look at when a run is over. Records come from the disks, not from nodes' memory.

import { crc32c } from "../../core/log/crc32c.js";
import { forEachBatch, forEachRecord, readBatchHeader } from "../../core/log/record-batch.js";
import { topicPartitionKey, type NodeId, type Offset } from "../../core/types.js";
import type { EndView, PartitionView, StoredRecord } from "../checkers/checker.js";
import { groupStates } from "./convergence.js";
import type { SimulatedWorld } from "./simulated-world.js";

/** Makes the view of a world whose script has ended. */
export function endViewOf(world: SimulatedWorld, healed: boolean): EndView {
  const cache = new Map<string, readonly StoredRecord[]>();
  const records = (node: NodeId, topic: string, partition: number): readonly StoredRecord[] => {
    const key = `${node}/${topicPartitionKey(topic, partition)}`;
    let stored = cache.get(key);
    if (stored === undefined) cache.set(key, (stored = readStored(world, node, topicPartitionKey(topic, partition))));
    return stored;
  };
  return {
    healed,
    partitions: partitionsOf(world),
    records,
    logStartOffset: (node, topic, partition) =>
      world.state.broker(node)?.localLog(topic, partition)?.logStartOffset ?? 0,
    pendingSends: world.pendingSends,
    groups: groupStates(world),
  };
}

function partitionsOf(world: SimulatedWorld): readonly PartitionView[] {
  const image = world.state.image();
  const views: PartitionView[] = [];
  for (const topic of image?.topics.values() ?? []) {
    const policy = image?.configs.get(`topic:${topic.name}`)?.get("cleanup.policy") ?? "delete";
    for (const [partition, { leader, replicas, isr }] of topic.partitions) {
      views.push({
        topic: topic.name,
        partition,
        leader,
        replicas,
        isr,
        isInternal: topic.name.startsWith("__"),
        isCompacted: policy.includes("compact"),
      });
    }
  }
  return views;
}

function readStored(world: SimulatedWorld, node: NodeId, directory: string): readonly StoredRecord[] {
  const { disk } = world.cluster.machine(node);
  const stored: StoredRecord[] = [];
  const prefix = `logs/${directory}/`;
  for (const path of disk.paths(prefix)) {
    if (!path.endsWith(".log")) continue;
    const bytes = disk.readFile(path);
    if (bytes === undefined) continue;
    forEachBatch(bytes, (position) => {
      const header = readBatchHeader(bytes, position);
      if (header === undefined || header.isControl) return;
      forEachRecord(
        bytes,
        position,
        (offset: Offset, _timestampMs: number, _key: Uint8Array | null, value: Uint8Array | null) => {
          stored.push({ offset, leaderEpoch: header.leaderEpoch, valueHash: value === null ? 0 : crc32c(value) });
        },
      );
    });
  }
  return stored;
}
