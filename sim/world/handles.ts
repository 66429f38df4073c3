// Handles: what a script holds of a client process. They act inside the process, and read what it told.

import { parseConfig, type ConfigOverrides } from "../../core/config/definition.js";
import { CONSUMER_CONFIG } from "../../core/config/client-config.js";
import { parseProducerConfig } from "../../core/client/producer-config-check.js";
import type { ConsumedRecord } from "../../core/client/consumer-record.js";
import type { DeliveryResult } from "../../core/client/producer-record.js";
import type { NodeId, Offset } from "../../core/types.js";
import { compareStrings, topicPartitionKey } from "../../core/types.js";
import { decodeUtf8, encodeUtf8 } from "../../core/protocol/utf8.js";
import { ConsumerNode, ProducerNode } from "./client-nodes.js";
import type { SimulatedWorld } from "./simulated-world.js";
import type {
  ConsumerHandle,
  ConsumerOptions,
  Delivery,
  OutgoingRecord,
  ProducerHandle,
  ReceivedRecord,
} from "./world.js";

class MutableDelivery implements Delivery {
  state: Delivery["state"] = "pending";
  readonly topic: string;
  partition = -1;
  offset: Offset | undefined;
  error: string | undefined;

  constructor(topic: string) {
    this.topic = topic;
  }

  /** Its producer's process is gone. */
  abandon(): void {
    this.state = "unknown";
    this.error = "the producer's process ended";
  }

  settle(result: DeliveryResult): void {
    this.partition = result.partition;
    if (result.ok) {
      this.state = "acknowledged";
      this.offset = result.offset < 0 ? undefined : result.offset;
    } else {
      this.state = result.outcomeUnknown ? "unknown" : "failed";
      this.error = result.errorName;
    }
  }
}

/** A producer process and its script's view of it. */
export class ProducerControl implements ProducerHandle {
  readonly name: string;
  readonly nodeId: NodeId;
  readonly #world: SimulatedWorld;
  readonly #open = new Set<MutableDelivery>();
  #acknowledged = 0;

  constructor(world: SimulatedWorld, name: string, config: ConfigOverrides) {
    const parsed = parseProducerConfig({ "client.id": name, ...world.bootstrap, ...config });
    this.#world = world;
    this.name = name;
    this.nodeId = world.addClient(name, (env) => {
      // Nobody will ever tell what became of the records of a process that died.
      for (const delivery of this.#open) delivery.abandon();
      this.#open.clear();
      return new ProducerNode(env, parsed);
    });
  }

  get pendingCount(): number {
    return this.#open.size;
  }
  get acknowledgedCount(): number {
    return this.#acknowledged;
  }

  send(topic: string, record: OutgoingRecord): Delivery {
    const delivery = new MutableDelivery(topic);
    const { key, value, partition } = record;
    this.#open.add(delivery);
    this.#world.inClient(this.nodeId, ProducerNode, ({ producer }) =>
      producer.send(
        {
          topic,
          key: key === undefined ? null : encodeUtf8(key),
          value: value === null ? null : encodeUtf8(value),
          ...(partition === undefined ? {} : { partition }),
        },
        (result) => {
          this.#open.delete(delivery);
          if (result.ok) this.#acknowledged++;
          delivery.settle(result);
        },
      ),
    );
    return delivery;
  }

  flush(): void {
    this.#world.inClient(this.nodeId, ProducerNode, ({ producer }) => producer.flush(() => {}));
    this.#world.until(`every record of ${this.name} has an outcome`, () => this.#open.size === 0, 300_000);
  }

  close(): void {
    this.#world.stopClient(this.nodeId);
  }
}

/** A consumer process and its script's view of it. */
export class ConsumerControl implements ConsumerHandle {
  readonly name: string;
  readonly nodeId: NodeId;
  readonly instanceId: string;
  readonly received: ReceivedRecord[] = [];
  readonly #world: SimulatedWorld;
  readonly #group: string;
  #asksEndOffsets = false;

