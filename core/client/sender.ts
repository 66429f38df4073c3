// Sender: the loop of a producer that turns waiting batches into Produce requests and answers into outcomes.
// It owns retries: a batch is sent again, in its place in the sequence, until it succeeds, is refused for good or
// `delivery.timeout.ms` is over. It runs when told to (`wakeup`), when an answer comes, and when its timer fires.

import type { ProducerConfig } from "../config/client-config.js";
import type { Environment, Timer } from "../environment.js";
import { type ErrorCode, Errors, isRetriable, refreshesMetadata } from "../errors.js";
import { APIS, type RequestBody, type ResponseBody } from "../protocol/apis.js";
import type { RequestOutcome } from "../protocol/network-client.js";
import type { NodeEndpoint, NodeId } from "../types.js";
import { ExponentialBackoff } from "./backoff.js";
import type { ClientMetadata } from "./client-metadata.js";
import type { ClientNetwork } from "./client-network.js";
import type { Idempotence } from "./idempotence.js";
import { INVALID_BATCH_MATE, type ProducerBatch } from "./producer-batch.js";
import { mayHaveBeenWritten } from "./producer-record.js";
import type { RecordAccumulator } from "./record-accumulator.js";

type PartitionAnswer = ResponseBody<"Produce">["responses"][number]["partitionResponses"][number];

const INT32_MAX = 2_147_483_647;
/** Kafka's producer asks for a producer id without a transaction: the broker ignores the time-out. */
const NO_TRANSACTION_TIMEOUT_MS = INT32_MAX;

export class Sender {
  /** 0, 1 or −1 (all). */
  readonly acks: number;
  private readonly env: Environment;
  private readonly network: ClientNetwork;
  private readonly metadata: ClientMetadata;
  private readonly accumulator: RecordAccumulator;
  private readonly idempotence: Idempotence | undefined;
  private readonly onProgress: () => void;
  private readonly retries: number;
  private readonly deliveryTimeoutMs: number;
  private readonly requestTimeoutMs: number;
  private readonly maxInFlight: number;
  private readonly backoff: ExponentialBackoff;
  private readonly timer: Timer;
  private readonly inFlightRequests = new Map<NodeId, number>();
  private isRequestingProducerId = false;
  private producerIdFailures = 0;
  private producerIdRetryAtMs = 0;
  private isAwake = false;
  private isClosed = false;

  /** @param onProgress called after every run: memory may be free, a flush may be done */
  constructor(
    env: Environment,
    config: ProducerConfig,
    network: ClientNetwork,
    metadata: ClientMetadata,
    accumulator: RecordAccumulator,
    idempotence: Idempotence | undefined,
    onProgress: () => void,
  ) {
    this.env = env;
    this.network = network;
    this.metadata = metadata;
    this.accumulator = accumulator;
    this.idempotence = idempotence;
    this.onProgress = onProgress;
    this.acks = config.acks === "all" ? -1 : Number(config.acks);
    this.retries = config.retries;
    this.deliveryTimeoutMs = config["delivery.timeout.ms"];
    this.requestTimeoutMs = config["request.timeout.ms"];
    this.maxInFlight = config["max.in.flight.requests.per.connection"];
    this.backoff = new ExponentialBackoff(env.random, config["retry.backoff.ms"], config["retry.backoff.max.ms"]);
    this.timer = env.timers.create("sender", () => this.run());
    network.observe({ onReady: () => this.wakeup(), onDisconnected: () => this.wakeup() });
  }

  /** Runs as soon as the present handler is done, so that all records it sends share batches. */
  wakeup(): void {
    if (this.isAwake || this.isClosed) return;
    this.isAwake = true;
    this.timer.arm(0);
  }

  close(): void {
    this.isClosed = true;
    this.timer.cancel();
  }

  private run(): void {
    this.isAwake = false;
    if (this.isClosed) return;
    const nowMs = this.env.clock.monotonicMs();
    this.maintainProducerId(nowMs);
    let waitMs = this.sendReadyBatches(nowMs);
    this.expireBatches(nowMs);
    this.onProgress();
    if (this.isAwake || this.isClosed) return;
    waitMs = Math.min(waitMs, this.accumulator.nextExpiryMs() - nowMs);
    if (this.idempotence?.hasProducerId === false && this.producerIdRetryAtMs > nowMs) {
      waitMs = Math.min(waitMs, this.producerIdRetryAtMs - nowMs);
    }
    if (waitMs < INT32_MAX) this.timer.arm(Math.max(waitMs, 0));
    else this.timer.cancel();
  }

