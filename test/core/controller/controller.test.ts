import { expect, test } from "vitest";
import { Errors } from "../../../core/errors.js";
import { ControllerCluster } from "./controller-cluster.js";

const ELR_OFF = { "eligible.leader.replicas.enable": false };

test("start: brokers register, catch up, are unfenced and run; features are bootstrapped once (3 + 3)", () => {
  const cluster = new ControllerCluster([1, 2, 3]);
  expect([...cluster.image.features.keys()].sort()).toEqual(["eligible.leader.replicas.version", "metadata.version"]);
  for (const id of [1, 2, 3]) expect(cluster.image.isActive(id)).toBe(true);
  const states = cluster.world.ofType("broker.state-changed").filter((event) => event.node === 1);
  expect(states.map((event) => event.to)).toEqual(["STARTING", "RECOVERY", "RUNNING"]);
});

test("topics: created with leaders and full ISR, replicated to every broker's image, deleted by id", () => {
  const cluster = new ControllerCluster([1, 2, 3]);
  const created = cluster.request("CreateTopics", {
    topics: [
      { name: "orders", numPartitions: 3, replicationFactor: 3, configs: [{ name: "retention.ms", value: "1000" }] },
    ],
  });
  expect(created.topics[0]!.errorCode).toBe(Errors.NONE);
  cluster.world.run(1500);
  for (const id of [1, 2, 3]) {
    const image = cluster.broker(id).loader.image;
    expect(image.topics.get("orders")!.partitions.size).toBe(3);
    expect(image.configs.get("topic:orders")!.get("retention.ms")).toBe("1000");
    expect(image.toRecords()).toEqual(cluster.image.toRecords());
  }
  const again = cluster.request("CreateTopics", {
    topics: [{ name: "orders", numPartitions: 1, replicationFactor: 1 }],
  });
  expect(again.topics[0]!.errorCode).toBe(Errors.TOPIC_ALREADY_EXISTS);
  const firstId = cluster.image.topics.get("orders")!.topicId;
  cluster.request("DeleteTopics", { topics: [{ name: "orders" }] });
  expect(cluster.image.topics.has("orders")).toBe(false);
  expect(cluster.image.configs.has("topic:orders")).toBe(false);
  cluster.createTopic("orders", [[1]]);
  expect(cluster.image.topics.get("orders")!.topicId).not.toBe(firstId);
});

test("topics: refusals (bad name, too many replicas, unknown setting, impossible value)", () => {
  const cluster = new ControllerCluster([1, 2]);
  const answer = cluster.request("CreateTopics", {
    topics: [
      { name: "a/b", numPartitions: 1, replicationFactor: 1 },
      { name: "wide", numPartitions: 1, replicationFactor: 3 },
      { name: "odd", numPartitions: 1, replicationFactor: 1, configs: [{ name: "no.such", value: "1" }] },
      { name: "bad", numPartitions: 1, replicationFactor: 1, configs: [{ name: "retention.ms", value: "x" }] },
      { name: "none", numPartitions: 0, replicationFactor: 1 },
    ],
  });
  expect(answer.topics.map((topic) => topic.errorCode)).toEqual([
    Errors.INVALID_TOPIC_EXCEPTION,
    Errors.INVALID_REPLICATION_FACTOR,
    Errors.INVALID_CONFIG,
    Errors.INVALID_CONFIG,
    Errors.INVALID_PARTITIONS,
  ]);
});

test("fencing: a silent broker loses its session after 9 s, leaves ISRs and leaderships; unfenced on return", () => {
  const cluster = new ControllerCluster([1, 2, 3], ELR_OFF);
  cluster.createTopic("orders", [[1, 2, 3]]);
  cluster.world.run(5000);
  cluster.world.isolate(1, [101, 102, 103]);
  const cutAtMs = cluster.world.nowMs;
  cluster.world.until("broker 1 is fenced", () => !cluster.image.isActive(1));
  expect(cluster.world.nowMs - cutAtMs).toBeGreaterThan(7000);
  expect(cluster.world.nowMs - cutAtMs).toBeLessThanOrEqual(9100);
  expect(cluster.row("orders")).toMatchObject({ leader: 2, isr: [2, 3], leaderEpoch: 1 });
  cluster.world.heal();
  cluster.world.until("broker 1 is unfenced", () => cluster.image.isActive(1));
  expect(cluster.row("orders")).toMatchObject({ leader: 2, isr: [2, 3] });
  // Facts are told when they are committed, a little after the active controller's image has them.
  cluster.world.run(200);
  expect(cluster.world.ofType("broker.fenced").map((event) => event.brokerId)).toEqual([1]);
});

