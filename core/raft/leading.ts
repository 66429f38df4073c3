// Leading: appending what the controller decides, and serving those who fetch it.
// A leader gathers records for `append.linger.ms`, writes them as batches, flushes once, and learns from fetches how
// far the others are. It announces itself with BeginQuorumEpoch, because nobody fetches from a leader it does not
// know, and steps down when a majority has stopped fetching.

import type { Timer } from "../environment.js";
import { Errors, type ErrorCode } from "../errors.js";
import { ControlType, controlBatch } from "../log/record-batch.js";
import { APIS, type RequestBody, type ResponseBody } from "../protocol/apis.js";
import { ByteWriter } from "../protocol/bytes.js";
import type { MetadataRecord } from "../protocol/messages/metadata-records.js";
import { LeaderChangeMessage } from "../protocol/messages/raft-control-records.js";
import type { NodeId, Offset } from "../types.js";
import { assert } from "../assert.js";
import { FetchPurgatory } from "./fetch-purgatory.js";
import { LeaderState } from "./leader-state.js";
import { encodeMetadataBatch, type CommittedBatch } from "./metadata-batch.js";
import { METADATA_PARTITION, METADATA_TOPIC, METADATA_TOPIC_ID } from "./metadata-topic.js";
import {
  beginQuorumEpochRequest,
  fetchRefusal,
  fetchResponse,
  fetchSnapshotResponse,
  MAX_FETCH_BYTES,
  type FetchFindings,
  type FetchPartition,
} from "./quorum-messages.js";
import type { RaftCore } from "./raft-core.js";

const NOTHING_NEW: FetchFindings = {};
const NO_RECORDS: readonly MetadataRecord[] = [];

interface AccumulatedBatch {
  readonly bytes: Uint8Array;
  readonly batch: CommittedBatch;
}

type Reply<A extends "Fetch" | "FetchSnapshot"> = (body: ResponseBody<A>) => void;

export class Leading {
  readonly #core: RaftCore;
  readonly #purgatory: FetchPurgatory;
  readonly #lingerTimer: Timer;
  readonly #checkQuorumTimer: Timer;
  readonly #beginEpochTimer: Timer;
  #state: LeaderState | undefined;
  #accumulated: AccumulatedBatch[] = [];
  #nextOffset: Offset = 0;
  /** Own batches not yet delivered, decoded as they were handed in. */
  #undelivered: CommittedBatch[] = [];
  /** The high watermark each fetching replica was last told in this epoch; -1 for none. */
  readonly #toldHighWatermark = new Map<NodeId, Offset>();
  #isFlushing = false;
  #flushAgain = false;

  constructor(core: RaftCore) {
    this.#core = core;
    const { timers } = core.env;
    this.#purgatory = new FetchPurgatory(core.env);
    this.#lingerTimer = timers.create("quorum-append-linger", () => this.#drain());
    this.#checkQuorumTimer = timers.create("quorum-check", () => this.#checkQuorum());
    this.#beginEpochTimer = timers.create("quorum-begin-epoch", () => this.#announce());
  }

  /** Offset the next scheduled record will get. */
  get nextOffset(): Offset {
    return this.#nextOffset;
  }
  get state(): LeaderState | undefined {
    return this.#state;
  }

  /** State for a leadership that begins now. The caller transitions to it, then calls `begin`. */
  newState(grantingVoters: readonly NodeId[]): LeaderState {
    const { env, quorum, voterIds, config, logEnd } = this.#core;
    return new LeaderState({
      localId: env.nodeId,
      epoch: quorum.epoch,
      epochStartOffset: logEnd.offset,
      voters: voterIds,
      grantingVoters,
      fetchTimeoutMs: config["controller.quorum.fetch.timeout.ms"],
      nowMs: env.clock.monotonicMs(),
    });
  }

  begin(state: LeaderState): void {
    const { log, env } = this.#core;
    this.#state = state;
    this.#toldHighWatermark.clear();
    log.beginEpoch(state.epoch);
    const batch = this.#leaderChangeBatch(state);
    if (!log.appendAsLeader(batch, state.epoch)) return this.#core.halt("the metadata log cannot be written");
    this.#nextOffset = log.endOffset;
    this.#undelivered = [
      {
        baseOffset: state.epochStartOffset,
        lastOffset: log.endOffset - 1,
        epoch: state.epoch,
        sizeBytes: batch.length,
        records: NO_RECORDS,
      },
    ];
    this.#flush();
    if (this.#core.voterIds.length > 1)
      this.#checkQuorumTimer.arm(state.checkQuorumDeadlineMs - env.clock.monotonicMs());
    this.#announce();
  }

