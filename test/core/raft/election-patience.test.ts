import { expect, test } from "vitest";
import { METADATA_TOPIC } from "../../../core/raft/metadata-topic.js";
import { APIS } from "../../../core/protocol/apis.js";
import { QuorumCluster } from "./quorum-cluster.js";

test("a rival with a short log that raises the epoch all the time does not keep others from standing (1000 ms)", () => {
  const cluster = new QuorumCluster([1, 2, 3]);
  cluster.commit("kept");
  cluster.crash(2);
  cluster.crash(3);
  const { raft } = cluster.member(1);
  for (let i = 0; i < 10; i++) {
    const partitions = [
      { partitionIndex: 0, replicaEpoch: raft.epoch + 1, replicaId: 2, lastOffsetEpoch: 0, lastOffset: 0 },
    ];
    raft.handleVote(APIS.Vote.request.create({ topics: [{ topicName: METADATA_TOPIC, partitions }] }), () => {});
    cluster.world.run(400);
  }
  const stood = cluster.world.ofType("quorum.transitioned").filter(({ node, to, epoch }) => {
    return node === 1 && to === "Prospective" && epoch > 1;
  });
  expect(stood.length).toBeGreaterThan(0);
});
