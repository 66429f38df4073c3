import { expect, test } from "vitest";
import { BROKER_CONFIG } from "../../../core/config/broker-config.js";
import { parseConfig } from "../../../core/config/definition.js";
import { MetadataLoader } from "../../../core/metadata/metadata-loader.js";
import { metadataRecord } from "../../../core/protocol/messages/metadata-records.js";
import { ControllerCluster } from "../controller/controller-cluster.js";
import { FakeEnvironment } from "../support/fake-environment.js";

const ORDERS = "AAAAAAAAAAAAAAAAAAAABQ";

function batch(offset: number) {
  const records = [metadataRecord("TopicRecord", { name: `orders-${offset}`, topicId: ORDERS.slice(0, 21) + offset })];
  return { baseOffset: offset, lastOffset: offset, epoch: 1, sizeBytes: 100, records };
}

test("publisher: told at once all that was loaded before it came, as one change, then each delivery", () => {
  const loader = new MetadataLoader(new FakeEnvironment(), parseConfig(BROKER_CONFIG, {}), () => {});
  const told: string[][] = [];
  loader.onBatches([batch(0)]);
  loader.onBatches([batch(1)]);
  loader.install(({ createdTopics }) => told.push(createdTopics.map(({ name }) => name)));
  loader.onBatches([batch(2)]);
  expect(told).toEqual([["orders-0", "orders-1"], ["orders-2"]]);
});

test("snapshots: a broker makes its own, and begins with it after power loss (snapshot every 2000 bytes)", () => {
  const cluster = new ControllerCluster([1, 2], { "metadata.log.max.record.bytes.between.snapshots": 2000 });
  for (const name of ["a", "b", "c"]) cluster.createTopic(name, [[1, 2]]);
  cluster.world.run(20_000);
  expect(cluster.world.ofType("quorum.snapshot-created").some(({ node }) => node === 1)).toBe(true);
  // The observer's log is not flushed: what the snapshot covers may be gone from it.
  cluster.world.powerLoss(1);
  cluster.request("CreateTopics", { topics: [{ name: "d", numPartitions: 1, replicationFactor: 1 }] }, 2);
  const atMs = cluster.world.nowMs;
  const broker = cluster.startBroker(1);
  cluster.world.until("the broker runs", () => broker.lifecycle.state === "RUNNING", 60_000);
  cluster.world.run(2000);
  const loaded = cluster.world
    .ofType("quorum.snapshot-loaded")
    .filter((event) => event.node === 1 && event.atMs >= atMs);
  expect(loaded).toHaveLength(1);
  expect(broker.loader.image.toRecords()).toEqual(cluster.image.toRecords());
});
