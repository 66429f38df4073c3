import { expect, test } from "vitest";
import { QuorumCluster } from "./quorum-cluster.js";

test("a leader that lost its disk and is told that it leads does not follow itself (3 voters)", () => {
  const cluster = new QuorumCluster([1, 2, 3]);
  cluster.commit("kept");
  const wiped = cluster.awaitLeader().env.nodeId;
  cluster.powerLoss(wiped);
  cluster.world.wipeDisk(wiped);
  cluster.start(wiped);
  cluster.world.run(10_000);
  const states = cluster.world.ofType("quorum.transitioned").filter(({ node }) => node === wiped);
  expect(states.filter(({ to, leaderId }) => to === "Follower" && leaderId === wiped)).toEqual([]);
  expect(cluster.member(wiped).topics).toEqual(["kept"]);
});
