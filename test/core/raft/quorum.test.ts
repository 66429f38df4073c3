import { expect, test } from "vitest";
import { QuorumCluster } from "./quorum-cluster.js";

test("election: three voters elect exactly one leader, and all follow it (3 voters)", () => {
  const cluster = new QuorumCluster([1, 2, 3]);
  const leader = cluster.awaitLeader();
  cluster.world.run(3000);
  for (const id of cluster.ids) expect(cluster.member(id).raft.leaderId).toBe(leader.env.nodeId);
  const leaders = cluster.world.ofType("quorum.transitioned").filter((event) => event.to === "Leader");
  expect(leaders.length).toBe(1);
});

test("election: a single voter elects itself once its vote is durable (1 voter)", () => {
  const cluster = new QuorumCluster([1]);
  expect(cluster.member(1).raft.isLeader).toBe(false);
  cluster.awaitLeader(100);
  cluster.commit("orders");
  expect(cluster.member(1).topics).toEqual(["orders"]);
});

test("commit: records reach every member in the order they were appended (3 voters, 1 observer)", () => {
  const cluster = new QuorumCluster([1, 2, 3]);
  const observer = cluster.start(4);
  cluster.awaitLeader();
  for (const topic of ["a", "b", "c", "d"]) cluster.commit(topic);
  cluster.world.run(1500);
  for (const id of cluster.ids) expect(cluster.member(id).topics).toEqual(["a", "b", "c", "d"]);
  expect(observer.raft.quorum.state.name).toBe("Follower");
});

for (const [tellsHighWatermarkAtOnce, claim] of [
  [false, "with the next record or fetch, up to 500 ms later"],
  [true, "at once (KAFKA-14145)"],
] as const) {
  test(`commit: followers and observers learn what is committed ${claim} (3 voters, 1 observer)`, () => {
    const cluster = new QuorumCluster([1, 2, 3], 1, {}, { tellsHighWatermarkAtOnce });
    cluster.start(4);
    cluster.awaitLeader();
    cluster.world.run(2000);
    cluster.commit("a");
    cluster.world.run(10);
    const informed = cluster.ids.filter((id) => cluster.member(id).topics.includes("a"));
    expect(informed).toEqual(tellsHighWatermarkAtOnce ? [1, 2, 3, 4] : [cluster.awaitLeader().env.nodeId]);
    cluster.world.run(510);
    for (const id of cluster.ids) expect(cluster.member(id).topics).toEqual(["a"]);
  });
}

test("append linger: records scheduled together leave in one flush, each batch atomic (linger 25 ms)", () => {
  const cluster = new QuorumCluster([1, 2, 3]);
  const leader = cluster.awaitLeader();
  cluster.world.run(1000);
  const end = leader.raft.logEndOffset;
  expect(leader.append("a")).toBe(end);
  expect(leader.append("b")).toBe(end + 1);
  cluster.world.run(24);
  expect(leader.raft.logEndOffset).toBe(end);
  cluster.world.run(2);
  expect(leader.raft.logEndOffset).toBe(end + 2);
});

test("failover: committed records survive the leader's power loss; the old leader follows the new one", () => {
  const cluster = new QuorumCluster([1, 2, 3]);
  cluster.commit("kept");
  const old = cluster.awaitLeader().env.nodeId;
  cluster.powerLoss(old);
  const next = cluster.awaitLeader();
  expect(next.env.nodeId).not.toBe(old);
  expect(next.topics).toEqual(["kept"]);
  cluster.commit("later");
  cluster.start(old);
  cluster.world.run(5000);
  expect(cluster.member(old).topics).toEqual(["kept", "later"]);
  expect(cluster.member(old).raft.leaderId).toBe(cluster.awaitLeader().env.nodeId);
});

test("pre-vote: a voter cut off for a minute comes back in its old epoch and deposes nobody (KIP-996)", () => {
  const cluster = new QuorumCluster([1, 2, 3]);
  const leader = cluster.awaitLeader();
  cluster.world.run(3000);
  const epoch = leader.raft.epoch;
  const cutOff = cluster.followers()[0]!;
  cluster.world.isolate(cutOff.env.nodeId, [1, 2, 3]);
  cluster.world.run(60_000);
  expect(cutOff.raft.epoch).toBe(epoch);
  cluster.world.heal();
  cluster.world.run(10_000);
  expect(leader.raft.isLeader).toBe(true);
  expect(leader.raft.epoch).toBe(epoch);
  expect(cutOff.raft.leaderId).toBe(leader.env.nodeId);
  const prospective = cluster.world.ofType("quorum.transitioned").filter((event) => event.to === "Prospective");
  expect(prospective.some((event) => event.node === cutOff.env.nodeId && event.epoch === epoch)).toBe(true);
});

