// A small world for unit tests of core: one process over a clock the test advances, a disk that survives restarts
// and can lose power, a random source from a seed, a network that records what was dialled and sent.
// It takes no decisions of its own: latency is zero, nothing fails unless the test says so.
//
//   const disk = new FakeDisk();
//   let env = new FakeEnvironment({ nodeId: 1, disk });
//   ...                       // run a node over env
//   env.advance(1_000);       // fires timers and completes flushes, in order
//   disk.powerLoss();         // drops what was not flushed; `disk.crash()` would keep the page cache
//   env = new FakeEnvironment({ nodeId: 1, disk, startMs: env.clock.monotonicMs() });   // restart

import type {
  Clock,
  Connection,
  ConnectionHandler,
  Environment,
  Listener,
  Message,
  Network,
  Random,
  Storage,
  Timer,
  Timers,
  TraceSink,
} from "../../../core/environment.js";
import { NO_BUGGIFY, type Buggify, type PlaceName } from "../../../core/buggify.js";
import { bugSwitches, type BugName, type BugSwitches } from "../../../core/bugs.js";
import { NO_MARKS, type Marks } from "../../../core/marks.js";
import type { CoreEvent } from "../../../core/trace.js";
import type { Endpoint, NodeId, Uuid } from "../../../core/types.js";
import { FakeDisk } from "./fake-disk.js";

export { FakeDisk, FakeFile } from "./fake-disk.js";

export interface FakeEnvironmentOptions {
  readonly nodeId?: NodeId;
  readonly disk?: FakeDisk;
  /** Monotonic time at start; wall time starts at `WALL_START_MS` plus this. */
  readonly startMs?: number;
  readonly seed?: number;
  readonly traceEnabled?: boolean;
  /** Historic bugs to switch on. */
  readonly bugs?: readonly BugName[];
  /** Places where the unlikely happens at every pass. */
  readonly buggify?: readonly PlaceName[];
}

/** Wall clock at monotonic 0: 2024-10-01T00:00:00Z. */
export const WALL_START_MS = 1_727_740_800_000;

export class FakeEnvironment implements Environment {
  readonly nodeId: NodeId;
  readonly clock: FakeClock;
  readonly timers: FakeTimers;
  readonly random: FakeRandom;
  readonly network = new FakeNetwork();
  readonly disk: FakeDisk;
  readonly storage: Storage;
  readonly trace: FakeTrace;
  readonly bugs: BugSwitches;
  readonly buggify: Buggify;
  readonly marks: Marks = NO_MARKS;

  constructor(options: FakeEnvironmentOptions = {}) {
    this.nodeId = options.nodeId ?? 1;
    this.clock = new FakeClock(options.startMs ?? 0);
    this.timers = new FakeTimers(this.clock);
    this.random = new FakeRandom(options.seed ?? 1);
    this.disk = options.disk ?? new FakeDisk();
    this.storage = this.disk;
    this.trace = new FakeTrace(options.traceEnabled ?? true);
    this.bugs = bugSwitches(options.bugs ?? []);
    const { buggify } = options;
    const isOn = (place: PlaceName): boolean => buggify?.includes(place) === true;
    this.buggify = buggify === undefined ? NO_BUGGIFY : { isOn, strikes: isOn };
  }

  /** Moves time forward; timers fire at their deadline in (deadline, armed-first) order, flushes complete at once. */
  advance(ms: number): void {
    const endMs = this.clock.nowMs + ms;
    this.runPending();
    for (let timer = this.timers.nextDue(endMs); timer !== undefined; timer = this.timers.nextDue(endMs)) {
      this.clock.nowMs = Math.max(this.clock.nowMs, timer.deadlineMs);
      timer.fire();
      this.runPending();
    }
    this.clock.nowMs = endMs;
  }

  /** Completes outstanding flushes and replacements without moving time. */
  runPending(): void {
    this.disk.completePending();
  }
}

export class FakeClock implements Clock {
  nowMs: number;
  /** Added to the wall clock only: skew, or a step when changed. */
  wallSkewMs = 0;

  constructor(startMs: number) {
    this.nowMs = startMs;
  }

  monotonicMs(): number {
    return this.nowMs;
  }

  wallMs(): number {
    return WALL_START_MS + this.nowMs + this.wallSkewMs;
  }
}

export class FakeTimers implements Timers {
  readonly all: FakeTimer[] = [];
  private sequence = 0;
  private readonly clock: FakeClock;

