// A tiny world of several nodes for tests of the quorum and the controller: one clock, one event queue, a network
// with one millisecond of latency that can be cut between pairs of nodes, disks that outlive processes.
// Everything happens in (time, sequence) order, so a test that fails once fails always.

import { NO_BUGGIFY } from "../../../core/buggify.js";
import { NO_MARKS } from "../../../core/marks.js";
import { NO_BUGS } from "../../../core/bugs.js";
import type {
  Connection,
  ConnectionHandler,
  Environment,
  Message,
  Network,
  Timer,
  Timers,
} from "../../../core/environment.js";
import type { Node } from "../../../core/node.js";
import type { CoreEvent } from "../../../core/trace.js";
import type { Endpoint, NodeId } from "../../../core/types.js";
import { FakeDisk, FakeRandom, WALL_START_MS } from "../support/fake-environment.js";

interface Event {
  readonly atMs: number;
  readonly sequence: number;
  readonly run: () => void;
}

export type Traced = CoreEvent & { readonly node: NodeId; readonly atMs: number };

type EventOf<T, E extends CoreEvent = CoreEvent> = E extends { readonly type: infer U }
  ? T extends U
    ? E
    : never
  : never;
/** Traced events of one type, also where the union names several types in one member. */
export type TracedOf<T extends CoreEvent["type"]> = EventOf<T> & { readonly node: NodeId; readonly atMs: number };

const LATENCY_MS = 1;
const FLUSH_MS = 1;

/** Completes flushes after a millisecond, unless the process that asked has died. */
class WorldDisk extends FakeDisk {
  owner: Process | undefined;

  override later(run: () => void): void {
    const owner = this.owner;
    owner?.world.schedule(FLUSH_MS, () => {
      if (owner.isAlive) run();
    });
  }
}

export class TestWorld {
  nowMs = 0;
  readonly trace: Traced[] = [];
  readonly #events: Event[] = [];
  #sequence = 0;
  readonly #cuts = new Set<string>();
  readonly listeners = new Map<string, { process: Process; onAccept: (connection: Connection) => ConnectionHandler }>();
  readonly #disks = new Map<NodeId, WorldDisk>();
  readonly #processes = new Map<NodeId, Process>();
  readonly #seed: number;
  #starts = 0;

  constructor(seed = 1) {
    this.#seed = seed;
  }

  schedule(delayMs: number, run: () => void): void {
    this.#events.push({ atMs: this.nowMs + Math.max(0, delayMs), sequence: this.#sequence++, run });
  }

  /** Runs events for `ms` milliseconds. */
  run(ms: number): void {
    const endMs = this.nowMs + ms;
    for (let event = this.#next(endMs); event !== undefined; event = this.#next(endMs)) {
      this.nowMs = event.atMs;
      event.run();
    }
    this.nowMs = endMs;
  }

  /** Runs until `reached`, failing after `withinMs`. */
  until(goal: string, reached: () => boolean, withinMs = 30_000): void {
    const endMs = this.nowMs + withinMs;
    while (!reached()) {
      const event = this.#next(endMs);
      if (event === undefined) throw new Error(`not reached within ${withinMs} ms: ${goal}`);
      this.nowMs = event.atMs;
      event.run();
    }
  }

