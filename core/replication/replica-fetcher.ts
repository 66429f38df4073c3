// Replica fetcher: the follower's loop. It fetches from one leader broker all partitions followed there and writes
// what it gets, offsets and epochs as they are.
//
// One request is in flight at a time; the next leaves when its answer is worked in, so a follower's fetch offset
// always says what it really has. The leader holds an empty fetch for up to replica.fetch.wait.max.ms.
//
//   partition: Fetching --answer--> appended, Fetching at the new end
//     --diverging epoch--> truncated, Fetching from there (repeated until the histories agree)
//     --OFFSET_OUT_OF_RANGE--> AskingOffsets --leader's end and start known--> truncated or started over, Fetching
//     --retriable error--> Delayed for replica.fetch.backoff.ms --> Fetching
//     --FENCED_LEADER_EPOCH, storage error--> removed, until metadata brings a new epoch
//
// Partitions are added and removed by the ReplicaManager when metadata says so; the log is written by nobody else.

import { assert } from "../assert.js";
import type { BugSwitches } from "../bugs.js";
import type { Environment, Timer } from "../environment.js";
import { type ErrorCode, Errors } from "../errors.js";
import type { BrokerConfig } from "../config/broker-config.js";
import type { Log } from "../log/log.js";
import type { ResponseBody } from "../protocol/apis.js";
import { FetchSessionHandler } from "../protocol/fetch-session-handler.js";
import type { NetworkClient } from "../protocol/network-client.js";
import type { LeaderEpoch, NodeEndpoint, NodeId, Offset } from "../types.js";
import { NO_EPOCH } from "../types.js";
import { type FetchState, FetchStates, isReady, newFetchState, NOT_DELAYED } from "./fetch-state.js";
import type { Partition } from "./partition.js";
import { truncationOffset } from "./truncation.js";

/** Kafka's special timestamps of ListOffsets. */
export const LATEST_TIMESTAMP = -1;
export const EARLIEST_TIMESTAMP = -2;

export interface ReplicaFetcherOptions {
  readonly env: Environment;
  readonly brokerId: NodeId;
  readonly brokerEpoch: () => Offset;
  readonly config: BrokerConfig;
  readonly leaderId: NodeId;
  /** Where the leader listens; undefined while metadata does not say. */
  readonly leaderEndpoint: () => NodeEndpoint | undefined;
  readonly client: NetworkClient;
  /** The partition's directory failed while it was written. */
  readonly onStorageError: (partition: Partition) => void;
  /** The partition's log does not fit what the leader sends: it is followed no more. */
  readonly onFailed: (partition: Partition) => void;
  /** An answer was worked in: whoever waits for what changed is woken now. */
  readonly afterResponse: () => void;
}

type PartitionData = ResponseBody<"Fetch">["responses"][number]["partitions"][number];

export class ReplicaFetcher {
  private readonly options: ReplicaFetcherOptions;
  private readonly session = new FetchSessionHandler();
  private readonly states = new FetchStates();
  /** Partitions left out of fetches for a while, in the order of their delays' beginnings. */
  private delayed: FetchState[] = [];
  private readonly wakeTimer: Timer;
  private readonly bugs: BugSwitches;
  private readonly pauses: boolean;
  /** Is the leader told the log's last epoch, also after a truncation, and also after an append? */
  private readonly comparesEpochs: boolean;
  private readonly comparesAgain: boolean;
  private readonly comparesAlways: boolean;
  /** Requests without answer: one fetch, or the offset look-ups that hold fetching back, as Kafka's thread does. */
  private outstanding = 0;
  private closed = false;

  constructor(options: ReplicaFetcherOptions) {
    this.options = options;
    this.bugs = options.env.bugs;
    this.pauses = options.env.buggify.isOn("fetcher-pause");
    this.comparesEpochs = !this.bugs["truncate-to-high-watermark"] && !this.bugs["forget-high-watermark"];
    this.comparesAgain = this.comparesEpochs && !this.bugs["truncate-in-one-round"];
    this.comparesAlways = this.comparesAgain && !this.bugs["unfenced-fetch"];
    this.wakeTimer = options.env.timers.create(`replica-fetcher-${options.leaderId}`, () => this.maybeFetch());
  }

