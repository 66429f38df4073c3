// Following: the loop that fetches the metadata log from the leader.
// Raft's leader pushes; Kafka's followers pull. A fetch at offset n tells the leader that this voter has everything
// below n on disk, so a voter flushes before it fetches again. Missing answers for a fetch timeout mean the leader is
// gone. Observers run the same loop, vote for nobody, and ask any voter when they have lost the leader.

import type { Timer } from "../environment.js";
import { Errors } from "../errors.js";
import type { ResponseBody } from "../protocol/apis.js";
import { NO_LEADER, type NodeId } from "../types.js";
import { fetchRequest, fetchSnapshotRequest, type FetchResponsePartition } from "./quorum-messages.js";
import type { RaftCore } from "./raft-core.js";
import type { OffsetAndEpoch } from "./snapshot-file.js";

interface SnapshotDownload {
  readonly id: OffsetAndEpoch;
  readonly pieces: Uint8Array[];
  position: number;
}

export class Following {
  readonly #core: RaftCore;
  readonly #fetchTimer: Timer;
  readonly #retryTimer: Timer;
  #deadlineMs = 0;
  /** Grows when this node begins or ends following: what belongs to an older number is ignored. */
  #session = 0;
  #isActive = false;
  #download: SnapshotDownload | undefined;
  /** Observers: the next fetch goes to any voter, for the leader did not answer. */
  #asksAnyVoter = false;

  constructor(core: RaftCore) {
    this.#core = core;
    this.#fetchTimer = core.env.timers.create("quorum-fetch-timeout", () => this.#onFetchTimer());
    this.#retryTimer = core.env.timers.create("quorum-fetch-retry", () => this.#fetch());
  }

  /** Begins to fetch: from the leader, or as an observer from any voter until one names the leader. */
  begin(): void {
    this.end();
    this.#isActive = true;
    this.#asksAnyVoter = this.#core.quorum.leaderId === NO_LEADER;
    this.#extendDeadline();
    if (this.#core.isVoter) this.#fetchTimer.arm(this.#fetchTimeoutMs);
    this.#fetch();
  }

  end(): void {
    this.#session += 1;
    this.#isActive = false;
    this.#download = undefined;
    this.#fetchTimer.cancel();
    this.#retryTimer.cancel();
  }

  /** The leader said goodbye (EndQuorumEpoch): stand for election after `delayMs` instead of waiting it out. */
  overrideFetchTimeout(delayMs: number): void {
    this.#deadlineMs = this.#core.env.clock.monotonicMs() + delayMs;
    this.#fetchTimer.arm(delayMs);
  }

  get #fetchTimeoutMs(): number {
    return this.#core.config["controller.quorum.fetch.timeout.ms"];
  }

