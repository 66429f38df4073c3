// Elections: asking for votes, and answering those who ask.
// A voter that misses its leader first asks whether it would win (pre-vote), then raises the epoch and asks in
// earnest. Voters answer from three facts alone: the epoch, the vote they gave in it, and whose log is longer.

import type { Timer } from "../environment.js";
import { Errors, type ErrorCode } from "../errors.js";
import type { RequestBody, ResponseBody } from "../protocol/apis.js";
import { NO_LEADER, type NodeId } from "../types.js";
import { METADATA_PARTITION, METADATA_TOPIC } from "./metadata-topic.js";
import { voteRequest, voteResponse } from "./quorum-messages.js";
import type { RaftCore } from "./raft-core.js";
import type { OffsetAndEpoch } from "./snapshot-file.js";

const BACKOFF_BASE_MS = 100;
const MAX_BACKOFF_DOUBLINGS = 20;

export class Elections {
  readonly #core: RaftCore;
  readonly #electionTimer: Timer;
  readonly #retryTimer: Timer;
  #deadlineMs = 0;
  #lostElections = 0;
  /** Voters whose answer to the current round is on its way. */
  #asked = new Set<NodeId>();
  #round = 0;

  constructor(core: RaftCore) {
    this.#core = core;
    this.#electionTimer = core.env.timers.create("quorum-election", () => this.#onElectionTimeout());
    this.#retryTimer = core.env.timers.create("quorum-vote-retry", () => this.requestVotes());
  }

  /** Waits for a leader to show up: the timeout, plus as much again at random so that not all stand at once. */
  armElectionTimer(delayMs = this.#randomTimeoutMs()): void {
    this.#deadlineMs = this.#core.env.clock.monotonicMs() + delayMs;
    this.#electionTimer.arm(delayMs);
  }

  /**
   * What is left of the present wait, to go on with it in a higher epoch: a rival that raises the epoch again and
   * again must not put this node off for ever. Undefined where a new wait begins.
   */
  get remainingMs(): number | undefined {
    const { state } = this.#core.quorum;
    const isRejected = state.name === "Prospective" && state.tally.isRejected;
    const isWaiting = state.name !== "Follower" && state.name !== "Leader";
    return isWaiting && !isRejected ? Math.max(0, this.#deadlineMs - this.#core.env.clock.monotonicMs()) : undefined;
  }

  #randomTimeoutMs(): number {
    const timeoutMs = this.#core.config["controller.quorum.election.timeout.ms"];
    const { buggify, random } = this.#core.env;
    const extraMs = random.below(timeoutMs);
    return buggify.strikes("shortest-election-timeout") ? timeoutMs : timeoutMs + extraMs;
  }

  /** A new round of questions begins: answers to the old one no longer count. */
  beginRound(): void {
    const { quorum, env } = this.#core;
    // KIP-996: the epoch is raised only by one who would win; a voter cut off for minutes would come back with a
    // higher epoch than everybody, and depose the leader they follow.
    if (quorum.state.name === "Prospective" && env.bugs["stand-without-asking"]) return this.#core.becomeCandidate();
    this.#round += 1;
    this.#asked = new Set();
    this.armElectionTimer();
    const round = this.#round;
    // The only voter of a quorum is decided by its own vote, but not before the vote is durable.
    quorum.whenDurable(() => {
      if (round === this.#round) this.#settle();
    });
    this.requestVotes();
  }

  /** The epoch has a leader, or this node stopped standing. */
  endRound(hasLeader: boolean): void {
    this.#round += 1;
    this.#electionTimer.cancel();
    this.#retryTimer.cancel();
    if (hasLeader) this.#lostElections = 0;
  }

  requestVotes(): void {
    const { quorum, env, clusterId, logEnd } = this.#core;
    const state = quorum.state;
    if (state.name !== "Prospective" && state.name !== "Candidate") return;
    if (state.tally.isRejected) return;
    const preVote = state.name === "Prospective";
    const round = this.#round;
    for (const voterId of state.tally.unrecorded) {
      if (this.#asked.has(voterId)) continue;
      this.#asked.add(voterId);
      const body = voteRequest({ clusterId, voterId, candidateId: env.nodeId, epoch: state.epoch, logEnd, preVote });
      this.#core.send(voterId, "Vote", body, (outcome) => {
        if (round !== this.#round) return;
        this.#asked.delete(voterId);
        if (outcome.ok) this.#handleVoteResponse(voterId, outcome.body);
        else this.#retryLater();
      });
    }
  }

  #retryLater(): void {
    if (!this.#retryTimer.armed) this.#retryTimer.arm(this.#core.config["controller.quorum.retry.backoff.ms"]);
  }

  #handleVoteResponse(voter: NodeId, body: ResponseBody<"Vote">): void {
    const partition = body.topics[0]?.partitions[0];
    if (body.errorCode !== Errors.NONE || partition === undefined) return this.#retryLater();
    const { errorCode, leaderId, leaderEpoch, voteGranted } = partition;
    if (this.#core.handleLeaderAndEpoch(errorCode, leaderId, leaderEpoch)) return;
    if (errorCode !== Errors.NONE) return this.#retryLater();
    const state = this.#core.quorum.state;
    if (state.name !== "Prospective" && state.name !== "Candidate") return;
    if (voteGranted) state.tally.grant(voter);
    else state.tally.reject(voter);
    this.#settle();
  }

  /** Is the round decided? */
  #settle(): void {
    const state = this.#core.quorum.state;
    if (state.name === "Prospective") {
      if (state.tally.isGranted) this.#core.becomeCandidate();
      else if (state.tally.isRejected) {
        this.#core.env.marks.reached("pre-vote-lost");
        this.#giveUpProspective();
      }
    } else if (state.name === "Candidate") {
      if (state.tally.isGranted) this.#core.becomeLeader(state.tally.grantingVoters);
      else if (state.tally.isRejected && !state.isBackingOff) {
        this.#core.env.marks.reached("election-lost");
        this.#beginBackoff();
      }
    }
  }

