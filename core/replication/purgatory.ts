// Purgatory: where requests wait until they can be answered.
//
// A produce with acks=all waits for its replicas, a fetch for data. Each such operation watches keys (partitions);
// whoever changes a partition says so, and its watchers look again. What never becomes true ends at its deadline.
//
//   parked --a watched key changed and tryComplete says yes--> completed
//   parked --deadline passed--> expired, then completed
//   An operation completes exactly once, whichever comes first.
//
// One timer serves all operations: it is armed for the earliest deadline and, since most operations complete long
// before theirs, left alone when they do. Changed only by the ReplicaManager that owns it.

import { assert } from "../assert.js";
import type { Clock, Timer, Timers } from "../environment.js";

/** A request that waits. Subclasses say when it may be answered and how. */
export abstract class DelayedOperation {
  /** Monotonic time at which it is answered whatever the state. */
  deadlineMs = 0;
  completed = false;

  /**
   * Looks whether the answer can be given now. `changedKey` is the partition that changed, undefined for a first
   * look. Must not complete anything itself.
   */
  abstract canComplete(changedKey: object | undefined): boolean;
  /** Answers. Called once. */
  abstract onComplete(): void;
  /** Called before `onComplete` when the deadline passed. */
  onExpiration(): void {}

  /** Answers unless that was done already; true if this call did. */
  forceComplete(): boolean {
    if (this.completed) return false;
    this.completed = true;
    this.onComplete();
    return true;
  }
}

/** Watch lists are swept of completed operations when they grow to this, and again at each doubling. */
const SWEEP_AT = 16;

class Watchers<Operation> {
  operations: Operation[] = [];
  sweepAt = SWEEP_AT;
}

export class Purgatory<Key extends object, Operation extends DelayedOperation> {
  private readonly clock: Clock;
  private readonly timer: Timer;
  private readonly watchers = new Map<Key, Watchers<Operation>>();
  /** Binary heap by deadline; operations parked earlier come first among equals. Completed ones leave lazily. */
  private heap: { readonly deadlineMs: number; readonly seq: number; readonly operation: Operation }[] = [];
  private heapSweepAt = 64;
  private seq = 0;
  private timerDeadlineMs = -1;

  constructor(name: string, clock: Clock, timers: Timers) {
    this.clock = clock;
    this.timer = timers.create(name, () => this.expire());
  }

  /** Operations that still wait; counts, so for tests and reports only. */
  get size(): number {
    return this.heap.filter((entry) => !entry.operation.completed).length;
  }

  /** Answers at once if possible, else waits for `keys` to change or `timeoutMs` to pass. */
  tryCompleteElseWatch(operation: Operation, keys: readonly Key[], timeoutMs: number): void {
    assert(!operation.completed, "an operation is parked before it completes");
    if (operation.canComplete(undefined)) {
      operation.forceComplete();
      return;
    }
    this.park(operation, keys, timeoutMs);
  }

  /** Waits for `keys` to change or `timeoutMs` to pass; for operations whose first look was just taken. */
  park(operation: Operation, keys: readonly Key[], timeoutMs: number): void {
    assert(!operation.completed, "an operation is parked before it completes");
    operation.deadlineMs = this.clock.monotonicMs() + Math.max(0, timeoutMs);
    for (const key of keys) this.watch(key, operation);
    this.push(operation);
    this.armFor(operation.deadlineMs);
  }

  /** Tells the watchers of `key` that it changed; answers those that can be. Returns how many were. */
  checkAndComplete(key: Key): number {
    const watchers = this.watchers.get(key);
    if (watchers === undefined) return 0;
    const operations = watchers.operations;
    // Detach the list while callbacks run: answering may park new operations on the same key.
    watchers.operations = [];
    let completedCount = 0;
    let kept = 0;
    for (const operation of operations) {
      if (operation.completed) continue;
      if (operation.canComplete(key)) {
        operation.forceComplete();
        completedCount++;
      } else {
        operations[kept++] = operation;
      }
    }
    while (operations.length > kept) operations.pop();
    const current = this.watchers.get(key);
    if (current !== undefined) for (const operation of current.operations) operations.push(operation);
    watchers.operations = operations;
    if (operations.length === 0) this.watchers.delete(key);
    else this.watchers.set(key, watchers);
    return completedCount;
  }

  /** Forgets every operation without answering: the process is going away. */
  clear(): void {
    this.watchers.clear();
    this.heap = [];
    this.timer.cancel();
    this.timerDeadlineMs = -1;
  }

  private watch(key: Key, operation: Operation): void {
    let watchers = this.watchers.get(key);
    if (watchers === undefined) {
      watchers = new Watchers<Operation>();
      this.watchers.set(key, watchers);
    }
    if (watchers.operations.length >= watchers.sweepAt) {
      watchers.operations = watchers.operations.filter((waiting) => !waiting.completed);
      watchers.sweepAt = Math.max(SWEEP_AT, watchers.operations.length * 2);
    }
    watchers.operations.push(operation);
  }

  private armFor(deadlineMs: number): void {
    if (this.timerDeadlineMs !== -1 && this.timerDeadlineMs <= deadlineMs) return;
    this.timerDeadlineMs = deadlineMs;
    this.timer.arm(Math.max(0, deadlineMs - this.clock.monotonicMs()));
  }

  private expire(): void {
    this.timerDeadlineMs = -1;
    const nowMs = this.clock.monotonicMs();
    for (let first = this.heap[0]; first !== undefined; first = this.heap[0]) {
      if (!first.operation.completed && first.deadlineMs > nowMs) break;
      this.pop();
      if (first.operation.completed) continue;
      first.operation.onExpiration();
      first.operation.forceComplete();
    }
    const next = this.heap[0];
    if (next !== undefined) this.armFor(next.deadlineMs);
  }

  private push(operation: Operation): void {
    if (this.heap.length >= this.heapSweepAt) {
      // A sorted array is a heap.
      this.heap = this.heap.filter((entry) => !entry.operation.completed).sort(compareEntries);
      this.heapSweepAt = Math.max(64, this.heap.length * 2);
    }
    const heap = this.heap;
    const entry = { deadlineMs: operation.deadlineMs, seq: this.seq++, operation };
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex];
      if (parent === undefined || compareEntries(parent, entry) <= 0) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = entry;
  }

  private pop(): void {
    const heap = this.heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let childIndex = index * 2 + 1;
      let child = heap[childIndex];
      if (child === undefined) break;
      const right = heap[childIndex + 1];
      if (right !== undefined && compareEntries(right, child) < 0) {
        child = right;
        childIndex++;
      }
      if (compareEntries(last, child) <= 0) break;
      heap[index] = child;
      index = childIndex;
    }
    heap[index] = last;
  }
}

interface Deadline {
  readonly deadlineMs: number;
  readonly seq: number;
}

function compareEntries(a: Deadline, b: Deadline): number {
  return a.deadlineMs - b.deadlineMs || a.seq - b.seq;
}
