// Faults and their healing as English sentences: what reports, replays and printed schedules show.

import { assertNever } from "../../core/assert.js";
import type { LastIntent } from "../process/death-midway.js";
import { serverName } from "../world/node-ids.js";
import type { Fault, FileOperation, Midway, ScheduledFault, Target } from "./fault.js";

/** A target as a noun phrase: "broker-3", "the leader of orders-0". */
export function describeTarget(target: Target): string {
  if (typeof target === "number") return serverName(target) ?? `node ${target}`;
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
    case "client":
      return target.name;
    default:
      return assertNever(target);
  }
}

/** How a sentence names a target: as it was written, or by the nodes it stood for. */
export type PhraseOf = (target: Target) => string;

function describeTargets(targets: readonly Target[], phraseOf: PhraseOf): string {
  const phrases = targets.map((target) => phraseOf(target));
  const last = phrases.pop();
  if (last === undefined) return "nobody";
  return phrases.length === 0 ? last : `${phrases.join(", ")} and ${last}`;
}

/** The fault as one English sentence without its full stop: "the leader of orders-0 loses power". */
export function describeFault(fault: Fault, phraseOf: PhraseOf = describeTarget): string {
  switch (fault.kind) {
    case "rack-power-loss":
      return `rack ${fault.rack} loses power`;
    case "rolling-restart":
      return (
        `${describeTargets(fault.targets, phraseOf)} restart gracefully one after another, ` +
        `down ${fault.downMs} ms each, ${fault.betweenMs} ms apart`
      );
    case "partition": {
      const [from, to] = [describeTargets(fault.from, phraseOf), describeTargets(fault.to, phraseOf)];
      return fault.symmetric
        ? `nothing passes between ${from} and ${to}`
        : `nothing passes from ${from} to ${to}, while the way back works`;
    }
    case "slow-link":
      return `messages from ${phraseOf(fault.from)} to ${phraseOf(fault.to)} take ${fault.extraMs} ms longer`;
    case "reset-connections":
      return `the connections between ${phraseOf(fault.from)} and ${phraseOf(fault.to)} are reset`;
    default:
      return `${phraseOf(fault.target)} ${describePredicate(fault)}`;
  }
}

type FaultOfOneTarget = Extract<Fault, { readonly target: Target }>;

function describePredicate(fault: FaultOfOneTarget): string {
  switch (fault.kind) {
    case "crash":
      return fault.midway === undefined ? "crashes" : `will crash ${describeMidway(fault.midway)}`;
    case "power-loss":
      return fault.midway === undefined ? "loses power" : `will lose power ${describeMidway(fault.midway)}`;
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
      return `has a slow disk: ${slowness(fault.factor, fault.extraMs)}`;
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

function describeMidway({ operation, nth }: Midway): string {
  const what = operation === "any" ? "changes the file system" : `${FILE_OPERATION_WORDS[operation][0]} a file`;
  return `just before it ${what}${nth === 1 ? "" : `, not counting the first ${nth === 2 ? "time" : `${nth - 1} times`}`}`;
}

/** What a process never came to do, as an infinitive: "append to metadata/meta.properties". */
export function describeLastIntent({ operation, path }: LastIntent): string {
  return `${FILE_OPERATION_WORDS[operation][1]} ${path}`;
}

const FILE_OPERATION_WORDS: Readonly<Record<FileOperation, readonly [it: string, to: string]>> = {
  create: ["creates", "create"],
  append: ["appends to", "append to"],
  truncate: ["truncates", "truncate"],
  replace: ["replaces", "replace"],
  rename: ["renames", "rename"],
  remove: ["removes", "remove"],
};

/** What healing finds: harm to undo, harm that is under way or yet to come, or nothing. */
export type Finding = "harm" | "harm to come" | "nothing";

/** Faults that no healing undoes, each with a sentence for that. */
const DONE_AT_ONCE: ReadonlySet<Fault["kind"]> = new Set(["reset-connections", "corrupt", "clock-step"]);

/** What its healing changes, as a sentence without its full stop: "broker-1 has power again". */
export function describeHealing(fault: Fault, finding: Finding, phraseOf: PhraseOf = describeTarget): string {
  if (finding === "nothing" && !DONE_AT_ONCE.has(fault.kind)) {
    return `nothing is left to heal of this: ${describeFault(fault, phraseOf)}`;
  }
  switch (fault.kind) {
    case "rack-power-loss":
      return `rack ${fault.rack} has power again`;
    case "rolling-restart":
      return `the rolling restart of ${describeTargets(fault.targets, phraseOf)} is over`;
    case "partition": {
      const [from, to] = [describeTargets(fault.from, phraseOf), describeTargets(fault.to, phraseOf)];
      return fault.symmetric
        ? `messages pass between ${from} and ${to} again`
        : `messages pass from ${from} to ${to} again`;
    }
    case "slow-link":
      return `messages from ${phraseOf(fault.from)} to ${phraseOf(fault.to)} take their usual time again`;
    case "reset-connections":
      return `connections between ${phraseOf(fault.from)} and ${phraseOf(fault.to)} are left alone again`;
    default:
      return describeRecovery(fault, phraseOf(fault.target), finding === "harm to come");
  }
}

function describeRecovery(fault: FaultOfOneTarget, who: string, isToCome: boolean): string {
  switch (fault.kind) {
    case "crash":
      return isToCome ? `${who} will not crash after all` : `${who} is started again`;
    case "shutdown":
      return isToCome ? `${who} is to start again once it has stopped` : `${who} is started again`;
    case "restart":
      return `${who} is started again`;
    case "power-loss":
      return isToCome ? `${who} will not lose power after all` : `${who} has power again`;
    case "crash-loop":
      return `${who} crashes no more`;
    case "wipe-disk":
      return `${who} is started again, over its empty disk`;
    case "pause":
      return `${who} goes on where it stood`;
    case "isolate":
      return fault.direction === "inbound"
        ? `${who} hears the others again`
        : fault.direction === "outbound"
          ? `${who} is heard by the others again`
          : `${who} is reachable again`;
    case "refuse-connections":
      return `${who} accepts connections again`;
    case "slow-disk":
      return `the disk of ${who} is quick again`;
    case "full-disk":
      return `the disk of ${who} has room again`;
    case "disk-error":
      return `the disk of ${who} can be written again`;
    case "corrupt":
      return `the flipped bit of ${who} stays as it is`;
    case "clock-step":
      return `the wall clock of ${who} stays as it was stepped`;
    case "clock-skew":
      return `the wall clock of ${who} is right again`;
    case "clock-drift":
      return `the clocks of ${who} keep time again`;
    default:
      return assertNever(fault);
  }
}

/** A line of a schedule: "at 1500 ms: broker-2 crashes; healed at 4000 ms". */
export function describeScheduledFault(scheduled: ScheduledFault): string {
  const heals = scheduled.healAtMs === undefined ? "" : `; healed at ${scheduled.healAtMs} ms`;
  return `at ${scheduled.atMs} ms: ${describeFault(scheduled.fault)}${heals}`;
}

function slowness(factor: number, extraMs: number): string {
  const times = factor === 1 ? [] : [`${factor} times as slow`];
  const more = extraMs === 0 ? [] : [`${extraMs} ms more a flush`];
  return [...times, ...more].join(", ") || "as quick as before";
}