  #extendDeadline(): void {
    this.#deadlineMs = this.#core.env.clock.monotonicMs() + this.#fetchTimeoutMs;
  }

  /** The timer is armed once and looks at the deadline when it fires: fetches need not re-arm it. */
  #onFetchTimer(): void {
    const remainingMs = this.#deadlineMs - this.#core.env.clock.monotonicMs();
    if (remainingMs > 0) return this.#fetchTimer.arm(remainingMs);
    if (this.#isActive && !this.#core.isShuttingDown) this.#core.becomeProspective();
  }

  #fetch(): void {
    if (!this.#isActive) return;
    const { env, clusterId, quorum, log, logEnd } = this.#core;
    const target = this.#target();
    if (target === undefined) return this.#retryLater();
    const session = this.#session;
    const download = this.#download;
    if (download !== undefined) {
      const body = fetchSnapshotRequest(clusterId, env.nodeId, quorum.epoch, download.id, download.position);
      return this.#core.send(target, "FetchSnapshot", body, (outcome) => {
        if (session !== this.#session) return;
        if (outcome.ok) this.#handleFetchSnapshotResponse(outcome.body, download);
        else this.#onFailure();
      });
    }
    if (log.isOffline) return this.#core.halt("the metadata log is offline");
    const body = fetchRequest(clusterId, env.nodeId, quorum.epoch, logEnd);
    this.#core.send(target, "Fetch", body, (outcome) => {
      if (session !== this.#session) return;
      if (outcome.ok) this.#handleFetchResponse(outcome.body);
      else this.#onFailure();
    });
  }

  #target(): NodeId | undefined {
    const { quorum, voterIds, env, isVoter } = this.#core;
    const leaderId = quorum.leaderId;
    if (leaderId !== NO_LEADER && !(this.#asksAnyVoter && !isVoter)) return leaderId;
    // The leader that does not answer was asked already: another voter is more likely to know the next one.
    const others = voterIds.filter((id) => id !== env.nodeId && id !== leaderId);
    if (others.length === 0) return leaderId === NO_LEADER ? undefined : leaderId;
    return others[env.random.below(others.length)];
  }

  #onFailure(): void {
    this.#asksAnyVoter = !this.#asksAnyVoter;
    this.#retryLater();
  }

  #retryLater(): void {
    this.#retryTimer.arm(this.#core.config["controller.quorum.retry.backoff.ms"]);
  }

  #handleFetchResponse(body: ResponseBody<"Fetch">): void {
    const partition = body.responses[0]?.partitions[0];
    if (body.errorCode !== Errors.NONE || partition === undefined) return this.#onFailure();
    const session = this.#session;
    const { leaderId, leaderEpoch } = partition.currentLeader;
    const isSettled = this.#core.handleLeaderAndEpoch(partition.errorCode, leaderId, leaderEpoch);
    // Learning of another leader began another session, with a fetch of its own.
    if (session !== this.#session) return;
    if (isSettled || partition.errorCode !== Errors.NONE) return this.#onFailure();
    const state = this.#core.quorum.state;
    if (state.name !== "Follower") return this.#onFailure();
    state.hasFetchedFromLeader = true;
    this.#asksAnyVoter = false;
    this.#extendDeadline();
    this.#accept(partition);
  }

  #accept(partition: FetchResponsePartition): void {
    const { log, isVoter, highWatermark } = this.#core;
    const { divergingEpoch, snapshotId } = partition;
    if (divergingEpoch.epoch >= 0) {
      // Nothing committed is ever taken back; a leader that asks for it, or a log that forgot, is beyond repair.
      if (divergingEpoch.endOffset < highWatermark) return this.#core.halt("asked to truncate below committed records");
      this.#core.env.marks.reached("metadata-diverged");
      log.truncateTo(log.divergencePoint({ offset: divergingEpoch.endOffset, epoch: divergingEpoch.epoch }));
      return this.#fetch();
    }
    if (snapshotId.epoch >= 0 && snapshotId.endOffset >= 0) {
      this.#download = { id: { offset: snapshotId.endOffset, epoch: snapshotId.epoch }, pieces: [], position: 0 };
      return this.#fetch();
    }
    const records = partition.records;
    const hasRecords = records !== null && records.length > 0;
    if (hasRecords && !log.appendAsFollower(records)) return this.#core.halt("the metadata log cannot be written");
    if (partition.highWatermark >= 0) {
      const session = this.#session;
      this.#core.advanceHighWatermark(Math.min(partition.highWatermark, log.endOffset));
      if (session !== this.#session) return;
    }
    if (hasRecords && isVoter) this.#flushThenFetch();
    else this.#fetch();
  }

  #flushThenFetch(): void {
    const session = this.#session;
    this.#core.log.flush(() => {
      if (session === this.#session) this.#fetch();
    });
  }

  #handleFetchSnapshotResponse(body: ResponseBody<"FetchSnapshot">, download: SnapshotDownload): void {
    const partition = body.topics[0]?.partitions[0];
    if (body.errorCode !== Errors.NONE || partition === undefined) return this.#onFailure();
    const session = this.#session;
    const { leaderId, leaderEpoch } = partition.currentLeader;
    const isSettled = this.#core.handleLeaderAndEpoch(partition.errorCode, leaderId, leaderEpoch);
    if (session !== this.#session) return;
    if (isSettled || partition.errorCode !== Errors.NONE) {
      this.#core.env.marks.reached("snapshot-fetch-failed");
      // The leader may have a newer snapshot by now: an ordinary fetch will say which.
      this.#download = undefined;
      return this.#onFailure();
    }
    this.#extendDeadline();
    const piece = partition.unalignedRecords ?? new Uint8Array(0);
    if (partition.position !== download.position || piece.length === 0) return this.#onFailure();
    download.pieces.push(piece);
    download.position += piece.length;
    if (download.position < partition.size) return this.#fetch();
    this.#install(download);
  }

  #install(download: SnapshotDownload): void {
    const session = this.#session;
    const bytes = new Uint8Array(download.position);
    let position = 0;
    for (const piece of download.pieces) {
      bytes.set(piece, position);
      position += piece.length;
    }
    this.#download = undefined;
    this.#core.log.replaceWithSnapshot(download.id, bytes, (isStored) => {
      if (!isStored) return this.#core.halt("a snapshot cannot be written");
      this.#core.env.marks.reached("snapshot-fetched");
      this.#core.reloadSnapshot();
      if (session !== this.#session) return;
      this.#extendDeadline();
      this.#fetch();
    });
  }
}
