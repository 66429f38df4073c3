// A member of the quorum: voter or observer of the metadata log.
// This is Kafka's Raft: leaders are elected as in Raft, but followers fetch from the leader instead of being sent to.
// The client owns the moves between states (each one function below) and what follows from every move; the parts
// (`elections`, `leading`, `following`) never change the state themselves.
//
// What its user, the listener, is promised: committed batches in order, each once; and, on the leader, a call when
// everything before its epoch is committed and delivered. What the leader scheduled and did not commit is its user's
// to forget when it loses leadership.

import { assert } from "../assert.js";
import type { Environment } from "../environment.js";
import { Errors, type ErrorCode } from "../errors.js";
import type { ApiName, RequestBody, ResponseBody } from "../protocol/apis.js";
import type { MetadataRecord } from "../protocol/messages/metadata-records.js";
import { NetworkClient, type RequestOutcome } from "../protocol/network-client.js";
import { NO_LEADER, type NodeEndpoint, type NodeId, type Offset } from "../types.js";
import { Elections } from "./elections.js";
import { EpochHandover } from "./epoch-handover.js";
import { Following } from "./following.js";
import { Leading } from "./leading.js";
import { decodeMetadataBatches, type CommittedBatch } from "./metadata-batch.js";
import { MAX_FETCH_BYTES } from "./quorum-messages.js";
import { NO_VOTE, QuorumState } from "./quorum-state.js";
import type { RaftConfig, RaftCore, RaftListener, RaftOptions } from "./raft-core.js";
import { RaftLog } from "./raft-log.js";
import { encodeSnapshot, type OffsetAndEpoch } from "./snapshot-file.js";
import { VoteTally } from "./vote-tally.js";

type Reply<A extends ApiName> = (body: ResponseBody<A>) => void;

const RECONNECT_BACKOFF_MS = 50;
/** How long a stopping leader waits for a successor. */
const SHUTDOWN_TIMEOUT_MS = 5000;

export class RaftClient implements RaftCore {
  readonly env: Environment;
  readonly clusterId: string;
  readonly config: RaftConfig;
  readonly voterIds: readonly NodeId[];
  readonly isVoter: boolean;
  readonly tellsHighWatermarkAtOnce: boolean;
  readonly log: RaftLog;
  readonly quorum: QuorumState;
  readonly #voters: ReadonlyMap<NodeId, NodeEndpoint>;
  readonly #listener: RaftListener;
  readonly #network: NetworkClient;
  readonly #elections: Elections;
  readonly #leading: Leading;
  readonly #following: Following;
  readonly #handover: EpochHandover;
  #highWatermark: Offset = 0;
  #nextDelivery: Offset = 0;
  #announcedLeader: NodeId = NO_LEADER;
  #announcedEpoch = -1;
  #hasClaimed = false;
  #isHalted = false;
  #isStoringSnapshot = false;
  #onShutdownDone: (() => void) | undefined;