  constructor(clock: FakeClock) {
    this.clock = clock;
  }

  create(name: string, onFire: () => void): FakeTimer {
    const timer = new FakeTimer(name, onFire, this.clock, () => this.sequence++);
    this.all.push(timer);
    return timer;
  }

  /** The armed timer due first at or before `endMs`. */
  nextDue(endMs: number): FakeTimer | undefined {
    let first: FakeTimer | undefined;
    for (const timer of this.all) {
      if (!timer.armed || timer.deadlineMs > endMs) continue;
      const earlier =
        first === undefined ||
        timer.deadlineMs < first.deadlineMs ||
        (timer.deadlineMs === first.deadlineMs && timer.armedSequence < first.armedSequence);
      if (earlier) first = timer;
    }
    return first;
  }

  /** Timers of this name that are armed now. */
  armed(name: string): readonly FakeTimer[] {
    return this.all.filter((timer) => timer.name === name && timer.armed);
  }
}

export class FakeTimer implements Timer {
  readonly name: string;
  armed = false;
  deadlineMs = 0;
  armedSequence = 0;
  private readonly onFire: () => void;
  private readonly clock: FakeClock;
  private readonly nextSequence: () => number;

  constructor(name: string, onFire: () => void, clock: FakeClock, nextSequence: () => number) {
    this.name = name;
    this.onFire = onFire;
    this.clock = clock;
    this.nextSequence = nextSequence;
  }

  arm(delayMs: number): void {
    this.armed = true;
    this.deadlineMs = this.clock.nowMs + Math.max(0, delayMs);
    this.armedSequence = this.nextSequence();
  }

  cancel(): void {
    this.armed = false;
  }

  fire(): void {
    this.armed = false;
    this.onFire();
  }
}

/** A linear congruential generator: enough for tests, the same everywhere. */
export class FakeRandom implements Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  below(bound: number): number {
    this.state = (Math.imul(this.state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.state / 4_294_967_296) * bound);
  }

  chance(numerator: number, denominator: number): boolean {
    return this.below(denominator) < numerator;
  }

  uuid(): Uuid {
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let text = "";
    for (let i = 0; i < 21; i++) text += alphabet[this.below(alphabet.length)];
    return `${text}A`;
  }
}

export class FakeTrace implements TraceSink {
  readonly enabled: boolean;
  readonly events: CoreEvent[] = [];

  constructor(enabled: boolean) {
    this.enabled = enabled;
  }

  emit(event: CoreEvent): void {
    this.events.push(event);
  }

  ofType<T extends CoreEvent["type"]>(type: T): Extract<CoreEvent, { type: T }>[] {
    return this.events.filter((event) => event.type === type) as Extract<CoreEvent, { type: T }>[];
  }
}

/** Records what the node dialled and sent; the test plays the peer through `connections[i].handler`. */
export class FakeNetwork implements Network {
  readonly connections: FakeConnection[] = [];
  readonly listeners: { endpoint: Endpoint; onAccept: (connection: Connection) => ConnectionHandler }[] = [];

  connect(endpoint: Endpoint, handler: ConnectionHandler): FakeConnection {
    const connection = new FakeConnection(this.connections.length, endpoint, handler);
    this.connections.push(connection);
    return connection;
  }

  listen(endpoint: Endpoint, onAccept: (connection: Connection) => ConnectionHandler): Listener {
    const listener = { endpoint, onAccept };
    this.listeners.push(listener);
    return { close: () => void this.listeners.splice(this.listeners.indexOf(listener), 1) };
  }

  /** Plays a client dialling the node; what the node sends is in `sent`, what the client sends goes to `handler`. */
  accept(listener = 0): FakeConnection {
    const target = this.listeners[listener];
    if (target === undefined) throw new Error("the node listens nowhere");
    const connection = new FakeConnection(this.connections.length, target.endpoint, undefined);
    this.connections.push(connection);
    connection.handler = target.onAccept(connection);
    return connection;
  }
}

export class FakeConnection implements Connection {
  readonly id: number;
  readonly endpoint: Endpoint;
  handler: ConnectionHandler | undefined;
  readonly sent: Message[] = [];
  closed = false;

  constructor(id: number, endpoint: Endpoint, handler: ConnectionHandler | undefined) {
    this.id = id;
    this.endpoint = endpoint;
    this.handler = handler;
  }

  send(message: Message): void {
    if (!this.closed) this.sent.push(message);
  }

  close(): void {
    this.closed = true;
  }
}