test("restart within the session: DUPLICATE_BROKER_REGISTRATION until it expires, then a new epoch (KIP-631)", () => {
  const cluster = new ControllerCluster([1, 2]);
  const firstEpoch = cluster.image.brokers.get(1)!.epoch;
  cluster.world.crash(1);
  const restartedAtMs = cluster.world.nowMs;
  const broker = cluster.startBroker(1);
  cluster.world.until("broker 1 runs again", () => broker.lifecycle.state === "RUNNING");
  expect(cluster.world.nowMs - restartedAtMs).toBeGreaterThan(6000);
  expect(broker.lifecycle.brokerEpoch).toBeGreaterThan(firstEpoch);
});

test("controlled shutdown: leaderships move first, then the broker may stop; it restarts without waiting", () => {
  const cluster = new ControllerCluster([1, 2, 3], ELR_OFF);
  cluster.createTopic("orders", [
    [1, 2, 3],
    [1, 3, 2],
  ]);
  cluster.world.run(2000);
  let isStopped = false;
  cluster.broker(1).shutdown(() => (isStopped = true));
  cluster.world.until("broker 1 may stop", () => isStopped, 9000);
  expect(cluster.row("orders", 0)).toMatchObject({ leader: 2, isr: [2, 3] });
  expect(cluster.row("orders", 1)).toMatchObject({ leader: 3, isr: [3, 2] });
  // Everybody alive had read the change by then.
  expect(cluster.broker(2).loader.image.partition("orders", 0)!.leader).toBe(2);
  const previousEpoch = cluster.broker(1).lifecycle.brokerEpoch;
  cluster.world.crash(1);
  const restartedAtMs = cluster.world.nowMs;
  const broker = cluster.startBroker(1, previousEpoch);
  cluster.world.until("broker 1 runs again", () => broker.lifecycle.state === "RUNNING");
  expect(cluster.world.nowMs - restartedAtMs).toBeLessThan(3000);
});

test("ISR: a leader's proposal is committed; a stale one is fenced", () => {
  const cluster = new ControllerCluster([1, 2, 3]);
  cluster.createTopic("orders", [[1, 2, 3]]);
  expect(cluster.alterIsr("orders", [1, 2])).toMatchObject({ errorCode: Errors.NONE, isr: [1, 2], partitionEpoch: 1 });
  expect(cluster.row("orders").isr).toEqual([1, 2]);
  const changes = cluster.world.ofType("partition.changed").filter((event) => event.topic === "orders");
  expect(changes.map((event) => event.reason)).toEqual(["created", "isr-change"]);
});

test("last replica standing: leaderless until the last ISR member is back (ELR off)", () => {
  const cluster = new ControllerCluster([1, 2], ELR_OFF);
  cluster.createTopic("orders", [[1, 2]]);
  cluster.alterIsr("orders", [1]);
  cluster.world.powerLoss(1);
  cluster.world.until("broker 1 is fenced", () => !cluster.image.isActive(1));
  expect(cluster.row("orders")).toMatchObject({ leader: -1, isr: [1] });
  cluster.startBroker(1);
  cluster.world.until("broker 1 leads again", () => cluster.row("orders").leader === 1);
});

