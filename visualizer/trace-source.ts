// Trace source: turns the bytes of a trace file into events the page can ask about.
// Message bodies are most of a trace and are looked at one at a time, so they stay as bytes and are parsed
// again when the inspector asks; everything else is kept as objects.

import { gunzipSync } from "fflate";
import { pageHeader, type HeaderLine, type PageHeader, type TraceEvent } from "./trace-types.js";

/** One run, read-only. Events are in (time, seq) order; `events[i].body` is absent, ask `detail(i)`. */
export interface Trace {
  readonly header: PageHeader;
  readonly events: readonly TraceEvent[];
  /** `events[i].atUs`, for searches. */
  readonly timesUs: Float64Array;
  readonly startUs: number;
  readonly endUs: number;
  /** Index of the event with this seq, or -1. */
  indexOfSeq(seq: number): number;
  /** Number of events at or before this time. */
  countAt(timeUs: number): number;
  /** The event at this index as written, message body included. */
  detail(index: number): TraceEvent;
}

/** A trace that cannot be read; the message is one sentence for the person who opened it. */
export class TraceError extends Error {}

const NEWLINE = 10;

/** Reads a trace from the bytes of a `.jsonl` or `.jsonl.gz` file. Throws TraceError. */
export function readTrace(file: Uint8Array): Trace {
  const bytes = unpack(file);
  const decoder = new TextDecoder();
  const starts: number[] = [];
  const events: TraceEvent[] = [];
  let header: PageHeader | undefined;
  let eventCount: number | undefined;
  let lineNumber = 0;
  for (let start = 0; start < bytes.length;) {
    const found = bytes.indexOf(NEWLINE, start);
    const end = found < 0 ? bytes.length : found;
    lineNumber += 1;
    if (end > start) {
      const line = parseLine(decoder.decode(bytes.subarray(start, end)), lineNumber);
      if (header === undefined) {
        header = checkHeader(line);
        eventCount = (line as HeaderLine).events;
      } else {
        starts.push(start);
        events.push(withoutBody(checkEvent(line, lineNumber, events.at(-1))));
      }
    }
    start = end + 1;
  }
  if (header === undefined) throw new TraceError("The trace is empty: it has no header line.");
  if (eventCount !== undefined && events.length !== eventCount) {
    throw new TraceError(
      `The trace is damaged: its header counts ${eventCount} events, and ${events.length} follow it.`,
    );
  }
  const detail = (index: number): TraceEvent => {
    const start = starts[index]!;
    const found = bytes.indexOf(NEWLINE, start);
    return JSON.parse(decoder.decode(bytes.subarray(start, found < 0 ? bytes.length : found))) as TraceEvent;
  };
  return traceOf(header, events, detail);
}

/** Reads the base64 text of a gzipped trace, as embedded in the page. Throws TraceError. */
export function readEmbeddedTrace(base64: string): Trace {
  let binary: string;
  try {
    binary = atob(base64.trim());
  } catch {
    throw new TraceError("The trace in this page is damaged.");
  }
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return readTrace(bytes);
}

/** A trace over events already in memory. */
export function traceOf(
  header: PageHeader,
  events: readonly TraceEvent[],
  detail: (index: number) => TraceEvent = (index) => events[index]!,
): Trace {
  const timesUs = Float64Array.from(events, (event) => event.atUs);
  return {
    header,
    events,
    timesUs,
    startUs: timesUs[0] ?? 0,
    endUs: timesUs.at(-1) ?? 0,
    indexOfSeq(seq) {
      const index = lowerBound(events.length, (i) => events[i]!.seq >= seq);
      return events[index]?.seq === seq ? index : -1;
    },
    countAt: (timeUs) => lowerBound(timesUs.length, (i) => timesUs[i]! > timeUs),
    detail,
  };
}

/** The first index in [0, length) for which `holds`, given that it holds for all later ones; `length` if for none. */
export function lowerBound(length: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function unpack(file: Uint8Array): Uint8Array {
  const isGzip = file[0] === 0x1f && file[1] === 0x8b;
  if (!isGzip) return file;
  try {
    return gunzipSync(file);
  } catch {
    throw new TraceError("The trace cannot be unpacked: its gzip data is damaged or cut short.");
  }
}

function parseLine(text: string, lineNumber: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new TraceError(`Line ${lineNumber} of the trace is not JSON: the file is damaged or cut short.`);
  }
}

function checkHeader(line: unknown): PageHeader {
  const header = line as Partial<HeaderLine> | null;
  if (header?.format !== "samsa-trace") throw new TraceError("This is not a Samsa trace: its first line says so.");
  if (header.version !== 1)
    throw new TraceError(`This trace has version ${header.version}; this page reads version 1.`);
  if (!Array.isArray(header.nodes)) throw new TraceError("The trace's header does not list its nodes.");
  return pageHeader(header as HeaderLine);
}

function checkEvent(line: unknown, lineNumber: number, previous: TraceEvent | undefined): TraceEvent {
  const event = line as TraceEvent | null;
  const isStamped = typeof event?.seq === "number" && typeof event.atUs === "number" && typeof event.type === "string";
  if (!isStamped) throw new TraceError(`Line ${lineNumber} of the trace is not an event.`);
  const isInOrder = previous === undefined || (previous.seq < event.seq && previous.atUs <= event.atUs);
  if (!isInOrder) throw new TraceError(`Line ${lineNumber} of the trace is out of order.`);
  return event;
}

function withoutBody(event: TraceEvent): TraceEvent {
  if (!("body" in event)) return event;
  const { body: _, ...rest } = event;
  return rest as TraceEvent;
}