  /** @returns milliseconds until there may be more to send */
  private sendReadyBatches(nowMs: number): number {
    for (;;) {
      const ready = this.accumulator.ready(nowMs);
      // Some of them may have been idle for so long that the metadata forgot them.
      for (const topic of ready.unknownLeaderTopics) this.metadata.addTopic(topic);
      if (ready.unknownLeaderTopics.size > 0) this.metadata.requestUpdate();
      let waitMs = ready.nextCheckMs;
      if (this.idempotence?.hasProducerId === false) return waitMs;
      let hasSent = false;
      for (const node of ready.nodes) {
        if ((this.inFlightRequests.get(node.id) ?? 0) >= this.maxInFlight) continue;
        // Until there is a connection a batch stays where it is: it may still grow, and failing to connect is no
        // attempt to send it.
        if (!this.network.ready(node)) {
          const backoffMs = this.network.backoffRemainingMs(node.id);
          if (backoffMs > 0) waitMs = Math.min(waitMs, Math.max(1, backoffMs));
          continue;
        }
        const batches = this.accumulator.drain(node, nowMs);
        if (batches.length === 0) continue;
        this.sendProduceRequest(node, batches);
        hasSent = true;
      }
      if (!hasSent) return waitMs;
    }
  }

  private sendProduceRequest(node: NodeEndpoint, batches: readonly ProducerBatch[]): void {
    const topicData: {
      name: string;
      partitionData: { index: number; records: Uint8Array | null }[];
    }[] = [];
    for (const batch of batches) {
      const { queue } = batch;
      const partition = { index: queue.partition, records: batch.build() };
      const known = topicData.find((topic) => topic.name === queue.topic);
      if (known !== undefined) known.partitionData.push(partition);
      else topicData.push({ name: queue.topic, partitionData: [partition] });
      batch.isInFlight = true;
      queue.inFlight.push(batch);
      if (this.maxInFlight === 1) queue.isMuted = true;
      if (this.env.trace.enabled) batch.traceSent(this.env);
    }
    const body: RequestBody<"Produce"> = {
      transactionalId: null,
      acks: this.acks,
      timeoutMs: this.requestTimeoutMs,
      topicData,
    };
    this.inFlightRequests.set(node.id, (this.inFlightRequests.get(node.id) ?? 0) + 1);
    const options = this.acks === 0 ? { expectResponse: false } : undefined;
    this.network.send(node, "Produce", body, (outcome) => this.handleOutcome(node.id, batches, outcome), options);
  }

  private handleOutcome(nodeId: NodeId, batches: readonly ProducerBatch[], outcome: RequestOutcome<"Produce">): void {
    this.inFlightRequests.set(nodeId, (this.inFlightRequests.get(nodeId) ?? 1) - 1);
    if (this.isClosed) return;
    if (!outcome.ok) {
      const error =
        outcome.reason === "unsupported-version"
          ? Errors.UNSUPPORTED_VERSION
          : outcome.reason === "timed-out"
            ? Errors.REQUEST_TIMED_OUT
            : Errors.NETWORK_EXCEPTION;
      for (const batch of batches) this.handleAnswer(batch, error, undefined);
      this.metadata.requestUpdate();
    } else if (this.acks === 0) {
      for (const batch of batches) this.handleAnswer(batch, Errors.NONE, undefined);
    } else {
      this.handleResponse(batches, outcome.body);
    }
    this.wakeup();
  }

  private handleResponse(batches: readonly ProducerBatch[], body: ResponseBody<"Produce">): void {
    let hasNewLeader = false;
    for (const batch of batches) {
      const { topic, partition } = batch.queue;
      const answer = findAnswer(body, topic, partition);
      this.handleAnswer(batch, answer?.errorCode ?? Errors.UNKNOWN_SERVER_ERROR, answer);
      if (answer !== undefined && answer.currentLeader.leaderId >= 0) {
        const { currentLeader } = answer;
        if (this.metadata.applyLeaderHint(topic, partition, currentLeader, body.nodeEndpoints)) hasNewLeader = true;
      }
    }
    if (hasNewLeader) this.metadata.notifyListeners();
  }

  private handleAnswer(batch: ProducerBatch, error: ErrorCode, answer: PartitionAnswer | undefined): void {
    const { queue } = batch;
    batch.isInFlight = false;
    const at = queue.inFlight.indexOf(batch);
    if (at === 0) queue.inFlight.shift();
    else if (at > 0) queue.inFlight.splice(at, 1);
    if (this.maxInFlight === 1) queue.isMuted = false;
    if (error === Errors.NONE || (error === Errors.DUPLICATE_SEQUENCE_NUMBER && !batch.isDone)) {
      const baseOffset = error === Errors.NONE && answer !== undefined ? answer.baseOffset : -1;
      this.completeBatch(batch, baseOffset, answer?.logAppendTimeMs ?? -1);
      return;
    }
    if (mayHaveBeenWritten(error)) batch.maybeWritten = true;
    if (error === Errors.MESSAGE_TOO_LARGE && batch.recordCount > 1 && !batch.isDone) {
      this.idempotence?.removeOpen(batch);
      this.accumulator.splitAndReenqueue(batch);
    } else if (this.canRetry(batch, error, answer)) {
      batch.attempts += 1;
      this.accumulator.reenqueue(batch, this.env.clock.monotonicMs() + this.backoff.delayMs(batch.attempts - 1));
    } else {
      batch.attempts += 1;
      // With retries exhausted nobody knows whether an earlier attempt used the sequence: it may not be reassigned.
      this.failBatch(batch, error, batch.attempts <= this.retries, answer);
    }
    if (refreshesMetadata(error)) this.metadata.requestUpdate();
  }