  constructor(options: RaftOptions) {
    const { env, config } = options;
    this.env = env;
    this.clusterId = options.clusterId;
    this.config = config;
    this.#listener = options.listener;
    this.voterIds = options.voters.map((voter) => voter.id).sort((a, b) => a - b);
    this.isVoter = this.voterIds.includes(env.nodeId);
    this.tellsHighWatermarkAtOnce = options.tellsHighWatermarkAtOnce ?? false;
    this.#voters = new Map(options.voters.map((voter) => [voter.id, voter]));
    this.log = new RaftLog(env, config["metadata.log.segment.bytes"]);
    this.quorum = new QuorumState(env, this.log.lastEpoch, this.voterIds, () => this.halt("quorum-state failed"));
    this.#network = new NetworkClient(env, {
      clientId: `raft-client-${env.nodeId}`,
      requestTimeoutMs: config["controller.quorum.request.timeout.ms"],
      reconnectBackoffMs: RECONNECT_BACKOFF_MS,
      reconnectBackoffMaxMs: RECONNECT_BACKOFF_MS,
      discoverApiVersions: false,
    });
    this.#elections = new Elections(this);
    this.#leading = new Leading(this);
    this.#following = new Following(this);
    this.#handover = new EpochHandover(this);
  }

  /** Delivers the latest snapshot, if any, and takes up work where an earlier process left it. */
  start(): void {
    if (this.log.latestSnapshotId !== undefined) this.reloadSnapshot();
    const { name, epoch } = this.quorum.state;
    if (this.isVoter && this.voterIds.length === 1) {
      if (name !== "Unattached") this.quorum.transitionTo({ name: "Unattached", epoch: epoch + 1, votedId: NO_VOTE });
      return this.becomeProspective();
    }
    if (name === "Follower" || !this.isVoter) this.#following.begin();
    else this.#elections.armElectionTimer();
    this.#handover.announceEnd();
    this.#announceLeader();
  }

  get epoch(): number {
    return this.quorum.epoch;
  }
  /** The leader this node knows of; `NO_LEADER` while there is none, a resigned one included. */
  get leaderId(): NodeId {
    return this.quorum.state.name === "Resigned" ? NO_LEADER : this.quorum.leaderId;
  }
  get isLeader(): boolean {
    return this.quorum.state.name === "Leader" && !this.#isHalted;
  }
  get highWatermark(): Offset {
    return this.#highWatermark;
  }
  get logEndOffset(): Offset {
    return this.log.endOffset;
  }
  get logEnd(): OffsetAndEpoch {
    return { offset: this.log.endOffset, epoch: this.log.lastEpoch };
  }
  /** Offset the next scheduled record will get; only the leader's is of any use. */
  get nextWriteOffset(): Offset {
    return this.#leading.nextOffset;
  }
  get isShuttingDown(): boolean {
    return this.#onShutdownDone !== undefined || this.#isHalted;
  }
  get isHalted(): boolean {
    return this.#isHalted;
  }

  /**
   * Schedules records as one atomic batch of the leader's epoch.
   * @returns the offset of the last record, or undefined if this node does not lead
   */
  scheduleAppend(records: readonly MetadataRecord[]): Offset | undefined {
    return this.isLeader ? this.#leading.schedule(records) : undefined;
  }

  /** Gives leadership up, naming the voters with the longest logs as successors. Nothing happens on others. */
  resign(): void {
    if (this.isLeader) this.becomeResigned();
  }

  /** Stops: a leader resigns first and stays to vote until a successor leads or five seconds have passed. */
  shutdown(onDone: () => void): void {
    const mustHandOver = this.isLeader && this.voterIds.length > 1;
    this.resign();
    let isDone = false;
    this.#onShutdownDone = () => {
      if (isDone) return;
      isDone = true;
      this.#silence();
      onDone();
    };
    if (!mustHandOver) return this.#onShutdownDone();
    this.env.timers.create("quorum-shutdown", () => this.#onShutdownDone?.()).arm(SHUTDOWN_TIMEOUT_MS);
  }

  /**
   * Keeps the image at `id` as a snapshot; afterwards the log's beginning may go. Ignored while another is being
   * stored, or if it covers no more than the latest.
   */
  createSnapshot(id: OffsetAndEpoch, records: readonly MetadataRecord[]): void {
    const latest = this.log.latestSnapshotId;
    assert(id.offset <= this.#highWatermark, "a snapshot covers committed records only");
    if (this.#isStoringSnapshot || (latest !== undefined && latest.offset >= id.offset)) return;
    this.#isStoringSnapshot = true;
    this.log.storeSnapshot(id, encodeSnapshot(records, id, this.env.clock.wallMs()), (isStored) => {
      this.#isStoringSnapshot = false;
      if (!isStored) return this.halt("a snapshot cannot be written");
      const { trace } = this.env;
      if (trace.enabled) trace.emit({ type: "quorum.snapshot-created", endOffset: id.offset, epoch: id.epoch });
      if (this.log.sizeBytes > this.config["metadata.max.retention.bytes"]) this.log.dropBefore(id);
    });
  }

  handleVote(body: RequestBody<"Vote">, reply: Reply<"Vote">): void {
    if (!this.#isHalted) this.#elections.handleVoteRequest(body, reply);
  }
  handleFetch(body: RequestBody<"Fetch">, apiVersion: number, reply: Reply<"Fetch">): void {
    if (!this.#isHalted) this.#leading.handleFetchRequest(body, apiVersion, reply);
  }
  handleFetchSnapshot(body: RequestBody<"FetchSnapshot">, reply: Reply<"FetchSnapshot">): void {
    if (!this.#isHalted) this.#leading.handleFetchSnapshotRequest(body, reply);
  }
  handleBeginQuorumEpoch(body: RequestBody<"BeginQuorumEpoch">, reply: Reply<"BeginQuorumEpoch">): void {
    if (!this.#isHalted) this.#handover.handleBeginQuorumEpoch(body, reply);
  }
  handleEndQuorumEpoch(body: RequestBody<"EndQuorumEpoch">, reply: Reply<"EndQuorumEpoch">): void {
    if (this.#isHalted) return;
    this.#handover.handleEndQuorumEpoch(body, reply, (delayMs) => this.#following.overrideFetchTimeout(delayMs));
  }
  handleDescribeQuorum(body: RequestBody<"DescribeQuorum">, reply: Reply<"DescribeQuorum">): void {
    if (!this.#isHalted) reply(this.#handover.describe(body, this.#leading.state));
  }

  becomeUnattached(epoch: number): void {
    const { state, votedId } = this.quorum;
    // The vote of an epoch stays given; a higher epoch has a new one.
    const keepsVote = epoch === state.epoch && (state.name === "Prospective" || state.name === "Follower");
    const remainingMs = this.#elections.remainingMs;
    this.#leave();
    this.quorum.transitionTo({ name: "Unattached", epoch, votedId: keepsVote ? votedId : NO_VOTE });
    this.#leading.releaseWaiting();
    if (this.isVoter) this.#elections.armElectionTimer(remainingMs);
    else this.#following.begin();
    this.#announceLeader();
  }

  becomeFollower(epoch: number, leaderId: NodeId): void {
    const { state } = this.quorum;
    const votedId = epoch === state.epoch ? this.quorum.votedId : NO_VOTE;
    this.#leave();
    this.quorum.transitionTo({ name: "Follower", epoch, leaderId, votedId, hasFetchedFromLeader: false });
    this.#elections.endRound(true);
    this.#leading.releaseWaiting();
    this.#following.begin();
    this.#announceLeader();
    this.#onShutdownDone?.();
  }

  becomeProspective(): void {
    assert(this.isVoter, "only voters stand for election");
    const { state, votedId } = this.quorum;
    const leaderId = state.name === "Follower" ? state.leaderId : NO_LEADER;
    this.#leave();
    const tally = new VoteTally(this.voterIds);
    tally.grant(this.env.nodeId);
    this.quorum.transitionTo({ name: "Prospective", epoch: state.epoch, leaderId, votedId, tally });
    this.#elections.beginRound();
    this.#announceLeader();
  }

  becomeCandidate(): void {
    const tally = new VoteTally(this.voterIds);
    tally.grant(this.env.nodeId);
    const epoch = this.quorum.epoch + 1;
    this.quorum.transitionTo({ name: "Candidate", epoch, tally, isBackingOff: false });
    this.#announceLeader();
    this.#elections.beginRound();
  }

  becomeLeader(grantingVoters: readonly NodeId[]): void {
    this.#elections.endRound(true);
    this.#hasClaimed = false;
    const leader = this.#leading.newState(grantingVoters);
    this.quorum.transitionTo({ name: "Leader", epoch: leader.epoch, leader });
    this.#announceLeader();
    this.#leading.begin(leader);
  }

  becomeResigned(): void {
    const state = this.quorum.state;
    assert(state.name === "Leader", "only a leader resigns");
    const preferredSuccessors = state.leader.successors();
    const unacknowledged = new Set(preferredSuccessors);
    this.quorum.transitionTo({ name: "Resigned", epoch: state.epoch, preferredSuccessors, unacknowledged });
    this.#leading.end();
    this.#leading.releaseWaiting();
    this.#handover.announceEnd();
    this.#elections.armElectionTimer();
    this.#announceLeader();
  }

  #leave(): void {
    this.#leading.end();
    this.#following.end();
    this.#handover.stop();
    this.#elections.endRound(false);
  }

  /** Told once an epoch and leader, after the state behind it is complete. */
  #announceLeader(): void {
    const { leaderId, epoch } = this;
    if (leaderId === this.#announcedLeader && epoch === this.#announcedEpoch) return;
    this.#announcedLeader = leaderId;
    this.#announcedEpoch = epoch;
    this.#listener.onLeaderChanged(leaderId, epoch);
  }

  send<A extends ApiName>(
    voter: NodeId,
    api: A,
    body: RequestBody<A>,
    onOutcome: (outcome: RequestOutcome<A>) => void,
  ): void {
    const endpoint = this.#voters.get(voter);
    assert(endpoint !== undefined, "requests of the quorum go to voters");
    this.quorum.whenDurable(() => {
      if (this.#isHalted) return;
      this.#network.send(endpoint, api, body, (outcome) => {
        if (!this.#isHalted) onOutcome(outcome);
      });
    });
  }

  handleLeaderAndEpoch(error: ErrorCode, leaderId: NodeId, epoch: number): boolean {
    if (epoch < this.epoch || error === Errors.UNKNOWN_LEADER_EPOCH) return true;
    const isFenced = error === Errors.FENCED_LEADER_EPOCH || error === Errors.NOT_LEADER_OR_FOLLOWER;
    if (epoch > this.epoch || isFenced) {
      this.maybeTransition(leaderId, epoch);
      return true;
    }
    if (this.#isOtherVoter(leaderId) && this.quorum.leaderId === NO_LEADER) {
      this.becomeFollower(epoch, leaderId);
      return error !== Errors.NONE;
    }
    return false;
  }

  maybeTransition(leaderId: NodeId, epoch: number): void {
    if (epoch < this.epoch) return;
    if (epoch > this.epoch) {
      if (this.#isOtherVoter(leaderId)) this.becomeFollower(epoch, leaderId);
      else this.becomeUnattached(epoch);
    } else if (this.#isOtherVoter(leaderId) && this.quorum.leaderId === NO_LEADER) {
      this.becomeFollower(epoch, leaderId);
    }
  }

  /** A node that lost its disk may be told that it leads: it must not follow itself. */
  #isOtherVoter(leaderId: NodeId): boolean {
    return leaderId !== this.env.nodeId && this.#voters.has(leaderId);
  }

  advanceHighWatermark(offset: Offset): void {
    if (offset > this.#highWatermark) {
      this.#highWatermark = offset;
      this.log.setHighWatermark(offset);
      const { trace } = this.env;
      if (trace.enabled) {
        trace.emit({ type: "quorum.high-watermark-advanced", epoch: this.epoch, highWatermark: offset });
      }
      this.#deliver();
    }
    const state = this.quorum.state;
    // A leader's high watermark exists only beyond its epoch's start: then all that came before is delivered too.
    if (state.name === "Leader" && !this.#hasClaimed && state.leader.highWatermark !== undefined) {
      this.#hasClaimed = true;
      this.#listener.onBecameLeader(state.epoch);
    }
  }

  #deliver(): void {
    while (this.#nextDelivery < this.#highWatermark && !this.#isHalted) {
      const batches = this.#nextCommitted();
      const last = batches.at(-1);
      assert(last !== undefined, "committed offsets are in the log");
      this.#nextDelivery = last.lastOffset + 1;
      this.#listener.onBatches(batches);
    }
  }

  #nextCommitted(): readonly CommittedBatch[] {
    const own = this.#leading.takeUndelivered(this.#nextDelivery);
    if (own !== undefined) return [own];
    return decodeMetadataBatches(this.log.read(this.#nextDelivery, MAX_FETCH_BYTES, this.#highWatermark));
  }

  reloadSnapshot(): void {
    const snapshot = this.log.latestSnapshot();
    assert(snapshot !== undefined, "a snapshot is reloaded only where there is one");
    if (snapshot.id.offset <= this.#nextDelivery) return;
    this.#nextDelivery = snapshot.id.offset;
    if (snapshot.id.offset > this.#highWatermark) {
      this.#highWatermark = snapshot.id.offset;
      this.log.setHighWatermark(snapshot.id.offset);
    }
    const { offset: endOffset, epoch } = snapshot.id;
    if (this.env.trace.enabled) this.env.trace.emit({ type: "quorum.snapshot-loaded", endOffset, epoch });
    this.#listener.onSnapshot(snapshot);
  }

  /**
   * Delivers everything committed from the beginning once more: snapshot, then log. For a user that has to forget
   * what it built on uncommitted records.
   */
  redeliver(): void {
    this.#nextDelivery = 0;
    if (this.log.latestSnapshotId !== undefined) this.reloadSnapshot();
    this.#deliver();
  }

  halt(_reason: string): void {
    if (this.#isHalted) return;
    this.#isHalted = true;
    this.#silence();
    this.env.halt?.();
  }

  #silence(): void {
    this.#leave();
    this.#leading.releaseWaiting();
    this.#isHalted = true;
    this.#network.close();
    this.#announceLeader();
  }
}
