// The file `quorum-state`: epoch, leader and vote, so that a restarted node keeps its promises.
// Kafka's own JSON, so that a reader can compare it with a real controller's. Written whole and atomically.

import type { Storage, StorageResult } from "../environment.js";
import { decodeUtf8, encodeUtf8 } from "../protocol/utf8.js";
import { ZERO_UUID, type NodeId } from "../types.js";
import { METADATA_LOG_DIRECTORY } from "./metadata-topic.js";

/** What a voter must not forget. -1 stands for no leader and no vote. */
export interface ElectionState {
  readonly leaderEpoch: number;
  readonly leaderId: NodeId;
  readonly votedId: NodeId;
}

export const QUORUM_STATE_PATH = `${METADATA_LOG_DIRECTORY}/quorum-state`;
const DATA_VERSION = 1;

export class ElectionStore {
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** What the file holds; undefined when this node has never taken part. */
  read(): ElectionState | undefined {
    if (!this.#storage.exists(QUORUM_STATE_PATH)) return undefined;
    const file = this.#storage.open(QUORUM_STATE_PATH);
    if (file.sizeBytes === 0) return undefined;
    const stored = JSON.parse(decodeUtf8(file.read(0, file.sizeBytes))) as ElectionState;
    return { leaderEpoch: stored.leaderEpoch, leaderId: stored.leaderId, votedId: stored.votedId };
  }

  write(state: ElectionState, onDurable: (result: StorageResult) => void): void {
    const { leaderId, leaderEpoch, votedId } = state;
    const data = { leaderId, leaderEpoch, votedId, votedDirectoryId: ZERO_UUID, data_version: DATA_VERSION };
    this.#storage.replace(QUORUM_STATE_PATH, encodeUtf8(JSON.stringify(data)), onDurable);
  }
}
