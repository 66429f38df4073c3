// Brokers without a cluster: each a real ReplicaManager over a real log and a fake environment. The test plays the
// controller (it writes the metadata and answers AlterPartition) and carries messages between brokers by hand.

import type { ControllerOutcome, ControllerChannel } from "../../../core/protocol/controller-channel.js";
import type { ApiName, RequestBody, ResponseBody } from "../../../core/protocol/apis.js";
import type { RequestMessage } from "../../../core/environment.js";
import type { BrokerRegistration, PartitionRegistration, TopicImage } from "../../../core/metadata/registrations.js";
import type { ClusterView } from "../../../core/replication/cluster-view.js";
import type { DataPlane } from "../../../core/broker/data-plane.js";
import type { RequestContext } from "../../../core/broker/request-context.js";
import { BROKER_CONFIG, type BrokerConfig } from "../../../core/config/broker-config.js";
import { parseConfig, type ConfigOverrides } from "../../../core/config/definition.js";
import { DEFAULT_LOG_CONFIG, type LogConfig } from "../../../core/log/log-config.js";
import { LogManager } from "../../../core/log/log-manager.js";
import { encodeBatch } from "../../../core/log/record-batch.js";
import { FetchSessionCache } from "../../../core/replication/fetch-session.js";
import { FetchPartition, type FetchParams } from "../../../core/replication/fetch-partition.js";
import type { ProduceResult } from "../../../core/replication/delayed-produce.js";
import { ReplicaManager } from "../../../core/replication/replica-manager.js";
import type { Partition } from "../../../core/replication/partition.js";
import { handleFetch } from "../../../core/broker/fetch-handler.js";
import { handleListOffsets } from "../../../core/broker/list-offsets-handler.js";
import { FakeDisk, FakeEnvironment, type FakeConnection } from "../support/fake-environment.js";

export const TOPIC = "orders";
export const TOPIC_ID = "T0000000000000000000AA";

export class TestCluster implements ClusterView {
  readonly brokers = new Map<number, BrokerRegistration>();
  readonly topics = new Map<string, TopicImage>();
  readonly topicsById = new Map<string, TopicImage>();

  constructor(brokerIds: readonly number[]) {
    for (const id of brokerIds) this.register(id, {});
  }

  register(id: number, change: Partial<BrokerRegistration>): void {
    const known: BrokerRegistration = this.brokers.get(id) ?? {
      id,
      epoch: 100 + id,
      incarnationId: "I0000000000000000000AA",
      host: `broker-${id}`,
      port: 9092,
      rack: null,
      fenced: false,
      inControlledShutdown: false,
    };
    this.brokers.set(id, { ...known, ...change });
  }

  partition(topic: string, partition: number): PartitionRegistration | undefined {
    return this.topics.get(topic)?.partitions.get(partition);
  }

  put(partition: number, registration: PartitionRegistration, topic = TOPIC, topicId = TOPIC_ID): void {
    const partitions = new Map(this.topics.get(topic)?.partitions);
    partitions.set(partition, registration);
    const image: TopicImage = { name: topic, topicId, partitions };
    this.topics.set(topic, image);
    this.topicsById.set(topicId, image);
  }
}

export function registration(change: Partial<PartitionRegistration>): PartitionRegistration {
  return {
    replicas: [1, 2, 3],
    isr: [1, 2, 3],
    removingReplicas: [],
    addingReplicas: [],
    elr: [],
    lastKnownElr: [],
    leader: 1,
    leaderRecoveryState: 0,
    leaderEpoch: 0,
    partitionEpoch: 0,
    ...change,
  };
}

export interface SentToController {
  readonly api: ApiName;
  readonly body: RequestBody<"AlterPartition">;
  answer(body: ResponseBody<"AlterPartition">): void;
}

export interface TestBrokerOptions {
  readonly minInsyncReplicas?: number;
  readonly config?: ConfigOverrides;
  readonly log?: Partial<LogConfig>;
  readonly disk?: FakeDisk;
  readonly startMs?: number;
}

export class TestBroker {
  readonly id: number;
  readonly env: FakeEnvironment;
  readonly cluster: TestCluster;
  readonly config: BrokerConfig;
  readonly logs: LogManager;
  readonly replicas: ReplicaManager;
  readonly plane: DataPlane;
  readonly controllerRequests: SentToController[] = [];
  minInsyncReplicas: number;
  /** Messages of each outgoing connection that were carried already. */
  private readonly carried = new Map<FakeConnection, number>();

