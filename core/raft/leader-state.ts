// What the leader of an epoch knows of its followers: how far each has fetched, and when.
// A fetch at offset n proves that the follower has made everything below n durable, for voters flush before they
// fetch. From that follow the high watermark and the right to go on leading.

import { assertDefined } from "../assert.js";
import type { NodeId, Offset } from "../types.js";

/** A leader that has not heard from a majority for this many fetch timeouts gives up: nobody would obey it. */
const CHECK_QUORUM_NUMERATOR = 3;
const CHECK_QUORUM_DENOMINATOR = 2;

/** An observer that has not fetched for so long is forgotten. */
const OBSERVER_SESSION_TIMEOUT_MS = 300_000;

export interface ReplicaProgress {
  readonly id: NodeId;
  /** Offset of its last fetch; -1 before the first. For the leader itself: the end of what it has flushed. */
  endOffset: Offset;
  lastFetchMs: number;
  /** Latest moment at which it provably had all that the leader had then. */
  lastCaughtUpMs: number;
  /** The leader's log end at its last fetch; -1 before the first. */
  leaderEndAtLastFetch: Offset;
}

export class LeaderState {
  readonly epoch: number;
  /** Log end when the epoch began. Committing anything of the epoch means getting past it. */
  readonly epochStartOffset: Offset;
  /** Voters whose grants made it leader, for the LeaderChange record. */
  readonly grantingVoters: readonly NodeId[];
  readonly #localId: NodeId;
  readonly #voters: Map<NodeId, ReplicaProgress>;
  readonly #observers = new Map<NodeId, ReplicaProgress>();
  readonly #majority: number;
  readonly #checkQuorumTimeoutMs: number;
  readonly #fetchedVoters = new Set<NodeId>();
  #checkQuorumDeadlineMs: number;
  #highWatermark: Offset | undefined;
  readonly #scratch: Offset[] = [];

  constructor(options: {
    readonly localId: NodeId;
    readonly epoch: number;
    readonly epochStartOffset: Offset;
    readonly voters: readonly NodeId[];
    readonly grantingVoters: readonly NodeId[];
    readonly fetchTimeoutMs: number;
    readonly nowMs: number;
  }) {
    this.#localId = options.localId;
    this.epoch = options.epoch;
    this.epochStartOffset = options.epochStartOffset;
    this.grantingVoters = options.grantingVoters;
    this.#voters = new Map(options.voters.map((id) => [id, newProgress(id)]));
    this.#majority = Math.floor(options.voters.length / 2) + 1;
    this.#checkQuorumTimeoutMs = Math.floor(
      (options.fetchTimeoutMs * CHECK_QUORUM_NUMERATOR) / CHECK_QUORUM_DENOMINATOR,
    );
    this.#checkQuorumDeadlineMs = options.nowMs + this.#checkQuorumTimeoutMs;
  }

  /** Undefined until a record of this epoch is committed: what earlier leaders committed is not this one's to say. */
  get highWatermark(): Offset | undefined {
    return this.#highWatermark;
  }

  get checkQuorumDeadlineMs(): number {
    return this.#voters.size === 1 ? Number.MAX_SAFE_INTEGER : this.#checkQuorumDeadlineMs;
  }

  /** The leader's own log is durable up to `flushedEndOffset`. True if the high watermark moved. */
  updateLocal(flushedEndOffset: Offset, nowMs: number): boolean {
    const local = assertDefined(this.#voters.get(this.#localId), "the leader is a voter");
    local.endOffset = Math.max(local.endOffset, flushedEndOffset);
    local.lastFetchMs = nowMs;
    local.lastCaughtUpMs = nowMs;
    return this.#maybeAdvanceHighWatermark();
  }

  /** A replica fetched at `fetchOffset`. True if the high watermark moved. */
  updateReplica(id: NodeId, fetchOffset: Offset, leaderEndOffset: Offset, nowMs: number): boolean {
    if (id < 0 || id === this.#localId) return false;
    let progress = this.#voters.get(id) ?? this.#observers.get(id);
    if (progress === undefined) this.#observers.set(id, (progress = newProgress(id)));
    if (fetchOffset >= leaderEndOffset) progress.lastCaughtUpMs = nowMs;
    else if (progress.leaderEndAtLastFetch > 0 && fetchOffset >= progress.leaderEndAtLastFetch) {
      progress.lastCaughtUpMs = Math.max(progress.lastCaughtUpMs, progress.lastFetchMs);
    }
    const hasMoved = progress.endOffset !== fetchOffset;
    progress.endOffset = fetchOffset;
    progress.lastFetchMs = nowMs;
    progress.leaderEndAtLastFetch = leaderEndOffset;
    this.noteFollowingVoter(id, nowMs);
    return hasMoved && this.#voters.has(id) && this.#maybeAdvanceHighWatermark();
  }

  /** A fetch or snapshot fetch of a voter: a sign that it follows this leader. */
  noteFollowingVoter(id: NodeId, nowMs: number): void {
    if (id === this.#localId || !this.#voters.has(id)) return;
    this.#fetchedVoters.add(id);
    // The leader itself counts for the majority.
    if (this.#fetchedVoters.size < this.#majority - 1) return;
    this.#fetchedVoters.clear();
    this.#checkQuorumDeadlineMs = nowMs + this.#checkQuorumTimeoutMs;
  }

  /**
   * The majority-th largest log end, but only once it lies beyond the epoch's start: a record of an earlier epoch is
   * committed by a record of this one behind it, never by counting copies (Raft, section 5.4.2).
   */
  #maybeAdvanceHighWatermark(): boolean {
    const offsets = this.#scratch;
    offsets.length = 0;
    for (const voter of this.#voters.values()) offsets.push(voter.endOffset);
    offsets.sort((a, b) => b - a);
    const candidate = offsets[this.#majority - 1]!;
    if (candidate <= this.epochStartOffset) return false;
    if (this.#highWatermark !== undefined && candidate <= this.#highWatermark) return false;
    this.#highWatermark = candidate;
    return true;
  }

  lastFetchMsOf(voter: NodeId): number {
    return this.#voters.get(voter)?.lastFetchMs ?? -1;
  }

  /** Other voters, those with the longest log first: who should stand for election when this leader goes. */
  successors(): readonly NodeId[] {
    return [...this.#voters.values()]
      .filter((voter) => voter.id !== this.#localId)
      .sort((a, b) => b.endOffset - a.endOffset || a.id - b.id)
      .map((voter) => voter.id);
  }

  get voters(): readonly ReplicaProgress[] {
    return [...this.#voters.values()].sort((a, b) => a.id - b.id);
  }
  /** Observers that fetched in the last five minutes, by id. */
  observers(nowMs: number): readonly ReplicaProgress[] {
    for (const { id, lastFetchMs } of this.#observers.values()) {
      if (nowMs - lastFetchMs >= OBSERVER_SESSION_TIMEOUT_MS) this.#observers.delete(id);
    }
    return [...this.#observers.values()].sort((a, b) => a.id - b.id);
  }
}

function newProgress(id: NodeId): ReplicaProgress {
  return { id, endOffset: -1, lastFetchMs: -1, lastCaughtUpMs: -1, leaderEndAtLastFetch: -1 };
}