  /** How many partitions are followed. */
  get size(): number {
    return this.states.size;
  }

  /** Follows a partition in its present leader epoch; fetching begins with `maybeFetch`. */
  add(partition: Partition): void {
    const log = partition.log;
    assert(log !== undefined, "a followed partition has a log");
    this.remove(partition);
    // Without any epoch nothing can be compared: start from what is known to be committed. Else let the leader tell:
    // the high watermark comes a fetch later than the records, so what lies above it may be committed too (KIP-101).
    const lastEpoch = this.comparesEpochs ? log.latestEpoch : undefined;
    if (lastEpoch === undefined) partition.truncateTo(log.highWatermark);
    const state = newFetchState(partition, log.logEndOffset, lastEpoch ?? NO_EPOCH);
    this.states.add(state);
    this.put(state);
  }

  /**
   * The log deleted records by itself. The leader has to know: it sends consumers only where their offset is
   * (KIP-392), and answers DeleteRecords once all replicas have deleted (KIP-107).
   */
  logStartMoved(partition: Partition): void {
    const state = this.states.of(partition.topicId, partition.partition);
    if (state !== undefined && isReady(state)) this.put(state);
  }

  /** Follows a partition no more. An answer under way that concerns it will be ignored. */
  remove(partition: Partition): void {
    const state = this.states.of(partition.topicId, partition.partition);
    if (state !== undefined && state.partition === partition) this.drop(state);
  }

  close(): void {
    this.closed = true;
    this.wakeTimer.cancel();
    this.options.client.close();
  }

  /** Sends the next fetch unless one is outstanding or nothing can be fetched now. */
  maybeFetch(): void {
    if (this.closed || this.outstanding > 0) return;
    this.endDelays();
    if (this.session.size === 0) {
      if (this.delayed.length > 0) this.wakeAt(this.delayed);
      return;
    }
    const leader = this.options.leaderEndpoint();
    if (leader === undefined) return this.delayEverything();
    const request = this.session.build();
    for (const topic of request.topics) {
      for (const { partition, fetchOffset } of topic.partitions) {
        const state = this.states.of(topic.topicId, partition);
        if (state !== undefined) state.requestedOffset = fetchOffset;
      }
    }
    const { brokerId, brokerEpoch, config } = this.options;
    this.outstanding++;
    this.options.client.send(
      leader,
      "Fetch",
      {
        clusterId: null,
        replicaId: -1,
        replicaState: { replicaId: brokerId, replicaEpoch: brokerEpoch() },
        maxWaitMs: config["replica.fetch.wait.max.ms"],
        minBytes: config["replica.fetch.min.bytes"],
        maxBytes: config["replica.fetch.response.max.bytes"],
        isolationLevel: 0,
        sessionId: request.sessionId,
        sessionEpoch: request.sessionEpoch,
        topics: request.topics,
        forgottenTopicsData: request.forgottenTopicsData,
        rackId: "",
      },
      (outcome) => {
        this.outstanding--;
        if (this.closed) return;
        if (outcome.ok) {
          this.handleResponse(outcome.body);
          if (this.pauses && this.options.env.buggify.strikes("fetcher-pause")) this.delayEverything();
        } else {
          this.session.handleError();
          this.delayEverything();
        }
        this.options.afterResponse();
        this.maybeFetch();
      },
    );
  }

  private handleResponse(body: ResponseBody<"Fetch">): void {
    // A session error concerns no partition: ask again in full, at once.
    if (!this.session.handleResponse(body)) return;
    for (const topic of body.responses) {
      const partitions = this.states.ofTopic(topic.topicId);
      if (partitions === undefined) continue;
      for (const data of topic.partitions) {
        const state = partitions.get(data.partitionIndex);
        // Removed, re-added with a new epoch, or truncated since: the answer is to another question.
        if (state === undefined || state.requestedOffset !== state.fetchOffset || !isReady(state)) continue;
        this.handlePartition(state, data);
      }
    }
  }

