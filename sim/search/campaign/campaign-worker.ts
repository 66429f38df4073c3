// CampaignWorker: a worker thread seen from outside, with an answer for everything that can happen to it.
// An endless loop, memory used up or an exception that nobody caught ends the thread, not the campaign: it becomes the
// result of the seed that was running, and the next seed gets a new thread.

import { Worker } from "node:worker_threads";
import { setEngineForManyRuns } from "./engine.js";
import type { Task } from "./plan.js";
import type { Answer, Request, Shrunk, ShrinkProgress, WorkerData } from "./protocol.js";
import type { SeedKind, SeedResult } from "./results.js";
import { moduleUrl, threadCode } from "./sources.js";

export interface WorkerOptions {
  readonly task: Task;
  /** URL of the module that runs seeds; `runner.ts` unless told. */
  readonly runner?: string;
  /** A thread that says nothing for so long hangs, in milliseconds of the wall clock. */
  readonly patienceMs?: number;
  readonly heapMb?: number;
}

/**
 * A run gives a sign of life each simulated second, and ends itself after too many events without one; a machine may
 * be slow or busy, but not this slow.
 */
const PATIENCE_MS = 300_000;

/** Looks at a thread until patience is over. A process that was stopped for an hour (Ctrl-Z) has missed one look only. */
const LOOKS = 10;

const HEAP_MB = 1024;

/** Runs make much that is soon garbage: with room for it, collections are fewer and a run a good deal shorter. */
const YOUNG_GENERATION_MB = 64;

/** How a thread died. */
interface Death {
  readonly kind: "crashed" | "hung";
  readonly signature: string;
  readonly message: string;
}

export class CampaignWorker {
  readonly #options: WorkerOptions;
  #thread: Promise<Worker> | undefined;

  constructor(options: WorkerOptions) {
    this.#options = options;
  }

  /** Runs a seed. @throws if threads cannot even start, which is no finding */
  async run(seed: number, bredFrom: readonly number[] = []): Promise<SeedResult> {
    const answer = await this.#ask({ kind: "run", seed, bredFrom }, () => undefined);
    if (answer.kind === "result") return answer.result;
    const { kind, signature, message } = answer as Death;
    const line = bredFrom.length === 0 ? {} : { bredFrom };
    const nothing = { simulatedMs: 0, handledEvents: 0, seen: {} };
    return { seed, ...line, kind: kind satisfies SeedKind, signature, message, ...nothing };
  }

  /** Shrinks what a seed found; a sentence if the thread died of it. */
  async shrink(
    seed: number,
    onProgress: (progress: ShrinkProgress) => void,
    bredFrom: readonly number[] = [],
  ): Promise<Shrunk | string> {
    const answer = await this.#ask({ kind: "shrink", seed, bredFrom }, onProgress);
    return answer.kind === "shrunk" ? answer.shrunk : (answer as Death).message;
  }

  async close(): Promise<void> {
    const thread = await this.#thread?.catch(() => undefined);
    this.#thread = undefined;
    await thread?.terminate();
  }

  async #ask(request: Request, onProgress: (progress: ShrinkProgress) => void): Promise<Answer | Death> {
    this.#thread ??= this.#start();
    const thread = await this.#thread;
    return new Promise((resolve) => {
      let quietLooks = 0;
      const look = (): void => {
        if (++quietLooks < LOOKS) return;
        const message = `It gave no sign of life for ${this.#patienceMs / 1000} seconds.`;
        die({ kind: "hung", signature: "endless", message });
      };
      const timer = setInterval(look, this.#patienceMs / LOOKS);
      const settle = (outcome: Answer | Death): void => {
        clearInterval(timer);
        thread.off("message", onMessage).off("error", onError).off("exit", onExit);
        resolve(outcome);
      };
      const die = (death: Death): void => {
        this.#thread = undefined;
        void thread.terminate();
        settle(death);
      };
      const onMessage = (answer: Answer): void => {
        if (answer.kind !== "shrinking" && answer.kind !== "alive") return settle(answer);
        quietLooks = 0;
        if (answer.kind === "shrinking") onProgress(answer.progress);
      };
      const onError = (error: unknown): void => die(deathOf(error));
      const onExit = (code: number): void =>
        die({ kind: "crashed", signature: "thread-ended", message: `Its thread ended with exit code ${code}.` });
      thread.on("message", onMessage).on("error", onError).on("exit", onExit);
      thread.postMessage(request, []);
    });
  }

  get #patienceMs(): number {
    return this.#options.patienceMs ?? PATIENCE_MS;
  }

  /** A thread that is ready for its first request. */
  #start(): Promise<Worker> {
    const { runner = moduleUrl("runner"), heapMb = HEAP_MB } = this.#options;
    const { profile, bugs } = this.#options.task;
    setEngineForManyRuns();
    const thread = new Worker(threadCode("worker"), {
      eval: true,
      workerData: { task: { profile, bugs }, runner } satisfies WorkerData,
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    // Between two requests nobody else listens, and an error without a listener would end the program.
    thread.on("error", () => undefined);
    return new Promise((resolve, reject) => {
      thread.once("message", () => resolve(thread));
      thread.once("error", (cause) => reject(new Error("A worker of the search could not start.", { cause })));
      thread.once("exit", (code) => reject(new Error(`A worker of the search ended with ${code} as it started.`)));
    });
  }
}

function deathOf(error: unknown): Death {
  if ((error as NodeJS.ErrnoException | null)?.code === "ERR_WORKER_OUT_OF_MEMORY")
    return { kind: "crashed", signature: "out-of-memory", message: "It used up its memory." };
  const message = error instanceof Error ? error.message : String(error);
  return { kind: "crashed", signature: `uncaught: ${message.split("\n")[0]}`, message };
}
