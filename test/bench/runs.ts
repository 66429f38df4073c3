// Whole runs: faults and checkers on, tracing against not, and an hour of memory.

import { drawTrial } from "../../sim/search/draw.js";
import { trialScenario } from "../../sim/search/trial-scenario.js";
import { simulate, type SimulateOptions } from "../../sim/run.js";
import { scenario } from "../../sim/world/scenario.js";
import { collectGarbage, median, type Measurement } from "./measurement.js";

function timedRun(seed: number, options: SimulateOptions = {}): number {
  const story = trialScenario(drawTrial(seed, "mixed", { durationMs: 60_000, recordsPerSecond: 300, allFaults: true }));
  const startedAt = performance.now();
  const result = simulate(story, { seed, ...options });
  if (!result.ok) throw new Error(`seed ${seed}: ${result.failure ?? result.unexpected.join(", ")}`);
  return performance.now() - startedAt;
}

export function faultyMinuteBench(): readonly Measurement[] {
  for (let seed = 1; seed <= 3; seed++) timedRun(seed);
  const times = Array.from({ length: 9 }, (_, index) => timedRun(index + 4));
  const value = median(times) / 1000;
  return [
    {
      name: "60 simulated seconds, 300 records/s, all faults, all checkers",
      value,
      unit: "s wall",
      promised: "at most 0.4",
      met: value <= 0.4,
      detail: "median of 9 seeds",
    },
  ];
}

export function tracingBench(): readonly Measurement[] {
  const ratios: number[] = [];
  for (let seed = 20; seed < 27; seed++) {
    const plain = timedRun(seed, { checkers: false });
    const traced = timedRun(seed, { checkers: false, trace: true });
    ratios.push(traced / plain);
  }
  const value = median(ratios);
  return [
    {
      name: "tracing kept in memory, against not kept",
      value,
      unit: "times the time",
      promised: "at most 1.5",
      met: value <= 1.5,
      detail: "median of 7 pairs",
    },
  ];
}

export function hourBench(): readonly Measurement[] {
  const heapMb: number[] = [];
  const hour = scenario({
    name: "hour",
    teaches: "An hour at 300 records a second with retention on.",
    read: [],
    cluster: {
      brokers: 3,
      controllers: 3,
      config: {
        "min.insync.replicas": 2,
        "log.retention.check.interval.ms": 10_000,
        "log.segment.delete.delay.ms": 1_000,
        // The metadata log grows by two no-op records a second on every node: it has its retention too.
        "metadata.log.max.record.bytes.between.snapshots": 50_000,
        "metadata.log.segment.bytes": 50_000,
        "metadata.max.retention.bytes": 100_000,
      },
    },
    expect: "holds",
    run(world) {
      world.createTopic("stream", {
        partitions: 3,
        replicationFactor: 3,
        config: { "retention.ms": 60_000, "segment.ms": 20_000 },
      });
      const producer = world.producer("producer");
      world.consumer("consumer", {
        group: "g",
        topics: ["stream"],
        config: { "auto.offset.reset": "earliest" },
        keepReceived: false,
      });
      for (let minute = 0; minute < 60; minute++) {
        for (let record = 0; record < 300 * 60; record++) {
          producer.send("stream", { value: `record ${record}` });
          world.run(1000 / 300);
        }
        collectGarbage();
        heapMb.push((process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers) / 1e6);
      }
    },
  });
  const result = simulate(hour, { checkers: false });
  if (!result.ok) throw new Error(result.failure ?? "the hour failed");
  const afterTen = heapMb[9]!;
  const atEnd = heapMb[59]!;
  return [
    {
      name: "one simulated hour at 300 records/s: memory",
      value: Math.max(...heapMb),
      unit: "MB at most",
      promised: "under 300",
      met: Math.max(...heapMb) < 300,
    },
    {
      name: "memory after an hour, against after ten minutes",
      value: atEnd / afterTen,
      unit: "times",
      promised: "flat (at most 1.1)",
      met: atEnd / afterTen <= 1.1,
      detail: `${afterTen.toFixed(0)} MB, then ${atEnd.toFixed(0)} MB`,
    },
  ];
}