  #giveUpProspective(): void {
    const state = this.#core.quorum.state;
    if (state.name !== "Prospective") return;
    if (state.leaderId === NO_LEADER) this.#core.becomeUnattached(state.epoch);
    else this.#core.becomeFollower(state.epoch, state.leaderId);
  }

  #beginBackoff(): void {
    const state = this.#core.quorum.state;
    if (state.name !== "Candidate") return;
    state.isBackingOff = true;
    this.#lostElections += 1;
    this.#retryTimer.cancel();
    this.#electionTimer.arm(this.#backoffMs());
  }

  /** Grows with every election lost in a row, at random so that two rivals do not keep stealing each other's votes. */
  #backoffMs(): number {
    const doublings = Math.min(MAX_BACKOFF_DOUBLINGS, this.#lostElections - 1);
    const drawn = BACKOFF_BASE_MS * this.#core.env.random.below(2 << doublings);
    return Math.min(drawn, this.#core.config["controller.quorum.election.backoff.max.ms"]);
  }

  #onElectionTimeout(): void {
    const { quorum, isShuttingDown } = this.#core;
    const state = quorum.state;
    if (isShuttingDown) return;
    switch (state.name) {
      case "Unattached":
        return this.#core.becomeProspective();
      case "Prospective":
        return this.#giveUpProspective();
      case "Candidate":
        if (state.isBackingOff) return this.#core.becomeProspective();
        this.#core.env.marks.reached("election-timed-out");
        return this.#beginBackoff();
      case "Resigned":
        // The epoch had its leader; the next one is open to all, this node included, which has waited long enough.
        return this.#core.becomeUnattached(state.epoch + 1);
      case "Follower":
      case "Leader":
        return;
    }
  }

  /** Answers a vote or pre-vote; the answer leaves once what it promises is durable. */
  handleVoteRequest(body: RequestBody<"Vote">, reply: (body: ResponseBody<"Vote">) => void): void {
    const { clusterId, quorum, logEnd, env } = this.#core;
    if (body.clusterId !== null && body.clusterId !== clusterId) {
      return reply({ errorCode: Errors.INCONSISTENT_CLUSTER_ID, topics: [], nodeEndpoints: [] });
    }
    const topic = body.topics[0];
    const request = topic?.partitions[0];
    if (topic?.topicName !== METADATA_TOPIC || request?.partitionIndex !== METADATA_PARTITION) {
      return reply({ errorCode: Errors.INVALID_REQUEST, topics: [], nodeEndpoints: [] });
    }
    const answer = (error: ErrorCode, isGranted: boolean): void => {
      const response = voteResponse(error, quorum.leaderId, quorum.epoch, isGranted);
      quorum.whenDurable(() => reply(response));
    };
    const { replicaId, replicaEpoch, lastOffset, lastOffsetEpoch, preVote } = request;
    // A candidate has raised the epoch beyond its log's; one that only asks has not.
    const hasImpossibleLog = preVote ? lastOffsetEpoch > replicaEpoch : lastOffsetEpoch >= replicaEpoch;
    if (lastOffset < 0 || lastOffsetEpoch < 0 || hasImpossibleLog) return answer(Errors.INVALID_REQUEST, false);
    if (replicaEpoch < quorum.epoch) return answer(Errors.FENCED_LEADER_EPOCH, false);
    if (replicaId < 0) return answer(Errors.INVALID_REQUEST, false);
    // KAFKA-17641: even a pre-vote from a higher epoch shows that this one is over.
    if (replicaEpoch > quorum.epoch) this.#core.becomeUnattached(replicaEpoch);

    const isGranted = quorum.canGrantVote(replicaId, isAtLeast(lastOffsetEpoch, lastOffset, logEnd), preVote);
    if (isGranted && !preVote) quorum.giveVote(replicaId);
    if (env.trace.enabled) {
      env.trace.emit({
        type: "quorum.vote-answered",
        candidate: replicaId,
        epoch: replicaEpoch,
        granted: isGranted,
        preVote,
      });
    }
    answer(Errors.NONE, isGranted);
  }
}

/** Logs compare by the epoch of their last batch, then by length. */
function isAtLeast(lastEpoch: number, endOffset: number, own: OffsetAndEpoch): boolean {
  return lastEpoch > own.epoch || (lastEpoch === own.epoch && endOffset >= own.offset);
}
