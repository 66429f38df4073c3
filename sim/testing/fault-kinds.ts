// Kinds of faults in the order in which a drawn one shrinks: from what a cluster hardly notices to what destroys data.
// A drawn fault is first a record of plain parts (kind, targets, severity), and every kind makes a fault of the same
// parts: so shrinking may change the kind and keep the rest.

import { assertNever } from "../../core/assert.js";
import type { Fault, FaultKind, Midway, Target } from "../faults/fault.js";

/** Every kind, the mildest first. */
export const FAULT_KINDS = [
  "clock-drift",
  "clock-skew",
  "clock-step",
  "slow-link",
  "slow-disk",
  "reset-connections",
  "refuse-connections",
  "pause",
  "shutdown",
  "restart",
  "rolling-restart",
  "crash",
  "isolate",
  "partition",
  "crash-loop",
  "full-disk",
  "disk-error",
  "power-loss",
  "rack-power-loss",
  "wipe-disk",
  "corrupt",
] as const satisfies readonly FaultKind[];

/** What a fault is made of. */
export interface FaultParts {
  readonly kind: FaultKind;
  readonly target: Target;
  /** The far end of what concerns two. */
  readonly other: Target;
  readonly rack: string;
  readonly brokers: number;
  /** From 1 (hardly felt) to 100. */
  readonly severity: number;
  /** Backwards (clocks) or in one direction only (network). */
  readonly oneWay: boolean;
  /** In the midst of a handler, before one of its file operations (deaths); at once if absent. */
  readonly midway: Midway | undefined;
}

/** The fault that the parts describe. */
export function faultOf({ kind, target, other, rack, brokers, severity, oneWay, midway }: FaultParts): Fault {
  const sign = oneWay ? -1 : 1;
  switch (kind) {
    case "crash":
    case "power-loss":
      return { kind, target, ...(midway === undefined ? {} : { midway }) };
    case "shutdown":
    case "pause":
    case "refuse-connections":
    case "full-disk":
    case "disk-error":
    case "wipe-disk":
    case "corrupt":
      return { kind, target };
    case "rack-power-loss":
      return { kind, rack };
    case "restart":
      return { kind, target, downMs: severity * 100 };
    case "crash-loop":
      return { kind, target, upMs: 5050 - severity * 50, downMs: severity * 20 };
    case "rolling-restart": {
      const targets = Array.from({ length: brokers }, (_, index) => index + 1);
      return { kind, targets, downMs: severity * 10, betweenMs: 3030 - severity * 30 };
    }
    case "partition":
      return { kind, from: [target], to: [other], symmetric: !oneWay };
    case "isolate":
      return { kind, target, direction: oneWay ? "outbound" : "both" };
    case "slow-link":
      return { kind, from: target, to: other, extraMs: severity * 10 };
    case "reset-connections":
      return { kind, from: target, to: other };
    case "slow-disk":
      return { kind, target, factor: 1 + severity, extraMs: severity };
    case "clock-step":
      return { kind, target, byMs: sign * severity * 600 };
    case "clock-skew":
      return { kind, target, offsetMs: sign * severity * 100 };
    case "clock-drift":
      return { kind, target, ppm: sign * severity * 10 };
    default:
      return assertNever(kind);
  }
}
