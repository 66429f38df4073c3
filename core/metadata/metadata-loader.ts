// Metadata loader: turns what the quorum delivers into an image, and tells publishers what changed.
// Every broker runs one. It begins with the broker's own snapshot, if there is one, and decides when the image is
// worth another: the log's beginning may go then, and the next start need not replay it. The active controller keeps
// its own image, because that one runs ahead of what is committed.

import { assert } from "../assert.js";
import type { Environment } from "../environment.js";
import type { CommittedBatch } from "../raft/metadata-batch.js";
import type { RaftListener } from "../raft/raft-core.js";
import type { OffsetAndEpoch, Snapshot } from "../raft/snapshot-file.js";
import type { MetadataRecord } from "../protocol/messages/metadata-records.js";
import type { NodeId } from "../types.js";
import type { MetadataDelta } from "./metadata-delta.js";
import { MetadataImage } from "./metadata-image.js";
import { SnapshotPolicy, type SnapshotPolicyConfig } from "./snapshot-policy.js";

/** Acts on metadata. Called when it is installed and after each delivery, with everything that changed since. */
export type MetadataPublisher = (delta: MetadataDelta) => void;

/** Keeps a snapshot; `RaftClient.createSnapshot`. */
export type SnapshotSink = (id: OffsetAndEpoch, records: readonly MetadataRecord[]) => void;

export class MetadataLoader implements RaftListener {
  readonly #env: Environment;
  readonly #policy: SnapshotPolicy;
  #publisher: MetadataPublisher | undefined;
  readonly #createSnapshot: SnapshotSink;
  /** The image in force. Loading a snapshot changes it in place, so holders need not be told of a new one. */
  readonly image = new MetadataImage();

  constructor(env: Environment, config: SnapshotPolicyConfig, createSnapshot: SnapshotSink) {
    this.#env = env;
    this.#policy = new SnapshotPolicy(config, env.clock.monotonicMs(), env.buggify);
    this.#createSnapshot = createSnapshot;
  }

  /**
   * From now on `publisher` acts on the metadata; it is told at once all that was loaded so far, as one change.
   * A broker installs its publisher when it has caught up, so that it never acts on a past it slept through.
   */
  install(publisher: MetadataPublisher): void {
    assert(this.#publisher === undefined, "one publisher acts on the metadata of a node");
    this.#publisher = publisher;
    publisher(this.image.takeDelta());
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

  /** Who needs the controller asks for the leader when it does. */
  onLeaderChanged(_leaderId: NodeId, _epoch: number): void {}

  /** An observer never leads. */
  onBecameLeader(_epoch: number): void {}

  #publish(): void {
    // Without a publisher the changes gather for the one to come.
    this.#publisher?.(this.image.takeDelta());
    const { trace } = this.#env;
    const { offset, epoch } = this.image;
    if (trace.enabled) trace.emit({ type: "metadata.applied", offset, epoch });
  }
}
