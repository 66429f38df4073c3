// Real data through a bad day: five thousand flights are published while power fails, the controller is cut off, a
// broker turns zombie, a disk crawls and the cluster grows. The consumers' totals must equal the file's.

import { scenario } from "../sim/index.js";
import type { ConsumerHandle, ReceivedRecord, World } from "../sim/index.js";

interface Flight {
  readonly date: string;
  readonly delay: number;
  readonly distance: number;
  readonly origin: string;
  readonly destination: string;
}

interface Total {
  flights: number;
  delayMinutes: number;
}

function add(totals: Map<string, Total>, { origin, delay }: Flight): void {
  const total = totals.get(origin) ?? { flights: 0, delayMinutes: 0 };
  total.flights += 1;
  total.delayMinutes += delay;
  totals.set(origin, total);
}

function asText(totals: ReadonlyMap<string, Total>): string {
  return [...totals]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([origin, { flights, delayMinutes }]) => `${origin} ${flights} ${delayMinutes}`)
    .join("\n");
}

/** Publishes flights at an even pace: a slice of the file in a span of simulated time. */
function publisher(world: World, flights: readonly Flight[]): (count: number, durationMs: number) => void {
  const producer = world.producer("airline");
  let next = 0;
  return (count, durationMs) => {
    for (let sent = 0; sent < count && next < flights.length; sent++, next++) {
      const flight = flights[next]!;
      producer.send("flights", { key: flight.origin, value: JSON.stringify(flight) });
      world.run(durationMs / count);
    }
    if (next === flights.length) producer.flush();
  };
}

export const flights = scenario({
  name: "flights",
  teaches:
    "Acknowledged with acks=all, idempotent and committed after processing, real data survives a very bad day, to the minute.",
  read: [
    "core/replication/partition.ts",
    "core/controller/quorum-controller.ts",
    "core/coordinator/group-coordinator.ts",
    "core/client/producer.ts",
  ],
  cluster: { brokers: 3, controllers: 3, config: { "min.insync.replicas": 2, "default.replication.factor": 3 } },
  data: { package: "vega-datasets", file: "data/flights-5k.json" },
  expect: "holds",
  run(world) {
    const file = world.data<readonly Flight[]>();
    world.createTopic("flights", { partitions: 3, replicationFactor: 3 });

    // The application: totals by airport, kept by offset so that a repeated delivery changes nothing.
    const seen = new Map<string, Flight>();
    const onRecord = ({ partition, offset, value }: ReceivedRecord): void => {
      seen.set(`${partition}/${offset}`, JSON.parse(value ?? "null") as Flight);
    };
    const config = { "auto.offset.reset": "earliest", "enable.auto.commit": false };
    const onPolled = (consumer: ConsumerHandle): void => consumer.commit();
    const members = ["totals-1", "totals-2", "totals-3"].map((name) =>
      world.consumer(name, { group: "totals", topics: ["flights"], config, onRecord, onPolled }),
    );
    world.until("every member of the group has a partition", () => members.every((m) => m.assignment.length === 1));
    const publish = publisher(world, file);
    publish(500, 5_000);

    world.note("Power fails at the broker that leads partition 0.");
    const first = world.leaderOf("flights", 0)!;
    world.inject({ kind: "power-loss", target: first });
    publish(1_200, 12_000);
    world.restart(first);
    publish(400, 4_000);

    world.note("The active controller is cut off from everybody; the quorum elects another.");
    const cut = world.inject({ kind: "isolate", target: { role: "active-controller" } });
    publish(700, 7_000);
    cut.heal();

    world.note("The leader of partition 1 stops dead for 15 seconds, and wakes up as a zombie.");
    world.injectFor(15_000, { kind: "pause", target: { role: "leader", topic: "flights", partition: 1 } });
    publish(1_200, 16_000);

    world.note("A follower's disk turns slow.");
    world.injectFor(8_000, {
      kind: "slow-disk",
      target: { role: "follower", topic: "flights", partition: 2 },
      factor: 20,
      extraMs: 50,
    });
    publish(300, 3_000);

    world.note("A fourth broker joins, and partition 2 is moved to it.");
    const added = world.addBroker();
    const [stays] = world.replicasOf("flights", 2).slice(1);
    const [preferred] = world.replicasOf("flights", 2);
    world.startReassignment("flights", 2, [added, preferred!, stays!]);
    publish(file.length, 7_000);

    world.note("Everything heals.");
    world.heal();
    world.until("every flight is counted", () => seen.size >= file.length, 120_000);
    const expected = new Map<string, Total>();
    for (const flight of file) add(expected, flight);
    const counted = new Map<string, Total>();
    for (const flight of seen.values()) add(counted, flight);
    world.expect("the consumers' totals equal those of the file", asText(counted) === asText(expected));
    world.note(`${file.length} flights of ${expected.size} airports: the consumers' totals equal the file's.`);
  },
});
