// Story: the interesting events of a run, as sentences in order.
// It is what the list shows, what the timeline marks, where "next" jumps and where automatic speed slows down.

import { foldConsequences, isInternalFile, type Folding } from "./folding.js";
import { isInternalTopic } from "./model/state.js";
import { sentenceOf } from "./sentences.js";
import type { Trace } from "./trace-source.js";
import type { EventOf, TraceEvent } from "./trace-types.js";
import { nodeNamer, type NodeNamer } from "./words.js";

export type StoryKind =
  | "note"
  | "fault"
  | "heal"
  | "process"
  | "controller"
  | "election"
  | "isr"
  | "fencing"
  | "group"
  | "truncation"
  | "violation";

export interface StoryItem {
  readonly kind: StoryKind;
  /** Index of the event in the trace, and its time. */
  readonly index: number;
  readonly seq: number;
  readonly atUs: number;
  readonly text: string;
  /** True for turning points: automatic speed slows down near these only. */
  readonly major: boolean;
}

/** A stretch of time in which a fault held; `toUs` is the end of the run if it was never healed. */
export interface FaultSpan {
  readonly fromUs: number;
  readonly toUs: number;
  readonly sentence: string;
  readonly seq: number;
}

/** Items this near to each other, about internal topics and of one kind, become one sentence. */
const BURST_US = 200_000;

/** Tells the run: interesting events in order, violations included. */
export function tellStory(trace: Trace): readonly StoryItem[] {
  const name = nodeNamer(trace.header);
  const folding = foldConsequences(trace);
  const items: StoryItem[] = [];
  let burst: Burst | undefined;
  trace.events.forEach((event, index) => {
    const kind = kindOf(event);
    if (kind === undefined || folding.folded.has(event.seq)) return;
    if (isAboutInternalTopic(event)) {
      if (burst !== undefined && continuesBurst(burst, event)) burst.count += 1;
      else {
        if (burst !== undefined) items[burst.at] = burstItem(items[burst.at]!, burst, name);
        burst = { at: items.length, event, count: 1 };
        items.push(itemOf(kind, event, index, name, folding));
      }
      return;
    }
    items.push(itemOf(kind, event, index, name, folding));
  });
  if (burst !== undefined) items[(burst as Burst).at] = burstItem(items[(burst as Burst).at]!, burst, name);
  return withViolations(items, trace);
}

/** The stretches of time in which faults held, in order of injection. */
export function faultSpans(trace: Trace): readonly FaultSpan[] {
  const open: EventOf<"fault.injected">[] = [];
  const spans: FaultSpan[] = [];
  const close = (fault: EventOf<"fault.injected">, toUs: number) =>
    spans.push({ fromUs: fault.atUs, toUs, sentence: fault.sentence, seq: fault.seq });
  for (const event of trace.events) {
    if (event.type === "fault.injected") open.push(event);
    if (event.type !== "fault.healed") continue;
    const data = JSON.stringify(event.fault);
    const at = open.findIndex((fault) => JSON.stringify(fault.fault) === data);
    if (at >= 0) close(open.splice(at, 1)[0]!, event.atUs);
  }
  for (const fault of open) close(fault, trace.endUs);
  return spans.sort((a, b) => a.seq - b.seq);
}

interface Burst {
  readonly at: number;
  readonly event: PartitionEvent;
  count: number;
}

type PartitionEvent = EventOf<"partition.changed" | "log.truncated" | "replica.fenced" | "high-watermark.lowered">;

function kindOf(event: TraceEvent): StoryKind | undefined {
  switch (event.type) {
    case "note":
      return "note";
    case "fault.injected":
      return "fault";
    case "fault.healed":
      return event.idle === true ? undefined : "heal";
    case "process.crashed":
    case "process.paused":
    case "process.resumed":
    case "process.stopped":
    case "log-dir.failed":
      return "process";
    case "disk.damaged":
      return isInternalFile(event) ? undefined : "process";
    case "process.started":
      return event.incarnation > 1 ? "process" : undefined;
    case "controller.activated":
      return "controller";
    case "broker.fenced":
    case "broker.unfenced":
    case "isr.change-refused":
    case "replica.fenced":
    case "replica.failed":
    case "group.request-fenced":
      return "fencing";
    case "partition.changed":
      return partitionKind(event);
    case "log.truncated":
    case "high-watermark.lowered":
      return "truncation";
    case "group.transitioned":
      return event.to === event.from ? undefined : "group";
    case "group.member-removed":
    case "group.member-left-behind":
      return "group";
    default:
      return undefined;
  }
}

function partitionKind(event: EventOf<"partition.changed">): StoryKind | undefined {
  switch (event.reason) {
    case "isr-change":
      return "isr";
    case "created":
    case "deleted":
      return isInternalTopic(event.topic) ? undefined : "election";
    default:
      return "election";
  }
}

function isAboutInternalTopic(event: TraceEvent): event is PartitionEvent {
  return "topic" in event && isInternalTopic(event.topic);
}

function continuesBurst(burst: Burst, event: PartitionEvent): boolean {
  const { event: first } = burst;
  return first.type === event.type && first.topic === event.topic && event.atUs - first.atUs < BURST_US;
}

function burstItem(item: StoryItem, burst: Burst, name: NodeNamer): StoryItem {
  if (burst.count === 1) return item;
  const { event, count } = burst;
  const what =
    event.type === "partition.changed" ? "change leader or ISR" : event.type === "log.truncated" ? "are cut" : "act";
  const who = event.type === "partition.changed" ? "" : ` on ${name(event.node)}`;
  return { ...item, text: `${count} partitions of ${event.topic} ${what}${who}` };
}

function itemOf(kind: StoryKind, event: TraceEvent, index: number, name: NodeNamer, folding: Folding): StoryItem {
  const { seq, atUs } = event;
  const addition = folding.additions.get(seq);
  // What is lost is all there is to say of a disk.
  const sentence = event.type === "disk.damaged" ? `${name(event.node)}: ` : `${sentenceOf(event, name)}; `;
  const text = addition === undefined ? sentenceOf(event, name) : `${sentence}${addition}`;
  return { kind, index, seq, atUs, text, major: isMajor(kind, event) };
}

function isMajor(kind: StoryKind, event: TraceEvent): boolean {
  if ("topic" in event && isInternalTopic(event.topic)) return false;
  switch (kind) {
    case "note":
    case "fault":
    case "heal":
    case "violation":
    case "truncation":
    case "controller":
    case "election":
      return true;
    case "group":
      return event.type === "group.transitioned" && event.to === "Stable";
    case "isr":
    case "process":
    case "fencing":
      return false;
  }
}

/** Adds what the checkers found, at the event where they saw it or at the end of the run. */
function withViolations(items: readonly StoryItem[], trace: Trace): readonly StoryItem[] {
  const last = Math.max(0, trace.events.length - 1);
  const violations = trace.header.verdicts
    .filter((verdict) => !verdict.ok)
    .map((verdict): StoryItem => {
      const found = verdict.seq > 0 ? trace.indexOfSeq(verdict.seq) : -1;
      const index = found >= 0 ? found : last;
      const event = trace.events[index];
      const text = `Violated: ${verdict.claim} ${verdict.message}`.trim();
      return {
        kind: "violation",
        index,
        seq: event?.seq ?? 0,
        atUs: event?.atUs ?? 0,
        text,
        major: true,
      };
    });
  return [...items, ...violations].sort((a, b) => a.index - b.index);
}
