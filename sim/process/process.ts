// Process: a running program that does one thing at a time.
// Handling takes simulated time; whatever arrives meanwhile waits in the inbox, in order, and what a handler sends
// leaves when its time is spent. This is where queues, overload and zombies come from. Only the host ends a process,
// and everything that still refers to it afterwards finds `alive` false and does nothing.
//
// States: idle → (task arrives) → handling, over at once in real time → busy until its cost is spent → idle.
//         paused: tasks only gather; resume handles them in order. dead: final.
// A process may also die in the midst of a handler (death-midway.ts).

import type { BugSwitches } from "../../core/bugs.js";
import type { Marks } from "../../core/marks.js";
import type { NodeId } from "../../core/types.js";
import type { EventKind, Simulation } from "../kernel/simulation.js";
import { formatTimeUs } from "../kernel/simulation.js";
import type { Digest } from "../trace/digest.js";
import type { Decisions } from "../trace/decisions.js";
import type { TraceRecorder } from "../trace/recorder.js";
import type { ProcessCosts } from "./costs.js";
import { DeathMidway, type DeathToCome, type FileOperation } from "./death-midway.js";

/** What the digest calls each kind of handled task. */
export const TaskCode = { START: 1, MESSAGE: 2, CONNECTION: 3, TIMER: 4, FLUSH: 5, SCRIPT: 6, STOP: 7 } as const;

/** Something for a process to handle. */
export interface Task {
  /** Performs the task inside its process. May find that it is no longer wanted and do nothing. */
  run(): void;
  /** The process died before it came to the task. */
  drop(): void;
}

/** Something a handler did to the world, performed when the handler's time is spent. */
export interface Effect {
  depart(atUs: number): void;
  /** The handler never came to its end: its process died midway, with its machine's power or without. */
  abandon(machineHasPower: boolean, atUs: number): void;
}

/** What all processes of a run share. */
export interface ProcessContext {
  readonly simulation: Simulation;
  readonly recorder: TraceRecorder;
  readonly decisions: Decisions;
  readonly digest: Digest;
  readonly wake: EventKind<Process>;
  readonly bugs: BugSwitches;
  readonly marks: Marks;
}

/** A node raised an exception: a bug in it. The message says which node, when, and what it was doing. */
export class NodeFailure extends Error {
  override readonly name = "NodeFailure";
  readonly nodeId: NodeId;

  constructor(process: Process, atUs: number, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`${process.name} (node ${process.nodeId}) failed at ${formatTimeUs(atUs)}: ${reason}`, { cause });
    this.nodeId = process.nodeId;
  }
}

export class Process {
  readonly nodeId: NodeId;
  readonly name: string;
  readonly context: ProcessContext;
  readonly costs: ProcessCosts;
  alive = true;
  paused = false;
  /** Where it will die midway, if it will. */
  deathToCome: DeathToCome | undefined;
  /** Called when the process dies, by crash or stop, in order of registration: closes connections and the like. */
  readonly onEnd: ((machineHasPower: boolean) => void)[] = [];

  private inbox: Task[] = [];
  private inboxHead = 0;
  private busyUntilUs = 0;
  private wakeScheduled = false;
  private handling = false;
  private spentNs = 0;
  /** Only the first `effectCount` stand: emptying an array gives its memory back, to be asked for again at once. */
  private readonly effects: Effect[] = [];
  private effectCount = 0;

  constructor(nodeId: NodeId, name: string, context: ProcessContext, costs: ProcessCosts) {
    this.nodeId = nodeId;
    this.name = name;
    this.context = context;
    this.costs = costs;
  }

  /** Tasks waiting for the process. */
  get inboxLength(): number {
    return this.inbox.length - this.inboxHead;
  }

  /** Hands the process a task: handled now if it is idle, else when it comes to it. */
  offer(task: Task): void {
    if (!this.alive) {
      task.drop();
      return;
    }
    const idle = !this.paused && !this.handling && this.inbox.length === 0;
    if (idle && this.busyUntilUs <= this.context.simulation.nowUs()) {
      this.handle(task);
      return;
    }
    this.inbox.push(task);
    this.scheduleWake();
  }

