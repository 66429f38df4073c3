// The controller: decides on the cluster's metadata while it is the quorum's leader, follows along while it is not.
// Every request goes the same way: decide on the image as it is → append the records → replay them → answer when
// they are committed. Only replaying changes the image, so a standby that replays the same records is ready at any
// moment.
//
// The active controller's image runs ahead of what is committed: the next decision must build on the last one. When
// it loses leadership, what it appended may never be committed. Kafka keeps every structure in revertible form
// (timelines) for that moment; here the image is simply built again from snapshot and committed log, and only if
// something uncommitted is in it. That costs a replay per failover and saves every structure from two versions.

import { assert } from "../assert.js";
import type { BrokerConfig } from "../config/broker-config.js";
import type { Environment } from "../environment.js";
import { EMPTY_DELTA, type MetadataDelta } from "../metadata/metadata-delta.js";
import { MetadataImage } from "../metadata/metadata-image.js";
import { SnapshotPolicy } from "../metadata/snapshot-policy.js";
import { metadataRecord, type MetadataRecord } from "../protocol/messages/metadata-records.js";
import type { CommittedBatch } from "../raft/metadata-batch.js";
import type { RaftClient } from "../raft/raft-client.js";
import type { RaftListener } from "../raft/raft-core.js";
import type { Snapshot } from "../raft/snapshot-file.js";
import type { NodeId, Offset } from "../types.js";
import { ClusterControl } from "./cluster-control.js";
import { ConfigControl } from "./config-control.js";
import { ControllerState, ELR_FEATURE, METADATA_VERSION_FEATURE, type ControllerResult } from "./controller-state.js";
import { bootstrapRecords, METADATA_VERSION_4_0 } from "./feature-control.js";
import { LeaderElections } from "./leader-elections.js";
import { emitMetadataFacts } from "./metadata-facts.js";
import { PeriodicTasks } from "./periodic-tasks.js";
import { ReassignmentControl } from "./reassignment-control.js";
import { TopicControl } from "./topic-control.js";

export interface QuorumControllerOptions {
  readonly env: Environment;
  readonly clusterId: string;
  readonly config: BrokerConfig;
  /** Feature levels of a new cluster; by default metadata.version 4.0 and ELR as configured. */
  readonly bootstrapFeatures?: Readonly<Record<string, number>>;
}

/** A decision on its way through the log. */
interface PendingWrite {
  readonly lastOffset: Offset;
  readonly records: readonly MetadataRecord[];
  readonly delta: MetadataDelta;
  onCommitted(): void;
  onFailed(): void;
}

export class QuorumController implements RaftListener {
  readonly #env: Environment;
  readonly #options: QuorumControllerOptions;
  readonly #policy: SnapshotPolicy;
  readonly #tasks: PeriodicTasks;
  /** Ahead of what is committed while this controller is active. */
  readonly image = new MetadataImage();
  readonly cluster: ClusterControl;
  readonly topics: TopicControl;
  readonly configs: ConfigControl;
  readonly reassignments: ReassignmentControl;
  readonly elections: LeaderElections;
  readonly state: ControllerState;
  #raft: RaftClient | undefined;
  #activeEpoch: number | undefined;
  #pending: PendingWrite[] = [];
  /** Has it been active in this life, or heard what was committed under others? All up to there is told. */
  #knowsWhatIsTold = false;
  #committedOffset: Offset = -1;

  constructor(options: QuorumControllerOptions) {
    const { env, config, clusterId } = options;
    this.#env = env;
    this.#options = options;
    this.#policy = new SnapshotPolicy(config, env.clock.monotonicMs(), env.buggify);
    this.state = new ControllerState(env, config, this.image);
    this.elections = new LeaderElections(this.state);
    this.cluster = new ClusterControl(this.state, clusterId, this.elections);
    this.topics = new TopicControl(this.state);
    this.configs = new ConfigControl(this.state);
    this.reassignments = new ReassignmentControl(this.state);
    this.#tasks = new PeriodicTasks(this);
  }

  /** The quorum member this controller listens to; given once, before it starts. */
  attach(raft: RaftClient): void {
    this.#raft = raft;
  }

  /** Does this controller decide? */
  get isActive(): boolean {
    return this.#activeEpoch !== undefined;
  }

  get env(): Environment {
    return this.#env;
  }

  /** The offset the next batch begins at. */
  get nextWriteOffset(): Offset {
    return this.#requireRaft().nextWriteOffset;
  }

