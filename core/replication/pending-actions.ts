// Pending actions: who must look again because a partition changed.
//
// A step (a request, an answer, new metadata) may change several partitions. Nobody is woken inside it: an answer that
// leaves half-way would let its receiver see, or even change, what is not finished. Changes are noted, and when the
// step ends all who wait are woken, partition by partition, in the order of the changes (Kafka's action queue).
//
// Owned by the ReplicaManager, which ends each of its steps with `run`.

import type { Timer, Timers } from "../environment.js";
import type { Log } from "../log/log.js";
import type { LeaderEpoch, Offset } from "../types.js";
import { type Partition, PartitionEvent } from "./partition.js";

/**
 * Told after the step in which it happened, in the order in which it happened. Every call carries the leader epoch it
 * is about: whoever waits for an offset must see to it that the epoch is still the one in which it was written, for
 * after a change of leaders the same offset may hold another record (KAFKA-20634).
 */
export interface ReplicaListener {
  /** This broker leads in a new leader epoch. */
  onLeadership?(topic: string, partition: number, leaderEpoch: LeaderEpoch, log: Log): void;
  /** This broker led and does no more; `leaderEpoch` is the epoch of whoever leads now. */
  onResigned?(topic: string, partition: number, leaderEpoch: LeaderEpoch): void;
  /** The high watermark rose while this broker leads in `leaderEpoch`. */
  onHighWatermarkAdvanced?(topic: string, partition: number, leaderEpoch: LeaderEpoch, highWatermark: Offset): void;
  /** The replica left this broker. */
  onDeleted?(topic: string, partition: number): void;
}

/** The purgatories, as seen from here: what they watch changed. */
export interface Waiters {
  checkAndComplete(key: Partition): number;
}

export interface PendingActionsOptions {
  readonly timers: Timers;
  readonly produce: Waiters;
  readonly fetch: Waiters;
  readonly deleteRecords: Waiters;
  /** Are listeners told of followers' high watermarks too? They never should be: those are another leader's. */
  readonly tellsOfFollowers: boolean;
}

const { APPENDED, HIGH_WATERMARK, ROLE } = PartitionEvent;

export class PendingActions {
  private readonly options: PendingActionsOptions;
  private readonly timer: Timer;
  private readonly listeners: ReplicaListener[] = [];
  private changed: Partition[] = [];
  private notices: ((listener: ReplicaListener) => void)[] = [];
  private running = false;

  constructor(options: PendingActionsOptions) {
    this.options = options;
    this.timer = options.timers.create("replica-actions", () => this.run());
  }

  addListener(listener: ReplicaListener): void {
    this.listeners.push(listener);
  }

  /** Notes that a partition changed. */
  partitionChanged(partition: Partition, events: number): void {
    if (partition.pendingEvents === 0) this.changed.push(partition);
    partition.pendingEvents |= events;
  }

  /** Notes something listeners must be told; rare events only. */
  notify(notice: (listener: ReplicaListener) => void): void {
    this.notices.push(notice);
  }

  /** Ends a step that may not be interrupted by listeners: those who wait are woken at the next moment. */
  runLater(): void {
    if ((this.changed.length > 0 || this.notices.length > 0) && !this.timer.armed) this.timer.arm(0);
  }

  /** Ends a step: wakes those who wait. What they do in turn is taken up by the same loop. */
  run(): void {
    if (this.running) return;
    this.running = true;
    while (this.notices.length > 0 || this.changed.length > 0) {
      const notices = this.notices;
      if (notices.length > 0) {
        this.notices = [];
        for (const notice of notices) for (const listener of this.listeners) notice(listener);
      }
      const changed = this.changed;
      if (changed.length === 0) continue;
      this.changed = [];
      for (const partition of changed) this.wake(partition);
    }
    this.running = false;
  }

  private wake(partition: Partition): void {
    const events = partition.pendingEvents;
    partition.pendingEvents = 0;
    const { produce, fetch, deleteRecords } = this.options;
    if ((events & (HIGH_WATERMARK | ROLE)) !== 0) produce.checkAndComplete(partition);
    fetch.checkAndComplete(partition);
    if ((events & ~APPENDED) !== 0) deleteRecords.checkAndComplete(partition);
    if ((events & HIGH_WATERMARK) === 0 || !(partition.isLeader || this.options.tellsOfFollowers)) return;
    const { topic, leaderEpoch, highWatermark } = partition;
    for (const listener of this.listeners) {
      listener.onHighWatermarkAdvanced?.(topic, partition.partition, leaderEpoch, highWatermark);
    }
  }
}
