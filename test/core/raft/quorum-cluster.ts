// Quorums for tests: controllers whose users only remember what was committed, or whole controller nodes.

import { parseConfig, type ConfigOverrides } from "../../../core/config/definition.js";
import { BROKER_CONFIG, type BrokerConfig } from "../../../core/config/broker-config.js";
import type { Environment } from "../../../core/environment.js";
import type { Node } from "../../../core/node.js";
import { listenForRequests } from "../../../core/broker/request-channel.js";
import { apiByKey, type ApiName } from "../../../core/protocol/apis.js";
import { metadataRecord } from "../../../core/protocol/messages/metadata-records.js";
import type { CommittedBatch } from "../../../core/raft/metadata-batch.js";
import { RaftClient } from "../../../core/raft/raft-client.js";
import type { RaftListener, RaftOptions } from "../../../core/raft/raft-core.js";
import type { Snapshot } from "../../../core/raft/snapshot-file.js";
import type { NodeEndpoint, NodeId, Offset } from "../../../core/types.js";
import { TestWorld } from "./test-cluster.js";

export const CLUSTER_ID = "test-cluster";

export function endpointOf(id: NodeId): NodeEndpoint {
  return { id, host: `node-${id}`, port: 9093 };
}

export function brokerConfig(overrides: ConfigOverrides = {}): BrokerConfig {
  return parseConfig(BROKER_CONFIG, overrides);
}

/** A quorum member whose user keeps the names of the topics it was told of. */
export class Member implements Node, RaftListener {
  readonly raft: RaftClient;
  readonly env: Environment;
  topics: string[] = [];
  claimedEpochs: number[] = [];
  snapshots: Offset[] = [];
  deliveredTo: Offset = 0;

  constructor(
    env: Environment,
    voters: readonly NodeEndpoint[],
    config: BrokerConfig,
    options: Pick<RaftOptions, "tellsHighWatermarkAtOnce"> = {},
  ) {
    this.env = env;
    this.raft = new RaftClient({ env, clusterId: CLUSTER_ID, voters, config, listener: this, ...options });
  }

  start(): void {
    listenForRequests(this.env, endpointOf(this.env.nodeId), (request, context) => {
      const reply = (body: unknown): void => context.reply(body as never);
      const api: ApiName = apiByKey(request.apiKey)!.name;
      const body = request.body as never;
      if (api === "Vote") this.raft.handleVote(body, reply);
      else if (api === "Fetch") this.raft.handleFetch(body, request.apiVersion, reply);
      else if (api === "FetchSnapshot") this.raft.handleFetchSnapshot(body, reply);
      else if (api === "BeginQuorumEpoch") this.raft.handleBeginQuorumEpoch(body, reply);
      else if (api === "EndQuorumEpoch") this.raft.handleEndQuorumEpoch(body, reply);
    });
    this.raft.start();
  }

  shutdown(onStopped: () => void): void {
    this.raft.shutdown(onStopped);
  }

  /** Appends a record naming a topic. */
  append(topic: string): Offset | undefined {
    return this.raft.scheduleAppend([metadataRecord("TopicRecord", { name: topic, topicId: this.env.random.uuid() })]);
  }

  onBatches(batches: readonly CommittedBatch[]): void {
    for (const batch of batches) {
      if (batch.baseOffset !== this.deliveredTo) throw new Error("batches are delivered in order, each once");
      this.deliveredTo = batch.lastOffset + 1;
      for (const record of batch.records) if (record.type === "TopicRecord") this.topics.push(record.body.name);
    }
  }

  onSnapshot(snapshot: Snapshot): void {
    this.snapshots.push(snapshot.id.offset);
    this.deliveredTo = snapshot.id.offset;
    this.topics = snapshot.records.flatMap((record) => (record.type === "TopicRecord" ? [record.body.name] : []));
  }

  onLeaderChanged(): void {}

  onBecameLeader(epoch: number): void {
    this.claimedEpochs.push(epoch);
  }
}

export class QuorumCluster {
  readonly world: TestWorld;
  readonly members = new Map<NodeId, Member>();
  readonly voters: readonly NodeEndpoint[];
  readonly config: BrokerConfig;
  readonly #options: Pick<RaftOptions, "tellsHighWatermarkAtOnce">;

  constructor(
    voterIds: readonly NodeId[],
    seed = 1,
    overrides: ConfigOverrides = {},
    options: Pick<RaftOptions, "tellsHighWatermarkAtOnce"> = {},
  ) {
    this.#options = options;
    this.world = new TestWorld(seed);
    this.voters = voterIds.map(endpointOf);
    this.config = brokerConfig(overrides);
    for (const id of voterIds) this.start(id);
  }

  start(id: NodeId): Member {
    const member = this.world.start(id, (env) => new Member(env, this.voters, this.config, this.#options));
    this.members.set(id, member);
    return member;
  }

  crash(id: NodeId): void {
    this.world.crash(id);
    this.members.delete(id);
  }

  powerLoss(id: NodeId): void {
    this.world.powerLoss(id);
    this.members.delete(id);
  }

  member(id: NodeId): Member {
    return this.members.get(id)!;
  }

  get ids(): NodeId[] {
    return [...this.members.keys()].sort((a, b) => a - b);
  }

  /** The leader of the highest epoch, once it may work. */
  get leader(): Member | undefined {
    const leaders = [...this.members.values()].filter(
      (member) => member.raft.isLeader && member.claimedEpochs.includes(member.raft.epoch),
    );
    return leaders.sort((a, b) => b.raft.epoch - a.raft.epoch)[0];
  }

  awaitLeader(withinMs = 30_000): Member {
    this.world.until("a leader is elected", () => this.leader !== undefined, withinMs);
    return this.leader!;
  }

  /** Appends on the current leader and waits until it is committed there. */
  commit(topic: string): void {
    const leader = this.awaitLeader();
    leader.append(topic);
    this.world.until(`${topic} is committed`, () => leader.topics.includes(topic));
  }

  followers(): Member[] {
    return [...this.members.values()].filter((member) => member !== this.leader);
  }
}
