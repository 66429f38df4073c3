// Client processes: a producer, a consumer or an admin client of core/ with its own machine, as a node.
// They are ordinary processes: they crash, pause and lose their network like brokers do.

import type { AdminConfig, ConsumerConfig, ProducerConfig } from "../../core/config/client-config.js";
import { Admin } from "../../core/client/admin.js";
import { Consumer } from "../../core/client/consumer.js";
import type { ConsumedRecord } from "../../core/client/consumer-record.js";
import { Producer } from "../../core/client/producer.js";
import type { Environment } from "../../core/environment.js";
import { Errors } from "../../core/errors.js";
import type { Node } from "../../core/node.js";
import type { TopicPartition } from "../../core/types.js";

/** A process whose only content is a producer. */
export class ProducerNode implements Node {
  readonly producer: Producer;

  constructor(env: Environment, config: ProducerConfig) {
    this.producer = new Producer(env, config);
  }

  start(): void {}

  shutdown(onStopped: () => void): void {
    this.producer.close(onStopped);
  }
}

/** What the application in a consumer process does. */
export interface Application {
  readonly topics: readonly string[];
  /** What it reads without a group: the partitions its topics have when it starts; absent in a group. */
  readonly assigns?: () => readonly TopicPartition[];
  /** Time between two polls when nothing arrives. */
  readonly pollIntervalMs: number;
  readonly autoPoll: boolean;
  /** Time the application works on what a poll returned, before it polls again. */
  readonly workMs: number;
  /** Everything a poll returned, in order. */
  onRecords(records: readonly ConsumedRecord[]): void;
  /** The work on it is done; never, if the process dies meanwhile. Only if work takes time. */
  onProcessed(records: readonly ConsumedRecord[]): void;
}

/** A process that polls a consumer and hands what it gets to its application. */
export class ConsumerNode implements Node {
  readonly consumer: Consumer;
  /** Another process has its instance id. */
  isFenced = false;
  readonly #application: Application;
  readonly #pollTimer;
  /** What the application is working on. */
  #inHand: readonly ConsumedRecord[] = [];

  constructor(env: Environment, config: ConsumerConfig, application: Application) {
    this.#application = application;
    this.consumer = new Consumer(env, config);
    this.consumer.onError = (error) => {
      if (error.name === "Group" && error.error === Errors.FENCED_INSTANCE_ID) this.isFenced = true;
    };
    this.#pollTimer = env.timers.create("application-poll", () => this.#poll());
  }

  start(): void {
    const { topics, assigns } = this.#application;
    if (assigns === undefined) this.consumer.subscribe(topics);
    else this.consumer.assign(assigns());
    if (!this.#application.autoPoll) return;
    this.consumer.onRecordsAvailable = () => {
      if (this.#inHand.length === 0) this.#pollTimer.arm(0);
    };
    this.#pollTimer.arm(0);
  }

  shutdown(onStopped: () => void): void {
    this.#pollTimer.cancel();
    this.#finishWork();
    this.consumer.close(onStopped);
  }

  /** One poll by hand; what it returns has been handed to the application too. */
  poll(): readonly ConsumedRecord[] {
    const records = this.consumer.poll();
    if (records.length > 0) this.#application.onRecords(records);
    return records;
  }

  #poll(): void {
    this.#finishWork();
    const records = this.poll();
    const { workMs, pollIntervalMs } = this.#application;
    if (workMs > 0) this.#inHand = records;
    // More may be buffered than max.poll.records: ask again at once.
    this.#pollTimer.arm(records.length > 0 ? workMs : pollIntervalMs);
  }

  #finishWork(): void {
    if (this.#inHand.length === 0) return;
    const done = this.#inHand;
    this.#inHand = [];
    this.#application.onProcessed(done);
  }
}

/** A process for the script's own requests. */
export class AdminNode implements Node {
  readonly admin: Admin;

  constructor(env: Environment, config: AdminConfig) {
    this.admin = new Admin(env, config);
  }

  start(): void {}

  shutdown(onStopped: () => void): void {
    this.admin.close();
    onStopped();
  }
}
