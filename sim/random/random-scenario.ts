// A scenario drawn from a seed: a mixed workload and a schedule of faults, safety first, then healing and progress.
// Every kind of fault is on or off for the whole run before its own odds count (swarm testing): a run with only
// pauses finds what a run with everything drowns. The settings of cluster, topics and clients are drawn alike.

import { RandomStream } from "../kernel/random.js";
import type { SimulateOptions } from "../run.js";
import { scenario, type Scenario } from "../world/scenario.js";
import type { World } from "../world/world.js";
import { drawDisturbances } from "./disturbances.js";
import { drawSchedule } from "./fault-schedule.js";
import { awaitDelivery } from "./progress.js";
import { drawCluster, drawTopics, Workload } from "./workload.js";

export interface RandomScenarioOptions {
  /** Length of the phase with faults, in simulated milliseconds. */
  readonly durationMs?: number;
  readonly recordsPerSecond?: number;
  /** Every kind of fault is on. */
  readonly allFaults?: boolean;
}

const GROUP = "workers";

/** Makes the scenario of a seed. Run it with the same seed, or with another for another network under the same story. */
export function randomScenario(seed: number, options: RandomScenarioOptions = {}): Scenario {
  const random = new RandomStream(seed, "scenario");
  const durationMs = options.durationMs ?? 30_000;
  const everyMs = 1000 / (options.recordsPerSecond ?? 100);
  const cluster = drawCluster(random);
  const topics = drawTopics(random);
  const { brokers, controllers, racks = [] } = cluster;
  return scenario({
    name: `random-${seed}`,
    teaches: "What happens when nobody wrote the script.",
    read: [],
    cluster,
    expect: "holds",
    excusesUnpromised: true,
    run(world: World) {
      // Its own streams, made here: a scenario may be run twice.
      const draws = new RandomStream(seed, "workload");
      for (const { topic, ...topicOptions } of topics) world.createTopic(topic, topicOptions);
      const workload = new Workload(world, draws, topics, GROUP);
      const faults = drawSchedule(new RandomStream(seed, "faults"), {
        durationMs,
        brokers,
        controllers,
        racks,
        topics,
        group: GROUP,
        clients: workload.clients,
        allKinds: options.allFaults ?? false,
      });
      world.schedule(faults);
      const disturbances = drawDisturbances(new RandomStream(seed, "disturbances"), world, workload, {
        durationMs,
        topics,
      });
      const total = Math.floor(durationMs / everyMs);
      let next = 0;
      for (let record = 0; record < total; record++) {
        workload.send(record);
        world.run(everyMs);
        while ((disturbances[next]?.atMs ?? Infinity) <= record * everyMs) disturbances[next++]?.act();
      }
      for (const { act } of disturbances.slice(next)) act();
      world.heal();
      awaitDelivery(world, workload.consumers, topics, workload.isStatic);
    },
  });
}

/** How the run of a seed is simulated: some go through the wire format, some with frozen messages. */
export function randomRunOptions(seed: number): Pick<SimulateOptions, "seed" | "wire" | "freeze"> {
  const random = new RandomStream(seed, "run");
  return { seed, wire: random.chance(1, 4) ? "encoded" : "objects", freeze: random.chance(1, 4) };
}
