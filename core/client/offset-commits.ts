// Offset commits: tells the group's coordinator how far this consumer has come, and asks it where to begin.
// A commit carries the member's generation, so that a member the group has moved past cannot overwrite the commits
// of its successor. Asynchronous commits are not repeated: a late repetition could undo a newer commit.

import type { ConsumerConfig } from "../config/client-config.js";
import type { Environment, Timer } from "../environment.js";
import { type ErrorCode, Errors, isRetriable } from "../errors.js";
import { APIS } from "../protocol/apis.js";
import { compareTopicPartitions, type TopicPartition, type TopicPartitionKey, topicPartitionKey } from "../types.js";
import { ExponentialBackoff } from "./backoff.js";
import type { CommitResult, OffsetAndEpoch, PartitionOffset } from "./consumer-record.js";
import type { CoordinatorLink } from "./coordinator-link.js";

/** Who commits: generation −1 and an empty member id outside of group management. */
export interface CommitIdentity {
  readonly generationId: number;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
}

/** What `committed` finds: undefined where nothing was committed. */
export type CommittedResult =
  | { readonly ok: true; readonly offsets: ReadonlyMap<TopicPartitionKey, OffsetAndEpoch> }
  | { readonly ok: false; readonly error: ErrorCode };

interface Attempt {
  readonly run: () => void;
  readonly fail: (error: ErrorCode) => void;
  readonly deadlineMs: number;
  failures: number;
  /** Why the last try failed. */
  error: ErrorCode;
  retryAtMs: number;
}

export class OffsetCommits {
  private readonly env: Environment;
  private readonly link: CoordinatorLink;
  private readonly groupId: string;
  private readonly identity: () => CommitIdentity | ErrorCode;
  private readonly onCoordinatorError: (error: ErrorCode, identity: CommitIdentity) => void;
  private readonly backoff: ExponentialBackoff;
  private readonly timer: Timer;
  private retries: Attempt[] = [];
  private commitsBegun = 0;
  /** When the timer fires, while it is armed. */
  private nextRetryMs = 0;

  /**
   * @param identity who commits now, or why nobody may
   * @param onCoordinatorError an answer that says the membership of `identity` is over
   */
  constructor(
    env: Environment,
    link: CoordinatorLink,
    config: ConsumerConfig,
    identity: () => CommitIdentity | ErrorCode,
    onCoordinatorError: (error: ErrorCode, identity: CommitIdentity) => void,
  ) {
    this.env = env;
    this.link = link;
    this.groupId = config["group.id"];
    this.identity = identity;
    this.onCoordinatorError = onCoordinatorError;
    this.backoff = new ExponentialBackoff(env.random, config["retry.backoff.ms"], config["retry.backoff.max.ms"]);
    this.timer = env.timers.create("offset-requests", () => this.retryDue());
  }

  /**
   * Commits, repeating retriable failures until `timeoutMs` is over (`commitSync`); 0 for a single attempt
   * (`commitAsync`).
   */
  commit(offsets: readonly PartitionOffset[], timeoutMs: number, onDone: (result: CommitResult) => void): void {
    if (offsets.length === 0) {
      onDone({ ok: true });
      return;
    }
    const number = ++this.commitsBegun;
    const attempt: Attempt = {
      // Another commit was begun since the first try: a repetition could undo it, so the caller is told of the failure.
      run: () =>
        attempt.failures > 0 && number < this.commitsBegun
          ? attempt.fail(attempt.error)
          : this.sendCommit(offsets, attempt, onDone),
      fail: (error) => onDone({ ok: false, error }),
      deadlineMs: this.env.clock.monotonicMs() + timeoutMs,
      failures: 0,
      error: Errors.NONE,
      retryAtMs: 0,
    };
    attempt.run();
  }

  /** Looks up the committed offsets, repeating retriable failures until `timeoutMs` is over. */
  fetchCommitted(
    partitions: readonly TopicPartition[],
    timeoutMs: number,
    onDone: (result: CommittedResult) => void,
  ): void {
    const attempt: Attempt = {
      run: () => this.sendFetch(partitions, attempt, onDone),
      fail: (error) => onDone({ ok: false, error }),
      deadlineMs: this.env.clock.monotonicMs() + timeoutMs,
      failures: 0,
      error: Errors.NONE,
      retryAtMs: 0,
    };
    attempt.run();
  }

  /** The coordinator was found: those who waited for it need not wait for their backoff. */
  onCoordinatorFound(): void {
    const waiting = this.retries;
    this.retries = [];
    for (const attempt of waiting) attempt.run();
  }

  close(): void {
    this.timer.cancel();
    this.retries = [];
  }

