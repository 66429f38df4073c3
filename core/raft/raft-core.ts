// What the parts of a quorum member share: its log, its state, its line to the voters, and the moves between states.
// The member is one object cut in four for reading: elections, leading, following, and the client that joins them.

import type { Environment } from "../environment.js";
import type { ErrorCode } from "../errors.js";
import type { ApiName, RequestBody } from "../protocol/apis.js";
import type { RequestOutcome } from "../protocol/network-client.js";
import type { NodeEndpoint, NodeId, Offset } from "../types.js";
import type { CommittedBatch } from "./metadata-batch.js";
import type { QuorumState } from "./quorum-state.js";
import type { RaftLog } from "./raft-log.js";
import type { OffsetAndEpoch, Snapshot } from "./snapshot-file.js";

/** Whoever builds state from the metadata log. */
export interface RaftListener {
  /** Committed batches, in order, each once. */
  onBatches(batches: readonly CommittedBatch[]): void;
  /** State begins anew from a snapshot: at start, and when the leader no longer has what this node misses. */
  onSnapshot(snapshot: Snapshot): void;
  /** Another leader, another epoch, or none (`NO_LEADER`). */
  onLeaderChanged(leaderId: NodeId, epoch: number): void;
  /** This node leads, and everything before its epoch is committed and delivered. */
  onBecameLeader(epoch: number): void;
}

export interface RaftOptions {
  readonly env: Environment;
  readonly clusterId: string;
  /** The fixed voter set. A node that is not in it observes. */
  readonly voters: readonly NodeEndpoint[];
  readonly config: RaftConfig;
  readonly listener: RaftListener;
  /**
   * A leader tells its high watermark as soon as it advances (KAFKA-14145, Kafka 4.1). Before, and unless this is set,
   * followers learn it with the next record or when their fetch expires, up to half a second later.
   */
  readonly tellsHighWatermarkAtOnce?: boolean;
}

/** The `controller.quorum.*` and `metadata.log.*` settings a quorum member reads. */
export interface RaftConfig {
  readonly "controller.quorum.election.timeout.ms": number;
  readonly "controller.quorum.fetch.timeout.ms": number;
  readonly "controller.quorum.election.backoff.max.ms": number;
  readonly "controller.quorum.append.linger.ms": number;
  readonly "controller.quorum.request.timeout.ms": number;
  readonly "controller.quorum.retry.backoff.ms": number;
  readonly "metadata.log.segment.bytes": number;
  readonly "metadata.max.retention.bytes": number;
}

/** What elections, leading and following ask of the whole. */
export interface RaftCore {
  readonly env: Environment;
  readonly clusterId: string;
  readonly config: RaftConfig;
  readonly quorum: QuorumState;
  readonly log: RaftLog;
  /** Ids of all voters, ascending. */
  readonly voterIds: readonly NodeId[];
  readonly isVoter: boolean;
  readonly isShuttingDown: boolean;
  readonly tellsHighWatermarkAtOnce: boolean;
  readonly logEnd: OffsetAndEpoch;

  /** Sends once everything this node has promised is durable. */
  send<A extends ApiName>(
    voter: NodeId,
    api: A,
    body: RequestBody<A>,
    onOutcome: (outcome: RequestOutcome<A>) => void,
  ): void;
  /**
   * What every response says beside its own matter: an epoch and a leader. Returns true if that settled it, because
   * the response was stale or moved this node to another state.
   */
  handleLeaderAndEpoch(error: ErrorCode, leaderId: NodeId, epoch: number): boolean;
  /** Moves to a higher epoch, or to following a leader just learned of. */
  maybeTransition(leaderId: NodeId, epoch: number): void;

  becomeUnattached(epoch: number): void;
  becomeFollower(epoch: number, leaderId: NodeId): void;
  becomeProspective(): void;
  becomeCandidate(): void;
  becomeLeader(grantingVoters: readonly NodeId[]): void;
  becomeResigned(): void;

  /** Everything below `offset` is committed. */
  advanceHighWatermark(offset: Offset): void;
  readonly highWatermark: Offset;
  /** State begins anew from the log's latest snapshot. */
  reloadSnapshot(): void;
  /** The disk failed, or the log contradicts what was committed: this node must not say another word. */
  halt(reason: string): void;
}
