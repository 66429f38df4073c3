// What tests with real clients share: a server on free ports, kcat as a child process, and patience with an end.

import { spawn, spawnSync } from "node:child_process";
import { onTestFinished } from "vitest";
import { startServer, type LiveServer, type ServerOptions } from "../../sim/live/server.js";

/** CI installs it; elsewhere its tests are skipped, and say so. */
export const hasKcat = spawnSync("kcat", ["-V"]).status === 0;
if (!hasKcat) process.stderr.write("kcat is not installed: its tests are skipped (apt-get install kcat)\n");

export interface TestServer extends LiveServer {
  readonly bootstrap: string;
  /** Simulation failures so far: any is a bug. */
  readonly failures: readonly unknown[];
}

/** Three brokers and three controllers on free ports, closed when the test is over. */
export async function testServer(options: Partial<ServerOptions> = {}): Promise<TestServer> {
  const failures: unknown[] = [];
  const onFailure = (error: unknown): void => void failures.push(error);
  const server = await startServer({ brokers: 3, controllers: 3, port: 0, onFailure, ...options });
  onTestFinished(async () => {
    await server.close();
    if (failures.length > 0) throw failures[0];
  });
  return { ...server, bootstrap: server.bootstrapServers.join(","), failures };
}

/** Waits until `reached()`; fails with `goal` after `withinMs`. */
export async function eventually(
  goal: string,
  reached: () => boolean | Promise<boolean>,
  withinMs = 60_000,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await reached())) {
    if (performance.now() > deadline) throw new Error(`not reached within ${withinMs} ms: ${goal}`);
    await sleep(20);
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export interface KcatRun {
  readonly status: number | null;
  readonly lines: readonly string[];
  readonly stderr: string;
}

/** A kcat that runs until it is done or killed. */
export class Kcat {
  readonly done: Promise<KcatRun>;
  #stdout = "";
  #stderr = "";
  readonly #child;

  constructor(bootstrap: string, args: readonly string[], input?: string) {
    const child = spawn("kcat", ["-b", bootstrap, ...args], { stdio: ["pipe", "pipe", "pipe"] });
    this.#child = child;
    child.stdout.setEncoding("utf8").on("data", (text: string) => (this.#stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (this.#stderr += text));
    child.stdin.on("error", () => {});
    child.stdin.end(input ?? "");
    const timeout = setTimeout(() => child.kill("SIGKILL"), 60_000);
    this.done = new Promise((resolve) => {
      child.on("close", (status) => {
        clearTimeout(timeout);
        resolve({ status, lines: this.lines, stderr: this.#stderr });
      });
    });
    onTestFinished(() => void child.kill("SIGKILL"));
  }

  /** Whole lines so far. */
  get lines(): readonly string[] {
    return this.#stdout.split("\n").slice(0, -1);
  }
  get stderr(): string {
    return this.#stderr;
  }

  /** As Ctrl-C does: a consumer leaves its group. */
  interrupt(): void {
    this.#child.kill("SIGINT");
  }
}

/** Runs kcat to its end. */
export function kcat(bootstrap: string, args: readonly string[], input?: string): Promise<KcatRun> {
  return new Kcat(bootstrap, args, input).done;
}
