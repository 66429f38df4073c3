// Admin requests: sends one request of the admin client until it has an answer worth showing.
// Lost connections and "ask again" errors are repeated, with backoff, until `default.api.timeout.ms` is over: then the
// call has timed out, whatever the last attempt said. No attempt, and nothing a broker is asked to wait for, outlasts
// the call. A lost answer may hide a success: creating a topic again then says TOPIC_ALREADY_EXISTS, in Kafka too.

import type { AdminConfig } from "../config/client-config.js";
import type { Environment, Timer } from "../environment.js";
import { type ErrorCode, errorName, Errors, isRetriable } from "../errors.js";
import { type ApiName, APIS, type RequestBody, type ResponseBody } from "../protocol/apis.js";
import type { RequestOutcome } from "../protocol/network-client.js";
import { NO_LEADER, type NodeEndpoint, type NodeId, type TopicPartition } from "../types.js";
import { ExponentialBackoff } from "./backoff.js";
import type { ClientMetadata } from "./client-metadata.js";
import type { ClientNetwork } from "./client-network.js";

export type AdminResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: ErrorCode; readonly errorName: string; readonly message: string | null };

export type AdminCallback<T> = (result: AdminResult<T>) => void;

/** Who answers a request. */
export type AdminTarget =
  | { readonly kind: "any" }
  /** With KRaft, some broker that forwards: the one that the last metadata named. */
  | { readonly kind: "controller" }
  | { readonly kind: "node"; readonly id: number }
  | { readonly kind: "group"; readonly id: string }
  | { readonly kind: "leader"; readonly topic: string; readonly partition: number };

/** Errors of a partition's metadata that pass: its leader is looked up again (Kafka's `PartitionLeaderStrategy`). */
const LOOK_AGAIN: ReadonlySet<ErrorCode> = new Set([
  Errors.NOT_LEADER_OR_FOLLOWER,
  Errors.REPLICA_NOT_AVAILABLE,
  Errors.LEADER_NOT_AVAILABLE,
  Errors.BROKER_NOT_AVAILABLE,
  Errors.KAFKA_STORAGE_ERROR,
  Errors.UNKNOWN_TOPIC_OR_PARTITION,
]);

/** Errors that say nothing about the request itself. */
const ASK_AGAIN: ReadonlySet<ErrorCode> = new Set([
  Errors.NOT_CONTROLLER,
  Errors.NOT_COORDINATOR,
  Errors.COORDINATOR_NOT_AVAILABLE,
  Errors.COORDINATOR_LOAD_IN_PROGRESS,
  Errors.THROTTLING_QUOTA_EXCEEDED,
  Errors.NOT_LEADER_OR_FOLLOWER,
  Errors.LEADER_NOT_AVAILABLE,
]);

interface Call {
  readonly deadlineMs: number;
  readonly run: () => void;
  readonly fail: (error: ErrorCode) => void;
  failures: number;
  retryAtMs: number;
  /** It waits for metadata to tell of a broker that can be asked. */
  isUnassigned: boolean;
}

export function failed<T>(error: ErrorCode, message: string | null = null): AdminResult<T> {
  return { ok: false, error, errorName: errorName(error), message };
}

/** The callbacks of `count` requests whose answers, in their order, make one; the first failure is the failure of all. */
export function gather<T>(count: number, onDone: AdminCallback<readonly T[]>): readonly AdminCallback<readonly T[]>[] {
  const answers: (readonly T[])[] = [];
  let open = count;
  if (count === 0) onDone({ ok: true, value: [] });
  return Array.from({ length: count }, (_, index) => (result) => {
    if (open === 0) return;
    if (!result.ok) {
      open = 0;
      return onDone(result);
    }
    answers[index] = result.value;
    open -= 1;
    if (open === 0) onDone({ ok: true, value: answers.flat() });
  });
}

export class AdminRequests {
  private readonly env: Environment;
  private readonly network: ClientNetwork;
  private readonly metadata: ClientMetadata;
  private readonly timeoutMs: number;
  private readonly requestTimeoutMs: number;
  private readonly backoff: ExponentialBackoff;
  private readonly timer: Timer;
  private waiting: Call[] = [];

