import { expect, test } from "vitest";
import { Errors } from "../../../core/errors.js";
import { APIS, type ResponseBody } from "../../../core/protocol/apis.js";
import { QuorumCluster, type Member } from "./quorum-cluster.js";

function describe(member: Member, topics: readonly { topicName: string; partitions: { partitionIndex: number }[] }[]) {
  let answer: ResponseBody<"DescribeQuorum"> | undefined;
  member.raft.handleDescribeQuorum(APIS.DescribeQuorum.request.create({ topics }), (body) => (answer = body));
  return answer!.topics;
}

const METADATA = { topicName: "__cluster_metadata", partitions: [{ partitionIndex: 0 }] };

test("the leader is caught up with itself now, not when it last wrote: nobody lags less than nothing", () => {
  const cluster = new QuorumCluster([1, 2, 3]);
  cluster.commit("orders");
  // Longer than a fetch may wait at the leader, so that all have fetched since and nothing was written.
  cluster.world.run(5000);
  const leader = cluster.awaitLeader();
  const { currentVoters, leaderId } = describe(leader, [METADATA])[0]!.partitions[0]!;
  const self = currentVoters.find(({ replicaId }) => replicaId === leaderId)!;
  const nowMs = leader.env.clock.wallMs();
  expect([self.lastFetchTimestamp, self.lastCaughtUpTimestamp]).toEqual([nowMs, nowMs]);
  for (const voter of currentVoters) {
    expect(voter.logEndOffset).toBe(self.logEndOffset);
    expect(self.lastCaughtUpTimestamp - voter.lastCaughtUpTimestamp).toBeGreaterThanOrEqual(0);
  }
});

test("anything but the one partition of the metadata log has no quorum, on the leader and on others", () => {
  const cluster = new QuorumCluster([1, 2, 3]);
  const leader = cluster.awaitLeader();
  const follower = cluster.member(cluster.ids.find((id) => id !== leader.env.nodeId)!);
  for (const member of [leader, follower]) {
    const errorsOf = (...topics: Parameters<typeof describe>[1]) =>
      describe(member, topics).flatMap(({ topicName, partitions }) =>
        partitions.map(({ partitionIndex, errorCode }) => [topicName, partitionIndex, errorCode]),
      );
    const unknown = Errors.UNKNOWN_TOPIC_OR_PARTITION;
    expect(errorsOf({ topicName: "orders", partitions: [{ partitionIndex: 0 }] })).toEqual([["orders", 0, unknown]]);
    expect(errorsOf({ ...METADATA, partitions: [{ partitionIndex: 1 }] })).toEqual([[METADATA.topicName, 1, unknown]]);
    expect(errorsOf(METADATA, { topicName: "orders", partitions: [{ partitionIndex: 0 }] })).toHaveLength(2);
    expect(errorsOf()).toEqual([]);
    const ownError = member === leader ? Errors.NONE : Errors.NOT_LEADER_OR_FOLLOWER;
    expect(errorsOf(METADATA)).toEqual([[METADATA.topicName, 0, ownError]]);
  }
});