  private handlePartition(state: FetchState, data: PartitionData): void {
    switch (data.errorCode) {
      case Errors.NONE:
        // A diverging answer brings neither records nor watermarks: they come once there is something to tell again.
        if (data.divergingEpoch.epoch >= 0 || data.divergingEpoch.endOffset >= 0) {
          this.truncate(state, data.divergingEpoch);
        } else {
          this.append(state, data);
        }
        return;
      case Errors.OFFSET_OUT_OF_RANGE:
        this.options.env.marks.reached("follower-out-of-range");
        this.askLatestOffset(state);
        return;
      case Errors.FENCED_LEADER_EPOCH:
        // Metadata will bring the new epoch and start the partition again.
        this.traceRefusal("replica.fenced", state, data.errorCode);
        this.drop(state);
        return;
      default:
        // UNKNOWN_LEADER_EPOCH: the leader has not heard yet. NOT_LEADER_OR_FOLLOWER, unknown topic: one of us is
        // behind. Storage and other errors of the leader may pass.
        if (data.errorCode === Errors.UNKNOWN_LEADER_EPOCH) this.traceRefusal("replica.fenced", state, data.errorCode);
        this.delay(state);
    }
  }

  private append(state: FetchState, data: PartitionData): void {
    const { partition } = state;
    const log = partition.log;
    assert(log !== undefined && log.logEndOffset === state.fetchOffset, "a follower appends at its log end");
    const records = data.records;
    if (records !== null && records.length > 0) {
      const result = log.appendAsFollower(records);
      if (!result.ok) {
        if (result.error === Errors.KAFKA_STORAGE_ERROR) this.options.onStorageError(partition);
        else if (result.error === Errors.CORRUPT_MESSAGE) this.delay(state);
        else this.fail(state, result.error);
        return;
      }
    }
    if (!log.local.isHoldingBack) return this.takeIn(state, data, log);
    // The next fetch will say that this is here, and the leader may commit it: it has to be durable first, if asked.
    this.outstanding++;
    log.local.whenTellable(() => {
      this.outstanding--;
      if (this.closed) return;
      if (this.states.of(partition.topicId, partition.partition) === state) this.takeIn(state, data, log);
      this.options.afterResponse();
      this.maybeFetch();
    });
  }

  private takeIn(state: FetchState, data: PartitionData, log: Log): void {
    const { partition } = state;
    partition.updateFollowerHighWatermark(data.highWatermark);
    if (data.logStartOffset > log.logStartOffset && data.logStartOffset <= log.highWatermark) {
      log.maybeIncrementLogStartOffset(data.logStartOffset, "follow-leader");
    }
    this.continueFrom(state, this.comparesAlways);
  }

  private truncate(
    state: FetchState,
    divergingEpoch: { readonly epoch: LeaderEpoch; readonly endOffset: Offset },
  ): void {
    const log = state.partition.log;
    assert(log !== undefined, "a followed partition has a log");
    const knowsEpoch = log.endOffsetForEpoch(divergingEpoch.epoch)?.epoch === divergingEpoch.epoch;
    this.options.env.marks.reached(knowsEpoch ? "log-diverged" : "diverging-epoch-unknown");
    const inOneRound = this.bugs["truncate-in-one-round"];
    state.partition.truncateTo(inOneRound ? divergingEpoch.endOffset : truncationOffset(log, divergingEpoch));
    // Each answer takes the logs one epoch nearer to agreement; it may take several (KIP-279).
    this.continueFrom(state, this.comparesAgain);
  }

  /** The log changed: fetch from its end. */
  private continueFrom(state: FetchState, compares: boolean): void {
    const log = state.partition.log;
    assert(log !== undefined, "a followed partition has a log");
    state.fetchOffset = log.logEndOffset;
    state.lastFetchedEpoch = compares ? (log.latestEpoch ?? NO_EPOCH) : NO_EPOCH;
    if (isReady(state)) this.put(state);
  }

  /** Out of range: (a) the leader's log ends before ours, (b) begins after ours, or (c) it has passed meanwhile. */
  private askLatestOffset(state: FetchState): void {
    this.askOffset(state, LATEST_TIMESTAMP, (leaderEndOffset) => {
      const log = state.partition.log;
      if (log === undefined) return;
      if (leaderEndOffset < log.logEndOffset) {
        state.partition.truncateTo(leaderEndOffset);
        this.continueFrom(state, this.comparesAlways);
        return;
      }
      this.askOffset(state, EARLIEST_TIMESTAMP, (leaderStartOffset) => {
        if (leaderStartOffset > log.logEndOffset) state.partition.truncateFullyAndStartAt(leaderStartOffset);
        this.continueFrom(state, this.comparesAlways);
      });
    });
  }

