// partition.metadata: which topic the directory belongs to, by id and not by name.
// A topic may be deleted and created again under its old name; the id tells the old log from the new one (KIP-516).

import type { Storage } from "../environment.js";
import { decodeUtf8, encodeUtf8 } from "../protocol/utf8.js";
import { type Uuid, ZERO_UUID } from "../types.js";
import { PARTITION_METADATA } from "./log-files.js";

const TOPIC_ID_LABEL = "topic_id: ";

/** The topic id in `directory`; ZERO_UUID if none was written yet. */
export function readPartitionMetadata(storage: Storage, directory: string): Uuid {
  const path = `${directory}/${PARTITION_METADATA}`;
  if (!storage.exists(path)) return ZERO_UUID;
  const file = storage.open(path);
  const line = decodeUtf8(file.read(0, file.sizeBytes))
    .split("\n")
    .find((candidate) => candidate.startsWith(TOPIC_ID_LABEL));
  const topicId = line?.slice(TOPIC_ID_LABEL.length);
  return topicId?.length === ZERO_UUID.length ? topicId : ZERO_UUID;
}

export function writePartitionMetadata(storage: Storage, directory: string, topicId: Uuid): void {
  const text = `version: 0\n${TOPIC_ID_LABEL}${topicId}`;
  storage.replace(`${directory}/${PARTITION_METADATA}`, encodeUtf8(text));
}