  constructor(env: Environment, network: ClientNetwork, metadata: ClientMetadata, config: AdminConfig) {
    this.env = env;
    this.network = network;
    this.metadata = metadata;
    this.timeoutMs = config["default.api.timeout.ms"];
    this.requestTimeoutMs = config["request.timeout.ms"];
    this.backoff = new ExponentialBackoff(env.random, config["retry.backoff.ms"], config["retry.backoff.max.ms"]);
    this.timer = env.timers.create("admin-retry", () => this.retryDue());
    metadata.onUpdate(() => this.assign());
  }

  /**
   * @param createBody what to ask, given the time-out of the attempt in ms
   * @param errorsOf the error codes of an answer: one of "ask again" repeats the request; one that is retriable if a
   *   leader is asked, since partitions move
   * @param onAnswer called once, with the body, or with what ended the call
   */
  send<A extends ApiName>(
    target: AdminTarget,
    api: A,
    createBody: (timeoutMs: number) => RequestBody<A>,
    errorsOf: (body: ResponseBody<A>) => readonly ErrorCode[],
    onAnswer: AdminCallback<ResponseBody<A>>,
  ): void {
    const call: Call = {
      deadlineMs: this.env.clock.monotonicMs() + this.timeoutMs,
      failures: 0,
      retryAtMs: 0,
      isUnassigned: false,
      fail: (error) => onAnswer(failed(error)),
      run: () =>
        this.locate(target, call, (node) => this.attempt(target, call, node, api, createBody, errorsOf, onAnswer)),
    };
    call.run();
  }

  close(): void {
    this.timer.cancel();
    this.waiting = [];
  }

  private attempt<A extends ApiName>(
    target: AdminTarget,
    call: Call,
    node: NodeEndpoint,
    api: A,
    createBody: (timeoutMs: number) => RequestBody<A>,
    errorsOf: (body: ResponseBody<A>) => readonly ErrorCode[],
    onAnswer: AdminCallback<ResponseBody<A>>,
  ): void {
    const timeoutMs = this.attemptTimeoutMs(call);
    const handle = (outcome: RequestOutcome<A>): void => {
      if (!outcome.ok) {
        if (outcome.reason === "unsupported-version") onAnswer(failed(Errors.UNSUPPORTED_VERSION));
        else this.retry(call);
        return;
      }
      const asksAgain = (error: ErrorCode): boolean =>
        target.kind === "leader" ? isRetriable(error) : ASK_AGAIN.has(error);
      const errors = errorsOf(outcome.body);
      if (errors.includes(Errors.NOT_CONTROLLER)) this.metadata.controllerId = NO_LEADER;
      if (errors.some(asksAgain)) this.retry(call);
      else onAnswer({ ok: true, value: outcome.body });
    };
    this.network.send(node, api, createBody(timeoutMs), handle, { timeoutMs });
  }

  private attemptTimeoutMs(call: Call): number {
    return Math.min(this.requestTimeoutMs, Math.max(0, call.deadlineMs - this.env.clock.monotonicMs()));
  }

  private locate(target: AdminTarget, call: Call, onNode: (node: NodeEndpoint) => void): void {
    if (target.kind === "group") {
      this.findCoordinator(target.id, call, onNode);
      return;
    }
    if (target.kind === "leader") {
      this.findLeader(target, call, onNode);
      return;
    }
    const node = target.kind === "any" ? this.anyNode() : this.metadata.node(this.nodeIdOf(target));
    if (node !== undefined) onNode(node);
    else this.postpone(call);
  }

  /** Bootstrap servers are asked for metadata, and nothing else. */
  private anyNode(): NodeEndpoint | undefined {
    return this.metadata.allNodes().length === 0 ? undefined : this.metadata.leastLoadedNode();
  }

  private nodeIdOf(target: AdminTarget & { readonly kind: "node" | "controller" }): NodeId {
    return target.kind === "node" ? target.id : this.metadata.controllerId;
  }

