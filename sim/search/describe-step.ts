// Steps as English sentences: what schedules, replays and scenario files show.

import { assertNever } from "../../core/assert.js";
import { describeFault, describeTarget } from "../faults/describe.js";
import type { AdminChange } from "../world/world.js";
import { describeOccasion } from "../world/occasions.js";
import { beginOccasionOf, endOccasionOf, endOf, lastsMs } from "./timeline.js";
import type { Step } from "./trial.js";

type HoldStep = Extract<Step, { readonly kind: "hold" }>;

/** What a step does, as a sentence with its full stop. */
export function describeStep(step: Step): string {
  return `${capitalised(predicateOf(step))}.`;
}

/** A line of a schedule: when, what, until when. */
export function describeScheduledStep(step: Step): string {
  return `${beginOf(step)}${untilOf(step)}: ${predicateOf(step)}`;
}

function beginOf(step: Step): string {
  const occasion = beginOccasionOf(step);
  const at = `${seconds(step.atMs)} s`;
  return occasion === undefined ? `at ${at}` : `from ${at} on, ${describeOccasion(occasion)}`;
}

function untilOf(step: Step): string {
  const end = endOf(step);
  if (end === undefined) return "";
  const occasion = endOccasionOf(step);
  if (occasion !== undefined) return ` (until, from ${seconds(end)} s on, ${describeOccasion(occasion)})`;
  if (step.kind === "fault" && beginOccasionOf(step) !== undefined) return ` (for ${seconds(lastsMs(step) ?? 0)} s)`;
  return ` (until ${seconds(end)} s)`;
}

/** What the end of a hold means, as a sentence with its full stop: "Fetch requests from broker-2 pass again." */
export function describeRelease(step: HoldStep): string {
  return `${capitalised(heldMessages(step))} ${step.first === 1 ? "passes" : "pass"} again.`;
}

/** Which messages a hold catches: "Fetch requests from broker-2". */
function heldMessages({ api, message, from, to, first }: HoldStep): string {
  const which = first === undefined ? "" : first === 1 ? "one " : `the first ${first} `;
  const source = from === undefined ? "" : ` from ${describeTarget(from)}`;
  const destination = to === undefined ? "" : ` to ${describeTarget(to)}`;
  return `${which}${api} ${message}${first === 1 ? "" : "s"}${source}${destination}`;
}

/** Simulated milliseconds as seconds: "1.25". */
export function seconds(atMs: number): string {
  return `${atMs / 1000}`;
}

function predicateOf(step: Step): string {
  switch (step.kind) {
    case "fault":
      return describeFault(step.fault);
    case "hold":
      return `${heldMessages(step)} ${step.first === 1 ? "waits" : "wait"}`;
    case "admin":
      return describeChange(step.change);
    case "burst":
      return `${step.records} records are sent at once`;
    case "ask-end-offsets":
      return "every consumer asks where its partitions end";
    case "seek":
      return `${step.consumer} goes back to offset ${step.offset} of ${step.topic}-${step.partition}`;
    default:
      return assertNever(step);
  }
}

function describeChange(change: AdminChange): string {
  switch (change.kind) {
    case "create-topic":
      return `topic ${change.topic} is created with ${change.partitions} partitions`;
    case "delete-topic":
      return `topic ${change.topic} is deleted`;
    case "add-partitions":
      return `topic ${change.topic} grows to ${change.count} partitions`;
    case "alter-topic": {
      const settings = Object.entries(change.config).map(([name, value]) => `${name}=${String(value)}`);
      return `topic ${change.topic} is set to ${settings.join(", ")}`;
    }
    case "delete-records":
      return change.beforeOffset < 0
        ? `the records of ${change.topic}-${change.partition} are deleted`
        : `the records of ${change.topic}-${change.partition} below offset ${change.beforeOffset} are deleted`;
    case "elect-preferred":
      return "preferred leaders are elected";
    case "reassign":
      return change.replicas === null
        ? `the reassignment of ${change.topic}-${change.partition} is cancelled`
        : `${change.topic}-${change.partition} is moved to brokers ${change.replicas.join(", ")}`;
    default:
      return assertNever(change);
  }
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
