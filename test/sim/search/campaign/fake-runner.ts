// A runner of seeds for tests of the campaign: what becomes of a seed is written behind the module's address.
// "?fail:17,exit:20,loop:30" fails at 17, ends its thread at 20 and never ends at 30; "slow:5" takes a while,
// "late:6" fails after it, "long:8" takes seconds but gives signs of life, "news" (of no seed) lets each reach something,
// and any other word is the signature of a failure.

import type { RunnerModule } from "../../../../sim/search/campaign/protocol.js";
import type { SeedResult } from "../../../../sim/search/campaign/results.js";

function sleep(ms = 300): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

export const createRunner: RunnerModule["createRunner"] = () => {
  const words = decodeURIComponent(new URL(import.meta.url).search.slice(1)).split(",");
  const odd = new Map(words.map((word) => [Number(word.split(":")[1]), word.split(":")[0]]));
  const hasNews = words.includes("news");
  const run = (seed: number, alive: () => void, bredFrom: readonly number[]): SeedResult => {
    const common = {
      seed,
      ...(bredFrom.length === 0 ? {} : { bredFrom }),
      ...(hasNews ? { reached: { pairs: [seed % 7, 100 + (seed >> 1)], marks: [] } } : {}),
      digest: seed.toString(16).padStart(16, "0"),
      simulatedMs: 1000,
      handledEvents: 10,
      seen: {},
    };
    const word = odd.get(seed);
    const failed: SeedResult = {
      ...common,
      kind: "failed",
      signature: "some-claim",
      message: `Seed ${seed} broke it.`,
    };
    switch (word) {
      case "fail":
        return failed;
      case "late":
        sleep();
        return failed;
      case "long":
        for (let sign = 0; sign < 5; sign++) {
          sleep(1100);
          alive();
        }
        break;
      case "idle":
        return { ...common, kind: "idle", workMissing: ["no election"] };
      case "uncaught":
        throw new Error("nobody caught this");
      case "exit":
        return process.exit(7);
      case "loop":
        for (;;);
      case "memory":
        for (const hoard: unknown[] = []; ;) hoard.push(Array.from({ length: 100_000 }, () => seed));
      case "slow":
        sleep();
        alive();
        break;
      default:
        if (word !== undefined) return { ...failed, signature: word };
    }
    return { ...common, kind: "passed", seen: { faults: 2, leaderElections: 1 } };
  };
  return {
    run,
    shrink: (seed, onProgress) => {
      onProgress({ runs: 1, steps: 3 });
      if (odd.get(seed) !== "fail") throw new Error("cannot shrink this");
      const trial = {
        seed,
        cluster: { brokers: 3, controllers: 1 },
        topics: [{ topic: "orders", partitions: 1, replicationFactor: 3 }],
        producers: [],
        consumers: [],
        load: { records: 0, everyMs: 1, keys: 0, valueBytes: 0 },
        steps: [{ kind: "fault" as const, atMs: 5, healAtMs: 500, fault: { kind: "crash" as const, target: 1 } }],
        durationMs: 1000,
        wire: "objects" as const,
        bugs: [],
        buggify: [],
      };
      return { trial, stepsBefore: 9, runs: 2 };
    },
  };
};
