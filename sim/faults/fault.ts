// Fault: something that goes wrong, as plain data.
// Targets may be symbolic ("the leader of orders-0") and are resolved when the fault strikes, so that a schedule can
// be printed, shrunk, shared in a URL and read aloud, and still hits what it names in another run.

import type { NodeId } from "../../core/types.js";
import type { Midway } from "../process/death-midway.js";

export type { FileOperation, Midway } from "../process/death-midway.js";

/** Which node, or which nodes: a rack names all of its nodes, every other form names one. */
export type Target =
  | NodeId
  | { readonly role: "leader"; readonly topic: string; readonly partition: number }
  | {
      readonly role: "follower";
      readonly topic: string;
      readonly partition: number;
      /** Only replicas in the ISR, or only those outside it; either when absent. */
      readonly inIsr?: boolean;
      /** Which of them, by ascending node id; the first when absent. */
      readonly index?: number;
    }
  | { readonly role: "active-controller" }
  | { readonly role: "controller" | "broker"; readonly index: number }
  | { readonly role: "coordinator"; readonly group: string }
  /** A producer or consumer, by the name its script gave it. */
  | { readonly role: "client"; readonly name: string }
  | { readonly rack: string };

/** Finds the nodes a target stands for at this moment, sorted by id; empty if there is none. */
export interface TargetResolver {
  resolveTarget(target: Target): readonly NodeId[];
}

/** With `midway`, a process dies in the midst of a handler, once it comes to that; healing calls it off. */
export type Fault =
  /** The process dies; the operating system lives, so the page cache survives and peers see resets. */
  | { readonly kind: "crash"; readonly target: Target; readonly midway?: Midway }
  /** The machine loses power: peers see silence, unflushed bytes are gone, the last write may be torn. */
  | { readonly kind: "power-loss"; readonly target: Target; readonly midway?: Midway }
  | { readonly kind: "rack-power-loss"; readonly rack: string }
  /** Graceful stop (SIGTERM). */
  | { readonly kind: "shutdown"; readonly target: Target }
  /** A crash and a start `downMs` later. */
  | { readonly kind: "restart"; readonly target: Target; readonly downMs: number }
  /** Crashes and restarts over and over, until healed. */
  | { readonly kind: "crash-loop"; readonly target: Target; readonly upMs: number; readonly downMs: number }
  /** Graceful restarts of one target after another; the next begins `betweenMs` after the one before came up. */
  | {
      readonly kind: "rolling-restart";
      readonly targets: readonly Target[];
      readonly downMs: number;
      readonly betweenMs: number;
    }
  /** Power loss, and the disk is replaced by an empty one. */
  | { readonly kind: "wipe-disk"; readonly target: Target }
  /** The process stands still (a long garbage collection): its connections and timers wait. */
  | { readonly kind: "pause"; readonly target: Target }
  /** Nothing passes from `from` to `to`, nor back if symmetric. Connections stay open and mute. */
  | {
      readonly kind: "partition";
      readonly from: readonly Target[];
      readonly to: readonly Target[];
      readonly symmetric: boolean;
    }
  /** Nothing passes between the target and anybody else ("both"), or only in one direction. */
  | { readonly kind: "isolate"; readonly target: Target; readonly direction?: "both" | "inbound" | "outbound" }
  | { readonly kind: "slow-link"; readonly from: Target; readonly to: Target; readonly extraMs: number }
  /** Breaks the connections that exist between the two; new ones may be opened. */
  | { readonly kind: "reset-connections"; readonly from: Target; readonly to: Target }
  /** The target's operating system refuses new connections. */
  | { readonly kind: "refuse-connections"; readonly target: Target }
  /** Disk operations take `factor` times as long and `extraMs` more a flush. */
  | { readonly kind: "slow-disk"; readonly target: Target; readonly factor: number; readonly extraMs: number }
  | { readonly kind: "full-disk"; readonly target: Target }
  | { readonly kind: "disk-error"; readonly target: Target }
  /** Flips one bit. Without `path`, of a file that ends in ".log", drawn at random. Healing does not undo it. */
  | {
      readonly kind: "corrupt";
      readonly target: Target;
      readonly path?: string;
      readonly positionBytes?: number;
    }
  /** The wall clock jumps, once. */
  | { readonly kind: "clock-step"; readonly target: Target; readonly byMs: number }
  /** The wall clock is off by `offsetMs` until healed. */
  | { readonly kind: "clock-skew"; readonly target: Target; readonly offsetMs: number }
  /** All clocks of the target run fast (> 0) or slow (< 0) by parts per million. */
  | { readonly kind: "clock-drift"; readonly target: Target; readonly ppm: number };

export type FaultKind = Fault["kind"];

/** A fault and when it strikes and heals, in milliseconds from the start of the schedule. */
export interface ScheduledFault {
  readonly atMs: number;
  readonly fault: Fault;
  /** Never healed by the schedule when absent. */
  readonly healAtMs?: number;
}