  constructor(world: SimulatedWorld, name: string, options: ConsumerOptions) {
    const parsed = parseConfig(CONSUMER_CONFIG, {
      "client.id": name,
      ...world.bootstrap,
      ...(options.group === undefined ? {} : { "group.id": options.group }),
      ...options.config,
    });
    this.#world = world;
    this.name = name;
    this.#group = options.group ?? "";
    this.instanceId = parsed["group.instance.id"];
    const { workMs = 0 } = options;
    const keepsReceived = options.keepReceived !== false;
    const looksAtOnce =
      keepsReceived || options.onRecord !== undefined || (workMs === 0 && options.onPolled !== undefined);
    const onRecords = (records: readonly ConsumedRecord[]): void => {
      // Decoding what nobody looks at costs.
      if (!looksAtOnce) return;
      const batch = records.map(asReceived);
      for (const record of batch) {
        if (keepsReceived) this.received.push(record);
        options.onRecord?.(record);
      }
      if (workMs === 0) options.onPolled?.(this, batch);
    };
    const onProcessed = (records: readonly ConsumedRecord[]): void => {
      for (const record of records) this.processed(record);
      options.onPolled?.(this, records.map(asReceived));
    };
    const application = {
      topics: options.topics,
      ...(options.group === undefined ? { assigns: () => world.partitionsOf(options.topics) } : {}),
      pollIntervalMs: options.pollIntervalMs ?? 100,
      autoPoll: options.autoPoll ?? true,
      workMs,
      onRecords,
      onProcessed,
    };
    this.nodeId = world.addClient(name, (env) => {
      this.#asksEndOffsets = false;
      return new ConsumerNode(env, parsed, application);
    });
  }

  get assignment(): readonly string[] {
    const node = this.#world.runningNode(this.nodeId);
    if (!(node instanceof ConsumerNode)) return [];
    return node.consumer.assignment
      .map(({ topic, partition }) => topicPartitionKey(topic, partition))
      .sort(compareStrings);
  }

  get isFenced(): boolean {
    const node = this.#world.runningNode(this.nodeId);
    return node instanceof ConsumerNode && node.isFenced;
  }

  poll(): readonly ReceivedRecord[] {
    const before = this.received.length;
    this.#world.inClient(this.nodeId, ConsumerNode, (node) => node.poll());
    return this.received.slice(before);
  }

  processed({ topic, partition, offset }: Pick<ReceivedRecord, "topic" | "partition" | "offset">): void {
    const { recorder } = this.#world.cluster;
    if (!recorder.enabled) return;
    recorder.emit(this.nodeId, { type: "application.processed", group: this.#group, topic, partition, offset });
  }

  commit(): void {
    this.#world.inClient(this.nodeId, ConsumerNode, ({ consumer }) => consumer.commit(undefined));
  }

  committed(topic: string, partition: number): Offset | undefined {
    let answer: { readonly offset: Offset | undefined } | undefined;
    this.#world.inClient(this.nodeId, ConsumerNode, ({ consumer }) =>
      consumer.committed([{ topic, partition }], (result) => {
        answer = { offset: result.ok ? result.offsets.get(topicPartitionKey(topic, partition))?.offset : undefined };
      }),
    );
    this.#world.until(`the committed offset of ${topic}-${partition} is known`, () => answer !== undefined);
    return answer?.offset;
  }

  position(topic: string, partition: number): Offset | undefined {
    const node = this.#world.runningNode(this.nodeId);
    return node instanceof ConsumerNode ? node.consumer.position({ topic, partition }) : undefined;
  }

  seek(topic: string, partition: number, offset: Offset): void {
    this.#world.inClient(this.nodeId, ConsumerNode, ({ consumer }) => consumer.seek({ topic, partition }, offset));
  }

  askEndOffsets(): void {
    if (this.#asksEndOffsets) return;
    this.#asksEndOffsets = true;
    this.#world.inClient(this.nodeId, ConsumerNode, ({ consumer }) =>
      consumer.endOffsets(consumer.assignment, () => (this.#asksEndOffsets = false)),
    );
  }

  close(): void {
    this.#world.stopClient(this.nodeId);
  }
}

function asReceived({ topic, partition, offset, key, value, timestampMs }: ConsumedRecord): ReceivedRecord {
  return {
    topic,
    partition,
    offset,
    key: key === null ? null : decodeUtf8(key),
    value: value === null ? null : decodeUtf8(value),
    timestampMs,
  };
}
