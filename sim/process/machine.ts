// Machine: the hardware a process runs on: disk, clock, power, a place in the network. It outlives its processes.
// A process is the factory's product over the machine's disk; a restart is the factory again.
//
// States of its process: none → running (start) → none (crash, power loss, graceful stop). Running may be paused.

import { assert, assertDefined } from "../../core/assert.js";
import type { Environment } from "../../core/environment.js";
import type { Node, NodeFactory } from "../../core/node.js";
import type { NodeId } from "../../core/types.js";
import { createEnvironment, type MachineParts } from "../environment.js";
import type { Disk, DiskDamage } from "../disk/disk.js";
import type { LocalClock } from "./local-clock.js";
import type { ProcessCosts } from "./costs.js";
import { DeathToCome, type LastIntent, type Midway } from "./death-midway.js";
import { Process, TaskCode, type ProcessContext } from "./process.js";

/** What a machine is for; clients and external peers sit farther away from the brokers than these from each other. */
export type MachineRole = "broker" | "controller" | "client" | "external";

export interface MachineSpec {
  readonly nodeId: NodeId;
  /** Host name in endpoints ("broker-1"); unique in the cluster. */
  readonly name: string;
  readonly role: MachineRole;
  readonly rack?: string | null;
  readonly factory: NodeFactory;
  readonly costs?: ProcessCosts;
}

/** A death midway, as whoever ordered it holds it. */
export interface ComingDeath {
  /** False once it has come, was called off, or has made way for another. */
  isToCome(): boolean;
  callOff(): void;
}

export class Machine {
  readonly spec: MachineSpec;
  readonly rack: string | null;
  readonly parts: MachineParts;
  /** How often a process was started here. */
  incarnation = 0;

  /** True from a graceful stop's request until the process has ended. */
  isStopping = false;

  private readonly context: ProcessContext;
  private readonly costs: ProcessCosts;
  private currentProcess: Process | undefined;
  private currentNode: Node | undefined;
  private currentEnvironment: Environment | undefined;
  private deathToCome: DeathToCome | undefined;

  constructor(spec: MachineSpec, parts: MachineParts, context: ProcessContext, costs: ProcessCosts) {
    this.spec = spec;
    this.rack = spec.rack ?? null;
    this.parts = parts;
    this.context = context;
    this.costs = costs;
  }

  get nodeId(): NodeId {
    return this.spec.nodeId;
  }

  get disk(): Disk {
    return this.parts.disk;
  }

  get clock(): LocalClock {
    return this.parts.clock;
  }

  /** The node while its process lives. */
  get node(): Node | undefined {
    return this.currentNode;
  }

  get process(): Process | undefined {
    return this.currentProcess;
  }

  get environment(): Environment | undefined {
    return this.currentEnvironment;
  }

  get isRunning(): boolean {
    return this.currentProcess !== undefined;
  }

  get isPaused(): boolean {
    return this.currentProcess?.paused === true;
  }

  /** Starts a process. Power comes back if it was gone. */
  start(): void {
    assert(this.currentProcess === undefined, "a machine runs one process at a time");
    const { spec, context, parts } = this;
    if (!parts.networkHost.hasPower) parts.network.powerOn(parts.networkHost);
    const process = new Process(spec.nodeId, spec.name, context, this.costs);
    const incarnation = ++this.incarnation;
    this.currentProcess = process;
    process.deathToCome = this.deathToCome;
    process.offer({
      run: () => {
        const { simulation, recorder, digest } = context;
        digest.mixEvent(simulation.nowUs(), TaskCode.START, spec.nodeId, incarnation, 0);
        if (recorder.enabled) {
          const event = { type: "process.started", name: spec.name, incarnation } as const;
          recorder.cause = recorder.emit(spec.nodeId, event);
        }
        process.chargeNs(process.costs.startNs);
        this.currentEnvironment = createEnvironment(process, parts, () => this.halt(process));
        this.currentNode = spec.factory(this.currentEnvironment);
        this.currentNode.start();
      },
      drop: () => {},
    });
  }

  /** The process dies at once; the page cache survives, and peers see their connections close. */
  crash(before?: LastIntent): void {
    this.endProcess("crash", true, before);
  }