  /** Gives everything up: what was only scheduled is dropped. `releaseWaiting` follows once the new state stands. */
  end(): void {
    this.#state = undefined;
    this.#accumulated = [];
    this.#undelivered = [];
    this.#isFlushing = false;
    this.#flushAgain = false;
    this.#lingerTimer.cancel();
    this.#checkQuorumTimer.cancel();
    this.#beginEpochTimer.cancel();
  }

  /** Answers the fetches that wait: they learn the epoch, and the leader if there is one. */
  releaseWaiting(): void {
    this.#purgatory.completeAll();
  }

  /** Schedules one atomic batch. Returns the offset of its last record; undefined if this node does not lead. */
  schedule(records: readonly MetadataRecord[]): Offset | undefined {
    const state = this.#state;
    if (state === undefined || this.#core.isShuttingDown) return undefined;
    assert(records.length > 0, "a batch holds at least one record");
    const bytes = encodeMetadataBatch(records, this.#core.env.clock.wallMs());
    const baseOffset = this.#nextOffset;
    const lastOffset = baseOffset + records.length - 1;
    this.#nextOffset = lastOffset + 1;
    const batch = { baseOffset, lastOffset, epoch: state.epoch, sizeBytes: bytes.length, records };
    this.#accumulated.push({ bytes, batch });
    if (!this.#lingerTimer.armed) this.#lingerTimer.arm(this.#core.config["controller.quorum.append.linger.ms"]);
    return lastOffset;
  }

  /** The decoded batch at `offset` if it is one of this leader's own; it is handed out once. */
  takeUndelivered(offset: Offset): CommittedBatch | undefined {
    const first = this.#undelivered[0];
    return first !== undefined && first.baseOffset === offset ? this.#undelivered.shift() : undefined;
  }

  #drain(): void {
    const state = this.#state;
    if (state === undefined) return;
    const { log } = this.#core;
    const due = this.#accumulated;
    this.#accumulated = [];
    for (const { bytes, batch } of due) {
      assert(log.endOffset === batch.baseOffset, "scheduled offsets are those the log gives");
      if (!log.appendAsLeader(bytes, state.epoch)) return this.#core.halt("the metadata log cannot be written");
      this.#undelivered.push(batch);
    }
    this.#flush();
    this.#purgatory.completeAll();
  }

  /** Counts the leader's own copy only once it is durable; others may read ahead of that. */
  #flush(): void {
    if (this.#isFlushing) {
      this.#flushAgain = true;
      return;
    }
    this.#isFlushing = true;
    const state = this.#state;
    const { log, env } = this.#core;
    const endOffset = log.endOffset;
    log.flush(() => {
      if (state === undefined || state !== this.#state) return;
      this.#isFlushing = false;
      if (log.isOffline) return this.#core.halt("the metadata log is offline");
      if (state.updateLocal(endOffset, env.clock.monotonicMs())) this.#publish(state);
      if (this.#flushAgain && state === this.#state) {
        this.#flushAgain = false;
        this.#flush();
      }
    });
  }

  #publish(state: LeaderState): void {
    if (state.highWatermark === undefined) return;
    this.#core.advanceHighWatermark(state.highWatermark);
    if (this.#core.tellsHighWatermarkAtOnce && state === this.#state) this.#purgatory.completeAll();
  }

  #leaderChangeBatch(state: LeaderState): Uint8Array {
    const writer = new ByteWriter();
    const message = LeaderChangeMessage.create({
      leaderId: this.#core.env.nodeId,
      voters: this.#core.voterIds.map((voterId) => ({ voterId })),
      grantingVoters: state.grantingVoters.map((voterId) => ({ voterId })),
    });
    LeaderChangeMessage.encode(writer, message, 0);
    return controlBatch(ControlType.LEADER_CHANGE, writer.toBytes(), this.#core.env.clock.wallMs());
  }

  /** KAFKA-15489: brokers that still reach a leader cut off from the voters would never look for its successor. */
  #checkQuorum(): void {
    const state = this.#state;
    if (state === undefined) return;
    const remainingMs = state.checkQuorumDeadlineMs - this.#core.env.clock.monotonicMs();
    if (remainingMs > 0) return this.#checkQuorumTimer.arm(remainingMs);
    this.#core.env.marks.reached("leader-without-majority");
    if (!this.#core.env.bugs["lead-without-majority"]) this.#core.becomeResigned();
  }

  /** Tells voters that do not fetch who leads; repeated, for the message or its answer may be lost. */
  #announce(): void {
    const state = this.#state;
    if (state === undefined) return;
    const { env, config, clusterId, voterIds } = this.#core;
    const intervalMs = Math.floor(config["controller.quorum.fetch.timeout.ms"] / 2);
    const nowMs = env.clock.monotonicMs();
    for (const voter of voterIds) {
      if (voter === env.nodeId) continue;
      const lastFetchMs = state.lastFetchMsOf(voter);
      if (lastFetchMs >= 0 && nowMs - lastFetchMs < intervalMs) continue;
      const body = beginQuorumEpochRequest(clusterId, voter, env.nodeId, state.epoch);
      this.#core.send(voter, "BeginQuorumEpoch", body, (outcome) => {
        const partition = outcome.ok ? outcome.body.topics[0]?.partitions[0] : undefined;
        if (partition === undefined || state !== this.#state) return;
        this.#core.handleLeaderAndEpoch(partition.errorCode, partition.leaderId, partition.leaderEpoch);
      });
    }
    if (voterIds.length > 1) this.#beginEpochTimer.arm(intervalMs);
  }