test("unclean election: the scan elects any live replica where the topic allows it, RECOVERING", () => {
  const cluster = new ControllerCluster([1, 2], { ...ELR_OFF, "unclean.leader.election.interval.ms": 3000 });
  cluster.createTopic("orders", [[1, 2]]);
  cluster.alterIsr("orders", [1]);
  cluster.world.crash(1);
  cluster.world.until("orders has no leader", () => cluster.row("orders").leader === -1);
  cluster.world.run(10_000);
  expect(cluster.row("orders").leader).toBe(-1);
  const altered = cluster.request(
    "IncrementalAlterConfigs",
    {
      resources: [
        {
          resourceType: 2,
          resourceName: "orders",
          configs: [{ name: "unclean.leader.election.enable", configOperation: 0, value: "true" }],
        },
      ],
    },
    2,
  );
  expect(altered.responses[0]!.errorCode).toBe(Errors.NONE);
  cluster.world.until("broker 2 leads", () => cluster.row("orders").leader === 2, 4000);
  expect(cluster.row("orders")).toMatchObject({ isr: [2], leaderRecoveryState: 1 });
  cluster.world.run(200);
  const reasons = cluster.world.ofType("partition.changed").map((event) => event.reason);
  expect(reasons).toContain("unclean-election");
});

test("ELR: below min ISR the leaver stays eligible and is elected cleanly (min ISR 2)", () => {
  const cluster = new ControllerCluster([1, 2, 3]);
  cluster.createTopic("orders", [[1, 2]], { "min.insync.replicas": "2" });
  expect(cluster.alterIsr("orders", [1]).errorCode).toBe(Errors.NONE);
  expect(cluster.row("orders")).toMatchObject({ isr: [1], elr: [2] });
  cluster.world.crash(1);
  cluster.world.until("broker 2 leads", () => cluster.row("orders").leader === 2);
  expect(cluster.row("orders")).toMatchObject({ isr: [2], elr: [1], leaderRecoveryState: 0 });
  // Broker 1 restarts without a clean shutdown: its log may be short, so it loses eligibility.
  cluster.startBroker(1);
  cluster.world.until("broker 1 is registered anew", () => cluster.image.isActive(1));
  expect(cluster.row("orders")).toMatchObject({ isr: [2], elr: [] });
});

test("ELR: a change of min.insync.replicas forgets it, for it was eligible under the old one", () => {
  const cluster = new ControllerCluster([1, 2, 3]);
  cluster.createTopic("orders", [[1, 2]], { "min.insync.replicas": "2" });
  cluster.alterIsr("orders", [1]);
  cluster.request("IncrementalAlterConfigs", {
    resources: [
      {
        resourceType: 2,
        resourceName: "orders",
        configs: [{ name: "min.insync.replicas", configOperation: 0, value: "1" }],
      },
    ],
  });
  expect(cluster.row("orders")).toMatchObject({ isr: [1], elr: [] });
});

test("ELR: there is one min.insync.replicas for all brokers, in the log, and a change of it forgets all ELRs", () => {
  const cluster = new ControllerCluster([1, 2, 3], { "min.insync.replicas": 2 });
  const ofAll = (): string | undefined => cluster.image.configs.get("broker:")?.get("min.insync.replicas");
  const alter = (resourceName: string, value: string | null) =>
    cluster.request("IncrementalAlterConfigs", {
      resources: [
        {
          resourceType: 4,
          resourceName,
          configs: [{ name: "min.insync.replicas", configOperation: value === null ? 1 : 0, value }],
        },
      ],
    }).responses[0]!;
  expect(ofAll()).toBe("2");
  expect(alter("1", "1")).toMatchObject({
    errorCode: Errors.INVALID_CONFIG,
    errorMessage: "Broker-level min.insync.replicas cannot be altered while ELR is enabled.",
  });
  expect(alter("", null)).toMatchObject({
    errorCode: Errors.INVALID_CONFIG,
    errorMessage: "Cluster-level min.insync.replicas cannot be removed while ELR is enabled.",
  });
  cluster.createTopic("orders", [[1, 2]]);
  cluster.alterIsr("orders", [1]);
  expect(cluster.row("orders")).toMatchObject({ isr: [1], elr: [2] });
  // Even to what it is: brokers are told again (KAFKA-14136).
  expect(alter("", "2").errorCode).toBe(Errors.NONE);
  expect(cluster.row("orders")).toMatchObject({ isr: [1], elr: [] });
});

test("ELR enabled on a running cluster: its one min.insync.replicas is written before", () => {
  const cluster = new ControllerCluster([1], { ...ELR_OFF, "min.insync.replicas": 2 });
  expect(cluster.image.configs.get("broker:")).toBeUndefined();
  const feature = { feature: "eligible.leader.replicas.version", maxVersionLevel: 1, upgradeType: 1 };
  expect(cluster.request("UpdateFeatures", { featureUpdates: [feature] }).errorCode).toBe(Errors.NONE);
  expect(cluster.image.configs.get("broker:")?.get("min.insync.replicas")).toBe("2");
  expect(cluster.image.features.get("eligible.leader.replicas.version")).toBe(1);
});