  constructor(id: number, cluster: TestCluster, options: TestBrokerOptions = {}) {
    this.id = id;
    this.cluster = cluster;
    this.minInsyncReplicas = options.minInsyncReplicas ?? 1;
    this.env = new FakeEnvironment({
      nodeId: id,
      ...(options.disk === undefined ? {} : { disk: options.disk }),
      ...(options.startMs === undefined ? {} : { startMs: options.startMs }),
    });
    this.config = parseConfig(BROKER_CONFIG, options.config ?? {});
    this.logs = new LogManager(this.env, {
      defaultConfig: DEFAULT_LOG_CONFIG,
      onLogStartMoved: (log) => this.replicas.onLogStartMoved(log),
      onStorageError: () => this.replicas.handleLogDirFailure(),
    });
    this.logs.loadLogs();
    const controllerChannel: ControllerChannel = {
      send: <A extends ApiName>(
        api: A,
        body: RequestBody<A>,
        onOutcome: (outcome: ControllerOutcome<A>) => void,
      ): void => {
        this.controllerRequests.push({
          api,
          body: body as RequestBody<"AlterPartition">,
          answer: (answer) => onOutcome({ ok: true, body: answer as ResponseBody<A> }),
        });
      },
    };
    this.replicas = new ReplicaManager({
      env: this.env,
      brokerId: id,
      config: this.config,
      logManager: this.logs,
      image: cluster,
      controllerChannel,
      brokerEpoch: () => 100 + id,
      topicSettings: () => ({
        log: { ...DEFAULT_LOG_CONFIG, ...options.log },
        minInsyncReplicas: this.minInsyncReplicas,
      }),
    });
    this.replicas.start();
    this.plane = {
      replicaManager: this.replicas,
      image: cluster,
      config: this.config,
      fetchSessions: new FetchSessionCache({
        clock: this.env.clock,
        random: this.env.random,
        slots: this.config["max.incremental.fetch.session.cache.slots"],
        topicName: (topicId) => cluster.topicsById.get(topicId)?.name,
        buggify: this.env.buggify,
      }),
      buggify: this.env.buggify,
    };
  }

  /** The controller decided: this broker hears of it. */
  learn(after: PartitionRegistration, partition = 0): Partition {
    const before = this.cluster.partition(TOPIC, partition);
    this.cluster.put(partition, after);
    this.replicas.applyDelta({
      changedPartitions: [{ topic: TOPIC, topicId: TOPIC_ID, partition, before, after }],
      deletedTopics: [],
      changedConfigs: [],
    });
    return this.partition(partition);
  }

  partition(partition = 0): Partition {
    const found = this.replicas.getPartition(TOPIC, partition);
    if (found === undefined) throw new Error("the broker holds no such replica");
    return found;
  }

  /** Appends one batch as a client would; the results come later, if at all. */
  produce(values: readonly string[], acks = -1, partition = 0): { results: readonly ProduceResult[] | undefined } {
    const outcome: { results: readonly ProduceResult[] | undefined } = { results: undefined };
    this.replicas.appendRecords({
      timeoutMs: 30_000,
      requiredAcks: acks,
      origin: "client",
      internalTopicsAllowed: false,
      entries: [{ topic: TOPIC, partition, records: batchOf(values) }],
      onComplete: (results) => {
        outcome.results = results;
      },
    });
    return outcome;
  }

  /** A follower's fetch at this leader; answered at once. */
  fetchedBy(replicaId: number, fetchOffset: number, change: Partial<FetchEntry> = {}): FetchPartition {
    return this.fetch({ replicaId, brokerEpoch: 100 + replicaId, isolation: "log-end" }, { fetchOffset, ...change });
  }

  /** A consumer's fetch; answered at once. */
  consumed(fetchOffset: number, change: Partial<FetchEntry> = {}): FetchPartition {
    return this.fetch({ replicaId: -1, brokerEpoch: -1, isolation: "high-watermark" }, { fetchOffset, ...change });
  }

