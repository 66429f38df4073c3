// Message size: an estimate of a message's bytes on the wire, cheap and the same in every mode.
// Encoding each message just to time it would cost more than the rest of the run; and a run must not change when
// messages are encoded. So: a constant, and the record bytes of the few APIs that carry records.

import type { Message } from "../../core/environment.js";

const BASE_BYTES = 96;
const PARTITION_BYTES = 32;

const PRODUCE = 0;
const FETCH = 1;
const FETCH_SNAPSHOT = 59;

interface RecordsPartition {
  readonly records?: Uint8Array | null;
  readonly unalignedRecords?: Uint8Array | null;
}

interface ProduceBody {
  readonly topicData?: readonly { readonly partitionData: readonly RecordsPartition[] }[];
}

interface FetchBody {
  readonly responses?: readonly { readonly partitions: readonly RecordsPartition[] }[];
}

interface FetchSnapshotBody {
  readonly topics?: readonly { readonly partitions: readonly RecordsPartition[] }[];
}

/** Estimated size of a message in bytes. */
export function estimateSizeBytes(message: Message): number {
  const { apiKey, body } = message;
  if (typeof body !== "object" || body === null) return BASE_BYTES;
  let sizeBytes = BASE_BYTES;
  if (message.kind === "request") {
    if (apiKey !== PRODUCE) return sizeBytes;
    for (const topic of (body as ProduceBody).topicData ?? []) sizeBytes += partitionsBytes(topic.partitionData);
  } else if (apiKey === FETCH) {
    for (const topic of (body as FetchBody).responses ?? []) sizeBytes += partitionsBytes(topic.partitions);
  } else if (apiKey === FETCH_SNAPSHOT) {
    for (const topic of (body as FetchSnapshotBody).topics ?? []) sizeBytes += partitionsBytes(topic.partitions);
  }
  return sizeBytes;
}

function partitionsBytes(partitions: readonly RecordsPartition[]): number {
  let sizeBytes = 0;
  for (const partition of partitions) {
    const records = partition.records ?? partition.unalignedRecords;
    sizeBytes += PARTITION_BYTES + (records?.length ?? 0);
  }
  return sizeBytes;
}
