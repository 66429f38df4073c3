// AlterPartition: how a leader asks the controller for another ISR (KIP-497).
//
// A broker has one request in flight; it carries every change that waited when it was sent. A change has no time-out:
// it is repeated until the controller answered, because only an answer (or new metadata) tells whether it happened.
//
//   submitted --no request in flight--> in flight --answered--> gone (the leader may submit again)
//   in flight --top-level error (stale broker epoch …)--> submitted, tried again after 50 ms
//
// Owned by the ReplicaManager; one change a partition at a time.

import type { Environment, Timer } from "../environment.js";
import { Errors, type ErrorCode } from "../errors.js";
import type { LeaderRecoveryState } from "../metadata/registrations.js";
import type { RequestBody, ResponseBody } from "../protocol/apis.js";
import type { ControllerChannel } from "../protocol/controller-channel.js";
import { type LeaderEpoch, type NodeId, type Offset, topicPartitionKey, type TopicPartitionKey } from "../types.js";
import type { Uuid } from "../types.js";

/** Member of a proposed ISR with the incarnation that caught up; -1 when the leader has not heard of it (KIP-903). */
export interface IsrMember {
  readonly brokerId: NodeId;
  readonly brokerEpoch: Offset;
}

/** What the controller committed for a partition. */
export interface AlteredPartition {
  readonly leaderId: NodeId;
  readonly leaderEpoch: LeaderEpoch;
  readonly isr: readonly NodeId[];
  readonly leaderRecoveryState: LeaderRecoveryState;
  readonly partitionEpoch: number;
}

export type AlterPartitionResult =
  { readonly ok: true; readonly partition: AlteredPartition } | { readonly ok: false; readonly error: ErrorCode };

/** A change of one partition's ISR, and whom to tell. */
export interface AlterPartitionItem {
  readonly topic: string;
  readonly topicId: Uuid;
  readonly partition: number;
  readonly leaderEpoch: LeaderEpoch;
  readonly partitionEpoch: number;
  readonly newIsr: readonly IsrMember[];
  readonly leaderRecoveryState: LeaderRecoveryState;
  /** Called once; within `submit` only for OPERATION_NOT_ATTEMPTED. */
  onResult(result: AlterPartitionResult): void;
}

/** The side of the manager that leaders see. */
export interface AlterPartitionSubmitter {
  submit(item: AlterPartitionItem): void;
}

const RETRY_BACKOFF_MS = 50;

export interface AlterPartitionManagerOptions {
  readonly env: Environment;
  readonly brokerId: NodeId;
  readonly brokerEpoch: () => Offset;
  readonly controllerChannel: ControllerChannel;
  /** An answer was worked in: whoever waits for what changed is woken now. */
  readonly afterResponse: () => void;
}

export class AlterPartitionManager implements AlterPartitionSubmitter {
  private readonly options: AlterPartitionManagerOptions;
  /** In the order of submission; kept until answered, so that it holds what is in flight too. */
  private readonly unanswered = new Map<TopicPartitionKey, AlterPartitionItem>();
  private readonly retryTimer: Timer;
  private inFlight = false;
  private closed = false;

  constructor(options: AlterPartitionManagerOptions) {
    this.options = options;
    this.retryTimer = options.env.timers.create("alter-partition-retry", () => this.maybeSend());
  }

  submit(item: AlterPartitionItem): void {
    const key = topicPartitionKey(item.topic, item.partition);
    if (this.unanswered.has(key)) {
      // A change of an earlier epoch is still unanswered: one at a time.
      item.onResult({ ok: false, error: Errors.OPERATION_NOT_ATTEMPTED });
      return;
    }
    this.unanswered.set(key, item);
    if (this.options.env.buggify.strikes("late-isr-change")) this.retryTimer.arm(RETRY_BACKOFF_MS);
    else this.maybeSend();
  }

  shutdown(): void {
    this.closed = true;
    this.retryTimer.cancel();
    this.unanswered.clear();
  }

  private maybeSend(): void {
    if (this.closed || this.inFlight || this.unanswered.size === 0) return;
    this.inFlight = true;
    this.retryTimer.cancel();
    const items = [...this.unanswered.values()];
    this.options.controllerChannel.send("AlterPartition", this.buildRequest(items), (outcome) => {
      if (this.closed) return;
      // Still in flight while results are told: what leaders submit in turn travels together in the next request.
      const answered = outcome.ok && this.handleResponse(outcome.body, items);
      this.inFlight = false;
      if (answered) this.maybeSend();
      else this.retryTimer.arm(RETRY_BACKOFF_MS);
      this.options.afterResponse();
    });
  }

  private buildRequest(items: readonly AlterPartitionItem[]): RequestBody<"AlterPartition"> {
    const topics = new Map<Uuid, RequestBody<"AlterPartition">["topics"][number]["partitions"][number][]>();
    for (const item of items) {
      let partitions = topics.get(item.topicId);
      if (partitions === undefined) {
        partitions = [];
        topics.set(item.topicId, partitions);
      }
      partitions.push({
        partitionIndex: item.partition,
        leaderEpoch: item.leaderEpoch,
        newIsr: [],
        newIsrWithEpochs: item.newIsr,
        leaderRecoveryState: item.leaderRecoveryState,
        partitionEpoch: item.partitionEpoch,
      });
    }
    return {
      brokerId: this.options.brokerId,
      brokerEpoch: this.options.brokerEpoch(),
      topics: [...topics].map(([topicId, partitions]) => ({ topicId, partitions })),
    };
  }

  /** Tells each item its result. False if the whole request failed and must be repeated. */
  private handleResponse(body: ResponseBody<"AlterPartition">, items: readonly AlterPartitionItem[]): boolean {
    if (body.errorCode !== Errors.NONE) return false;
    const answers = new Map<string, ResponseBody<"AlterPartition">["topics"][number]["partitions"][number]>();
    for (const topic of body.topics) {
      for (const partition of topic.partitions) answers.set(`${topic.topicId}:${partition.partitionIndex}`, partition);
    }
    for (const item of items) {
      const answer = answers.get(`${item.topicId}:${item.partition}`);
      // Without an answer the item stays and travels with the next request.
      if (answer === undefined) continue;
      this.unanswered.delete(topicPartitionKey(item.topic, item.partition));
      if (answer.errorCode !== Errors.NONE) {
        item.onResult({ ok: false, error: answer.errorCode });
        continue;
      }
      item.onResult({
        ok: true,
        partition: {
          leaderId: answer.leaderId,
          leaderEpoch: answer.leaderEpoch,
          isr: answer.isr,
          leaderRecoveryState: answer.leaderRecoveryState === 1 ? 1 : 0,
          partitionEpoch: answer.partitionEpoch,
        },
      });
    }
    return true;
  }
}