  /**
   * Appends a decision. `onCommitted` gets the response when the last record is committed; a decision without
   * records is answered when all before it are, since it may rest on them. `onFailed`: leadership was lost and nobody
   * knows whether the records will stand. Returns the offset the decision waits for, undefined if it failed at once.
   */
  write<R>(result: ControllerResult<R>, onCommitted: (response: R) => void, onFailed: () => void): Offset | undefined {
    const { records, response } = result;
    const committed = (): void => onCommitted(response);
    const epoch = this.#activeEpoch;
    if (epoch !== undefined && records.length === 0) {
      const lastOffset = this.#pending.at(-1)?.lastOffset;
      if (lastOffset === undefined) committed();
      else this.#pending.push({ lastOffset, records, delta: EMPTY_DELTA, onCommitted: committed, onFailed });
      return lastOffset ?? this.#committedOffset;
    }
    const lastOffset = epoch === undefined ? undefined : this.#requireRaft().scheduleAppend(records);
    if (epoch === undefined || lastOffset === undefined) {
      onFailed();
      return undefined;
    }
    for (const record of records) this.image.replay(record);
    this.image.advanceTo(lastOffset, epoch);
    this.#pending.push({ lastOffset, records, delta: this.image.takeDelta(), onCommitted: committed, onFailed });
    this.#tasks.afterWrite();
    return lastOffset;
  }

  /** A write of the controller's own, which nobody waits for. */
  writeRecords(records: readonly MetadataRecord[]): void {
    if (records.length > 0) this.write({ records, response: undefined }, ignore, ignore);
  }

  writeNoOp(): void {
    this.writeRecords([metadataRecord("NoOpRecord", {})]);
  }

  onBatches(batches: readonly CommittedBatch[]): void {
    const isElected = this.#requireRaft().leaderId === this.#env.nodeId;
    for (const batch of batches) {
      this.#policy.note(batch);
      this.#committedOffset = batch.lastOffset;
      if (this.isActive) this.#completeUpTo(batch.lastOffset);
      else this.image.replayBatch(batch);
    }
    // What predecessors wrote and an elected controller commits, nobody has told: it does so when it is active. But
    // after a restart the whole log comes again.
    const isUntold = isElected && this.#knowsWhatIsTold;
    if (!this.isActive && !isUntold) this.image.takeDelta();
    this.#knowsWhatIsTold ||= !isElected;
    this.#maybeSnapshot();
  }

  onSnapshot(snapshot: Snapshot): void {
    assert(!this.isActive, "the active controller has the whole log");
    this.#committedOffset = snapshot.id.offset - 1;
    this.image.replaceWith(snapshot.records, snapshot.id.offset - 1, snapshot.id.epoch);
    this.image.takeDelta();
    this.#policy.taken(this.#env.clock.monotonicMs());
  }

  onBecameLeader(epoch: number): void {
    this.#activeEpoch = epoch;
    const { trace } = this.#env;
    const inherited = this.image.takeDelta();
    if (trace.enabled) {
      trace.emit({ type: "controller.activated", epoch });
      emitMetadataFacts(trace, [], inherited);
    }
    this.#knowsWhatIsTold = true;
    this.cluster.activate();
    if (this.image.features.size === 0) this.writeRecords(bootstrapRecords(this.state, this.#bootstrapFeatures()));
    this.#tasks.start();
  }

  onLeaderChanged(leaderId: NodeId, epoch: number): void {
    const isStillLeader = leaderId === this.#env.nodeId && epoch === this.#activeEpoch;
    if (this.isActive && !isStillLeader) this.#renounce();
  }

  #bootstrapFeatures(): Readonly<Record<string, number>> {
    const elrLevel = this.#options.config["eligible.leader.replicas.enable"] ? 1 : 0;
    return (
      this.#options.bootstrapFeatures ?? {
        [METADATA_VERSION_FEATURE]: METADATA_VERSION_4_0,
        [ELR_FEATURE]: elrLevel,
      }
    );
  }

  #completeUpTo(offset: Offset): void {
    const { trace } = this.#env;
    while (this.#pending.length > 0 && this.#pending[0]!.lastOffset <= offset) {
      const write = this.#pending.shift()!;
      if (trace.enabled) emitMetadataFacts(trace, write.records, write.delta);
      write.onCommitted();
    }
  }

  #renounce(): void {
    const epoch = this.#activeEpoch!;
    this.#activeEpoch = undefined;
    this.#tasks.stop();
    const abandoned = this.#pending;
    this.#pending = [];
    const { trace } = this.#env;
    if (trace.enabled) trace.emit({ type: "controller.resigned", epoch });
    if (this.image.offset > this.#committedOffset) {
      this.image.replaceWith([], -1, 0);
      this.image.takeDelta();
      this.#requireRaft().redeliver();
    }
    for (const write of abandoned) write.onFailed();
  }

  #maybeSnapshot(): void {
    const nowMs = this.#env.clock.monotonicMs();
    // The image of an active controller is a snapshot's image only while nothing of it is uncommitted.
    if (!this.#policy.isDue(nowMs) || this.image.offset > this.#committedOffset) return;
    this.#policy.taken(nowMs);
    const id = { offset: this.#committedOffset + 1, epoch: this.image.epoch };
    this.#requireRaft().createSnapshot(id, this.image.toRecords());
  }

  #requireRaft(): RaftClient {
    assert(this.#raft !== undefined, "a controller is attached to the quorum before it works");
    return this.#raft;
  }
}

function ignore(): void {}
