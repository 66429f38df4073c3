// Timers: named alarms on a machine's own clock, gone with the process.
// Arming is the cheap operation: moving a deadline back touches nothing but the deadline, and the old queue entry
// moves itself when it surfaces. Moving it forward cancels the old entry, which the queue drops in bulk.

import { assert } from "../../core/assert.js";
import type { Timer, Timers } from "../../core/environment.js";
import type { EventKind } from "../kernel/simulation.js";
import type { LocalClock } from "./local-clock.js";
import { TaskCode, type Process, type Task } from "./process.js";

const NOT_SCHEDULED = -1;

export class SimulatedTimers implements Timers {
  private readonly process: Process;
  private readonly clock: LocalClock;
  private readonly due: EventKind<SimulatedTimer>;

  constructor(process: Process, clock: LocalClock, due: EventKind<SimulatedTimer>) {
    this.process = process;
    this.clock = clock;
    this.due = due;
  }

  create(name: string, onFire: () => void): Timer {
    return new SimulatedTimer(name, onFire, this.process, this.clock, this.due);
  }
}

export class SimulatedTimer implements Timer, Task {
  readonly name: string;
  armed = false;

  private readonly onFire: () => void;
  private readonly process: Process;
  private readonly clock: LocalClock;
  private readonly due: EventKind<SimulatedTimer>;
  /** When the timer is to fire, on the machine's clock. */
  private localDeadlineUs = 0;
  private entry = NOT_SCHEDULED;
  private entryAtUs = 0;
  private waitsInInbox = false;
  private armedBy = 0;

  constructor(name: string, onFire: () => void, process: Process, clock: LocalClock, due: EventKind<SimulatedTimer>) {
    this.name = name;
    this.onFire = onFire;
    this.process = process;
    this.clock = clock;
    this.due = due;
  }

  arm(delayMs: number): void {
    assert(delayMs >= 0, "a timer's delay is not negative");
    if (!this.process.alive) return;
    const { simulation, recorder } = this.process.context;
    this.localDeadlineUs = this.clock.localUs(simulation.nowUs()) + Math.ceil(delayMs * 1000);
    this.armed = true;
    this.armedBy = recorder.cause;
    const atUs = Math.max(simulation.nowUs(), this.clock.simUsAt(this.localDeadlineUs));
    if (this.entry !== NOT_SCHEDULED) {
      if (this.entryAtUs <= atUs) return;
      simulation.cancel(this.entry);
    }
    this.entry = simulation.schedule(atUs, this.due, this);
    this.entryAtUs = atUs;
  }

  cancel(): void {
    this.armed = false;
    if (this.entry === NOT_SCHEDULED) return;
    this.process.context.simulation.cancel(this.entry);
    this.entry = NOT_SCHEDULED;
  }

  /** The kernel's event: the time this entry stood for has come. */
  onDue(): void {
    this.entry = NOT_SCHEDULED;
    if (!this.process.alive || !this.armed) return;
    if (this.isEarly()) {
      this.schedule();
      return;
    }
    if (this.waitsInInbox) return;
    this.waitsInInbox = true;
    this.process.offer(this);
  }

  run(): void {
    this.waitsInInbox = false;
    // Cancelled or armed anew while it waited in the inbox: that arming has its own entry.
    if (!this.armed || this.isEarly()) return;
    this.armed = false;
    const { process } = this;
    const { simulation, recorder, digest } = process.context;
    digest.mixEvent(simulation.nowUs(), TaskCode.TIMER, process.nodeId, this.name.length, 0);
    recorder.cause = recorder.wants("timer.fired")
      ? recorder.emitCausedBy(this.armedBy, process.nodeId, { type: "timer.fired", name: this.name })
      : recorder.pass();
    process.chargeNs(process.costs.timerNs);
    this.onFire();
  }

  drop(): void {
    this.armed = false;
  }

  /** The deadline was moved back, or the clock was slowed after the entry was made. */
  private isEarly(): boolean {
    return this.clock.localUs(this.process.context.simulation.nowUs()) < this.localDeadlineUs;
  }

  private schedule(): void {
    this.entryAtUs = this.clock.simUsAt(this.localDeadlineUs);
    this.entry = this.process.context.simulation.schedule(this.entryAtUs, this.due, this);
  }
}