test("check quorum: a leader a majority has not fetched from for 1.5 fetch timeouts resigns (3000 ms)", () => {
  const cluster = new QuorumCluster([1, 2, 3]);
  const leader = cluster.awaitLeader();
  cluster.world.run(2000);
  cluster.world.isolate(leader.env.nodeId, [1, 2, 3]);
  const cutAtMs = cluster.world.nowMs;
  cluster.world.until("the leader resigns", () => !leader.raft.isLeader);
  const afterMs = cluster.world.nowMs - cutAtMs;
  expect(afterMs).toBeGreaterThan(2000);
  expect(afterMs).toBeLessThanOrEqual(3001);
  const resigned = cluster.world.ofType("quorum.transitioned").filter((event) => event.to === "Resigned");
  expect(resigned.length).toBe(1);
});

test("divergence: what a deposed leader appended alone is truncated and never delivered", () => {
  const cluster = new QuorumCluster([1, 2, 3]);
  cluster.commit("before");
  const old = cluster.awaitLeader();
  cluster.world.run(1000);
  cluster.world.isolate(old.env.nodeId, [1, 2, 3]);
  old.append("lost");
  cluster.world.until("another leads", () => cluster.leader !== undefined && cluster.leader !== old);
  cluster.commit("after");
  cluster.world.heal();
  cluster.world.run(10_000);
  for (const id of cluster.ids) expect(cluster.member(id).topics).toEqual(["before", "after"]);
  const truncated = cluster.world.ofType("log.truncated").filter((event) => event.node === old.env.nodeId);
  expect(truncated.length).toBeGreaterThan(0);
});

test("commit rule: nothing is committed by a leader before a record of its own epoch is (Raft §5.4.2)", () => {
  const cluster = new QuorumCluster([1, 2, 3]);
  cluster.commit("a");
  cluster.crash(cluster.awaitLeader().env.nodeId);
  cluster.awaitLeader();
  for (const event of cluster.world.ofType("quorum.high-watermark-advanced")) {
    const leader = cluster.world.trace.find(
      (one) => one.type === "quorum.transitioned" && one.to === "Leader" && one.epoch === event.epoch,
    );
    if (leader === undefined || leader.node !== event.node) continue;
    const start = cluster.world
      .ofType("log.appended")
      .find((one) => one.node === event.node && one.leaderEpoch === event.epoch && one.origin === "leader")!;
    expect(event.highWatermark).toBeGreaterThan(start.baseOffset);
  }
});

test("votes: one leader an epoch over many restarts with power loss (5 voters)", () => {
  for (let seed = 1; seed <= 8; seed++) {
    const cluster = new QuorumCluster([1, 2, 3, 4, 5], seed);
    for (let round = 0; round < 4; round++) {
      const leader = cluster.awaitLeader();
      cluster.commit(`t${round}`);
      cluster.powerLoss(leader.env.nodeId);
      cluster.world.run(137 * seed);
      cluster.start(leader.env.nodeId);
    }
    cluster.awaitLeader();
    cluster.world.run(6000);
    const byEpoch = new Map<number, number>();
    for (const event of cluster.world.ofType("quorum.transitioned")) {
      if (event.to !== "Leader") continue;
      expect(byEpoch.get(event.epoch) ?? event.node).toBe(event.node);
      byEpoch.set(event.epoch, event.node);
    }
    expect(byEpoch.size).toBeGreaterThanOrEqual(4);
    for (const id of cluster.ids) expect(cluster.member(id).topics).toEqual(["t0", "t1", "t2", "t3"]);
  }
});

test("vote durability: a voter that loses power right after granting does not vote twice in the epoch", () => {
  const cluster = new QuorumCluster([1, 2, 3]);
  const leader = cluster.awaitLeader();
  const epoch = leader.raft.epoch;
  const granted = cluster.world
    .ofType("quorum.vote-answered")
    .find((event) => event.granted && !event.preVote && event.epoch === epoch)!;
  cluster.powerLoss(granted.node);
  const restarted = cluster.start(granted.node);
  expect(restarted.raft.epoch).toBe(epoch);
  const { leaderId, votedId } = restarted.raft.quorum;
  expect([leaderId, votedId]).toContain(leader.env.nodeId);
});

