// Faults as English sentences: what reports, replays and printed schedules show.

import { assertNever } from "../../core/assert.js";
import type { Fault, ScheduledFault, Target } from "./fault.js";

/** A target as a noun phrase: "node 3", "the leader of orders-0". */
export function describeTarget(target: Target): string {
  if (typeof target === "number") return `node ${target}`;
  if ("rack" in target) return `rack ${target.rack}`;
  switch (target.role) {
    case "leader":
      return `the leader of ${target.topic}-${target.partition}`;
    case "follower": {
      const which = target.index === undefined ? "a follower" : `follower ${target.index}`;
      const isr = target.inIsr === undefined ? "" : target.inIsr ? " in the ISR" : " outside the ISR";
      return `${which}${isr} of ${target.topic}-${target.partition}`;
    }
    case "active-controller":
      return "the active controller";
    case "controller":
    case "broker":
      return `${target.role} number ${target.index}`;
    case "coordinator":
      return `the coordinator of group ${target.group}`;
    default:
      return assertNever(target);
  }
}

function describeTargets(targets: readonly Target[]): string {
  const phrases = targets.map(describeTarget);
  const last = phrases.pop();
  if (last === undefined) return "nobody";
  return phrases.length === 0 ? last : `${phrases.join(", ")} and ${last}`;
}

/** The fault as one English sentence without its full stop: "the leader of orders-0 loses power". */
export function describeFault(fault: Fault): string {
  switch (fault.kind) {
    case "rack-power-loss":
      return `rack ${fault.rack} loses power`;
    case "rolling-restart":
      return (
        `${describeTargets(fault.targets)} restart gracefully one after another, ` +
        `down ${fault.downMs} ms each, ${fault.betweenMs} ms apart`
      );
    case "partition": {
      const [from, to] = [describeTargets(fault.from), describeTargets(fault.to)];
      return fault.symmetric
        ? `nothing passes between ${from} and ${to}`
        : `nothing passes from ${from} to ${to}, while the way back works`;
    }
    case "slow-link":
      return (
        `messages from ${describeTarget(fault.from)} to ${describeTarget(fault.to)} ` +
        `take ${fault.extraMs} ms longer`
      );
    case "reset-connections":
      return `the connections between ${describeTarget(fault.from)} and ${describeTarget(fault.to)} are reset`;
    default:
      return `${describeTarget(fault.target)} ${describePredicate(fault)}`;
  }
}

type FaultOfOneTarget = Extract<Fault, { readonly target: Target }>;

function describePredicate(fault: FaultOfOneTarget): string {
  switch (fault.kind) {
    case "crash":
      return "crashes";
    case "power-loss":
      return "loses power";
    case "shutdown":
      return "shuts down gracefully";
    case "restart":
      return `crashes and is restarted after ${fault.downMs} ms`;
    case "crash-loop":
      return `crashes again and again, up ${fault.upMs} ms and down ${fault.downMs} ms`;
    case "wipe-disk":
      return "loses power and its disk is replaced by an empty one";
    case "pause":
      return "stands still, as in a long garbage collection";
    case "isolate":
      return fault.direction === "inbound"
        ? "hears nobody, while others still hear it"
        : fault.direction === "outbound"
          ? "is heard by nobody, while it still hears others"
          : "is cut off from everybody";
    case "refuse-connections":
      return "refuses new connections";
    case "slow-disk":
      return `has a slow disk: ${fault.factor} times as slow, ${fault.extraMs} ms more a flush`;
    case "full-disk":
      return "has a full disk";
    case "disk-error":
      return "has a disk that fails every write (EIO)";
    case "corrupt": {
      const where = fault.path === undefined ? "a log file" : fault.path;
      const position = fault.positionBytes === undefined ? "" : ` at byte ${fault.positionBytes}`;
      return `finds one bit flipped in ${where}${position}`;
    }
    case "clock-step":
      return `has its wall clock stepped by ${fault.byMs} ms`;
    case "clock-skew":
      return `has a wall clock that is off by ${fault.offsetMs} ms`;
    case "clock-drift":
      return `has clocks that run ${fault.ppm < 0 ? "slow" : "fast"} by ${Math.abs(fault.ppm)} ppm`;
    default:
      return assertNever(fault);
  }
}

/** A line of a schedule: "at 1500 ms: node 2 crashes; healed at 4000 ms". */
export function describeScheduledFault(scheduled: ScheduledFault): string {
  const heals = scheduled.healAtMs === undefined ? "" : `; healed at ${scheduled.healAtMs} ms`;
  return `at ${scheduled.atMs} ms: ${describeFault(scheduled.fault)}${heals}`;
}
