import { expect, test } from "vitest";
import { Errors } from "../../../core/errors.js";
import { altered, registration, TestBroker, TestCluster } from "./support.js";

function leader(isr: number[], change: Parameters<typeof registration>[0] = {}): TestBroker {
  const broker = new TestBroker(1, new TestCluster([1, 2, 3]));
  broker.learn(registration({ isr, ...change }));
  return broker;
}

function proposedIsr(broker: TestBroker, request = 0): number[] {
  const partition = broker.controllerRequests[request]!.body.topics[0]!.partitions[0]!;
  return partition.newIsrWithEpochs.map((member) => member.brokerId);
}

test("expand when a fetch shows LEO ≥ HW and LEO ≥ leaderEpochStartOffset", () => {
  const broker = leader([1, 2]);
  broker.produce(["a"], 1);
  broker.fetchedBy(2, 1);
  broker.fetchedBy(3, 0);
  expect(broker.controllerRequests).toHaveLength(0);
  broker.fetchedBy(3, 1);
  expect(proposedIsr(broker)).toEqual([1, 2, 3]);
  const sent = broker.controllerRequests[0]!.body;
  expect(sent.brokerEpoch).toBe(101);
  expect(sent.topics[0]!.partitions[0]!.newIsrWithEpochs).toContainEqual({ brokerId: 3, brokerEpoch: 103 });
});

test("KAFKA-7128: a follower at the watermark but below the start of the leader's epoch may not join (M6)", () => {
  const broker = leader([1, 2, 3]);
  broker.produce(["a", "b", "c"], 1);
  broker.fetchedBy(2, 1);
  broker.fetchedBy(3, 1);
  expect(broker.partition().highWatermark).toBe(1);
  // A new epoch begins at offset 3; the watermark still says 1, and the frozen minimum keeps it there.
  broker.minInsyncReplicas = 2;
  broker.partition().minInsyncReplicas = 2;
  broker.learn(registration({ isr: [1], leaderEpoch: 1, partitionEpoch: 1 }));
  broker.fetchedBy(3, 2, { currentLeaderEpoch: 1 });
  expect(broker.controllerRequests).toHaveLength(0);
  broker.fetchedBy(3, 3, { currentLeaderEpoch: 1 });
  expect(proposedIsr(broker)).toEqual([1, 3]);
});

test("between send and response: expand counts the new member at once, shrink keeps the old ISR (maximal ISR)", () => {
  const expanding = leader([1, 2]);
  expanding.fetchedBy(3, 0);
  expect(expanding.partition().isrManager.state.name).toBe("PendingExpandIsr");
  expect(expanding.partition().isrManager.maximal).toEqual([1, 2, 3]);
  expect(expanding.partition().isr).toEqual([1, 2]);

  const shrinking = leader([1, 2, 3]);
  shrinking.produce(["a"], 1);
  shrinking.env.advance(45_000);
  expect(shrinking.partition().isrManager.state.name).toBe("PendingShrinkIsr");
  expect(shrinking.partition().isrManager.maximal).toEqual([1, 2, 3]);
  expect(shrinking.partition().highWatermark).toBe(0);
});

test("shrink: out if LEO ≠ leader LEO and not caught up for replica.lag.time.max.ms, between 1× and 1.5×", () => {
  const broker = leader([1, 2, 3]);
  broker.produce(["a"], 1);
  broker.env.advance(10_000);
  broker.fetchedBy(2, 1);
  broker.env.advance(19_999);
  expect(broker.controllerRequests).toHaveLength(0);
  broker.env.advance(15_001);
  expect(proposedIsr(broker)).toEqual([1, 2]);
});

test("with no writes nobody is ever removed", () => {
  const broker = leader([1, 2, 3]);
  broker.fetchedBy(2, 0);
  broker.fetchedBy(3, 0);
  broker.env.advance(600_000);
  expect(broker.controllerRequests).toHaveLength(0);
});

test("a follower one round trip behind under constant writes stays caught up (it reached the previous target)", () => {
  const broker = leader([1, 2], { replicas: [1, 2] });
  broker.produce(["a"], 1);
  for (let offset = 0; offset < 100; offset++) {
    broker.fetchedBy(2, offset);
    broker.produce(["x"], 1);
    broker.env.advance(1000);
  }
  expect(broker.controllerRequests).toHaveLength(0);
});

test("success: adopt the ISR, then re-evaluate the watermark", () => {
  const broker = leader([1, 2], { replicas: [1, 2] });
  broker.produce(["a"], 1);
  broker.env.advance(45_000);
  broker.controllerRequests[0]!.answer(altered({ isr: [1], partitionEpoch: 1 }));
  expect(broker.partition().isr).toEqual([1]);
  expect(broker.partition().partitionEpoch).toBe(1);
  expect(broker.partition().highWatermark).toBe(1);
});

test.each([["INELIGIBLE_REPLICA"], ["OPERATION_NOT_ATTEMPTED"]] as const)(
  "%s rolls back to the committed ISR: only it proves that nothing was applied",
  (name) => {
    const broker = leader([1, 2]);
    broker.fetchedBy(3, 0);
    broker.controllerRequests[0]!.answer(altered({ errorCode: Errors[name] }));
    expect(broker.partition().isrManager.state).toMatchObject({ name: "Committed", isr: [1, 2] });
  },
);