test("graceful stop: the leader names successors and one takes over without waiting for a fetch timeout", () => {
  const cluster = new QuorumCluster([1, 2, 3]);
  const leader = cluster.awaitLeader();
  cluster.commit("a");
  cluster.world.run(1000);
  const stoppedAtMs = cluster.world.nowMs;
  let isStopped = false;
  leader.shutdown(() => (isStopped = true));
  cluster.world.until("a successor leads", () => cluster.leader !== undefined && cluster.leader !== leader);
  expect(cluster.world.nowMs - stoppedAtMs).toBeLessThan(1000);
  cluster.world.until("the old leader may stop", () => isStopped, 5100);
});

test("restart: a leader that crashed says so as it comes back, and the others stand at once", () => {
  const cluster = new QuorumCluster([1, 2, 3]);
  const leader = cluster.awaitLeader();
  const id = leader.env.nodeId;
  cluster.commit("a");
  cluster.world.run(1000);
  cluster.crash(id);
  cluster.start(id);
  const startedAtMs = cluster.world.nowMs;
  cluster.world.until("another one leads", () => cluster.leader !== undefined);
  // Shorter than an election timeout (1000 ms), let alone the followers' fetch timeout.
  expect(cluster.world.nowMs - startedAtMs).toBeLessThan(500);
});

test("resigned: a leader that gave up waits one election timeout before it stands, not two", () => {
  const cluster = new QuorumCluster([1, 2, 3]);
  const leader = cluster.awaitLeader();
  const id = leader.env.nodeId;
  cluster.world.run(1000);
  cluster.world.isolate(
    id,
    [1, 2, 3].filter((other) => other !== id),
  );
  cluster.world.run(8000);
  const own = cluster.world.ofType("quorum.transitioned").filter(({ node }) => node === id);
  const resigned = own.findIndex(({ to }) => to === "Resigned");
  const [gaveUp, unattached, stood] = own.slice(resigned, resigned + 3);
  expect([gaveUp?.to, unattached?.to, stood?.to]).toEqual(["Resigned", "Unattached", "Prospective"]);
  expect(stood!.atMs).toBe(unattached!.atMs);
  expect(stood!.atMs - gaveUp!.atMs).toBeLessThanOrEqual(2000);
});

test("snapshot: a voter with an empty disk fetches the snapshot, then the log behind it", () => {
  const cluster = new QuorumCluster([1, 2, 3], 1, { "metadata.max.retention.bytes": 1 });
  for (const topic of ["a", "b", "c"]) cluster.commit(topic);
  cluster.world.run(1000);
  const leader = cluster.awaitLeader();
  const records = leader.topics.map((name) => ({ name }));
  leader.raft.createSnapshot(
    { offset: leader.raft.highWatermark, epoch: leader.raft.epoch },
    records.map(({ name }) => ({
      type: "TopicRecord" as const,
      version: 0,
      body: { name, topicId: "AAAAAAAAAAAAAAAAAAAAAQ" },
    })),
  );
  cluster.world.run(100);
  expect(leader.raft.log.startOffset).toBeGreaterThan(0);
  const wiped = cluster.followers()[0]!.env.nodeId;
  cluster.crash(wiped);
  cluster.world.wipeDisk(wiped);
  cluster.start(wiped);
  cluster.commit("d");
  cluster.world.run(3000);
  expect(cluster.member(wiped).topics).toEqual(["a", "b", "c", "d"]);
  expect(cluster.member(wiped).snapshots.length).toBe(1);
  // The snapshot and what lies behind it are there after a restart too.
  cluster.crash(wiped);
  cluster.start(wiped);
  cluster.world.run(3000);
  expect(cluster.member(wiped).topics).toEqual(["a", "b", "c", "d"]);
});

test("storage: a voter whose disk fails falls silent, and the others go on", () => {
  const cluster = new QuorumCluster([1, 2, 3]);
  const leader = cluster.awaitLeader();
  cluster.world.run(1000);
  cluster.world.diskOf(leader.env.nodeId).mode = "io-error";
  leader.append("lost");
  cluster.world.until("another leads", () => cluster.leader !== undefined && cluster.leader !== leader);
  expect(leader.raft.isHalted).toBe(true);
  cluster.commit("kept");
});