test("reassignment: adding, waiting for the ISR, removing; the leader moves with it (KIP-455)", () => {
  const cluster = new ControllerCluster([1, 2, 3, 4], ELR_OFF);
  cluster.createTopic("orders", [[1, 2]]);
  const answer = cluster.request("AlterPartitionReassignments", {
    topics: [{ name: "orders", partitions: [{ partitionIndex: 0, replicas: [3, 4] }] }],
  });
  expect(answer.responses[0]!.partitions[0]!.errorCode).toBe(Errors.NONE);
  expect(cluster.row("orders")).toMatchObject({
    replicas: [3, 4, 1, 2],
    addingReplicas: [3, 4],
    removingReplicas: [1, 2],
    leader: 1,
  });
  const listed = cluster.request("ListPartitionReassignments", { topics: null });
  expect(listed.topics[0]!.partitions[0]).toMatchObject({ addingReplicas: [3, 4], removingReplicas: [1, 2] });
  expect(cluster.alterIsr("orders", [1, 2, 3]).errorCode).toBe(Errors.NONE);
  expect(cluster.row("orders").replicas).toEqual([3, 4, 1, 2]);
  expect(cluster.alterIsr("orders", [1, 2, 3, 4]).errorCode).toBe(Errors.NEW_LEADER_ELECTED);
  expect(cluster.row("orders")).toMatchObject({
    replicas: [3, 4],
    isr: [3, 4],
    addingReplicas: [],
    removingReplicas: [],
    leader: 3,
  });
});

test("reassignment: cancelled, the adding replicas go; cancelling nothing is refused", () => {
  const cluster = new ControllerCluster([1, 2, 3], ELR_OFF);
  cluster.createTopic("orders", [[1, 2]]);
  const cancel = { topics: [{ name: "orders", partitions: [{ partitionIndex: 0, replicas: null }] }] };
  const refused = cluster.request("AlterPartitionReassignments", cancel);
  expect(refused.responses[0]!.partitions[0]!.errorCode).toBe(Errors.NO_REASSIGNMENT_IN_PROGRESS);
  cluster.request("AlterPartitionReassignments", {
    topics: [{ name: "orders", partitions: [{ partitionIndex: 0, replicas: [1, 3] }] }],
  });
  cluster.request("AlterPartitionReassignments", cancel);
  expect(cluster.row("orders")).toMatchObject({ replicas: [1, 2], isr: [1, 2], addingReplicas: [] });
});

test("reassignment: cancelled when only adding replicas are in sync, the first of the others is put there by force", () => {
  const cluster = new ControllerCluster([1, 2, 3], ELR_OFF);
  cluster.createTopic("orders", [[1]], { "unclean.leader.election.enable": "true" });
  const reassign = (replicas: number[] | null) => {
    const partitions = [{ partitionIndex: 0, replicas }];
    return cluster.request("AlterPartitionReassignments", { topics: [{ name: "orders", partitions }] }, 2);
  };
  reassign([1, 2, 3]);
  cluster.alterIsr("orders", [1, 2]);
  cluster.world.crash(1);
  cluster.world.until("broker 2 leads", () => cluster.row("orders").leader === 2);
  reassign(null);
  expect(cluster.row("orders")).toMatchObject({ replicas: [1], isr: [1], leader: -1 });
  cluster.world.run(200);
  const last = cluster.world.ofType("partition.changed").at(-1);
  expect(last).toMatchObject({ reason: "unclean-revert", isr: [1] });
});

test("reassignment: another before the first is done takes its place; cancelling returns to before both", () => {
  const cluster = new ControllerCluster([1, 2, 3, 4], ELR_OFF);
  cluster.createTopic("orders", [[1, 2]]);
  const move = (replicas: number[] | null) =>
    cluster.request("AlterPartitionReassignments", {
      topics: [{ name: "orders", partitions: [{ partitionIndex: 0, replicas }] }],
    });
  move([3, 4]);
  move([1, 3]);
  expect(cluster.row("orders")).toMatchObject({
    replicas: [1, 3, 2, 4],
    addingReplicas: [3, 4],
    removingReplicas: [2, 4],
  });
  move(null);
  expect(cluster.row("orders")).toMatchObject({ replicas: [1, 2], isr: [1, 2], addingReplicas: [] });
});

