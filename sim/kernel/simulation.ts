// Simulation: one queue of events and the clock it drives.
// Time stands still while an event is handled and jumps to the next one after. Only this file advances time.

import { assert } from "../../core/assert.js";
import { EventQueue } from "./event-queue.js";

/** Performs an event of one kind. */
export type EventHandler<P> = (payload: P) => void;

/** A number standing for what happens; given by `registerKind`. */
export type EventKind<P> = number & { readonly payloadType?: P };

/** Thrown by `runUntil` when the goal was not reached in time: the message names goal, seed and simulated time. */
export class GoalNotReached extends Error {
  override readonly name = "GoalNotReached";
  readonly goal: string;
  readonly atUs: number;

  constructor(goal: string, withinMs: number, seed: number, atUs: number, reason: string) {
    super(
      `not reached within ${withinMs} ms of simulated time: ${goal} (${reason}; ` +
        `seed ${seed}, simulated time ${formatTimeUs(atUs)})`,
    );
    this.goal = goal;
    this.atUs = atUs;
  }
}

/** Thrown when a run handles more events than it was allowed: it may never end. */
export class TooManyEvents extends Error {
  override readonly name = "TooManyEvents";

  constructor(maxEvents: number, seed: number, atUs: number) {
    super(
      `more than ${maxEvents} events by simulated time ${formatTimeUs(atUs)} (seed ${seed}): the run may never end`,
    );
  }
}

export class Simulation {
  readonly seed: number;
  /** Events handled so far. */
  handledEvents = 0;
  /** One event more than this and the run ends with `TooManyEvents`: a run that never comes to an end is a finding. */
  maxEvents = Infinity;

  private readonly queue = new EventQueue();
  private readonly handlers: EventHandler<never>[] = [];
  private now = 0;
  private stopReason: Error | undefined;
  private readonly runAction: EventKind<() => void>;

  constructor(seed: number) {
    this.seed = seed;
    this.runAction = this.registerKind((action: () => void) => action());
  }

  /** Simulated time in integer microseconds since the start of the run. */
  nowUs(): number {
    return this.now;
  }

  /** Events that have yet to happen. */
  get pendingEvents(): number {
    return this.queue.size;
  }

  /** Queue entries held, cancelled ones included. */
  get queueEntries(): number {
    return this.queue.entryCount;
  }

  /** When the next event is due; Infinity if nothing is left to happen. */
  nextEventUs(): number {
    return this.queue.nextTimeUs();
  }

  /** Adds a kind of event. Kinds are numbered in order of registration, so register in a fixed order. */
  registerKind<P>(handler: EventHandler<P>): EventKind<P> {
    this.handlers.push(handler);
    return this.handlers.length - 1;
  }

  /** Schedules an event at a moment not in the past. Returns a handle for `cancel`, valid until it happens. */
  schedule<P>(atUs: number, kind: EventKind<P>, payload: P): number {
    assert(atUs >= this.now, "an event is scheduled now or later");
    return this.queue.push(atUs, kind, payload);
  }

  /** Forgets an event that has not happened yet. */
  cancel(handle: number): void {
    this.queue.cancel(handle);
  }

  /** Runs `action` between events, `delayMs` from now: for scripts and schedules of faults, not for hot paths. */
  after(delayMs: number, action: () => void): void {
    this.schedule(this.now + Math.ceil(delayMs * 1000), this.runAction, action);
  }

  /** Handles the next event. False if nothing is left to happen. */
  step(): boolean {
    const { queue } = this;
    if (!queue.pop()) return false;
    this.now = queue.atUs;
    if (++this.handledEvents > this.maxEvents) throw new TooManyEvents(this.maxEvents, this.seed, this.now);
    (this.handlers[queue.kind] as EventHandler<unknown>)(queue.payload);
    return true;
  }

  /** Ends the current run after the event being handled, by throwing `reason` from it: for checkers that fail fast. */
  requestStop(reason: Error): void {
    this.stopReason ??= reason;
  }

  /** Runs for a stretch of simulated time; time ends exactly there even if nothing happens. */
  runForMs(durationMs: number): void {
    this.runToUs(this.now + Math.ceil(durationMs * 1000));
  }

  /** Runs up to a moment, events at that moment included. */
  runToUs(endUs: number): void {
    while (this.queue.nextTimeUs() <= endUs) {
      this.step();
      if (this.stopReason !== undefined) this.throwStop();
    }
    this.now = Math.max(this.now, endUs);
  }

  /**
   * Runs until `reached` holds, asked before the first and after every event.
   * @param goal completes "not reached: …", readable aloud ("the record is acknowledged")
   * @throws GoalNotReached if `withinMs` of simulated time pass first
   */
  runUntil(goal: string, reached: () => boolean, withinMs: number): void {
    const endUs = this.now + Math.ceil(withinMs * 1000);
    while (!reached()) {
      const nextUs = this.queue.nextTimeUs();
      if (nextUs > endUs) {
        const reason = nextUs === Infinity ? "nothing is left to happen" : "time is up";
        this.now = endUs;
        throw new GoalNotReached(goal, withinMs, this.seed, this.now, reason);
      }
      this.step();
      if (this.stopReason !== undefined) this.throwStop();
    }
  }

  private throwStop(): never {
    const reason = this.stopReason;
    this.stopReason = undefined;
    throw reason as Error;
  }
}

/** Simulated time for people: "12.345678 s". */
export function formatTimeUs(atUs: number): string {
  const fraction = String(atUs % 1_000_000).padStart(6, "0");
  return `${Math.floor(atUs / 1_000_000)}.${fraction} s`;
}