test.each([
  ["FENCED_LEADER_EPOCH"],
  ["INVALID_UPDATE_VERSION"],
  ["INVALID_REQUEST"],
  ["UNKNOWN_TOPIC_ID"],
  ["NEW_LEADER_ELECTED"],
] as const)("%s leaves the change pending until metadata tells", (name) => {
  const broker = leader([1, 2]);
  broker.fetchedBy(3, 0);
  broker.controllerRequests[0]!.answer(altered({ errorCode: Errors[name] }));
  expect(broker.partition().isrManager.state.name).toBe("PendingExpandIsr");
  expect(broker.controllerRequests).toHaveLength(1);
  broker.learn(registration({ isr: [1, 2, 3], partitionEpoch: 1 }));
  expect(broker.partition().isrManager.state).toMatchObject({ name: "Committed", isr: [1, 2, 3] });
});

test("any other partition error is retried; a top-level error is retried after 50 ms", () => {
  const broker = leader([1, 2]);
  broker.fetchedBy(3, 0);
  broker.controllerRequests[0]!.answer(altered({ errorCode: Errors.NOT_CONTROLLER }));
  expect(broker.controllerRequests).toHaveLength(2);
  broker.controllerRequests[1]!.answer({ throttleTimeMs: 0, errorCode: Errors.STALE_BROKER_EPOCH, topics: [] });
  expect(broker.controllerRequests).toHaveLength(2);
  broker.env.advance(50);
  expect(proposedIsr(broker, 2)).toEqual([1, 2, 3]);
});

test("one request in flight per broker: a second partition's change waits and travels with the next", () => {
  const broker = leader([1, 2]);
  broker.learn(registration({ isr: [1, 2] }), 1);
  broker.fetchedBy(3, 0);
  broker.fetchedBy(3, 0, { partition: 1 });
  expect(broker.controllerRequests).toHaveLength(1);
  broker.controllerRequests[0]!.answer(altered({ isr: [1, 2, 3] }));
  expect(broker.controllerRequests[1]!.body.topics[0]!.partitions[0]!.partitionIndex).toBe(1);
});

test("an answer that metadata overtook is ignored", () => {
  const broker = leader([1, 2]);
  broker.fetchedBy(3, 0);
  broker.learn(registration({ isr: [1], leaderEpoch: 1, partitionEpoch: 5 }));
  broker.controllerRequests[0]!.answer(altered({ isr: [1, 2, 3], partitionEpoch: 1 }));
  expect(broker.partition().isr).toEqual([1]);
  expect(broker.partition().partitionEpoch).toBe(5);
});

test("KIP-903: a follower whose fetches carry another broker epoch than registered is not eligible (M13)", () => {
  const broker = leader([1, 2]);
  broker.cluster.register(3, { epoch: 50 });
  broker.fetchedBy(3, 0);
  expect(broker.controllerRequests).toHaveLength(0);
});

test("KAFKA-15221: a fetch of an earlier incarnation does not update replica state (M14)", () => {
  const broker = leader([1, 3], { replicas: [1, 3] });
  broker.produce(["a"], 1);
  broker.cluster.register(3, { epoch: 200 });
  const answer = broker.fetchedBy(3, 1);
  expect(answer.errorCode).toBe(Errors.NOT_LEADER_OR_FOLLOWER);
  expect(broker.partition().highWatermark).toBe(0);
});

test("a fenced follower may not join", () => {
  const broker = leader([1, 2]);
  broker.cluster.register(3, { fenced: true });
  broker.fetchedBy(3, 0);
  expect(broker.controllerRequests).toHaveLength(0);
});

test("a proposal outlives metadata of the partition epoch that the leader knows already (S1)", () => {
  const broker = leader([1], { replicas: [1, 3], partitionEpoch: 7 });
  broker.fetchedBy(3, 0);
  broker.learn(registration({ isr: [1], replicas: [1, 3], partitionEpoch: 7 }));
  expect(broker.partition().isrManager.state).toMatchObject({ name: "PendingExpandIsr", proposed: [1, 3] });
  broker.env.advance(45_000);
  broker.produce(["a"], 1);
  expect(broker.partition().highWatermark).toBe(0);
  broker.controllerRequests[0]!.answer(altered({ isr: [1, 3], partitionEpoch: 8 }));
  expect(broker.partition().isr).toEqual([1, 3]);
});

test("a proposal ends with metadata that tells of a later partition epoch, or that a member is no replica any more", () => {
  const later = leader([1, 2], { partitionEpoch: 7 });
  later.fetchedBy(3, 0);
  later.learn(registration({ isr: [1, 2], partitionEpoch: 8 }));
  expect(later.partition().isrManager.state).toMatchObject({ name: "Committed", isr: [1, 2] });

  const moved = leader([1, 2], { partitionEpoch: 7 });
  moved.fetchedBy(3, 0);
  moved.learn(registration({ isr: [1, 2], replicas: [1, 2], partitionEpoch: 7 }));
  expect(moved.partition().isrManager.state).toMatchObject({ name: "Committed", isr: [1, 2] });
});
