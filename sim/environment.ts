// The ports of core/environment.ts on the simulated world: what one process of one machine may touch.
// A new one is made at every start; the old one is dead with its process and does nothing any more.

import type { Buggify } from "../core/buggify.js";
import type { Clock, Environment, TraceSink } from "../core/environment.js";
import type { CoreEvent } from "../core/trace.js";
import { SimulatedStorage } from "./disk/storage.js";
import type { Disk } from "./disk/disk.js";
import type { RandomStream } from "./kernel/random.js";
import type { EventKind } from "./kernel/simulation.js";
import { NetworkPort } from "./network/network-port.js";
import type { NetworkHost } from "./network/network-host.js";
import type { SimulatedNetwork } from "./network/network.js";
import type { LocalClock } from "./process/local-clock.js";
import type { Process } from "./process/process.js";
import { SimulatedTimers, type SimulatedTimer } from "./process/timer.js";

/** The parts of a machine that its processes use. */
export interface MachineParts {
  readonly clock: LocalClock;
  readonly disk: Disk;
  readonly random: RandomStream;
  readonly buggify: Buggify;
  readonly network: SimulatedNetwork;
  readonly networkHost: NetworkHost;
  readonly timerDue: EventKind<SimulatedTimer>;
}

/** Makes the environment of a process that is about to start; `halt` ends it from within. */
export function createEnvironment(process: Process, machine: MachineParts, halt: () => void): Environment {
  return {
    nodeId: process.nodeId,
    clock: new ProcessClock(process, machine.clock),
    timers: new SimulatedTimers(process, machine.clock, machine.timerDue),
    random: machine.random,
    network: new NetworkPort(process, machine.network, machine.networkHost),
    storage: new SimulatedStorage(process, machine.disk),
    trace: new ProcessTrace(process),
    bugs: process.context.bugs,
    buggify: machine.buggify,
    marks: process.context.marks,
    halt,
  };
}

class ProcessClock implements Clock {
  private readonly process: Process;
  private readonly clock: LocalClock;

  constructor(process: Process, clock: LocalClock) {
    this.process = process;
    this.clock = clock;
  }

  monotonicMs(): number {
    return this.clock.monotonicMs(this.process.context.simulation.nowUs());
  }

  wallMs(): number {
    return this.clock.wallMs(this.process.context.simulation.nowUs());
  }
}

class ProcessTrace implements TraceSink {
  private readonly process: Process;

  constructor(process: Process) {
    this.process = process;
  }

  get enabled(): boolean {
    return this.process.context.recorder.enabled && this.process.alive;
  }

  emit(event: CoreEvent): void {
    const { nodeId, context } = this.process;
    if (this.enabled && !context.decisions.isOldNews(nodeId, event)) context.recorder.emit(nodeId, event);
  }
}