  #next(endMs: number): Event | undefined {
    let best = -1;
    for (let i = 0; i < this.#events.length; i++) {
      const event = this.#events[i]!;
      if (event.atMs > endMs) continue;
      const known = this.#events[best];
      const isEarlier =
        known === undefined ||
        event.atMs < known.atMs ||
        (event.atMs === known.atMs && event.sequence < known.sequence);
      if (isEarlier) best = i;
    }
    return best < 0 ? undefined : this.#events.splice(best, 1)[0];
  }

  /** Starts (or restarts) a node over its disk. */
  start<N extends Node>(id: NodeId, make: (env: Environment) => N): N {
    const process = new Process(this, id, this.diskOf(id), this.#seed * 1000 + id * 100 + this.#starts++);
    this.#processes.get(id)?.kill();
    this.#processes.set(id, process);
    (this.diskOf(id) as WorldDisk).owner = process;
    const node = make(process);
    process.run(() => node.start());
    return node;
  }

  diskOf(id: NodeId): FakeDisk {
    let disk = this.#disks.get(id);
    if (disk === undefined) this.#disks.set(id, (disk = new WorldDisk()));
    return disk;
  }

  wipeDisk(id: NodeId): void {
    this.#disks.delete(id);
  }

  /** The process dies; its page cache survives. */
  crash(id: NodeId): void {
    this.#processes.get(id)?.kill();
  }

  powerLoss(id: NodeId): void {
    this.crash(id);
    this.diskOf(id).powerLoss();
  }

  /** Messages between the two wait until `heal`. */
  cut(a: NodeId, b: NodeId): void {
    this.#cuts.add(pair(a, b));
  }

  isolate(id: NodeId, others: readonly NodeId[]): void {
    for (const other of others) if (other !== id) this.cut(id, other);
  }

  heal(): void {
    this.#cuts.clear();
  }

  /** Runs `action` one latency later, and later still while the two are cut off from each other. */
  transmit(from: NodeId, to: NodeId, action: () => void): void {
    this.schedule(LATENCY_MS, () => {
      if (this.#cuts.has(pair(from, to))) this.transmitLater(from, to, action);
      else action();
    });
  }

  transmitLater(from: NodeId, to: NodeId, action: () => void): void {
    this.schedule(10, () => {
      if (this.#cuts.has(pair(from, to))) this.transmitLater(from, to, action);
      else action();
    });
  }

  ofType<T extends CoreEvent["type"]>(type: T): TracedOf<T>[] {
    return this.trace.filter((event) => event.type === type) as unknown as TracedOf<T>[];
  }
}

function pair(a: NodeId, b: NodeId): string {
  return a < b ? `${a}-${b}` : `${b}-${a}`;
}

/** One run of a node: an Environment that falls silent when the process dies. */
class Process implements Environment {
  readonly nodeId: NodeId;
  readonly random: FakeRandom;
  readonly clock: Environment["clock"];
  readonly trace: Environment["trace"];
  readonly timers: Timers;
  readonly network: Network;
  readonly storage: FakeDisk;
  readonly bugs = NO_BUGS;
  readonly buggify = NO_BUGGIFY;
  readonly marks = NO_MARKS;
  readonly world: TestWorld;
  readonly sockets = new Set<Socket>();
  isAlive = true;
  #connectionIds = 0;

  constructor(world: TestWorld, id: NodeId, disk: FakeDisk, seed: number) {
    this.world = world;
    this.nodeId = id;
    this.storage = disk;
    this.random = new FakeRandom(seed);
    this.clock = { monotonicMs: () => world.nowMs, wallMs: () => WALL_START_MS + world.nowMs };
    this.trace = {
      enabled: true,
      emit: (event) => void world.trace.push({ ...event, node: id, atMs: world.nowMs } as Traced),
    };
    this.timers = { create: (name, onFire) => new WorldTimer(this, name, onFire) };
    this.network = {
      connect: (endpoint, handler) => this.#connect(endpoint, handler),
      listen: (endpoint, onAccept) => {
        world.listeners.set(key(endpoint), { process: this, onAccept });
        return { close: () => void world.listeners.delete(key(endpoint)) };
      },
    };
  }

  run(action: () => void): void {
    if (this.isAlive) action();
  }

  nextConnectionId(): number {
    return this.#connectionIds++;
  }

  #connect(endpoint: Endpoint, handler: ConnectionHandler): Connection {
    const near = new Socket(this);
    near.handler = handler;
    this.sockets.add(near);
    const listener = this.world.listeners.get(key(endpoint));
    const to = listener?.process.nodeId ?? -1;
    this.world.transmit(this.nodeId, to, () => {
      if (near.isClosed || !this.isAlive) return;
      const current = this.world.listeners.get(key(endpoint));
      if (current === undefined || !current.process.isAlive) return near.closedByPeer();
      const far = new Socket(current.process);
      near.peer = far;
      far.peer = near;
      current.process.sockets.add(far);
      far.handler = current.onAccept(far);
      near.handler?.onOpen();
      far.handler.onOpen();
    });
    return near;
  }

  kill(): void {
    this.isAlive = false;
    for (const socket of this.sockets) socket.close();
  }
}

class Socket implements Connection {
  readonly id: number;
  readonly process: Process;
  handler: ConnectionHandler | undefined;
  peer: Socket | undefined;
  isClosed = false;
  /** Messages arrive in the order they were sent, also across a cut. */
  readonly #arriving: Message[] = [];

  constructor(process: Process) {
    this.process = process;
    this.id = process.nextConnectionId();
  }

  send(message: Message): void {
    const peer = this.peer;
    if (this.isClosed || peer === undefined || !this.process.isAlive) return;
    peer.#arriving.push(message);
    this.process.world.transmit(this.process.nodeId, peer.process.nodeId, () => {
      const next = peer.#arriving.shift();
      if (next !== undefined && !peer.isClosed && peer.process.isAlive) peer.handler?.onMessage(next);
    });
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.process.sockets.delete(this);
    const peer = this.peer;
    if (peer === undefined) return;
    this.process.world.transmit(this.process.nodeId, peer.process.nodeId, () => peer.closedByPeer());
  }

  closedByPeer(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.process.sockets.delete(this);
    if (this.process.isAlive) this.handler?.onClose();
  }
}

class WorldTimer implements Timer {
  readonly name: string;
  armed = false;
  readonly #process: Process;
  readonly #onFire: () => void;
  #arming = 0;

  constructor(process: Process, name: string, onFire: () => void) {
    this.#process = process;
    this.name = name;
    this.#onFire = onFire;
  }

  arm(delayMs: number): void {
    this.armed = true;
    const arming = ++this.#arming;
    this.#process.world.schedule(delayMs, () => {
      if (!this.armed || arming !== this.#arming || !this.#process.isAlive) return;
      this.armed = false;
      this.#onFire();
    });
  }

  cancel(): void {
    this.armed = false;
  }
}

function key(endpoint: Endpoint): string {
  return `${endpoint.host}:${endpoint.port}`;
}
