// Local log: the log as storage sees it: a row of segments, an end, and how much of it is durable.
// It knows nothing of replication. `Log` builds on it what Kafka's guarantees need: the high watermark, leader
// epochs, producer state. A storage error takes it offline for good: after one, nobody knows what a file holds
// (KIP-112), and the replica must be rebuilt elsewhere or after a restart.

import { assert } from "../assert.js";
import { ByteArena } from "../byte-arena.js";
import type { Environment, StorageResult } from "../environment.js";
import type { Offset } from "../types.js";
import { batchBaseOffset } from "./batch-header.js";
import type { LogConfig } from "./log-config.js";
import type { LoadedLog } from "./log-loader.js";
import type { LogSegment } from "./log-segment.js";
import type { LogSegments } from "./log-segments.js";

/** Widest hole in offsets that a segment may begin with. */
const MAX_GAP = 1_000_000_000;
const NO_BYTES = new Uint8Array(0);

export interface LocalLogHooks {
  /** A segment was closed; the next one begins at `baseOffset`. */
  onRoll(baseOffset: Offset): void;
  /** The log went offline. Called once. */
  onStorageError(): void;
}

/** A flush that was asked for. */
interface Flush {
  readonly target: Offset;
  /** The count of truncations when it was asked for. */
  readonly truncations: number;
  /** Segments whose storage has not answered. */
  outstanding: number;
  result: StorageResult;
  readonly onFlushed: ((result: StorageResult) => void) | undefined;
}

export class LocalLog {
  config: LogConfig;
  readonly segments: LogSegments;
  logEndOffset: Offset;
  /** Everything below is durable. Advanced by flushes only. */
  recoveryPoint: Offset;
  isOffline = false;
  /** Memory for batches made here, by the leader: they leave together, with their segment. */
  readonly arena = new ByteArena();
  /** Wall-clock milliseconds of the last flush asked for. */
  lastFlushMs: number;
  /** Counts truncations: a flush or a cleaning under way must notice that the log was cut meanwhile. */
  truncations = 0;
  /** Flushes under way, in the order they were asked for. */
  private readonly flushes: Flush[] = [];
  /** Everything below is durable or will be when the flushes under way are done. */
  private flushingUpTo: Offset;
  /** Waits until the flush that `flush.messages` asked for last is done; undefined while there is none. */
  private heldBack: (() => void)[] | undefined;
  private readonly env: Environment;
  private readonly hooks: LocalLogHooks;
  private readonly rollsEarly: boolean;
  private isClosed = false;

  constructor(env: Environment, config: LogConfig, loaded: LoadedLog, hooks: LocalLogHooks) {
    this.env = env;
    this.config = config;
    this.segments = loaded.segments;
    this.logEndOffset = loaded.logEndOffset;
    this.recoveryPoint = loaded.recoveryPoint;
    this.flushingUpTo = loaded.recoveryPoint;
    this.lastFlushMs = env.clock.wallMs();
    this.hooks = hooks;
    this.rollsEarly = env.buggify.isOn("early-roll");
  }

  /**
   * Appends whole batches that stand for the offsets up to `lastOffset`, rolling first if need be.
   * @param onWritten told as soon as they are in the segment's file
   * @returns false if storage failed; the log is offline then
   */
  append(batches: Uint8Array, lastOffset: Offset, maxTimestampMs: number, onWritten?: () => void): boolean {
    const firstOffset = batchBaseOffset(batches, 0);
    assert(!this.isClosed, "nothing is appended to a closed log");
    assert(firstOffset >= this.logEndOffset, "an append begins at or after the log end offset");
    const nowMs = this.env.clock.wallMs();
    const isEarly = this.rollsEarly && this.env.buggify.strikes("early-roll");
    const { active } = this.segments;
    if (isEarly || active.shouldRoll(this.config, batches.length, lastOffset, maxTimestampMs, nowMs)) {
      // At the log end, so that segments join without gaps; unless the hole is too wide for relative offsets.
      this.roll(firstOffset - this.logEndOffset > MAX_GAP ? firstOffset : this.logEndOffset);
    }
    if (this.segments.active.append(batches, this.config.indexIntervalBytes, onWritten) !== "ok") {
      this.fail();
      return false;
    }
    this.logEndOffset = lastOffset + 1;
    return true;
  }

  /** Whole batches from the one containing `startOffset`, none at or after `upperBound`, from one segment. */
  read(startOffset: Offset, maxBytes: number, upperBound: Offset, minOneBatch: boolean): Uint8Array {
    if (startOffset >= upperBound || startOffset >= this.logEndOffset) return NO_BYTES;
    for (let i = Math.max(this.segments.floorIndex(startOffset), 0); i < this.segments.count; i++) {
      const records = this.segments.at(i)!.read(startOffset, maxBytes, upperBound, minOneBatch);
      if (records !== undefined) return records;
    }
    return NO_BYTES;
  }

  /** Calls `fn` with each batch from the one containing `offset` on; `fn` stops the walk by returning false. */
  forEachBatchFrom(offset: Offset, fn: (batch: Uint8Array) => boolean | void): void {
    for (let i = Math.max(this.segments.floorIndex(offset), 0); i < this.segments.count; i++) {
      if (!this.segments.at(i)!.forEachBatchFrom(offset, fn)) return;
    }
  }