  private canRetry(batch: ProducerBatch, error: ErrorCode, answer: PartitionAnswer | undefined): boolean {
    if (batch.isDone || batch.attempts >= this.retries) return false;
    if (batch.hasReachedDeliveryTimeout(this.deliveryTimeoutMs, this.env.clock.monotonicMs())) return false;
    if (this.idempotence === undefined) return isRetriable(error);
    return this.idempotence.canRetry(batch, error, answer?.logStartOffset ?? -1);
  }

  private completeBatch(batch: ProducerBatch, baseOffset: number, logAppendTimeMs: number): void {
    this.idempotence?.handleCompleted(batch, baseOffset);
    this.accumulator.release(batch);
    batch.complete(this.env, baseOffset, logAppendTimeMs, this.acks);
  }

  private failBatch(
    batch: ProducerBatch,
    error: ErrorCode,
    sequenceIsFree: boolean,
    answer: PartitionAnswer | undefined,
  ): void {
    if (batch.isDone) return;
    this.idempotence?.handleFailed(batch, error, sequenceIsFree);
    this.accumulator.release(batch);
    const recordErrors = answer?.recordErrors ?? [];
    if (recordErrors.length === 0) {
      batch.fail(this.env, error);
      return;
    }
    const invalid = new Set(recordErrors.map((recordError) => recordError.batchIndex));
    // The error of the partition is that of a record only if no other record was refused, maybe for another reason.
    const ofRecord = recordErrors.length === 1 ? error : Errors.INVALID_RECORD;
    batch.fail(this.env, error, (index) => (invalid.has(index) ? ofRecord : INVALID_BATCH_MATE));
  }

  private expireBatches(nowMs: number): void {
    // As in Kafka, those that wait end before those that a broker owes an answer for.
    const expired = this.accumulator.expire(nowMs);
    for (const { inFlight } of this.accumulator.allQueues) {
      while (inFlight.length > 0 && inFlight[0]!.hasReachedDeliveryTimeout(this.deliveryTimeoutMs, nowMs)) {
        expired.push(inFlight.shift()!);
      }
    }
    for (const batch of expired) {
      if (batch.isDone) continue;
      const wasSentBefore = batch.inRetry && batch.hasSequence;
      this.failBatch(batch, Errors.REQUEST_TIMED_OUT, false, undefined);
      if (wasSentBefore) this.idempotence?.markUnresolved(batch);
    }
  }

  /** An idempotent producer cannot send before it has an id; after a fatal error it never can. */
  private maintainProducerId(nowMs: number): void {
    const idempotence = this.idempotence;
    if (idempotence === undefined) return;
    if (idempotence.fatalError !== Errors.NONE) {
      this.abortWaiting(idempotence.fatalError);
      return;
    }
    idempotence.maybeResolveSequences();
    idempotence.bumpEpochIfNeeded();
    if (idempotence.hasProducerId || this.isRequestingProducerId || nowMs < this.producerIdRetryAtMs) return;
    const node = this.metadata.leastLoadedNode();
    if (node === undefined) {
      this.producerIdRetryAtMs = nowMs + this.metadata.nodeBackoffRemainingMs();
      return;
    }
    this.isRequestingProducerId = true;
    const body = APIS.InitProducerId.request.create({
      transactionalId: null,
      transactionTimeoutMs: NO_TRANSACTION_TIMEOUT_MS,
    });
    this.network.send(node, "InitProducerId", body, (outcome) => this.handleProducerId(outcome));
  }

  private handleProducerId(outcome: RequestOutcome<"InitProducerId">): void {
    this.isRequestingProducerId = false;
    if (this.isClosed || this.idempotence === undefined) return;
    const error = outcome.ok ? outcome.body.errorCode : Errors.NETWORK_EXCEPTION;
    if (outcome.ok && error === Errors.NONE) {
      this.producerIdFailures = 0;
      this.idempotence.setProducerId(outcome.body.producerId, outcome.body.producerEpoch);
    } else if (isRetriable(error) || error === Errors.UNKNOWN_SERVER_ERROR) {
      this.producerIdRetryAtMs = this.env.clock.monotonicMs() + this.backoff.delayMs(this.producerIdFailures);
      this.producerIdFailures += 1;
    } else {
      this.idempotence.fatalError = error;
    }
    this.wakeup();
  }

  private abortWaiting(error: ErrorCode): void {
    for (const queue of this.accumulator.allQueues) {
      for (const batch of queue.waiting.splice(0)) this.failBatch(batch, error, false, undefined);
    }
  }
}

function findAnswer(body: ResponseBody<"Produce">, topic: string, partition: number): PartitionAnswer | undefined {
  for (const answered of body.responses) {
    if (answered.name !== topic) continue;
    for (const answer of answered.partitionResponses) if (answer.index === partition) return answer;
  }
  return undefined;
}
