// Worker: the thread that runs seeds, one after the other, as it is asked.
// Nothing of a run outlives it here but warm code. What goes wrong inside a run is its result; what kills the thread
// is seen from outside, by `CampaignWorker`.

import { parentPort, workerData } from "node:worker_threads";
import type { Answer, Request, RunnerModule, WorkerData } from "./protocol.js";

const { runner: url, task } = workerData as WorkerData;
const port = parentPort!;
const { createRunner } = (await import(url)) as RunnerModule;
const runner = createRunner(task);
const tell = (answer: Answer): void => port.postMessage(answer);

/** Milliseconds between two signs of life. */
const ALIVE_EVERY_MS = 1000;
let aliveAt = 0;
const alive = (): void => {
  const now = performance.now();
  if (now - aliveAt < ALIVE_EVERY_MS) return;
  aliveAt = now;
  tell({ kind: "alive" });
};

port.on("message", (request: Request) => {
  switch (request.kind) {
    case "run":
      tell({ kind: "result", result: runner.run(request.seed, alive, request.bredFrom) });
      return;
    case "shrink":
      tell({
        kind: "shrunk",
        shrunk: runner.shrink(
          request.seed,
          (progress) => tell({ kind: "shrinking", progress }),
          alive,
          request.bredFrom,
        ),
      });
  }
});
tell({ kind: "ready" });
