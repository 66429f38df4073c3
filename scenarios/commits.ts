// Commit, then process; or process, then commit. A crash in between loses records, or repeats them.

import { scenario } from "../sim/index.js";
import type { ConsumerHandle, ReceivedRecord, Scenario, World } from "../sim/index.js";

const ORDERS = 40;

function run(world: World, commitFirst: boolean): void {
  world.createTopic("orders", { partitions: 1, replicationFactor: 3 });
  const shop = world.producer("shop");
  for (let order = 1; order <= ORDERS; order++) shop.send("orders", { value: `order ${order}` });
  shop.flush();

  const processed: string[] = [];
  const work = (worker: ConsumerHandle, record: ReceivedRecord): void => {
    processed.push(record.value ?? "");
    worker.processed(record);
  };
  const config = {
    "auto.offset.reset": "earliest",
    "enable.auto.commit": false,
    "max.poll.records": 10,
    "session.timeout.ms": 6_000,
  };
  const first = world.consumer("worker-1", { group: "workers", topics: ["orders"], config, autoPoll: false });
  let batch: readonly ReceivedRecord[] = [];
  world.until("the first worker has ten orders", () => (batch = first.poll()).length > 0);

  if (commitFirst) {
    world.note("The worker commits the ten orders before it has done anything with them.");
    first.commit();
    world.until("the commit is known", () =>
      world.coordinatorOf("workers") !== undefined ? first.committed("orders", 0) === 10 : false,
    );
    for (const record of batch.slice(0, 4)) work(first, record);
  } else {
    world.note("The worker processes seven of the ten orders, and has committed none.");
    for (const record of batch.slice(0, 7)) work(first, record);
  }
  world.note("It crashes in the middle of its work.");
  world.inject({ kind: "crash", target: first.nodeId });

  const second: ConsumerHandle = world.consumer("worker-2", {
    group: "workers",
    topics: ["orders"],
    config,
    onRecord: (record) => work(second, record),
    onPolled: (consumer) => consumer.commit(),
  });
  world.until("another worker finishes", () => second.received.at(-1)?.value === `order ${ORDERS}`, 90_000);

  world.note(
    commitFirst
      ? "The next worker starts after the commit: the six orders in between are processed by nobody."
      : "The next worker starts at the last commit, which is none: it processes the seven a second time.",
  );
  const distinct = new Set(processed).size;
  if (commitFirst) world.expect("six orders were never processed", distinct === ORDERS - 6);
  else {
    world.expect("every order was processed", distinct === ORDERS);
    world.expect("seven of them twice", processed.length === ORDERS + 7);
  }
}

export const commitBeforeProcessing: Scenario = scenario({
  name: "commit-before-processing",
  teaches: "Commit before processing and a crash skips records: at most once. Kafka lost nothing; the application did.",
  read: ["core/client/offset-commits.ts", "core/coordinator/offset-manager.ts"],
  cluster: { brokers: 3, controllers: 1 },
  expect: { violates: "committed-means-processed" },
  run: (world) => run(world, true),
});

export const commitAfterProcessing: Scenario = scenario({
  name: "commit-after-processing",
  teaches:
    "Commit after processing and a crash repeats records: at least once. The application must bear a repetition.",
  read: ["core/client/offset-commits.ts", "core/coordinator/offset-manager.ts"],
  cluster: { brokers: 3, controllers: 1 },
  expect: "holds",
  run: (world) => run(world, false),
});
