// Cluster state: what a script may ask of the cluster, and how a fault finds its target.
// It looks at what brokers have applied of the committed metadata, never at what some controller merely intends:
// an isolated controller may intend a great deal.

import type { BrokerNode } from "../../core/broker/broker-node.js";
import type { ControllerNode } from "../../core/controller/controller-node.js";
import type { MetadataImage } from "../../core/metadata/metadata-image.js";
import type { PartitionRegistration } from "../../core/metadata/registrations.js";
import { NO_LEADER, type NodeId, type Offset } from "../../core/types.js";
import type { Target, TargetResolver } from "../faults/fault.js";
import { refuse } from "../mistake.js";
import type { SimulatedCluster } from "../process/cluster.js";
import { nodeIdProblem } from "./node-ids.js";

export class ClusterState implements TargetResolver {
  readonly #cluster: SimulatedCluster;
  readonly brokers: NodeId[] = [];
  readonly controllers: NodeId[] = [];

  constructor(cluster: SimulatedCluster) {
    this.#cluster = cluster;
  }

  broker(id: NodeId): BrokerNode | undefined {
    return this.#cluster.node(id) as BrokerNode | undefined;
  }

  controller(id: NodeId): ControllerNode | undefined {
    return this.#cluster.node(id) as ControllerNode | undefined;
  }

  /** The newest committed metadata that any running broker has applied. */
  image(): MetadataImage | undefined {
    let newest: MetadataImage | undefined;
    for (const id of this.brokers) {
      const image = this.broker(id)?.image;
      if (image !== undefined && (newest === undefined || image.offset > newest.offset)) newest = image;
    }
    return newest;
  }

  partition(topic: string, partition: number): PartitionRegistration | undefined {
    return this.image()?.topics.get(topic)?.partitions.get(partition);
  }

  leaderOf(topic: string, partition: number): NodeId | undefined {
    const leader = this.partition(topic, partition)?.leader ?? NO_LEADER;
    return leader === NO_LEADER ? undefined : leader;
  }

  /** The leader of the newest quorum epoch that a majority of all controllers agrees on. */
  activeController(): NodeId | undefined {
    let epoch = -1;
    for (const id of this.controllers) epoch = Math.max(epoch, this.controller(id)?.raft.epoch ?? -1);
    const votes = new Map<NodeId, number>();
    for (const id of this.controllers) {
      const node = this.controller(id);
      if (node === undefined || node.raft.epoch !== epoch || node.raft.leaderId === NO_LEADER) continue;
      votes.set(node.raft.leaderId, (votes.get(node.raft.leaderId) ?? 0) + 1);
    }
    for (const [leader, count] of votes) {
      if (count * 2 > this.controllers.length && this.controller(leader)?.controller.isActive === true) return leader;
    }
    return undefined;
  }

  hasRecordsFrom(node: NodeId, topic: string, partition: number, offset: Offset): boolean {
    let isAny = false;
    this.broker(node)
      ?.localLog(topic, partition)
      ?.forEachBatchFrom(offset, () => {
        isAny = true;
        return false;
      });
    return isAny;
  }

  coordinatorOf(group: string): NodeId | undefined {
    const partition = this.image()?.topics.get("__consumer_offsets");
    if (partition === undefined) return undefined;
    const broker = this.brokers.map((id) => this.broker(id)).find((node) => node !== undefined);
    const index = broker?.groupPartition(group);
    return index === undefined ? undefined : this.leaderOf("__consumer_offsets", index);
  }

  /** @throws Mistake for the id of a broker or controller that the cluster does not have */
  resolveTarget(target: Target): readonly NodeId[] {
    const one = (node: NodeId | undefined): readonly NodeId[] => (node === undefined ? [] : [node]);
    if (typeof target === "number") {
      refuse(nodeIdProblem(target, this.brokers.length, this.controllers.length));
      return this.#cluster.has(target) ? [target] : [];
    }
    if ("rack" in target) {
      return this.#cluster.machines.filter(({ rack }) => rack === target.rack).map(({ nodeId }) => nodeId);
    }
    switch (target.role) {
      case "leader":
        return one(this.leaderOf(target.topic, target.partition));
      case "follower": {
        const state = this.partition(target.topic, target.partition);
        const followers = (state?.replicas ?? [])
          .filter((id) => id !== state?.leader)
          .filter((id) => target.inIsr === undefined || state?.isr.includes(id) === target.inIsr)
          .sort((a, b) => a - b);
        return one(followers[target.index ?? 0]);
      }
      case "active-controller":
        return one(this.activeController());
      case "controller":
        return one(this.controllers[target.index]);
      case "broker":
        return one(this.brokers[target.index]);
      case "coordinator":
        return one(this.coordinatorOf(target.group));
      case "client":
        return one(
          this.#cluster.machines.find(({ spec }) => spec.role === "client" && spec.name === target.name)?.nodeId,
        );
    }
  }
}