  private askOffset(state: FetchState, timestamp: number, onOffset: (offset: Offset) => void): void {
    const { partition } = state;
    const leader = this.options.leaderEndpoint();
    if (leader === undefined) return this.delay(state);
    state.askingOffsets = true;
    this.session.remove(partition.topic, partition.partition, partition.key);
    this.outstanding++;
    const asked = { partitionIndex: partition.partition, currentLeaderEpoch: state.leaderEpoch, timestamp };
    this.options.client.send(
      leader,
      "ListOffsets",
      {
        replicaId: this.options.brokerId,
        isolationLevel: 0,
        topics: [{ name: partition.topic, partitions: [asked] }],
        timeoutMs: this.options.config["replica.socket.timeout.ms"],
      },
      (outcome) => {
        this.outstanding--;
        state.askingOffsets = false;
        if (this.closed) return;
        if (this.states.of(partition.topicId, partition.partition) === state) {
          const answer = outcome.ok ? outcome.body.topics[0]?.partitions[0] : undefined;
          if (answer === undefined) this.delay(state);
          else if (answer.errorCode === Errors.NONE) onOffset(answer.offset);
          else if (answer.errorCode === Errors.FENCED_LEADER_EPOCH) this.drop(state);
          else this.delay(state);
        }
        this.options.afterResponse();
        this.maybeFetch();
      },
    );
  }

  private put(state: FetchState): void {
    const { partition } = state;
    this.session.put(
      {
        topic: partition.topic,
        topicId: partition.topicId,
        partition: partition.partition,
        fetchOffset: state.fetchOffset,
        currentLeaderEpoch: state.leaderEpoch,
        lastFetchedEpoch: state.lastFetchedEpoch,
        logStartOffset: partition.log?.logStartOffset ?? 0,
        maxBytes: this.options.config["replica.fetch.max.bytes"],
      },
      partition.key,
    );
  }

  private drop(state: FetchState): void {
    const { partition } = state;
    if (!this.states.delete(partition.topicId, partition.partition)) return;
    this.session.remove(partition.topic, partition.partition, partition.key);
    if (state.delayedUntilMs !== NOT_DELAYED) this.delayed = this.delayed.filter((other) => other !== state);
  }

  /** The log does not fit what the leader sends, and asking again would bring the same (KIP-461). */
  private fail(state: FetchState, error: ErrorCode): void {
    this.drop(state);
    this.options.onFailed(state.partition);
    this.options.env.marks.reached("follower-failed");
    this.traceRefusal("replica.failed", state, error);
  }

  private delay(state: FetchState): void {
    if (state.delayedUntilMs !== NOT_DELAYED) return;
    const backoffMs = this.options.config["replica.fetch.backoff.ms"];
    state.delayedUntilMs = this.options.env.clock.monotonicMs() + backoffMs;
    this.delayed.push(state);
    this.session.remove(state.partition.topic, state.partition.partition, state.partition.key);
  }

  private delayEverything(): void {
    for (const state of this.states) if (isReady(state)) this.delay(state);
    this.wakeAt(this.delayed);
  }

  private endDelays(): void {
    const nowMs = this.options.env.clock.monotonicMs();
    let ended = 0;
    for (const state of this.delayed) {
      if (state.delayedUntilMs > nowMs) break;
      ended++;
      state.delayedUntilMs = NOT_DELAYED;
      this.put(state);
    }
    if (ended > 0) this.delayed.splice(0, ended);
  }

  private wakeAt(delayed: readonly FetchState[]): void {
    const first = delayed[0];
    if (first === undefined) return;
    this.wakeTimer.arm(Math.max(0, first.delayedUntilMs - this.options.env.clock.monotonicMs()));
  }

  private traceRefusal(type: "replica.fenced" | "replica.failed", state: FetchState, error: ErrorCode): void {
    const { trace } = this.options.env;
    if (!trace.enabled) return;
    const { topic, partition } = state.partition;
    trace.emit({ type, topic, partition, error, peer: this.options.leaderId });
  }
}
