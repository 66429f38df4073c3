// Simulated cluster: machines on one network under one clock, from one seed.
// The low-level host: it starts, stops and breaks machines by node id, and knows nothing of Kafka. The world of
// scenarios is built on top of it.

import { assert, assertDefined } from "../../core/assert.js";
import type { PlaceName } from "../../core/buggify.js";
import { NO_BUGS, type BugSwitches } from "../../core/bugs.js";
import type { Environment } from "../../core/environment.js";
import { NO_MARKS, type Marks } from "../../core/marks.js";
import type { Node } from "../../core/node.js";
import type { NodeId } from "../../core/types.js";
import { DEFAULT_DISK_COSTS, Disk, type DiskCosts, type FlushJob } from "../disk/disk.js";
import { RandomStreams, type DrawListener } from "../kernel/random.js";
import { Simulation, type EventKind } from "../kernel/simulation.js";
import { SimulatedNetwork, type NetworkOptions } from "../network/network.js";
import { Digest } from "../trace/digest.js";
import { SCRIPT_NODE, type TraceNode } from "../trace/format.js";
import { Decisions } from "../trace/decisions.js";
import { TraceRecorder } from "../trace/recorder.js";
import { chancePlaces } from "./chance-places.js";
import { DEFAULT_PROCESS_COSTS, FREE_PROCESS_COSTS, type ProcessCosts } from "./costs.js";
import { LocalClock } from "./local-clock.js";
import { Machine, type MachineSpec } from "./machine.js";
import type { Process, ProcessContext } from "./process.js";
import type { SimulatedTimer } from "./timer.js";

export interface ClusterOptions {
  /** Decides everything that is drawn. */
  readonly seed: number;
  readonly network?: NetworkOptions;
  readonly costs?: ProcessCosts;
  readonly diskCosts?: DiskCosts;
  /** Told of every random draw. */
  readonly onDraw?: DrawListener;
  /** Historic bugs that are switched on in every process. */
  readonly bugs?: BugSwitches;
  /** Places where the unlikely may happen, on every machine. */
  readonly buggify?: readonly PlaceName[];
  /** Told of the rare branches that processes get into. */
  readonly marks?: Marks;
}

/** A process driven from outside: a test, a script, a bridge to real sockets. Its work takes no simulated time. */
export interface ExternalPeer {
  readonly environment: Environment;
  /** Runs `action` as the peer: what it sends leaves when it returns. */
  act<T>(action: () => T): T;
  /** Ends the peer; its connections close. */
  end(): void;
}

export class SimulatedCluster {
  readonly simulation: Simulation;
  readonly streams: RandomStreams;
  readonly recorder: TraceRecorder;
  readonly digest = new Digest();
  readonly network: SimulatedNetwork;

  private readonly costs: ProcessCosts;
  private readonly diskCosts: DiskCosts;
  private readonly buggify: readonly PlaceName[];
  private readonly context: ProcessContext;
  private readonly timerDue: EventKind<SimulatedTimer>;
  private readonly diskFlushed: EventKind<FlushJob>;
  private readonly machinesById = new Map<NodeId, Machine>();

  constructor(options: ClusterOptions) {
    const simulation = new Simulation(options.seed);
    this.simulation = simulation;
    this.streams = new RandomStreams(options.seed);
    this.streams.logDraws(options.onDraw);
    this.recorder = new TraceRecorder(() => simulation.nowUs());
    this.costs = options.costs ?? DEFAULT_PROCESS_COSTS;
    this.diskCosts = options.diskCosts ?? DEFAULT_DISK_COSTS;
    this.buggify = options.buggify ?? [];
    const wake = simulation.registerKind((process: Process) => process.onWake());
    this.timerDue = simulation.registerKind((timer: SimulatedTimer) => timer.onDue());
    this.diskFlushed = simulation.registerKind((job: FlushJob) => job.disk.completeFlush(job));
    const { bugs = NO_BUGS, marks = NO_MARKS } = options;
    const decisions = new Decisions();
    this.context = { simulation, recorder: this.recorder, decisions, digest: this.digest, wake, bugs, marks };
    this.network = new SimulatedNetwork(simulation, this.recorder, this.streams, options.network);
  }

  /** Adds a machine, dark and with an empty disk; `start` starts its process. */
  addMachine(spec: MachineSpec): Machine {
    assert(!this.machinesById.has(spec.nodeId), "a node id names one machine");
    const { nodeId } = spec;
    const isClient = spec.role === "client" || spec.role === "external";
    const diskRandom = this.streams.stream(`disk/${nodeId}`);
    const parts = {
      clock: new LocalClock(),
      disk: new Disk(nodeId, this.simulation, diskRandom, this.diskFlushed, this.diskCosts),
      random: this.streams.stream(`node/${nodeId}`),
      buggify: chancePlaces(this.buggify, nodeId, this.streams, this.recorder),
      network: this.network,
      networkHost: this.network.addHost(nodeId, spec.name, spec.rack ?? null, isClient),
      timerDue: this.timerDue,
    };
    const machine = new Machine(spec, parts, this.context, spec.costs ?? this.costs);
    this.machinesById.set(nodeId, machine);
    return machine;
  }

  /** Adds and starts a process that a script drives. */
  addExternal(spec: { readonly nodeId: NodeId; readonly name: string; readonly rack?: string | null }): ExternalPeer {
    const inert: Node = { start: () => {}, shutdown: (onStopped) => onStopped() };
    const machine = this.addMachine({ ...spec, role: "external", factory: () => inert, costs: FREE_PROCESS_COSTS });
    machine.start();
    const { process, environment } = machine;
    return {
      environment: assertDefined(environment, "a started process has an environment"),
      act: (action) => assertDefined(process, "a started machine has a process").invoke(action),
      end: () => machine.crash(),
    };
  }

  /** All machines, by node id. */
  get machines(): readonly Machine[] {
    return [...this.machinesById.values()].sort((a, b) => a.nodeId - b.nodeId);
  }

  /** The machines as a trace's header lists them. */
  traceNodes(): readonly TraceNode[] {
    return this.machines.map(({ spec, rack }) => ({ id: spec.nodeId, name: spec.name, role: spec.role, rack }));
  }

  has(nodeId: NodeId): boolean {
    return this.machinesById.has(nodeId);
  }

  machine(nodeId: NodeId): Machine {
    return assertDefined(this.machinesById.get(nodeId), "the node id names a machine");
  }

  node(nodeId: NodeId): Node | undefined {
    return this.machine(nodeId).node;
  }

  isRunning(nodeId: NodeId): boolean {
    return this.machine(nodeId).isRunning;
  }

  start(nodeId: NodeId): void {
    this.machine(nodeId).start();
  }

  /** Starts the machine's process if it has none. */
  startIfDown(nodeId: NodeId): void {
    const machine = this.machine(nodeId);
    if (!machine.isRunning) machine.start();
  }

  crash(nodeId: NodeId): void {
    this.machine(nodeId).crash();
  }

  /** Crash and start at once, at this very moment. */
  restart(nodeId: NodeId): void {
    this.crash(nodeId);
    this.start(nodeId);
  }

  /**
   * Runs `action` inside the node's process now, busy or paused or not; what it sends leaves after its other work.
   * For scripts that use a client's methods. Fails if the process is not running.
   */
  invoke<T>(nodeId: NodeId, action: () => T): T {
    return assertDefined(this.machine(nodeId).process, "the process runs").invoke(action);
  }

  /** Says something in the trace: the narration of a scenario. */
  note(text: string): void {
    if (this.recorder.enabled) this.recorder.emit(SCRIPT_NODE, { type: "note", text });
  }
}
