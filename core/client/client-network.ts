// What clients need of the network: the part of the NetworkClient they use, as an interface.
// Tests put a scripted broker behind it; nothing else ever does.

import type { Environment } from "../environment.js";
import type { ApiName, RequestBody } from "../protocol/apis.js";
import { type ConnectionListener, NetworkClient, type RequestOutcome } from "../protocol/network-client.js";
import type { ConnectionState } from "../protocol/node-connection.js";
import type { NodeEndpoint, NodeId } from "../types.js";

export interface ClientNetwork {
  send<A extends ApiName>(
    node: NodeEndpoint,
    api: A,
    body: RequestBody<A>,
    onOutcome: (outcome: RequestOutcome<A>) => void,
    options?: { readonly timeoutMs?: number; readonly expectResponse?: boolean },
  ): void;
  observe(listener: ConnectionListener): void;
  ready(node: NodeEndpoint): boolean;
  connectionState(nodeId: NodeId): ConnectionState;
  lastConnectAttemptMs(nodeId: NodeId): number;
  isBackingOff(nodeId: NodeId): boolean;
  backoffRemainingMs(nodeId: NodeId): number;
  inFlightCount(nodeId: NodeId): number;
  disconnect(nodeId: NodeId): void;
  close(): void;
}

/** The settings every client shares, by Kafka's names. */
export interface CommonClientConfig {
  readonly "client.id": string;
  readonly "bootstrap.servers": string;
  readonly "metadata.max.age.ms": number;
  readonly "reconnect.backoff.ms": number;
  readonly "reconnect.backoff.max.ms": number;
  readonly "retry.backoff.ms": number;
  readonly "retry.backoff.max.ms": number;
  readonly "request.timeout.ms": number;
  readonly "client.rack": string;
}

/** The connections of one client. */
export function createClientNetwork(
  env: Environment,
  config: CommonClientConfig,
  maxInFlightRequestsPerConnection = 100,
): ClientNetwork {
  return new NetworkClient(env, {
    clientId: config["client.id"],
    requestTimeoutMs: config["request.timeout.ms"],
    reconnectBackoffMs: config["reconnect.backoff.ms"],
    reconnectBackoffMaxMs: config["reconnect.backoff.max.ms"],
    maxInFlightRequestsPerConnection,
    discoverApiVersions: true,
  });
}

/** "host:port,host:port" as nodes with negative ids, as Kafka names brokers it has not met. */
export function parseBootstrap(servers: string): readonly NodeEndpoint[] {
  const nodes: NodeEndpoint[] = [];
  for (const server of servers.split(",")) {
    const colon = server.lastIndexOf(":");
    if (colon <= 0) continue;
    nodes.push({ id: -1 - nodes.length, host: server.slice(0, colon).trim(), port: Number(server.slice(colon + 1)) });
  }
  return nodes;
}
