// When is the image worth a snapshot? After so many bytes of records, or so much time if anything changed (KIP-876).

import { type Buggify, NO_BUGGIFY } from "../buggify.js";
import type { CommittedBatch } from "../raft/metadata-batch.js";

export interface SnapshotPolicyConfig {
  readonly "metadata.log.max.record.bytes.between.snapshots": number;
  readonly "metadata.log.max.snapshot.interval.ms": number;
}

export class SnapshotPolicy {
  readonly #config: SnapshotPolicyConfig;
  readonly #buggify: Buggify;
  #bytesSince = 0;
  #takenAtMs: number;

  constructor(config: SnapshotPolicyConfig, nowMs: number, buggify: Buggify = NO_BUGGIFY) {
    this.#config = config;
    this.#buggify = buggify;
    this.#takenAtMs = nowMs;
  }

  note(batch: CommittedBatch): void {
    this.#bytesSince += batch.sizeBytes;
  }

  isDue(nowMs: number): boolean {
    if (this.#bytesSince >= this.#config["metadata.log.max.record.bytes.between.snapshots"]) return true;
    if (this.#bytesSince > 0 && this.#buggify.strikes("early-snapshot")) return true;
    const intervalMs = this.#config["metadata.log.max.snapshot.interval.ms"];
    return intervalMs > 0 && this.#bytesSince > 0 && nowMs - this.#takenAtMs >= intervalMs;
  }

  taken(nowMs: number): void {
    this.#bytesSince = 0;
    this.#takenAtMs = nowMs;
  }
}
