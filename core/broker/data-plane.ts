// What the handlers of the data plane (Produce, Fetch, ListOffsets …) share: the replicas, what this broker believes
// of the cluster, and how a client that came to the wrong broker is told where to go (KIP-951).

import type { Buggify } from "../buggify.js";
import type { BrokerConfig } from "../config/broker-config.js";
import { type ErrorCode, Errors } from "../errors.js";
import type { ClusterView } from "../replication/cluster-view.js";
import type { FetchSessionCache } from "../replication/fetch-session.js";
import type { ReplicaManager } from "../replication/replica-manager.js";
import { type LeaderEpoch, NO_EPOCH, NO_LEADER, type NodeId } from "../types.js";

export interface DataPlane {
  readonly replicaManager: ReplicaManager;
  readonly image: ClusterView;
  readonly fetchSessions: FetchSessionCache;
  readonly config: BrokerConfig;
  readonly buggify: Buggify;
}

export interface LeaderIdAndEpoch {
  readonly leaderId: NodeId;
  readonly leaderEpoch: LeaderEpoch;
}

/** "Nothing to tell": the default of the field, which is not sent. */
export const NO_CURRENT_LEADER: LeaderIdAndEpoch = { leaderId: NO_LEADER, leaderEpoch: NO_EPOCH };

/** Who leads, as this broker knows it: from its replica, else from metadata. */
export function currentLeader(plane: DataPlane, topic: string, partition: number): LeaderIdAndEpoch {
  const replica = plane.replicaManager.getPartition(topic, partition);
  if (replica !== undefined && replica.leaderEpoch !== NO_EPOCH && !replica.isOffline) {
    return { leaderId: replica.leaderId, leaderEpoch: replica.leaderEpoch };
  }
  const registration = plane.image.partition(topic, partition);
  if (registration === undefined) return NO_CURRENT_LEADER;
  return { leaderId: registration.leader, leaderEpoch: registration.leaderEpoch };
}

export interface NodeEndpointField {
  readonly nodeId: NodeId;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
}

/** Addresses of the live brokers among `leaders`, by id. */
export function endpointsOf(image: ClusterView, leaders: ReadonlySet<NodeId>): readonly NodeEndpointField[] {
  const endpoints: NodeEndpointField[] = [];
  for (const nodeId of [...leaders].sort((a, b) => a - b)) {
    const broker = image.brokers.get(nodeId);
    if (broker === undefined || broker.fenced) continue;
    endpoints.push({ nodeId, host: broker.host, port: broker.port, rack: broker.rack });
  }
  return endpoints;
}

/** Clients older than the storage error are told the error that makes them look for another leader. */
export function storageErrorFor(error: ErrorCode, apiVersion: number, firstVersionThatKnows: number): ErrorCode {
  const isUnknown = error === Errors.KAFKA_STORAGE_ERROR && apiVersion < firstVersionThatKnows;
  return isUnknown ? Errors.NOT_LEADER_OR_FOLLOWER : error;
}