test("preferred leaders: the periodic check gives a returned broker its leadership back", () => {
  const cluster = new ControllerCluster([1, 2], { ...ELR_OFF, "leader.imbalance.check.interval.seconds": 5 });
  cluster.createTopic("orders", [[1, 2]]);
  cluster.world.crash(1);
  cluster.world.until("broker 2 leads", () => cluster.row("orders").leader === 2);
  cluster.startBroker(1);
  cluster.world.until("broker 1 runs", () => cluster.image.isActive(1));
  cluster.world.run(6000);
  expect(cluster.row("orders").leader).toBe(2);
  cluster.alterIsr("orders", [2, 1]);
  cluster.world.until("broker 1 leads", () => cluster.row("orders").leader === 1, 6000);
  cluster.world.run(200);
  expect(cluster.world.ofType("partition.changed").at(-1)!.reason).toBe("preferred-election");
});

test("controller failover: nothing committed is lost, sessions begin anew, producer ids never repeat", () => {
  const cluster = new ControllerCluster([1, 2, 3]);
  cluster.createTopic("orders", [[1, 2, 3]]);
  const epochOf = (id: number): number => cluster.image.brokers.get(id)!.epoch;
  const first = cluster.request("AllocateProducerIds", { brokerId: 1, brokerEpoch: epochOf(1) });
  const old = cluster.active!;
  cluster.world.powerLoss(old.raft.env.nodeId);
  cluster.controllers.delete(old.raft.env.nodeId);
  cluster.world.until("another controller is active", () => cluster.active !== undefined);
  expect(cluster.image.topics.has("orders")).toBe(true);
  const second = cluster.request("AllocateProducerIds", { brokerId: 2, brokerEpoch: epochOf(2) });
  expect(second.producerIdStart).toBe(first.producerIdStart + first.producerIdLen);
  cluster.world.run(20_000);
  expect(cluster.world.ofType("broker.fenced")).toEqual([]);
});

test("lost leadership: what the old controller had not committed is gone from its image", () => {
  const cluster = new ControllerCluster([1, 2, 3]);
  cluster.world.run(2000);
  const old = cluster.active!;
  cluster.world.isolate(old.raft.env.nodeId, [1, 2, 3, 101, 102, 103]);
  const { records } = old.controller.topics.createTopics({
    topics: [{ name: "ghost", numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
    timeoutMs: 1000,
    validateOnly: false,
  });
  let outcome = "";
  old.controller.write(
    { records, response: undefined },
    () => (outcome = "committed"),
    () => (outcome = "failed"),
  );
  expect(old.controller.image.topics.has("ghost")).toBe(true);
  cluster.world.until("the old controller resigns", () => !old.controller.isActive);
  expect(outcome).toBe("failed");
  expect(old.controller.image.topics.has("ghost")).toBe(false);
  cluster.world.heal();
  cluster.createTopic("real", [[1, 2, 3]]);
  cluster.world.run(3000);
  expect(old.controller.image.toRecords()).toEqual(cluster.image.toRecords());
});

test("snapshots: controllers and brokers make them, and a broker with an empty disk starts from one", () => {
  const cluster = new ControllerCluster([1, 2], {
    "metadata.log.max.record.bytes.between.snapshots": 2000,
    "metadata.max.retention.bytes": 1,
  });
  cluster.createTopic("orders", [[1, 2]]);
  cluster.world.run(20_000);
  expect(cluster.world.ofType("quorum.snapshot-created").length).toBeGreaterThan(3);
  const broker = cluster.startBroker(3);
  cluster.world.until("broker 3 runs", () => broker.lifecycle.state === "RUNNING");
  expect(cluster.world.ofType("quorum.snapshot-loaded").some((event) => event.node === 3)).toBe(true);
  cluster.world.run(2000);
  expect(broker.loader.image.toRecords()).toEqual(cluster.image.toRecords());
});
