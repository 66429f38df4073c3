// Metadata loader: turns what the quorum delivers into an image, and tells publishers what changed.
// Brokers run it as it is; it also decides when the image is worth a snapshot. The active controller keeps its own
// image, because that one runs ahead of what is committed.

import type { Environment } from "../environment.js";
import type { CommittedBatch } from "../raft/metadata-batch.js";
import type { RaftListener } from "../raft/raft-core.js";
import type { OffsetAndEpoch, Snapshot } from "../raft/snapshot-file.js";
import type { MetadataRecord } from "../protocol/messages/metadata-records.js";
import type { NodeId } from "../types.js";
import type { MetadataDelta } from "./metadata-delta.js";
import { MetadataImage } from "./metadata-image.js";
import { SnapshotPolicy, type SnapshotPolicyConfig } from "./snapshot-policy.js";

/** Acts on metadata. Called after each delivery, with everything it changed. */
export interface MetadataPublisher {
  onMetadataUpdate(delta: MetadataDelta, image: MetadataImage): void;
  /** The quorum has another leader, or none (`NO_LEADER`). */
  onControllerChanged?(leaderId: NodeId, epoch: number): void;
}

/** Keeps a snapshot; `RaftClient.createSnapshot`. */
export type SnapshotSink = (id: OffsetAndEpoch, records: readonly MetadataRecord[]) => void;

export class MetadataLoader implements RaftListener {
  readonly #env: Environment;
  readonly #policy: SnapshotPolicy;
  readonly #publishers: MetadataPublisher[] = [];
  readonly #createSnapshot: SnapshotSink;
  /** The image in force. Loading a snapshot changes it in place, so holders need not be told of a new one. */
  readonly image = new MetadataImage();

  constructor(env: Environment, config: SnapshotPolicyConfig, createSnapshot: SnapshotSink) {
    this.#env = env;
    this.#policy = new SnapshotPolicy(config, env.clock.monotonicMs());
    this.#createSnapshot = createSnapshot;
  }

  addPublisher(publisher: MetadataPublisher): void {
    this.#publishers.push(publisher);
  }

  onBatches(batches: readonly CommittedBatch[]): void {
    for (const batch of batches) {
      this.image.replayBatch(batch);
      this.#policy.note(batch);
    }
    this.#publish();
    const nowMs = this.#env.clock.monotonicMs();
    if (!this.#policy.isDue(nowMs)) return;
    this.#policy.taken(nowMs);
    this.#createSnapshot({ offset: this.image.offset + 1, epoch: this.image.epoch }, this.image.toRecords());
  }

  onSnapshot(snapshot: Snapshot): void {
    this.image.replaceWith(snapshot.records, snapshot.id.offset - 1, snapshot.id.epoch);
    this.#policy.taken(this.#env.clock.monotonicMs());
    this.#publish();
  }

  onLeaderChanged(leaderId: NodeId, epoch: number): void {
    for (const publisher of this.#publishers) publisher.onControllerChanged?.(leaderId, epoch);
  }

  /** An observer never leads. */
  onBecameLeader(_epoch: number): void {}

  #publish(): void {
    const { trace } = this.#env;
    const { offset, epoch } = this.image;
    if (trace.enabled) trace.emit({ type: "metadata.applied", offset, epoch });
    const delta = this.image.takeDelta();
    for (const publisher of this.#publishers) publisher.onMetadataUpdate(delta, this.image);
  }
}
