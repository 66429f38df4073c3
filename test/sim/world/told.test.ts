// What a trace tells of partitions is what the cluster has decided, also where one controller wrote it and another
// committed it: the story, the page and the checkers know of the cluster only what is told.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { simulate } from "../../../sim/run.js";
import { drawTrial } from "../../../sim/search/draw.js";
import { trialRunOptions } from "../../../sim/search/outcome.js";
import { trialScenario } from "../../../sim/search/trial-scenario.js";
import type { Trial } from "../../../sim/search/trial.js";
import type { TraceEvent } from "../../../sim/trace/format.js";

type Told = Extract<TraceEvent, { readonly type: "partition.changed" }>;

/** Runs a trial, lets it settle, and compares what was told last of each partition of the load with how it is. */
function expectTold(trial: Trial): void {
  const played = trialScenario(trial);
  const isNow = new Map<string, unknown>();
  const told = new Map<string, Told>();
  const scenario = {
    ...played,
    run(world: Parameters<typeof played.run>[0]): void {
      played.run(world);
      world.run(2000);
      for (const { topic, partitions } of trial.topics) {
        for (let partition = 0; partition < partitions; partition++) {
          const leader = world.leaderOf(topic, partition);
          isNow.set(`${topic}-${partition}`, { leader, isr: [...world.isrOf(topic, partition)].sort() });
        }
      }
    },
  };
  const { events } = simulate(scenario, { ...trialRunOptions(trial), trace: true });
  for (const event of events) {
    if (event.type === "partition.changed") told.set(`${event.topic}-${event.partition}`, event);
  }
  expect(isNow.size).toBeGreaterThan(0);
  for (const [partition, state] of isNow) {
    const last = told.get(partition);
    expect({ partition, leader: last?.leader, isr: [...(last?.isr ?? [])].sort() }).toEqual({
      partition,
      ...(state as object),
    });
  }
}

test.each(Array.from({ length: 5 }, (_, index) => index + 1))("quorum seed %i", (seed) => {
  expectTold(drawTrial(seed, "quorum", { durationMs: 30_000 }));
});

test("an ISR that one controller wrote and the next committed is told by the next", () => {
  const path = join(import.meta.dirname, "../search/regressions/network-70043.json");
  const { trial } = JSON.parse(readFileSync(path, "utf8")) as { readonly trial: Trial };
  const { events } = simulate(trialScenario(trial), { ...trialRunOptions(trial), trace: true });
  const epochs = (type: string): readonly number[] =>
    events.flatMap((event) =>
      event.type === type && "partitionEpoch" in event && event.topic === "__consumer_offsets" && event.partition === 1
        ? [event.partitionEpoch]
        : [],
    );
  expect(epochs("isr.change-refused")).toEqual([0]);
  expect(epochs("partition.changed")).toEqual([...new Set(epochs("partition.changed"))]);
  expect(epochs("partition.changed")).toContain(1);
});