  private findCoordinator(groupId: string, call: Call, onNode: (node: NodeEndpoint) => void): void {
    const node = this.anyNode();
    if (node === undefined) return this.postpone(call);
    const body = APIS.FindCoordinator.request.create({ keyType: 0, coordinatorKeys: [groupId] });
    const handle = (outcome: RequestOutcome<"FindCoordinator">): void => {
      const found = outcome.ok ? outcome.body.coordinators[0] : undefined;
      const error = found?.errorCode ?? Errors.NETWORK_EXCEPTION;
      if (found !== undefined && error === Errors.NONE)
        onNode({ id: found.nodeId, host: found.host, port: found.port });
      else if (ASK_AGAIN.has(error) || error === Errors.NETWORK_EXCEPTION) this.retry(call);
      else call.fail(error);
    };
    this.network.send(node, "FindCoordinator", body, handle, { timeoutMs: this.attemptTimeoutMs(call) });
  }

  /** Asked at each attempt: an error or a lost connection may mean that another broker leads by now. */
  private findLeader({ topic, partition }: TopicPartition, call: Call, onNode: (node: NodeEndpoint) => void): void {
    const node = this.anyNode();
    if (node === undefined) return this.postpone(call);
    const body = APIS.Metadata.request.create({ topics: [{ name: topic }], allowAutoTopicCreation: false });
    const handle = (outcome: RequestOutcome<"Metadata">): void => {
      if (!outcome.ok) return this.retry(call);
      const found = outcome.body.topics[0];
      const topicError = found?.errorCode ?? Errors.UNKNOWN_SERVER_ERROR;
      const passes = topicError === Errors.LEADER_NOT_AVAILABLE || topicError === Errors.BROKER_NOT_AVAILABLE;
      if (topicError !== Errors.NONE) return passes ? this.retry(call) : call.fail(topicError);
      const entry = found?.partitions.find(({ partitionIndex }) => partitionIndex === partition);
      const error = entry?.errorCode ?? Errors.UNKNOWN_TOPIC_OR_PARTITION;
      if (error !== Errors.NONE) return LOOK_AGAIN.has(error) ? this.retry(call) : call.fail(error);
      const leader = outcome.body.brokers.find(({ nodeId }) => nodeId === entry?.leaderId);
      if (leader === undefined) this.retry(call);
      else onNode({ id: leader.nodeId, host: leader.host, port: leader.port });
    };
    this.network.send(node, "Metadata", body, handle, { timeoutMs: this.attemptTimeoutMs(call) });
  }

  /** Nobody can be asked now: waits for the next metadata, and no longer than the call may last. */
  private postpone(call: Call): void {
    call.isUnassigned = true;
    call.retryAtMs = call.deadlineMs;
    this.waiting.push(call);
    this.metadata.requestUpdate();
    this.armTimer(this.env.clock.monotonicMs());
  }

  private assign(): void {
    const due = this.waiting.filter((call) => call.isUnassigned);
    this.waiting = this.waiting.filter((call) => !call.isUnassigned);
    for (const call of due) {
      call.isUnassigned = false;
      call.run();
    }
  }

  private retry(call: Call): void {
    const nowMs = this.env.clock.monotonicMs();
    call.retryAtMs = Math.min(nowMs + this.backoff.delayMs(call.failures), Math.max(nowMs, call.deadlineMs));
    call.failures += 1;
    this.metadata.requestUpdate();
    this.waiting.push(call);
    this.armTimer(nowMs);
  }

  private retryDue(): void {
    const nowMs = this.env.clock.monotonicMs();
    const due = this.waiting.filter((call) => call.retryAtMs <= nowMs);
    this.waiting = this.waiting.filter((call) => call.retryAtMs > nowMs);
    for (const call of due) {
      if (nowMs >= call.deadlineMs) call.fail(Errors.REQUEST_TIMED_OUT);
      else call.run();
    }
    this.armTimer(nowMs);
  }

  private armTimer(nowMs: number): void {
    let nextMs = Number.MAX_SAFE_INTEGER;
    for (const call of this.waiting) nextMs = Math.min(nextMs, call.retryAtMs);
    if (nextMs < Number.MAX_SAFE_INTEGER) this.timer.arm(Math.max(0, nextMs - nowMs));
  }
}
