// The words of a trace as the page uses them: the events of sim/, and a header with what the page shows in its top bar.

import type { SimEvent, TraceEvent, TraceHeader } from "../sim/trace/format.js";

export type { TraceEvent } from "../sim/trace/format.js";

/** The members of the union that may have one of these types. */
export type EventOf<T extends TraceEvent["type"]> = Members<TraceEvent, T>;

type Members<E extends { readonly type: string }, T> = E extends unknown
  ? [Extract<E["type"], T>] extends [never]
    ? never
    : E
  : never;

export type FaultEvent = Extract<SimEvent, { readonly type: "fault.injected" | "fault.healed" }>;

/** What a node is to the picture: controllers stand in the first row, brokers in the second, all others in the third. */
export type NodeKind = "broker" | "controller" | "client";

export interface PageNode {
  readonly id: number;
  readonly name: string;
  readonly kind: NodeKind;
  readonly rack: string | null;
}

/** The judgement of one checker; `message` says what was violated. */
export interface PageVerdict {
  readonly checker: string;
  readonly claim: string;
  readonly ok: boolean;
  readonly message: string;
  /** The event at which the violation was seen; 0 if it was seen after the run, or there was none. */
  readonly seq: number;
}

/** What the page knows of a run before its first event. */
export interface PageHeader {
  readonly scenario: string;
  readonly seed: string;
  readonly digest: string;
  readonly nodes: readonly PageNode[];
  readonly verdicts: readonly PageVerdict[];
}

/** A verdict as a file may hold it: with its first violation, if there was any. */
export interface VerdictLine {
  readonly checker: string;
  readonly claim: string;
  readonly violations: number;
  readonly first?: { readonly message: string; readonly seq: number } | undefined;
}

/** The header line as a file may hold it: what ran, and, when written after the run, how it ended. */
export type HeaderLine = TraceHeader & {
  /** How many events follow. */
  readonly events?: number;
  readonly digest?: string;
  readonly verdicts?: readonly VerdictLine[];
};

/** The header line in the page's words. */
export function pageHeader(line: HeaderLine): PageHeader {
  return {
    scenario: line.scenario,
    seed: String(line.seed),
    digest: line.digest ?? "",
    nodes: line.nodes.map(({ id, name, role, rack }) => ({
      id,
      name,
      kind: role === "broker" || role === "controller" ? role : "client",
      rack,
    })),
    verdicts: (line.verdicts ?? []).map(({ checker, claim, violations, first }) => ({
      checker,
      claim,
      ok: violations === 0,
      message: first?.message ?? "",
      seq: first?.seq ?? 0,
    })),
  };
}
