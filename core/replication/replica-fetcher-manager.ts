// Which fetcher follows which partition: one fetcher for each leader broker and fetcher number.
// A fetcher exists while it has partitions; its connection is its own, so that a slow leader delays only what is
// followed there. Driven by the ReplicaManager when metadata changes.

import type { BrokerConfig } from "../config/broker-config.js";
import type { Environment } from "../environment.js";
import { NetworkClient } from "../protocol/network-client.js";
import type { NodeId, Offset } from "../types.js";
import type { ClusterView } from "./cluster-view.js";
import type { Partition } from "./partition.js";
import { ReplicaFetcher } from "./replica-fetcher.js";

/** Fetchers reconnect at once, as Kafka's do: a failed fetch already pauses for replica.fetch.backoff.ms. */
const RECONNECT_BACKOFF_MS = 0;

export interface ReplicaFetcherManagerOptions {
  readonly env: Environment;
  readonly brokerId: NodeId;
  readonly brokerEpoch: () => Offset;
  readonly config: BrokerConfig;
  readonly cluster: ClusterView;
  readonly onStorageError: (partition: Partition) => void;
  readonly afterResponse: () => void;
}

export class ReplicaFetcherManager {
  private readonly options: ReplicaFetcherManagerOptions;
  private readonly fetchers = new Map<string, ReplicaFetcher>();
  private readonly fetcherOf = new Map<Partition, ReplicaFetcher>();
  private readonly failed = new Set<Partition>();

  constructor(options: ReplicaFetcherManagerOptions) {
    this.options = options;
  }

  /** Fetchers that exist now. */
  get size(): number {
    return this.fetchers.size;
  }

  /** Followed no more since their logs did not fit the leader's answers; until a new leader epoch or a restart. */
  get failedPartitions(): ReadonlySet<Partition> {
    return this.failed;
  }

  isFetching(partition: Partition): boolean {
    return this.fetcherOf.has(partition);
  }

  /** Follows the partition's present leader in its present epoch; `startFetching` sets off. */
  add(partition: Partition): void {
    this.remove(partition);
    const fetcherId = fetcherIdOf(partition, this.options.config["num.replica.fetchers"]);
    const name = `${partition.leaderId}/${fetcherId}`;
    let fetcher = this.fetchers.get(name);
    if (fetcher === undefined) {
      fetcher = this.create(partition.leaderId, fetcherId);
      this.fetchers.set(name, fetcher);
    }
    this.fetcherOf.set(partition, fetcher);
    fetcher.add(partition);
  }

  remove(partition: Partition): void {
    this.failed.delete(partition);
    const fetcher = this.fetcherOf.get(partition);
    if (fetcher === undefined) return;
    this.fetcherOf.delete(partition);
    fetcher.remove(partition);
  }

  /** The log of a partition deleted records by itself: its leader is told with the next fetch. */
  logStartMoved(partition: Partition): void {
    this.fetcherOf.get(partition)?.logStartMoved(partition);
  }

  /** Sets fetchers off after partitions were added, and ends those without any. */
  startFetching(): void {
    for (const [name, fetcher] of this.fetchers) {
      if (fetcher.size > 0) {
        fetcher.maybeFetch();
        continue;
      }
      // Fenced partitions left the fetcher by themselves and still point to it.
      for (const [partition, of] of this.fetcherOf) if (of === fetcher) this.fetcherOf.delete(partition);
      fetcher.close();
      this.fetchers.delete(name);
    }
  }

  shutdown(): void {
    for (const fetcher of this.fetchers.values()) fetcher.close();
    this.fetchers.clear();
    this.fetcherOf.clear();
  }

  private create(leaderId: NodeId, fetcherId: number): ReplicaFetcher {
    const { env, brokerId, brokerEpoch, config, cluster, onStorageError, afterResponse } = this.options;
    const client = new NetworkClient(env, {
      clientId: `broker-${brokerId}-fetcher-${fetcherId}`,
      requestTimeoutMs: config["replica.socket.timeout.ms"],
      reconnectBackoffMs: RECONNECT_BACKOFF_MS,
      reconnectBackoffMaxMs: RECONNECT_BACKOFF_MS,
      discoverApiVersions: false,
    });
    return new ReplicaFetcher({
      env,
      brokerId,
      brokerEpoch,
      config,
      leaderId,
      leaderEndpoint: () => cluster.brokers.get(leaderId),
      client,
      onStorageError,
      onFailed: (partition) => this.failed.add(partition),
      afterResponse,
    });
  }
}

/** Spreads partitions over the fetchers of one leader as Kafka does, so that a partition keeps its fetcher. */
function fetcherIdOf(partition: Partition, fetcherCount: number): number {
  if (fetcherCount === 1) return 0;
  let hash = 0;
  for (let i = 0; i < partition.topic.length; i++) hash = (Math.imul(31, hash) + partition.topic.charCodeAt(i)) | 0;
  return (((Math.imul(31, hash) + partition.partition) | 0) & 0x7fffffff) % fetcherCount;
}