  handleFetchRequest(body: RequestBody<"Fetch">, apiVersion: number, reply: Reply<"Fetch">): void {
    if (body.clusterId !== null && body.clusterId !== this.#core.clusterId) {
      return reply(fetchRefusal(Errors.INCONSISTENT_CLUSTER_ID));
    }
    const topic = body.topics[0];
    const partition = topic?.partitions[0];
    const isOurs = apiVersion >= 13 ? topic?.topicId === METADATA_TOPIC_ID : topic?.topic === METADATA_TOPIC;
    if (!isOurs || partition?.partition !== METADATA_PARTITION) return reply(fetchRefusal(Errors.INVALID_REQUEST));
    const { fetchOffset, lastFetchedEpoch, currentLeaderEpoch } = partition;
    if (body.maxWaitMs < 0 || fetchOffset < 0 || lastFetchedEpoch < 0 || lastFetchedEpoch > currentLeaderEpoch) {
      return this.#answer(reply, this.#error(Errors.INVALID_REQUEST));
    }
    const replicaId = apiVersion >= 15 ? body.replicaState.replicaId : body.replicaId;
    const response = this.#tryFetch(replicaId, partition, true);
    const found = response.responses[0]!.partitions[0]!;
    const hasNews =
      found.errorCode !== Errors.NONE ||
      found.records!.length > 0 ||
      found.divergingEpoch.epoch !== -1 ||
      found.snapshotId.epoch !== -1 ||
      this.#isBehindHighWatermark(replicaId, found.highWatermark);
    if (hasNews || body.maxWaitMs === 0) return this.#answerReplica(replicaId, reply, response);
    this.#purgatory.wait({
      deadlineMs: this.#core.env.clock.monotonicMs() + body.maxWaitMs,
      complete: (isExpired) => this.#answerReplica(replicaId, reply, this.#tryFetch(replicaId, partition, !isExpired)),
    });
  }

  #isBehindHighWatermark(replicaId: NodeId, highWatermark: Offset): boolean {
    return this.#core.tellsHighWatermarkAtOnce && highWatermark > (this.#toldHighWatermark.get(replicaId) ?? -1);
  }

  #answerReplica(replicaId: NodeId, reply: Reply<"Fetch">, body: ResponseBody<"Fetch">): void {
    const told = body.responses[0]?.partitions[0]?.highWatermark ?? -1;
    if (this.#core.tellsHighWatermarkAtOnce) this.#toldHighWatermark.set(replicaId, told);
    this.#answer(reply, body);
  }

  #answer(reply: Reply<"Fetch">, body: ResponseBody<"Fetch">): void {
    this.#core.quorum.whenDurable(() => reply(body));
  }

  #tryFetch(replicaId: NodeId, request: FetchPartition, countsAsContact: boolean): ResponseBody<"Fetch"> {
    const { log, env } = this.#core;
    const error = this.#validateLeadership(request.currentLeaderEpoch);
    const state = this.#state;
    if (error !== Errors.NONE || state === undefined) return this.#error(error);
    const position = log.validate(request.fetchOffset, request.lastFetchedEpoch);
    if (position.kind === "diverging") return this.#found(state, { diverging: position.at });
    if (position.kind === "snapshot") return this.#found(state, { snapshot: position.id });
    const endOffset = log.endOffset;
    const nowMs = env.clock.monotonicMs();
    if (countsAsContact && state.updateReplica(replicaId, request.fetchOffset, endOffset, nowMs)) this.#publish(state);
    if (request.fetchOffset >= endOffset) return this.#found(state, NOTHING_NEW);
    return this.#found(state, { records: log.read(request.fetchOffset, MAX_FETCH_BYTES, endOffset) });
  }

  #found({ highWatermark }: LeaderState, { records, diverging, snapshot }: FetchFindings): ResponseBody<"Fetch"> {
    const { quorum, log } = this.#core;
    return fetchResponse({
      errorCode: Errors.NONE,
      leaderId: quorum.leaderId,
      leaderEpoch: quorum.epoch,
      logStartOffset: log.startOffset,
      highWatermark,
      records,
      diverging,
      snapshot,
    });
  }

  #validateLeadership(requestEpoch: number): ErrorCode {
    const { quorum, isShuttingDown } = this.#core;
    if (requestEpoch < quorum.epoch) return Errors.FENCED_LEADER_EPOCH;
    if (requestEpoch > quorum.epoch) return Errors.UNKNOWN_LEADER_EPOCH;
    if (this.#state === undefined) return Errors.NOT_LEADER_OR_FOLLOWER;
    return isShuttingDown ? Errors.BROKER_NOT_AVAILABLE : Errors.NONE;
  }

  #error(errorCode: ErrorCode): ResponseBody<"Fetch"> {
    const { quorum, log } = this.#core;
    return fetchResponse({
      errorCode,
      leaderId: quorum.leaderId,
      leaderEpoch: quorum.epoch,
      logStartOffset: log.startOffset,
      highWatermark: undefined,
    });
  }

  handleFetchSnapshotRequest(body: RequestBody<"FetchSnapshot">, reply: Reply<"FetchSnapshot">): void {
    const { quorum, log, env, clusterId } = this.#core;
    if (body.clusterId !== null && body.clusterId !== clusterId) {
      return reply(APIS.FetchSnapshot.response.create({ errorCode: Errors.INCONSISTENT_CLUSTER_ID }));
    }
    const request = body.topics[0]?.partitions[0];
    const common = { leaderId: quorum.leaderId, leaderEpoch: quorum.epoch };
    const refuse = (errorCode: ErrorCode): void =>
      quorum.whenDurable(() => reply(fetchSnapshotResponse({ ...common, errorCode })));
    if (body.topics[0]?.name !== METADATA_TOPIC || request?.partition !== METADATA_PARTITION) {
      return refuse(Errors.UNKNOWN_TOPIC_OR_PARTITION);
    }
    const error = this.#validateLeadership(request.currentLeaderEpoch);
    if (error !== Errors.NONE) return refuse(error);
    const id = { offset: request.snapshotId.endOffset, epoch: request.snapshotId.epoch };
    const bytes = log.snapshotBytes(id);
    if (bytes === undefined) return refuse(Errors.SNAPSHOT_NOT_FOUND);
    const { position } = request;
    if (position < 0 || position >= bytes.length) return refuse(Errors.POSITION_OUT_OF_RANGE);
    this.#state?.noteFollowingVoter(body.replicaId, env.clock.monotonicMs());
    const piece = bytes.subarray(position, Math.min(bytes.length, position + body.maxBytes));
    const response = { ...common, errorCode: Errors.NONE, id, sizeBytes: bytes.length, position, bytes: piece };
    quorum.whenDurable(() => reply(fetchSnapshotResponse(response)));
  }
}
