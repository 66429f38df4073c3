// Recorder: stamps events and hands them to whoever listens.
// While nobody listens nothing is built: emitters ask `enabled` first. Recording reads the run and never changes it.

import type { NodeId } from "../../core/types.js";
import type { TraceEvent, UnstampedEvent } from "./format.js";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Told of every event, in order, while it happens. Must not act on the world. */
export type TraceListener = (event: TraceEvent) => void;

export class TraceRecorder {
  /** True while somebody listens. Guard every emission with it. */
  enabled = false;
  /** `seq` of the event being handled now; 0 between events. Set by the host, stamped as `cause`. */
  cause = 0;

  private readonly nowUs: () => number;
  private readonly listeners: TraceListener[] = [];
  private kept: TraceEvent[] | undefined;
  private lastSeq = 0;

  constructor(nowUs: () => number) {
    this.nowUs = nowUs;
  }

  /** Adds a listener; returns its removal. */
  listen(listener: TraceListener): () => void {
    this.listeners.push(listener);
    this.enabled = true;
    return () => {
      const index = this.listeners.indexOf(listener);
      if (index >= 0) this.listeners.splice(index, 1);
      this.enabled = this.listeners.length > 0 || this.kept !== undefined;
    };
  }

  /** Keeps every event from now on in memory; `events` returns them. */
  keep(): void {
    this.kept ??= [];
    this.enabled = true;
  }

  /** The events kept so far, in order; empty if `keep` was not called. */
  get events(): readonly TraceEvent[] {
    return this.kept ?? [];
  }

  /** Emits an event with the current cause. The object passes to the recorder. Returns its `seq`. */
  emit(node: NodeId, event: UnstampedEvent): number {
    return this.emitCausedBy(this.cause, node, event);
  }

  /** As `emit`, with another cause: a delivery is caused by its sending. Returns 0 if nobody listens. */
  emitCausedBy(cause: number, node: NodeId, event: UnstampedEvent): number {
    if (!this.enabled) return 0;
    const seq = ++this.lastSeq;
    // The stamp goes onto the emitter's own object: copying it costs three times as much as all the rest.
    const stamped = event as Mutable<TraceEvent>;
    stamped.seq = seq;
    stamped.atUs = this.nowUs();
    stamped.node = node;
    stamped.cause = cause;
    if (this.kept !== undefined) this.kept.push(stamped);
    for (const listener of this.listeners) listener(stamped);
    return seq;
  }
}
