// Schedules of faults as fast-check draws them. They shrink by meaning: fewer faults, milder kinds, plainer targets,
// less severe, earlier and rounder times, healed sooner.

import fc from "fast-check";
import { faultKindProblem } from "../faults/fault-check.js";
import type { FaultKind, Target } from "../faults/fault.js";
import { refuse } from "../mistake.js";
import { FILE_OPERATIONS } from "../process/death-midway.js";
import type { Step } from "../search/trial.js";
import { FAULT_KINDS, faultOf } from "./fault-kinds.js";
import { plainestFirst, roundTimes } from "./plainest-first.js";
import { GROUP } from "./workloads.js";

/** A fault of a trial's schedule; as a `ScheduledFault`, `world.schedule` takes it too. */
export type FaultStep = Extract<Step, { readonly kind: "fault" }>;

/** How a drawn fault may name whom it strikes, the plainest first. */
export const TARGET_FORMS = [
  "consumer",
  "producer",
  "broker",
  "controller",
  "leader",
  "follower",
  "coordinator",
  "active-controller",
] as const;
export type TargetForm = (typeof TARGET_FORMS)[number];

export interface FaultScheduleChoices {
  /** Which kinds; all but those that destroy what is on a disk unless told. Whatever their order here, they shrink from harsh to mild. */
  readonly kinds?: readonly FaultKind[];
  /** None unless told. */
  readonly minFaults?: number;
  /** 4 unless told. */
  readonly maxFaults?: number;
  /** Faults strike within this time; 5 s unless told. */
  readonly durationMs?: number;
  /** Longest time until a fault is healed; 15 s unless told. */
  readonly maxDownMs?: number;
  /** When told, a fault strikes at least this long after the one before was healed: never two at a time. */
  readonly apartMs?: number;
  /** How targets are named; every form unless told. */
  readonly targets?: readonly TargetForm[];
  /** How many brokers, controllers and partitions there are to strike; 5 each unless told. A trial has its own. */
  readonly brokers?: number;
  readonly controllers?: number;
  readonly partitions?: number;
  /** Names of the topics whose leaders and followers may be meant; "orders" unless told. */
  readonly topics?: readonly string[];
  /** Racks that may lose power; without any, none does, and rack-power-loss cannot be the only kind. */
  readonly racks?: readonly string[];
}

interface TargetParts {
  readonly form: TargetForm;
  readonly index: number;
  readonly topic: string;
}

/** How many faults a schedule has at most, unless told. */
const MOST_FAULTS = 4;

const HARMLESS_TO_DISKS = FAULT_KINDS.filter((kind) => kind !== "wipe-disk" && kind !== "corrupt");

/** A schedule that is drawn for any cluster; the trial it becomes part of counts modulo what it has. */
const MOST_NODES = 5;

function targetOf({ form, index, topic }: TargetParts, choices: FaultScheduleChoices): Target {
  const { brokers = MOST_NODES, controllers = MOST_NODES, partitions = MOST_NODES } = choices;
  switch (form) {
    case "consumer":
    case "producer":
      return { role: "client", name: `${form}-${index + 1}` };
    case "broker":
      return 1 + (index % brokers);
    case "controller":
      return 101 + (index % controllers);
    case "leader":
    case "follower":
      return { role: form, topic, partition: index % partitions };
    case "coordinator":
      return { role: "coordinator", group: GROUP };
    case "active-controller":
      return { role: "active-controller" };
  }
}

/** Lets each fault strike only after the one before was healed. */
function keepApart(steps: readonly FaultStep[], apartMs: number): readonly FaultStep[] {
  let freeAtMs = 0;
  return steps.map((step) => {
    const delayMs = Math.max(0, freeAtMs - step.atMs);
    const healAtMs = (step.healAtMs ?? step.atMs) + delayMs;
    freeAtMs = healAtMs + apartMs;
    return { ...step, atMs: step.atMs + delayMs, healAtMs };
  });
}

/** Before one of the next file operations, or of a kind of them; half of the time not midway, which is plainer. */
const MIDWAY = fc.option(
  fc.record({ operation: plainestFirst(["any", ...FILE_OPERATIONS] as const), nth: fc.integer({ min: 1, max: 30 }) }),
  { nil: undefined, freq: 2 },
);

/** Why the choices leave nothing to draw, or less than they ask for; a property over such schedules would prove nothing. */
function choicesProblem({
  kinds = HARMLESS_TO_DISKS,
  minFaults = 0,
  maxFaults,
  racks = [],
}: FaultScheduleChoices): string | undefined {
  const strange = kinds.map(faultKindProblem).find((problem) => problem !== undefined);
  if (strange !== undefined) return strange;
  const most = maxFaults ?? MOST_FAULTS;
  if (minFaults > most)
    return `minFaults ${minFaults} is more than maxFaults ${most}; lower the one or raise the other`;
  const unmet = minFaults > 0 ? `minFaults ${minFaults} cannot be met` : "no fault is ever drawn";
  if (kinds.length === 0) return minFaults > 0 ? `kinds names no fault, so that ${unmet}; name some` : undefined;
  if (racks.length > 0 || most === 0 || kinds.some((kind) => kind !== "rack-power-loss")) return undefined;
  return `rack-power-loss needs cluster.racks (or racks of its own), and there are none, so that ${unmet}`;
}

/**
 * Schedules of faults, in order of time.
 * @throws Mistake if none can be drawn, or fewer than asked for
 */
export function faultSchedules(choices: FaultScheduleChoices = {}): fc.Arbitrary<readonly FaultStep[]> {
  refuse(choicesProblem(choices), "faults");
  const { durationMs = 5000, maxDownMs = 15_000, apartMs, racks = [], topics = ["orders"] } = choices;
  const { kinds: wanted = HARMLESS_TO_DISKS, targets: forms = TARGET_FORMS } = choices;
  const kinds = FAULT_KINDS.filter((kind) => wanted.includes(kind) && (kind !== "rack-power-loss" || racks.length > 0));
  if (kinds.length === 0) return fc.constant([]);
  const target = fc
    .record({
      form: plainestFirst(TARGET_FORMS.filter((form) => forms.includes(form))),
      index: fc.nat({ max: MOST_NODES - 1 }),
      topic: plainestFirst(topics),
    })
    .map((parts) => targetOf(parts, choices));
  const mayDieMidway = kinds.includes("crash") || kinds.includes("power-loss");
  const step = fc
    .record({
      kind: plainestFirst(kinds),
      target,
      other: target,
      rack: plainestFirst(racks.length === 0 ? [""] : racks),
      severity: fc.integer({ min: 1, max: 100 }),
      oneWay: fc.boolean(),
      midway: mayDieMidway ? MIDWAY : fc.constant(undefined),
      atMs: roundTimes(0, durationMs),
      downMs: roundTimes(100, maxDownMs),
    })
    .map(({ atMs, downMs, ...parts }): FaultStep => {
      const fault = faultOf({ ...parts, brokers: choices.brokers ?? MOST_NODES });
      return { kind: "fault", atMs, fault, healAtMs: atMs + downMs };
    });
  return fc
    .array(step, { minLength: choices.minFaults ?? 0, maxLength: choices.maxFaults ?? MOST_FAULTS, size: "max" })
    .map((steps) => [...steps].sort((a, b) => a.atMs - b.atMs))
    .map((steps) => (apartMs === undefined ? steps : keepApart(steps, apartMs)));
}
