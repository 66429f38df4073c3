// Fault check: is a value a fault? Faults are plain data, from files and scripts that no compiler has seen, and one that
// lacks its `downMs` would strike all the same and be a puzzle later. Whether its targets exist shows when it strikes.

import { noneCalled, shown } from "../mistake.js";
import { FILE_OPERATIONS } from "../process/death-midway.js";
import type { Fault, FaultKind } from "./fault.js";

/** What a field takes: the test and the words for it. */
interface Field {
  readonly takes: string;
  readonly isOptional?: boolean;
  accepts(value: unknown): boolean;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;
const isWhole = (value: unknown, atLeast: number): boolean => Number.isInteger(value) && Number(value) >= atLeast;

/** What each form of a target has beside its role. */
const ROLES: Readonly<Record<string, (target: Readonly<Record<string, unknown>>) => boolean>> = {
  leader: isPartition,
  follower: (target) => isPartition(target) && (target["index"] === undefined || isWhole(target["index"], 0)),
  "active-controller": () => true,
  controller: ({ index }) => isWhole(index, 0),
  broker: ({ index }) => isWhole(index, 0),
  coordinator: ({ group }) => typeof group === "string",
  client: ({ name }) => typeof name === "string",
};

function isPartition({ topic, partition }: Readonly<Record<string, unknown>>): boolean {
  return typeof topic === "string" && isWhole(partition, 0);
}

function isTarget(value: unknown): boolean {
  if (!isObject(value)) return isWhole(value, 0);
  const { role, rack } = value;
  if (typeof rack === "string") return true;
  return typeof role === "string" && Object.hasOwn(ROLES, role) && ROLES[role]?.(value) === true;
}

const WHOM = "a node id, { role: … } with what belongs to that role, or { rack: … }";
const target: Field = { takes: WHOM, accepts: isTarget };
const targets: Field = {
  takes: `a list, each ${WHOM}`,
  accepts: (value) => Array.isArray(value) && value.every(isTarget),
};
const amount: Field = {
  takes: "a number from 0 up",
  accepts: (value) => typeof value === "number" && value >= 0 && value < Infinity,
};
const number: Field = { takes: "a number", accepts: Number.isFinite };
const rack: Field = { takes: "the name of a rack", accepts: (value) => typeof value === "string" };
const truth: Field = { takes: "true or false", accepts: (value) => typeof value === "boolean" };
const directions = ["both", "inbound", "outbound"];
const direction: Field = {
  takes: `one of ${directions.join(", ")}`,
  isOptional: true,
  accepts: (value) => directions.some((each) => each === value),
};
const operations = ["any", ...FILE_OPERATIONS];
const midway: Field = {
  takes: `an operation (${operations.join(", ")}) and nth from 1`,
  isOptional: true,
  accepts: (value) =>
    isObject(value) && operations.some((each) => each === value["operation"]) && isWhole(value["nth"], 1),
};
const path: Field = { takes: "the path of a file", isOptional: true, accepts: (value) => typeof value === "string" };
const position: Field = { takes: "a whole number from 0", isOptional: true, accepts: (value) => isWhole(value, 0) };

/** The fields that a kind has beside `kind`. */
type FieldsOf<K extends FaultKind> = Readonly<Record<Exclude<keyof Extract<Fault, { kind: K }>, "kind">, Field>>;

const FIELDS: { readonly [K in FaultKind]: FieldsOf<K> } = {
  crash: { target, midway },
  "power-loss": { target, midway },
  "rack-power-loss": { rack },
  shutdown: { target },
  restart: { target, downMs: amount },
  "crash-loop": { target, upMs: amount, downMs: amount },
  "rolling-restart": { targets, downMs: amount, betweenMs: amount },
  "wipe-disk": { target },
  pause: { target },
  partition: { from: targets, to: targets, symmetric: truth },
  isolate: { target, direction },
  "slow-link": { from: target, to: target, extraMs: amount },
  "reset-connections": { from: target, to: target },
  "refuse-connections": { target },
  "slow-disk": { target, factor: amount, extraMs: amount },
  "full-disk": { target },
  "disk-error": { target },
  corrupt: { target, path, positionBytes: position },
  "clock-step": { target, byMs: number },
  "clock-skew": { target, offsetMs: number },
  "clock-drift": { target, ppm: number },
};

/** The sentence for a kind of fault that does not exist; undefined if it does. */
export function faultKindProblem(kind: unknown): string | undefined {
  if (typeof kind === "string" && Object.hasOwn(FIELDS, kind)) return undefined;
  return noneCalled("fault", kind, Object.keys(FIELDS));
}

/** What is wrong with it, in a sentence; undefined if nothing. */
export function faultProblem(fault: unknown): string | undefined {
  if (!isObject(fault)) return `a fault is an object with a kind, not ${shown(fault)}`;
  const strange = faultKindProblem(fault["kind"]);
  if (strange !== undefined) return strange;
  const fields: Readonly<Record<string, Field>> = FIELDS[fault["kind"] as FaultKind];
  for (const [name, { takes, isOptional, accepts }] of Object.entries(fields)) {
    const value = fault[name];
    if (value === undefined && isOptional === true) continue;
    if (!accepts(value)) return `${name} of the fault ${shown(fault["kind"])} takes ${takes}, not ${shown(value)}`;
  }
  return undefined;
}
