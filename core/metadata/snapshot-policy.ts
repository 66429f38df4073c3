// When is the image worth a snapshot? After so many bytes of records, or so much time if anything changed (KIP-876).

import type { CommittedBatch } from "../raft/metadata-batch.js";

export interface SnapshotPolicyConfig {
  readonly "metadata.log.max.record.bytes.between.snapshots": number;
  readonly "metadata.log.max.snapshot.interval.ms": number;
}

export class SnapshotPolicy {
  readonly #config: SnapshotPolicyConfig;
  #bytesSince = 0;
  #takenAtMs: number;

  constructor(config: SnapshotPolicyConfig, nowMs: number) {
    this.#config = config;
    this.#takenAtMs = nowMs;
  }

  note(batch: CommittedBatch): void {
    this.#bytesSince += batch.sizeBytes;
  }

  isDue(nowMs: number): boolean {
    if (this.#bytesSince >= this.#config["metadata.log.max.record.bytes.between.snapshots"]) return true;
    const intervalMs = this.#config["metadata.log.max.snapshot.interval.ms"];
    return intervalMs > 0 && this.#bytesSince > 0 && nowMs - this.#takenAtMs >= intervalMs;
  }

  taken(nowMs: number): void {
    this.#bytesSince = 0;
    this.#takenAtMs = nowMs;
  }
}