  /** Closes the active segment and begins a new one at the log end, or where the next batch begins, if later. */
  roll(nextOffset: Offset = this.logEndOffset): void {
    const base = Math.max(nextOffset, this.logEndOffset);
    const active = this.segments.active;
    if (active.sizeBytes === 0) {
      // An empty segment need not be closed, only begin where it will be needed.
      if (active.baseOffset === base) return;
      if (this.segments.count === 1) this.segments.restartAt(base, this.config.fileDeleteDelayMs);
      else {
        this.segments.remove([active], this.config.fileDeleteDelayMs);
        this.segments.append(base);
      }
      return;
    }
    if (active.becomeInactive() !== "ok") this.fail();
    this.hooks.onRoll(base);
    // What was closed is flushed now; nobody's acknowledgement waits for it.
    this.flush(this.logEndOffset);
    this.segments.append(base);
  }

  /**
   * Makes the log durable below `upToOffset`; the recovery point follows when storage answers.
   * @param onFlushed called once, never before this returns; "io-error" has taken the log offline
   */
  flush(upToOffset: Offset, onFlushed?: (result: StorageResult) => void): void {
    const target = Math.min(upToOffset, this.logEndOffset);
    // A log that rolls faster than its disk flushes would else flush every closed segment again at each roll.
    if (target <= this.flushingUpTo && onFlushed === undefined) return;
    this.lastFlushMs = this.env.clock.wallMs();
    const unflushed = this.segmentsBetween(Math.min(this.flushingUpTo, target), target);
    this.flushingUpTo = Math.max(this.flushingUpTo, target);
    const { truncations } = this;
    const flush: Flush = { target, truncations, outstanding: unflushed.length, result: "ok", onFlushed };
    this.flushes.push(flush);
    const oneFlushed = (result: StorageResult): void => {
      if (result !== "ok") flush.result = result;
      flush.outstanding -= 1;
      this.endFlushes();
    };
    for (const segment of unflushed) segment.flush(oneFlushed);
  }

  /** Is something appended not to be told of yet, because `flush.messages` wants it to be durable first? */
  get isHoldingBack(): boolean {
    return this.heldBack !== undefined;
  }

  /**
   * Makes durable what was just appended, before anybody hears of it: until then nobody is answered, no watermark
   * moves, and a follower does not say that it has it. Kafka's thread stands still for as long.
   */
  flushBeforeTelling(): void {
    const waiting: (() => void)[] = [];
    this.heldBack = waiting;
    this.flush(this.logEndOffset, () => {
      if (this.heldBack === waiting) this.heldBack = undefined;
      for (const action of waiting) action();
    });
  }

  /** Runs `action` once what was appended may be told of, or storage failed; at once if nothing is held back. */
  whenTellable(action: () => void): void {
    if (this.heldBack === undefined) action();
    else this.heldBack.push(action);
  }

  /** Takes in what was flushed. In order: each flush relies on those before it for what it left to them. */
  private endFlushes(): void {
    while (this.flushes.length > 0 && this.flushes[0]!.outstanding === 0) {
      const { target, truncations, result, onFlushed } = this.flushes.shift()!;
      if (result !== "ok") this.fail();
      else if (truncations === this.truncations) this.recoveryPoint = Math.max(this.recoveryPoint, target);
      onFlushed?.(this.isOffline ? "io-error" : result);
    }
  }

  /** Cuts the log at the start of the batch containing `offset`, which becomes the log end. */
  truncateTo(offset: Offset): void {
    const doomed = this.segments.all().filter((segment) => segment.baseOffset >= offset);
    if (doomed.length === this.segments.count) this.segments.restartAt(offset, this.config.fileDeleteDelayMs);
    else this.segments.remove(doomed, this.config.fileDeleteDelayMs);
    this.segments.active.truncateTo(offset);
    this.endAt(offset);
  }

  truncateFullyAndStartAt(offset: Offset): void {
    this.segments.restartAt(offset, this.config.fileDeleteDelayMs);
    this.endAt(offset);
  }

  /** Clean shutdown: what came after its last flush might be torn, and would be trusted at the next start. */
  close(): void {
    this.isClosed = true;
    this.segments.active.becomeInactive();
  }

  /** Takes the log offline: nothing may be appended any more. */
  fail(): void {
    if (this.isOffline) return;
    this.isOffline = true;
    this.hooks.onStorageError();
  }

  private endAt(offset: Offset): void {
    this.logEndOffset = offset;
    this.recoveryPoint = Math.min(this.recoveryPoint, offset);
    this.flushingUpTo = Math.min(this.flushingUpTo, offset);
    this.truncations += 1;
  }

  /** Segments holding offsets in [from, to); the active one if there are none. */
  private segmentsBetween(from: Offset, to: Offset): readonly LogSegment[] {
    const first = Math.max(this.segments.floorIndex(from), 0);
    const segments = this.segments
      .all()
      .slice(first)
      .filter((segment) => segment.baseOffset < to);
    return segments.length > 0 ? segments : [this.segments.active];
  }
}
