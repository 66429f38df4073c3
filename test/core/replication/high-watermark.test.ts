import { expect, test } from "vitest";
import { Errors } from "../../../core/errors.js";
import { altered, registration, TestBroker, TestCluster, TOPIC } from "./support.js";

function leader(options: { isr?: number[]; minIsr?: number; replicas?: number[] } = {}): TestBroker {
  const cluster = new TestCluster([1, 2, 3]);
  const broker = new TestBroker(1, cluster, { minInsyncReplicas: options.minIsr ?? 1 });
  broker.learn(registration({ isr: options.isr ?? [1, 2, 3], replicas: options.replicas ?? [1, 2, 3] }));
  return broker;
}

test("leader rule: newHW = min over LEOs of the maximal ISR (3 replicas)", () => {
  const broker = leader();
  broker.produce(["a", "b", "c"], 1);
  broker.fetchedBy(2, 3);
  expect(broker.partition().highWatermark).toBe(0);
  broker.fetchedBy(3, 2);
  expect(broker.partition().highWatermark).toBe(2);
  broker.fetchedBy(3, 3);
  expect(broker.partition().highWatermark).toBe(3);
});

test("strict min ISR: committed ISR size < effective min ISR, do not advance (KIP-966, min ISR 2, ISR {1})", () => {
  const broker = leader({ isr: [1], minIsr: 2 });
  const produced = broker.produce(["a"], 1);
  expect(produced.results?.[0]?.error).toBe(Errors.NONE);
  expect(broker.partition().highWatermark).toBe(0);
  expect(broker.consumed(0).records.length).toBe(0);
});

test("a lower min.insync.replicas does not move the watermark by itself: the next append does", () => {
  const broker = leader({ isr: [1], minIsr: 2 });
  broker.produce(["a"], 1);
  broker.minInsyncReplicas = 1;
  broker.replicas.applyDelta({ changedPartitions: [], deletedTopics: [], changedConfigs: [`topic:${TOPIC}`] });
  expect(broker.partition().highWatermark).toBe(0);
  broker.produce(["b"], 1);
  expect(broker.partition().highWatermark).toBe(2);
});

test("effectiveMinIsr = min(min.insync.replicas, replication factor): a setting of 5 on 3 replicas counts as 3", () => {
  const broker = leader({ minIsr: 5 });
  broker.produce(["a"], -1);
  broker.fetchedBy(2, 1);
  broker.fetchedBy(3, 1);
  expect(broker.partition().highWatermark).toBe(1);
});

test("a caught-up, eligible replica outside the ISR holds the watermark, so that it can reach it and join", () => {
  const broker = leader({ isr: [1, 2] });
  broker.fetchedBy(2, 0);
  broker.fetchedBy(3, 0);
  // Replica 3 reached the watermark 0 and is proposed; the proposal is refused, so it is outside but caught up.
  broker.controllerRequests[0]!.answer(altered({ errorCode: Errors.INELIGIBLE_REPLICA }));
  expect(broker.partition().isrManager.state.name).toBe("Committed");
  broker.produce(["a"], 1);
  broker.fetchedBy(2, 1);
  expect(broker.partition().highWatermark).toBe(0);
});

test("KAFKA-15021: a caught-up replica that is not eligible (shutting down) does not hold the watermark", () => {
  const broker = leader({ isr: [1, 2] });
  broker.fetchedBy(2, 0);
  broker.cluster.register(3, { inControlledShutdown: true });
  broker.fetchedBy(3, 0);
  broker.produce(["a"], 1);
  broker.fetchedBy(2, 1);
  expect(broker.partition().highWatermark).toBe(1);
});

test("never decreases on the leader: a follower that fetches from an earlier offset does not lower it", () => {
  const broker = leader({ isr: [1, 2], replicas: [1, 2] });
  broker.produce(["a", "b"], 1);
  broker.fetchedBy(2, 2);
  expect(broker.partition().highWatermark).toBe(2);
  broker.fetchedBy(2, 0);
  expect(broker.partition().highWatermark).toBe(2);
});

test("a new leader keeps the watermark it learned as a follower and does not reset it", () => {
  const cluster = new TestCluster([1, 2, 3]);
  const broker = new TestBroker(1, cluster);
  broker.learn(registration({ leader: 1, isr: [1, 2], replicas: [1, 2] }));
  broker.produce(["a", "b"], 1);
  broker.fetchedBy(2, 1);
  broker.learn(registration({ leader: 2, isr: [1, 2], replicas: [1, 2], leaderEpoch: 1, partitionEpoch: 1 }));
  broker.learn(registration({ leader: 1, isr: [1, 2], replicas: [1, 2], leaderEpoch: 2, partitionEpoch: 2 }));
  expect(broker.partition().highWatermark).toBe(1);
});

test("a leader that missed another's leadership (epoch 0 → 2) forgets what it knew of its followers' logs", () => {
  const broker = leader({ isr: [1, 2], replicas: [1, 2] });
  broker.produce(["a", "b"], 1);
  broker.fetchedBy(2, 1);
  broker.learn(registration({ isr: [1, 2], replicas: [1, 2], leaderEpoch: 2, partitionEpoch: 2 }));
  expect(broker.partition().getReplica(2)?.logEndOffset).toBe(-1);
});

test("ISR down to the leader alone: becoming leader raises the watermark at once", () => {
  const broker = leader({ isr: [1, 2], replicas: [1, 2] });
  broker.produce(["a"], 1);
  expect(broker.partition().highWatermark).toBe(0);
  broker.learn(registration({ isr: [1], replicas: [1, 2], leaderEpoch: 1, partitionEpoch: 1 }));
  expect(broker.partition().highWatermark).toBe(1);
  expect(broker.env.trace.ofType("high-watermark.advanced").at(-1)).toMatchObject({ from: 0, highWatermark: 1 });
});
