// Kafka's requests by key: name, family (which colours the dots) and what each is for, in one sentence.
// The page reads traces without the protocol's tables, hence its own short list.

/** Groups of requests that serve one purpose, and share one colour. */
export type ApiFamily = "produce" | "fetch" | "group" | "metadata" | "control" | "quorum" | "other";

export interface Api {
  readonly name: string;
  readonly family: ApiFamily;
  readonly about: string;
}

const apis: readonly (readonly [number, string, ApiFamily, string])[] = [
  [0, "Produce", "produce", "A producer asks the leader to append its record batches."],
  [1, "Fetch", "fetch", "A consumer reads records, or a follower copies the leader's log and tells how far it got."],
  [2, "ListOffsets", "metadata", "Asks the leader for its earliest or latest offset, or the offset of a moment."],
  [3, "Metadata", "metadata", "A client asks who the brokers are and who leads each partition."],
  [8, "OffsetCommit", "group", "A consumer stores how far its group has processed a partition."],
  [9, "OffsetFetch", "group", "A consumer asks where its group left off."],
  [10, "FindCoordinator", "group", "A client asks which broker coordinates its group or transaction."],
  [11, "JoinGroup", "group", "A consumer asks to be a member; the answer waits until all members have asked."],
  [12, "Heartbeat", "group", "A consumer tells the group coordinator it is alive, and learns of rebalances."],
  [13, "LeaveGroup", "group", "A consumer tells the group coordinator it goes."],
  [14, "SyncGroup", "group", "The group's leader hands in the assignment; every member receives its part."],
  [15, "DescribeGroups", "group", "Asks for the state and members of groups."],
  [16, "ListGroups", "group", "Asks a broker which groups it coordinates."],
  [18, "ApiVersions", "metadata", "Asks which requests, in which versions, the other side understands."],
  [19, "CreateTopics", "other", "Asks the controller to create topics."],
  [20, "DeleteTopics", "other", "Asks the controller to delete topics."],
  [21, "DeleteRecords", "other", "Asks the leader to forget records below an offset."],
  [
    22,
    "InitProducerId",
    "produce",
    "A producer asks for its id and epoch, by which brokers recognise repeated batches.",
  ],
  [23, "OffsetForLeaderEpoch", "fetch", "Asks where a leader epoch ended, to find where two logs part (KIP-101)."],
  [32, "DescribeConfigs", "other", "Asks for configuration values."],
  [36, "SaslAuthenticate", "other", "One step of authentication."],
  [37, "CreatePartitions", "other", "Asks the controller to add partitions to topics."],
  [42, "DeleteGroups", "group", "Asks the coordinator to forget empty groups."],
  [43, "ElectLeaders", "control", "Asks the controller to elect the preferred, or any, leader."],
  [44, "IncrementalAlterConfigs", "other", "Asks the controller to change configuration values."],
  [45, "AlterPartitionReassignments", "control", "Asks the controller to move replicas to other brokers."],
  [46, "ListPartitionReassignments", "control", "Asks the controller which moves are under way."],
  [52, "Vote", "quorum", "A candidate asks a voter for its vote (Raft)."],
  [53, "BeginQuorumEpoch", "quorum", "The new quorum leader announces itself to the voters."],
  [54, "EndQuorumEpoch", "quorum", "The quorum leader resigns, so that voters need not wait for a time-out."],
  [55, "DescribeQuorum", "quorum", "Asks the quorum leader how far each voter and observer got."],
  [56, "AlterPartition", "control", "A partition leader asks the controller to commit a new ISR (KIP-497)."],
  [57, "UpdateFeatures", "other", "Asks the controller to raise or lower feature levels."],
  [58, "Envelope", "control", "A broker forwards a client's request to the controller."],
  [59, "FetchSnapshot", "quorum", "Copies a snapshot of the metadata log."],
  [60, "DescribeCluster", "metadata", "Asks who the brokers are and who controls them."],
  [62, "BrokerRegistration", "control", "A broker that starts introduces itself to the controller and gets its epoch."],
  [63, "BrokerHeartbeat", "control", "A broker tells the controller it lives; missed ones get it fenced."],
  [64, "UnregisterBroker", "control", "Asks the controller to forget a broker."],
  [67, "AllocateProducerIds", "control", "A broker asks the controller for a range of producer ids."],
  [82, "AssignReplicasToDirs", "control", "A broker tells the controller in which directory its replicas are."],
];

const byKey = new Map<number, Api>(apis.map(([key, name, family, about]) => [key, { name, family, about }]));

/** The request with this key; unknown keys get a name that says so. */
export function apiOf(apiKey: number): Api {
  return byKey.get(apiKey) ?? { name: `Api ${apiKey}`, family: "other", about: "" };
}

/** Families in the order of the legend, with the words for it. */
export const FAMILIES: readonly (readonly [ApiFamily, string])[] = [
  ["produce", "produce"],
  ["fetch", "fetch"],
  ["group", "groups"],
  ["metadata", "metadata"],
  ["control", "controller"],
  ["quorum", "quorum"],
  ["other", "other"],
];