  /** Runs `action` inside the process at once, busy or not, as a script's hand would. Returns what it returns. */
  invoke<T>(action: () => T): T {
    let result: T | undefined;
    const { simulation, digest } = this.context;
    digest.mixEvent(simulation.nowUs(), TaskCode.SCRIPT, this.nodeId, 0, 0);
    this.handle({
      run: () => {
        result = action();
      },
      drop: () => {},
    });
    return result as T;
  }

  /** Adds to the simulated time the current handler takes. */
  chargeNs(ns: number): void {
    this.spentNs += ns;
  }

  /** Performs an effect when the current handler's time is spent, in order; at once if nothing is being handled. */
  addEffect(effect: Effect): void {
    if (this.handling) this.effects[this.effectCount++] = effect;
    else effect.depart(this.context.simulation.nowUs());
  }

  /** The process is about to change the file system. Does not return if it dies first. */
  beforeFileOperation(operation: FileOperation, path: string): void {
    if (this.deathToCome !== undefined && this.handling) this.deathToCome.comesTo(operation, path);
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.scheduleWake();
  }

  /** Ends the process. Waiting tasks are dropped and `onEnd` runs; the object is inert from then on. */
  end(machineHasPower: boolean): void {
    if (!this.alive) return;
    this.alive = false;
    const { inbox, inboxHead } = this;
    this.inbox = [];
    this.inboxHead = 0;
    for (let index = inboxHead; index < inbox.length; index++) inbox[index]!.drop();
    for (const callback of this.onEnd) callback(machineHasPower);
  }

  /** The kernel's wake-up: the process is done with its last task. */
  onWake(): void {
    this.wakeScheduled = false;
    if (!this.alive || this.paused || this.inboxLength === 0) return;
    if (this.busyUntilUs > this.context.simulation.nowUs()) {
      this.scheduleWake();
      return;
    }
    this.handle(this.takeTask());
    if (this.inboxLength > 0) this.scheduleWake();
  }

  /** The task that waited longest. */
  private takeTask(): Task {
    const { inbox } = this;
    // Mostly only one waits; and setting `length` costs more than the whole rest.
    if (inbox.length === 1) return inbox.pop()!;
    const task = inbox[this.inboxHead]!;
    inbox[this.inboxHead++] = IDLE;
    if (this.inboxHead === inbox.length) {
      while (inbox.length > 0) inbox.pop();
      this.inboxHead = 0;
    } else if (this.inboxHead > 1024 && this.inboxHead * 2 > inbox.length) {
      this.inbox = inbox.slice(this.inboxHead);
      this.inboxHead = 0;
    }
    return task;
  }

  private scheduleWake(): void {
    if (this.wakeScheduled || this.paused || this.inboxLength === 0) return;
    this.wakeScheduled = true;
    const { simulation, wake } = this.context;
    simulation.schedule(Math.max(this.busyUntilUs, simulation.nowUs()), wake, this);
  }

  private handle(task: Task): void {
    const { simulation, recorder } = this.context;
    const nowUs = simulation.nowUs();
    const wasHandling = this.handling;
    const outerCause = recorder.cause;
    this.handling = true;
    if (!wasHandling) this.spentNs = 0;
    try {
      task.run();
    } catch (error) {
      this.handling = wasHandling;
      const isDying = error instanceof DeathMidway;
      if (isDying && !wasHandling) this.die(error);
      recorder.cause = outerCause;
      if (isDying && !wasHandling) return;
      if (isDying) throw error;
      throw error instanceof NodeFailure ? error : new NodeFailure(this, nowUs, error);
    }
    recorder.cause = outerCause;
    if (wasHandling) return;
    this.handling = false;
    const startUs = this.busyUntilUs > nowUs ? this.busyUntilUs : nowUs;
    this.busyUntilUs = startUs + Math.ceil(this.spentNs / 1000);
    if (this.effectCount > 0) this.departEffects();
  }

  private die({ how, die }: DeathMidway): void {
    const abandoned = this.effects.splice(0, this.effectCount);
    this.effectCount = 0;
    die();
    for (const effect of abandoned) effect.abandon(how === "crash", this.context.simulation.nowUs());
  }

  private departEffects(): void {
    const { effects } = this;
    for (let index = 0; index < this.effectCount; index++) {
      const effect = effects[index]!;
      effects[index] = NOTHING;
      effect.depart(this.busyUntilUs);
    }
    this.effectCount = 0;
  }
}

const NOTHING: Effect = { depart: () => {}, abandon: () => {} };
const IDLE: Task = { run: () => {}, drop: () => {} };
