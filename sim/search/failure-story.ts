// Failure story: what a person wants to know of a failure: what was done, what broke, how it came to that, and how to
// see it again.

import { APIS } from "../../core/protocol/apis.js";
import type { NodeId } from "../../core/types.js";
import { excuseLines } from "../report/excuses.js";
import { formatStory } from "../report/run-report.js";
import { tell, type StoryLine } from "../report/story.js";
import type { RunResult } from "../run.js";
import type { TraceEvent } from "../trace/format.js";
import { describeScheduledStep } from "./describe-step.js";
import { runTrial, type TrialOutcome, type TrialViolation } from "./outcome.js";
import type { Load, Trial } from "./trial.js";

export interface StoryOptions {
  /** Commands that show the failure again, each with what it does: "replay" → "samsa run found/17.json". */
  readonly commands?: Readonly<Record<string, string>>;
  readonly colour?: boolean;
  /** Lines of what happened before the violation; 40 unless told. */
  readonly lines?: number;
}

const API_NAMES: ReadonlyMap<number, string> = new Map(Object.entries(APIS).map(([name, { key }]) => [key, name]));
/** Causes that are told, counted back from the violation. */
const CAUSES = 12;

/** Runs the trial once more, with its trace, and tells what came of it. */
export function failureStory(trial: Trial, options: StoryOptions = {}): string {
  let result: RunResult | undefined;
  const outcome = runTrial(trial, { trace: true, onResult: (each) => (result = each) });
  return tellFailure(trial, outcome, result as RunResult, options);
}

/** The same of a run that has its trace. */
export function tellFailure(
  trial: Trial,
  outcome: TrialOutcome,
  result: RunResult,
  options: StoryOptions = {},
): string {
  const names = new Map(result.header.nodes.map(({ id, name }) => [id, name]));
  const nameOf = (node: NodeId): string => names.get(node) ?? `node ${node}`;
  const [first] = outcome.violations;
  return [
    headline(outcome),
    ...outcome.violations.map(({ checker, claim, message }) => `✗ ${checker}: ${claim}\n    ${message}\n`),
    `\nWhat was done (${count(trial.steps.length, "step")}; times count from the first record on):\n${describeTrial(trial)}`,
    `\nWhat happened:\n${formatStory(linesBefore(result, first, options.lines ?? 40), options.colour ?? false)}`,
    ...(first === undefined || first.seq === 0
      ? []
      : [`\nHow it came to that, backwards:\n${causes(result, first, nameOf)}`]),
    ...excuseLines(outcome.excuses).map((line) => `${line}\n`),
    `\nSeed ${trial.seed}, digest ${outcome.digest}.\n`,
    ...Object.entries(options.commands ?? {}).map(([what, command]) => `${what}: ${command}\n`),
  ].join("");
}

function headline({ kind, signature, failure }: TrialOutcome): string {
  const what = { passed: "Passed", idle: "Idle", failed: "Failed", crashed: "Crashed", hung: "Hung" }[kind];
  return `${what}${signature === undefined ? "" : `: ${signature}`}\n${failure === undefined ? "" : `${failure}\n`}`;
}

/** The trial in a few lines: cluster, load, and the schedule, one sentence a step. */
export function describeTrial({ cluster, topics, producers, consumers, load, steps, bugs, buggify }: Trial): string {
  const { brokers, controllers, racks = [], config = {} } = cluster;
  const inRacks = racks.length === 0 ? "" : ` in racks ${racks.join(", ")}`;
  const lines = [
    `${count(brokers, "broker")}${inRacks}, ${count(controllers, "controller")}${settingsOf(config)}`,
    ...topics.map(({ topic, partitions, replicationFactor, assignment = [], config = {} }) => {
      const placed =
        assignment.length === 0 ? "" : ` on brokers ${assignment.map((each) => each.join(", ")).join("; ")}`;
      const size = `${count(partitions, "partition")}, ${count(replicationFactor, "replica")}${placed}`;
      return `topic ${topic}: ${size}${settingsOf(config)}`;
    }),
    ...producers.map(({ name, config }) => `${name}${settingsOf(config)}`),
    ...consumers.map(({ name, group, config, workMs = 0 }) => {
      const work = workMs === 0 ? "" : `, ${workMs} ms of work a poll`;
      return `${name} of group ${group}${work}${settingsOf(config)}`;
    }),
    ...(load.records === 0 ? [] : [`${count(load.records, "record")}, ${paceOf(load)}`]),
    ...(bugs.length === 0 ? [] : [`historic bugs switched on: ${bugs.join(", ")}`]),
    ...(buggify.length === 0 ? [] : [`unlikely events that may happen: ${buggify.join(", ")}`]),
    ...steps.map((step, index) => `${index + 1}. ${describeScheduledStep(step)}`),
  ];
  return lines.map((line) => `  ${line}\n`).join("");
}

function paceOf({ everyMs, atOnce = 1 }: Load): string {
  return `${atOnce === 1 ? "one" : atOnce} every ${Math.round(everyMs * atOnce * 100) / 100} ms`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

function settingsOf(config: Readonly<Record<string, unknown>>): string {
  const settings = Object.entries(config).map(([name, value]) => `${name}=${String(value)}`);
  return settings.length === 0 ? "" : ` (${settings.join(", ")})`;
}

/** The last lines of the story up to the violation; those about another partition left out, if it is about one. */
function linesBefore(
  { story, events }: RunResult,
  violation: TrialViolation | undefined,
  most: number,
): readonly StoryLine[] {
  const until = violation === undefined || violation.seq === 0 ? Infinity : violation.seq;
  const partition = violation?.partition;
  const elsewhere = new Set(
    partition === undefined ? [] : events.filter((event) => isElsewhere(event, partition)).map(({ seq }) => seq),
  );
  return story.filter(({ seq, kind }) => seq <= until && (kind !== "event" || !elsewhere.has(seq))).slice(-most);
}

function isElsewhere(event: TraceEvent, partition: string): boolean {
  return "topic" in event && "partition" in event && `${event.topic}-${String(event.partition)}` !== partition;
}

/** The chain of causes from the violation back: "because" in steps, each with its time and node. */
function causes({ events }: RunResult, { seq }: TrialViolation, nameOf: (node: NodeId) => string): string {
  const lines: string[] = [];
  for (let event = events[seq - 1]; event !== undefined && lines.length < CAUSES; event = events[event.cause - 1])
    lines.push(
      `  ${(event.atUs / 1_000_000).toFixed(6).padStart(11)} s  ${tell(event, nameOf) ?? plainly(event, nameOf)}\n`,
    );
  return lines.join("");
}

/** Events that no story tells, but a chain of causes needs. */
function plainly(event: TraceEvent, nameOf: (node: NodeId) => string): string {
  switch (event.type) {
    case "message.sent":
      return `${nameOf(event.from)} sends ${nameOf(event.to)} a ${API_NAMES.get(event.apiKey) ?? "?"} ${event.kind}.`;
    case "message.delivered":
      return `${nameOf(event.to)} handles a message of ${nameOf(event.from)} (${API_NAMES.get(event.apiKey) ?? "?"}).`;
    case "timer.fired":
      return `The timer ${event.name} of ${nameOf(event.node)} fires.`;
    default: {
      const { seq: _, atUs: __, node, cause: ___, type, ...details } = event;
      const facts = Object.entries(details).filter(([, value]) => typeof value !== "object");
      return `${nameOf(node)}: ${type} (${facts.map(([name, value]) => `${name} ${String(value)}`).join(", ")}).`;
    }
  }
}