  private sendCommit(
    offsets: readonly PartitionOffset[],
    attempt: Attempt,
    onDone: (result: CommitResult) => void,
  ): void {
    const identity = this.identity();
    if (typeof identity === "number") {
      onDone({ ok: false, error: identity });
      return;
    }
    const topics = groupByTopic(offsets).map(({ topic, partitions }) => ({
      name: topic,
      partitions: partitions.map((entry) => ({
        partitionIndex: entry.partition,
        committedOffset: entry.offset,
        committedLeaderEpoch: entry.leaderEpoch ?? -1,
        committedMetadata: "",
      })),
    }));
    const body = APIS.OffsetCommit.request.create({
      groupId: this.groupId,
      generationIdOrMemberEpoch: identity.generationId,
      memberId: identity.memberId,
      groupInstanceId: identity.groupInstanceId,
      topics,
    });
    this.link.send("OffsetCommit", body, (answer) => {
      let error: ErrorCode = answer.ok ? Errors.NONE : answer.error;
      if (answer.ok) {
        for (const topic of answer.body.topics) {
          for (const { errorCode } of topic.partitions) if (error === Errors.NONE) error = errorCode;
        }
      }
      if (error === Errors.NONE) {
        this.traceOutcome("consumer.commit-acknowledged", offsets, identity);
        onDone({ ok: true });
        return;
      }
      if (!answer.ok) this.traceOutcome("consumer.commit-unanswered", offsets, identity);
      this.noteError(error, identity);
      this.retryOrFail(attempt, error);
    });
  }

  private sendFetch(
    partitions: readonly TopicPartition[],
    attempt: Attempt,
    onDone: (result: CommittedResult) => void,
  ): void {
    const topics = groupByTopic(partitions).map((group) => ({
      name: group.topic,
      partitionIndexes: group.partitions.map((entry) => entry.partition),
    }));
    const body = APIS.OffsetFetch.request.create({ groups: [{ groupId: this.groupId, topics }], requireStable: true });
    this.link.send("OffsetFetch", body, (answer) => {
      const group = answer.ok ? answer.body.groups[0] : undefined;
      let error: ErrorCode = answer.ok ? (group?.errorCode ?? Errors.UNKNOWN_SERVER_ERROR) : answer.error;
      const offsets = new Map<TopicPartitionKey, OffsetAndEpoch>();
      for (const topic of group?.topics ?? []) {
        for (const entry of topic.partitions) {
          if (error === Errors.NONE) error = entry.errorCode;
          if (entry.committedOffset < 0) continue;
          const key = topicPartitionKey(topic.name, entry.partitionIndex);
          offsets.set(key, { offset: entry.committedOffset, leaderEpoch: entry.committedLeaderEpoch });
        }
      }
      if (error === Errors.NONE) {
        onDone({ ok: true, offsets });
        return;
      }
      if (isCoordinatorGone(error)) this.link.markUnknown();
      this.retryOrFail(attempt, error);
    });
  }

  private noteError(error: ErrorCode, identity: CommitIdentity): void {
    if (isCoordinatorGone(error) || error === Errors.REQUEST_TIMED_OUT) this.link.markUnknown();
    else if (!isRetriable(error)) this.onCoordinatorError(error, identity);
  }

  private retryOrFail(attempt: Attempt, error: ErrorCode): void {
    const nowMs = this.env.clock.monotonicMs();
    const retryAtMs = nowMs + this.backoff.delayMs(attempt.failures);
    if (!isRetriable(error) || retryAtMs > attempt.deadlineMs) {
      attempt.fail(error);
      return;
    }
    attempt.failures += 1;
    attempt.error = error;
    attempt.retryAtMs = retryAtMs;
    this.retries.push(attempt);
    this.link.ensure();
    // During an outage hundreds may wait: the timer is moved only for one that is due before all others.
    if (this.timer.armed && this.nextRetryMs <= retryAtMs) return;
    this.nextRetryMs = retryAtMs;
    this.timer.arm(Math.max(0, retryAtMs - nowMs));
  }

  private retryDue(): void {
    const nowMs = this.env.clock.monotonicMs();
    const due = this.retries.filter((attempt) => attempt.retryAtMs <= nowMs);
    this.retries = this.retries.filter((attempt) => attempt.retryAtMs > nowMs);
    for (const attempt of due) attempt.run();
    this.armTimer(nowMs);
  }

  private armTimer(nowMs: number): void {
    let nextMs = Number.MAX_SAFE_INTEGER;
    for (const attempt of this.retries) nextMs = Math.min(nextMs, attempt.retryAtMs);
    if (nextMs === Number.MAX_SAFE_INTEGER) return;
    this.nextRetryMs = nextMs;
    this.timer.arm(Math.max(0, nextMs - nowMs));
  }

  private traceOutcome(
    type: "consumer.commit-acknowledged" | "consumer.commit-unanswered",
    offsets: readonly PartitionOffset[],
    identity: CommitIdentity,
  ): void {
    if (!this.env.trace.enabled) return;
    for (const { topic, partition, offset } of offsets) {
      this.env.trace.emit({
        type,
        group: this.groupId,
        topic,
        partition,
        offset,
        generationId: identity.generationId,
      });
    }
  }
}

/** Does the error say that the coordinator is somewhere else? */
export function isCoordinatorGone(error: ErrorCode): boolean {
  return error === Errors.NOT_COORDINATOR || error === Errors.COORDINATOR_NOT_AVAILABLE;
}

function groupByTopic<P extends TopicPartition>(partitions: readonly P[]): { topic: string; partitions: P[] }[] {
  const topics: { topic: string; partitions: P[] }[] = [];
  for (const entry of [...partitions].sort(compareTopicPartitions)) {
    const last = topics[topics.length - 1];
    if (last !== undefined && last.topic === entry.topic) last.partitions.push(entry);
    else topics.push({ topic: entry.topic, partitions: [entry] });
  }
  return topics;
}
