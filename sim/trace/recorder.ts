// Recorder: stamps events and hands them to whoever listens.
// While nobody listens nothing is built: emitters ask `enabled` first. Recording reads the run and never changes it.

import type { NodeId } from "../../core/types.js";
import type { TraceEvent, UnstampedEvent } from "./format.js";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Told of events, in order, while they happen. Must not act on the world, but may have a script do so afterwards. */
export type TraceListener = (event: TraceEvent) => void;

interface Registration {
  readonly listener: TraceListener;
  /** The types it wants; undefined: all. */
  readonly types: readonly TraceEvent["type"][] | undefined;
}

export class TraceRecorder {
  /** True while somebody listens. Guard every emission with it. */
  enabled = false;
  /** `seq` of the event being handled now; 0 between events. Set by the host, stamped as `cause`. */
  cause = 0;

  private readonly nowUs: () => number;
  private readonly registrations: Registration[] = [];
  /** Who wants events of a type, in order of registration; made when the first event of the type comes. */
  private readonly listenersByType = new Map<TraceEvent["type"], readonly TraceListener[]>();
  private kept: TraceEvent[] | undefined;
  private lastSeq = 0;

  constructor(nowUs: () => number) {
    this.nowUs = nowUs;
  }

  /** Adds a listener to all events, or to those of some types; returns its removal. */
  listen(listener: TraceListener, types?: readonly TraceEvent["type"][]): () => void {
    const registration = { listener, types };
    this.registrations.push(registration);
    this.listenersByType.clear();
    this.enabled = true;
    return () => {
      const index = this.registrations.indexOf(registration);
      if (index >= 0) this.registrations.splice(index, 1);
      this.listenersByType.clear();
      this.enabled = this.registrations.length > 0 || this.kept !== undefined;
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
    const listeners = this.listenersByType.get(event.type) ?? this.listenersOf(event.type);
    if (listeners.length === 0 && this.kept === undefined) return seq;
    // The stamp goes onto the emitter's own object: copying it costs three times as much as all the rest.
    const stamped = event as Mutable<TraceEvent>;
    stamped.seq = seq;
    stamped.atUs = this.nowUs();
    stamped.node = node;
    stamped.cause = cause;
    if (this.kept !== undefined) this.kept.push(stamped);
    for (let index = 0; index < listeners.length; index++) listeners[index]!(stamped);
    return seq;
  }

  /** Would anybody be told of an event of that type? If not, `pass` does instead of building one. */
  wants(type: TraceEvent["type"]): boolean {
    if (!this.enabled) return false;
    return this.kept !== undefined || (this.listenersByType.get(type) ?? this.listenersOf(type)).length > 0;
  }

  /** Counts an event nobody wants, so that all others have the numbers they would have with it. Returns its `seq`. */
  pass(): number {
    return this.enabled ? ++this.lastSeq : 0;
  }

  private listenersOf(type: TraceEvent["type"]): readonly TraceListener[] {
    const wanting = this.registrations.filter(({ types }) => types === undefined || types.includes(type));
    const listeners = wanting.map(({ listener }) => listener);
    this.listenersByType.set(type, listeners);
    return listeners;
  }
}
