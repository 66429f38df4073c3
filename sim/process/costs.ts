// Costs: how long work takes in simulated time.
// Without them queues, overload, lag and slow-but-alive brokers could not exist. Integer nanoseconds, so that many
// cheap things add up exactly. The values are round numbers of the size found on ordinary servers.

import type { Message } from "../../core/environment.js";

/** Simulated time of a process's own work, in nanoseconds. */
export interface ProcessCosts {
  /** By API key; `requestNs` for keys not listed. */
  readonly requestNsByApiKey: ReadonlyMap<number, number>;
  readonly requestNs: number;
  readonly responseNs: number;
  /** Copying and checking a KiB of a message. */
  readonly perKibNs: number;
  readonly connectionNs: number;
  readonly timerNs: number;
  readonly flushCompletionNs: number;
  readonly startNs: number;
  readonly appendNs: number;
  readonly appendPerKibNs: number;
  readonly readNs: number;
  readonly readPerKibNs: number;
}

const PRODUCE = 0;
const FETCH = 1;

export const DEFAULT_PROCESS_COSTS: ProcessCosts = {
  requestNsByApiKey: new Map([
    [PRODUCE, 20_000],
    [FETCH, 12_000],
  ]),
  requestNs: 15_000,
  responseNs: 8_000,
  perKibNs: 250,
  connectionNs: 30_000,
  timerNs: 2_000,
  flushCompletionNs: 1_000,
  startNs: 1_000_000,
  appendNs: 3_000,
  appendPerKibNs: 300,
  readNs: 2_000,
  readPerKibNs: 100,
};

/** Nothing takes time: for script-driven processes and for tests about order alone. */
export const FREE_PROCESS_COSTS: ProcessCosts = {
  requestNsByApiKey: new Map(),
  requestNs: 0,
  responseNs: 0,
  perKibNs: 0,
  connectionNs: 0,
  timerNs: 0,
  flushCompletionNs: 0,
  startNs: 0,
  appendNs: 0,
  appendPerKibNs: 0,
  readNs: 0,
  readPerKibNs: 0,
};

/** What receiving a message costs its receiver, before whatever the handler adds. */
export function messageCostNs(costs: ProcessCosts, message: Message, sizeBytes: number): number {
  const base =
    message.kind === "request" ? (costs.requestNsByApiKey.get(message.apiKey) ?? costs.requestNs) : costs.responseNs;
  return base + perKibNs(costs.perKibNs, sizeBytes);
}

/** `nsPerKib` for each KiB of `sizeBytes`, rounded down to whole nanoseconds. */
export function perKibNs(nsPerKib: number, sizeBytes: number): number {
  return Math.floor((nsPerKib * sizeBytes) / 1024);
}