  fetch(params: Partial<FetchParams>, asked: Partial<FetchEntry> & { fetchOffset: number }): FetchPartition {
    const entry = new FetchPartition(TOPIC, TOPIC_ID, asked.partition ?? 0);
    entry.fetchOffset = asked.fetchOffset;
    entry.currentLeaderEpoch = asked.currentLeaderEpoch ?? -1;
    entry.lastFetchedEpoch = asked.lastFetchedEpoch ?? -1;
    entry.logStartOffset = asked.logStartOffset ?? 0;
    entry.maxBytes = asked.maxBytes ?? 1_048_576;
    const all: FetchParams = {
      replicaId: -1,
      brokerEpoch: -1,
      maxWaitMs: 0,
      minBytes: 1,
      maxBytes: 10_485_760,
      isolation: "high-watermark",
      rack: "",
      apiVersion: 17,
      ...params,
    };
    this.replicas.fetchMessages(all, [entry], () => {});
    return entry;
  }

  /** Carries what this broker's fetchers sent to `leader`, and the answers back when they come, changed on the way. */
  carryTo(leader: TestBroker, onTheWay: (body: unknown) => unknown = (body) => body): number {
    let count = 0;
    for (const connection of this.env.network.connections) {
      if (connection.closed || connection.endpoint.host !== `broker-${leader.id}`) continue;
      if (!this.carried.has(connection)) {
        this.carried.set(connection, 0);
        connection.handler?.onOpen();
      }
      for (let i = this.carried.get(connection) ?? 0; i < connection.sent.length; i++) {
        this.carried.set(connection, i + 1);
        const message = connection.sent[i];
        if (message?.kind !== "request") continue;
        count++;
        serve(leader, message, (body) => {
          if (connection.closed) return;
          const { apiKey, apiVersion, correlationId } = message;
          connection.handler?.onMessage({
            kind: "response",
            apiKey,
            apiVersion,
            correlationId,
            body: onTheWay(body),
          });
        });
      }
    }
    return count;
  }

  /** Carries until nothing more is asked. */
  catchUp(leader: TestBroker): void {
    for (let i = 0; i < 50; i++) if (this.carryTo(leader) === 0) return;
  }
}

export interface FetchEntry {
  readonly partition: number;
  readonly fetchOffset: number;
  readonly currentLeaderEpoch: number;
  readonly lastFetchedEpoch: number;
  readonly logStartOffset: number;
  readonly maxBytes: number;
}

function serve(leader: TestBroker, message: RequestMessage, reply: (body: unknown) => void): void {
  const context = {
    apiVersion: message.apiVersion,
    clientId: message.clientId,
    connectionId: 1,
    clientHost: "/127.0.0.1",
    reply,
    replyInVersion: reply,
    noReply: () => {},
    close: () => {},
  };
  if (message.apiKey === 1) {
    handleFetch(leader.plane, message.body as RequestBody<"Fetch">, context as RequestContext<"Fetch">);
  } else {
    handleListOffsets(
      leader.plane,
      message.body as RequestBody<"ListOffsets">,
      context as RequestContext<"ListOffsets">,
    );
  }
}

/** What became of a request. */
export interface Recorded<A extends ApiName> extends RequestContext<A> {
  body: ResponseBody<A> | undefined;
  silent: boolean;
  closed: boolean;
}

export function context<A extends ApiName>(apiVersion: number): Recorded<A> {
  const seen: Recorded<A> = {
    apiVersion,
    clientId: "test",
    connectionId: 1,
    clientHost: "/127.0.0.1",
    body: undefined,
    silent: false,
    closed: false,
    reply(body) {
      seen.body = body;
    },
    replyInVersion(body) {
      seen.body = body;
    },
    noReply() {
      seen.silent = true;
    },
    close() {
      seen.closed = true;
    },
  };
  return seen;
}

const encoder = new TextEncoder();

export function batchOf(values: readonly string[]): Uint8Array {
  return encodeBatch(
    values.map((value) => ({ key: null, value: encoder.encode(value), timestampMs: 1_727_740_800_000 })),
  );
}

/** An AlterPartition answer for partition 0. */
export function altered(change: {
  errorCode?: number;
  isr?: readonly number[];
  leaderEpoch?: number;
  partitionEpoch?: number;
}): ResponseBody<"AlterPartition"> {
  return {
    throttleTimeMs: 0,
    errorCode: 0,
    topics: [
      {
        topicId: TOPIC_ID,
        partitions: [
          {
            partitionIndex: 0,
            errorCode: change.errorCode ?? 0,
            leaderId: 1,
            leaderEpoch: change.leaderEpoch ?? 0,
            isr: change.isr ?? [],
            leaderRecoveryState: 0,
            partitionEpoch: change.partitionEpoch ?? 1,
          },
        ],
      },
    ],
  };
}