  /**
   * The process will die midway, by a crash or for want of power, rather than at once and between two handlers; if it
   * ends before it comes to that, the next one will. A later call takes the place of an earlier one. It can be called
   * off as long as none has come to it.
   */
  dieMidway(midway: Midway, how: "crash" | "power-loss"): ComingDeath {
    const death = new DeathToCome(midway, how, (before) => {
      this.expectDeath(undefined);
      if (how === "crash") this.crash(before);
      else this.losePower(before);
    });
    this.expectDeath(death);
    const isToCome = (): boolean => this.deathToCome === death;
    const callOff = (): void => {
      if (isToCome()) this.expectDeath(undefined);
    };
    return { isToCome, callOff };
  }

  private expectDeath(death: DeathToCome | undefined): void {
    this.deathToCome = death;
    if (this.currentProcess !== undefined) this.currentProcess.deathToCome = death;
  }

  /** The process ends itself, between events, when what its last handler sent is on its way. */
  private halt(process: Process): void {
    this.context.simulation.after(0, () => {
      if (this.currentProcess === process) this.crash();
    });
  }

  /** The machine goes dark: unflushed bytes are lost, and peers hear nothing. Returns what was lost. */
  losePower(before?: LastIntent): readonly DiskDamage[] {
    this.parts.network.powerOff(this.parts.networkHost);
    this.endProcess("power-loss", false, before);
    const damages = this.disk.losePower();
    this.tellDamage("unflushed", damages);
    return damages;
  }

  /** The machine goes dark and comes back, if it does, with an empty disk. */
  wipeDisk(): void {
    this.parts.network.powerOff(this.parts.networkHost);
    this.endProcess("power-loss", false);
    this.tellDamage("wiped", this.disk.wipe());
  }

  /** Flips one bit; see `Disk.corrupt`. */
  corrupt(path: string | undefined, positionBytes: number | undefined): void {
    const damage = this.disk.corrupt(path, positionBytes);
    if (damage !== undefined) this.tellDamage("corrupt", [damage]);
  }

  /** Asks the node to stop gracefully, in its turn. `onStopped` is called when the process has ended. */
  shutdown(onStopped?: () => void): void {
    const process = assertDefined(this.currentProcess, "only a running process is shut down");
    this.isStopping = true;
    process.offer({
      run: () => {
        const { simulation, digest } = this.context;
        digest.mixEvent(simulation.nowUs(), TaskCode.STOP, process.nodeId, 0, 0);
        // The process ends between events, when what its last handler sent is on its way.
        this.currentNode?.shutdown(() => {
          simulation.after(0, () => {
            if (this.currentProcess !== process) return;
            this.endProcess("stop", true);
            onStopped?.();
          });
        });
      },
      drop: () => {},
    });
  }

  pause(): void {
    if (this.currentProcess === undefined || this.currentProcess.paused) return;
    this.currentProcess.pause();
    this.tell("process.paused");
  }

  resume(): void {
    if (this.currentProcess === undefined || !this.currentProcess.paused) return;
    this.currentProcess.resume();
    this.tell("process.resumed");
  }

  private endProcess(how: "crash" | "power-loss" | "stop", machineHasPower: boolean, before?: LastIntent): void {
    const process = this.currentProcess;
    if (process === undefined) return;
    const { simulation, recorder, digest } = this.context;
    digest.mixEvent(simulation.nowUs(), TaskCode.STOP, this.nodeId, machineHasPower ? 1 : 2, 0);
    this.isStopping = false;
    this.currentProcess = undefined;
    this.currentNode = undefined;
    this.currentEnvironment = undefined;
    const outerCause = recorder.cause;
    if (recorder.enabled) {
      const event =
        how === "stop"
          ? ({ type: "process.stopped" } as const)
          : ({ type: "process.crashed", how, ...(before === undefined ? {} : { before }) } as const);
      recorder.cause = recorder.emit(this.nodeId, event);
    }
    process.end(machineHasPower);
    recorder.cause = outerCause;
  }

  private tell(type: "process.paused" | "process.resumed"): void {
    const { recorder } = this.context;
    if (recorder.enabled) recorder.emit(this.nodeId, { type });
  }

  private tellDamage(loss: "unflushed" | "wiped" | "corrupt", damages: readonly DiskDamage[]): void {
    const { recorder } = this.context;
    if (!recorder.enabled) return;
    for (const { path, lostBytes } of damages) {
      recorder.emit(this.nodeId, { type: "disk.damaged", loss, path, lostBytes });
    }
  }
}
