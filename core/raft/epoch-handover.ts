// The beginning and the end of a leader's epoch, as others are told of them, and the quorum described for operators.
// A new leader announces itself (BeginQuorumEpoch); one that stops says goodbye (EndQuorumEpoch) and names successors
// by the length of their logs, so that the best stands first instead of all waiting for a time-out.

import type { Timer } from "../environment.js";
import { Errors, type ErrorCode } from "../errors.js";
import { APIS, type RequestBody, type ResponseBody } from "../protocol/apis.js";
import { NO_LEADER, type NodeId } from "../types.js";
import type { LeaderState, ReplicaProgress } from "./leader-state.js";
import { METADATA_PARTITION, METADATA_TOPIC } from "./metadata-topic.js";
import { endQuorumEpochRequest, epochResponse } from "./quorum-messages.js";
import type { RaftCore } from "./raft-core.js";

type Reply<A extends "BeginQuorumEpoch" | "EndQuorumEpoch"> = (body: ResponseBody<A>) => void;

export class EpochHandover {
  readonly #core: RaftCore;
  readonly #retryTimer: Timer;

  constructor(core: RaftCore) {
    this.#core = core;
    this.#retryTimer = core.env.timers.create("quorum-end-epoch-retry", () => this.announceEnd());
  }

  /**
   * Tells every voter that has not acknowledged it that this epoch's leader is gone; does nothing unless this node was
   * it. So does a process that finds, as it starts, that an earlier one of its node led: the others still wait for it.
   */
  announceEnd(): void {
    const { quorum, env, clusterId } = this.#core;
    const state = quorum.state;
    if (state.name !== "Resigned") return;
    const body = endQuorumEpochRequest(clusterId, env.nodeId, state.epoch, state.preferredSuccessors);
    for (const voter of state.unacknowledged) {
      this.#core.send(voter, "EndQuorumEpoch", body, (outcome) => {
        if (state !== quorum.state) return;
        const partition = outcome.ok ? outcome.body.topics[0]?.partitions[0] : undefined;
        if (partition === undefined) return this.#retryLater();
        const { errorCode, leaderId, leaderEpoch } = partition;
        if (this.#core.handleLeaderAndEpoch(errorCode, leaderId, leaderEpoch)) return;
        if (errorCode === Errors.NONE) state.unacknowledged.delete(voter);
        else this.#retryLater();
      });
    }
  }

  stop(): void {
    this.#retryTimer.cancel();
  }

  #retryLater(): void {
    if (!this.#retryTimer.armed) this.#retryTimer.arm(this.#core.config["controller.quorum.retry.backoff.ms"]);
  }

  handleBeginQuorumEpoch(body: RequestBody<"BeginQuorumEpoch">, reply: Reply<"BeginQuorumEpoch">): void {
    const request = this.#partitionOf(body, reply);
    if (request === undefined) return;
    const error = this.#validate(request.leaderId, request.leaderEpoch);
    if (error === Errors.NONE) this.#core.maybeTransition(request.leaderId, request.leaderEpoch);
    this.#answer(error, reply);
  }

  /** `standAfter` makes a follower of the leaving leader stand for election after a pause of that many milliseconds. */
  handleEndQuorumEpoch(
    body: RequestBody<"EndQuorumEpoch">,
    reply: Reply<"EndQuorumEpoch">,
    standAfter: (delayMs: number) => void,
  ): void {
    const request = this.#partitionOf(body, reply);
    if (request === undefined) return;
    const { leaderId, leaderEpoch } = request;
    const error = this.#validate(leaderId, leaderEpoch);
    if (error === Errors.NONE) {
      this.#core.maybeTransition(leaderId, leaderEpoch);
      const state = this.#core.quorum.state;
      if (state.name === "Follower" && state.leaderId === leaderId) {
        standAfter(this.#backoffMs(request.preferredCandidates.map((candidate) => candidate.candidateId)));
      }
    }
    this.#answer(error, reply);
  }

  /** The first successor stands at once, the others exponentially later; where none is named, everybody at once. */
  #backoffMs(successors: readonly NodeId[]): number {
    const maxMs = this.#core.config["controller.quorum.election.backoff.max.ms"];
    const position = successors.indexOf(this.#core.env.nodeId);
    if (position === 0 || successors.length === 0) return 0;
    if (position < 0) return maxMs;
    return Math.min(maxMs, (maxMs >> (successors.length - 1)) << (position - 1));
  }

  #validate(leaderId: NodeId, leaderEpoch: number): ErrorCode {
    if (leaderEpoch < this.#core.quorum.epoch) return Errors.FENCED_LEADER_EPOCH;
    return leaderId < 0 ? Errors.INVALID_REQUEST : Errors.NONE;
  }

  #partitionOf<T extends { readonly partitionIndex: number }>(
    body: {
      readonly clusterId: string | null;
      readonly topics: readonly { readonly topicName: string; readonly partitions: readonly T[] }[];
    },
    reply: (body: ResponseBody<"BeginQuorumEpoch"> & ResponseBody<"EndQuorumEpoch">) => void,
  ): T | undefined {
    const topic = body.topics[0];
    const partition = topic?.partitions[0];
    const isOurs = topic?.topicName === METADATA_TOPIC && partition?.partitionIndex === METADATA_PARTITION;
    const isOurCluster = body.clusterId === null || body.clusterId === this.#core.clusterId;
    if (isOurs && isOurCluster) return partition;
    reply({
      errorCode: isOurCluster ? Errors.INVALID_REQUEST : Errors.INCONSISTENT_CLUSTER_ID,
      topics: [],
      nodeEndpoints: [],
    });
    return undefined;
  }

  #answer(
    error: ErrorCode,
    reply: (body: ResponseBody<"BeginQuorumEpoch"> & ResponseBody<"EndQuorumEpoch">) => void,
  ): void {
    const { quorum } = this.#core;
    const response = epochResponse(error, quorum.leaderId, quorum.epoch);
    quorum.whenDurable(() => reply(response));
  }

  /** What the leader knows of everybody's progress; on others NOT_LEADER_OR_FOLLOWER. Other topics have no quorum. */
  describe(body: RequestBody<"DescribeQuorum">, leader: LeaderState | undefined): ResponseBody<"DescribeQuorum"> {
    const { quorum, env } = this.#core;
    if (!asksForMetadataOnly(body)) return noQuorum(body);
    if (leader === undefined) {
      const partition = {
        partitionIndex: METADATA_PARTITION,
        errorCode: Errors.NOT_LEADER_OR_FOLLOWER,
        leaderId: NO_LEADER,
        leaderEpoch: quorum.epoch,
      };
      return APIS.DescribeQuorum.response.create({ topics: [{ topicName: METADATA_TOPIC, partitions: [partition] }] });
    }
    const nowMs = env.clock.monotonicMs();
    const toWallMs = env.clock.wallMs() - nowMs;
    const describeReplica = (progress: ReplicaProgress) => {
      // The leader has all that it has, at any time; otherwise its followers would seem to be ahead of it.
      const isLeader = progress.id === env.nodeId;
      const lastFetchMs = isLeader ? nowMs : progress.lastFetchMs;
      const lastCaughtUpMs = isLeader ? nowMs : progress.lastCaughtUpMs;
      return {
        replicaId: progress.id,
        logEndOffset: progress.endOffset,
        lastFetchTimestamp: lastFetchMs < 0 ? -1 : lastFetchMs + toWallMs,
        lastCaughtUpTimestamp: lastCaughtUpMs < 0 ? -1 : lastCaughtUpMs + toWallMs,
      };
    };
    const partition = {
      partitionIndex: METADATA_PARTITION,
      leaderId: env.nodeId,
      leaderEpoch: leader.epoch,
      highWatermark: leader.highWatermark ?? -1,
      currentVoters: leader.voters.map(describeReplica),
      observers: leader.observers(nowMs).map(describeReplica),
    };
    return APIS.DescribeQuorum.response.create({ topics: [{ topicName: METADATA_TOPIC, partitions: [partition] }] });
  }
}

function asksForMetadataOnly({ topics }: RequestBody<"DescribeQuorum">): boolean {
  const [topic] = topics;
  if (topics.length !== 1 || topic?.topicName !== METADATA_TOPIC || topic.partitions.length !== 1) return false;
  return topic.partitions[0]?.partitionIndex === METADATA_PARTITION;
}

function noQuorum(body: RequestBody<"DescribeQuorum">): ResponseBody<"DescribeQuorum"> {
  const errorCode = Errors.UNKNOWN_TOPIC_OR_PARTITION;
  const topics = body.topics.map(({ topicName, partitions }) => ({
    topicName,
    partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
  }));
  return APIS.DescribeQuorum.response.create({ topics });
}
