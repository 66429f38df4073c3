// Trace files: JSON lines, a header first, then one event a line. The header counts the events and these are numbered,
// so that a file whose end or middle is gone is told from a whole one.
// Bytes become summaries on the way out, so that a trace can be read without a codec; a reader gets the facts back,
// not the bytes. What is wrong with a file is one sentence that names its line.

import type { TraceEvent, TraceHeader } from "./format.js";

/** Says in plain data what a byte array holds; undefined: it cannot tell, and the length must do. */
export type BytesSummary = (bytes: Uint8Array) => unknown;

/** A trace file that cannot be read. The message is one sentence for people, naming the line. */
export class TraceFileError extends Error {
  override readonly name = "TraceFileError";
}

export interface TraceFile {
  readonly header: TraceHeader;
  readonly events: readonly TraceEvent[];
}

/** The header's line, without its line feed. */
function headerLine(header: TraceHeader, eventCount: number): string {
  return JSON.stringify({ ...header, events: eventCount });
}

/** An event's line, without its line feed. */
function eventLine(event: TraceEvent, summarise: BytesSummary = () => undefined): string {
  const { seq, atUs, node, cause, type, ...facts } = event;
  return JSON.stringify({ seq, atUs, node, cause, type, ...facts }, (_, value: unknown) => {
    if (value instanceof Uint8Array) return summarise(value) ?? { bytes: value.length };
    if (typeof value === "bigint") return value.toString();
    return value;
  });
}

/** The whole file, ending in a line feed. */
export function writeTrace(file: TraceFile, summarise?: BytesSummary): string {
  return [...traceChunks(file, summarise)].join("");
}

const LINES_PER_CHUNK = 2000;

/** The file in pieces of whole lines: a long run's trace is longer than a string may be. */
export function* traceChunks(file: TraceFile, summarise?: BytesSummary): Iterable<string> {
  let lines = [headerLine(file.header, file.events.length)];
  for (const event of file.events) {
    lines.push(eventLine(event, summarise));
    if (lines.length < LINES_PER_CHUNK) continue;
    yield `${lines.join("\n")}\n`;
    lines = [];
  }
  if (lines.length > 0) yield `${lines.join("\n")}\n`;
}

/**
 * Reads a whole trace file.
 * @throws TraceFileError if it is not a trace, of another version, cut short or damaged
 */
export function readTrace(text: string): TraceFile {
  if (text.length === 0) throw new TraceFileError("The trace is empty: line 1 should be its header.");
  const lines = text.split("\n");
  const { events: eventCount, ...header } = readHeader(lines[0] ?? "");
  if (lines.at(-1) !== "") {
    throw new TraceFileError(`The trace is truncated: line ${lines.length} does not end in a line feed.`);
  }
  const events: TraceEvent[] = [];
  let lastSeq = 0;
  for (let index = 1; index < lines.length - 1; index++) {
    const event = readEvent(lines[index]!, index + 1, lastSeq);
    lastSeq = event.seq;
    events.push(event);
  }
  if (events.length !== eventCount) {
    const problem = events.length < eventCount ? "truncated" : "damaged";
    throw new TraceFileError(
      `The trace is ${problem}: its header in line 1 counts ${eventCount} events, and ${events.length} follow it.`,
    );
  }
  return { header, events };
}

/** The header as a file holds it. */
type CountingHeader = TraceHeader & { readonly events: number };

function readHeader(line: string): CountingHeader {
  const header = parseLine(line, 1) as Partial<CountingHeader> | null;
  if (typeof header !== "object" || header === null || header.format !== "samsa-trace") {
    throw new TraceFileError('This is not a Samsa trace: line 1 has no "format":"samsa-trace".');
  }
  if (header.version !== 1) {
    throw new TraceFileError(
      `The trace has version ${String(header.version)} in line 1; this program reads version 1.`,
    );
  }
  const isComplete =
    typeof header.seed === "number" && typeof header.scenario === "string" && Array.isArray(header.nodes);
  if (!isComplete) throw new TraceFileError("The trace's header in line 1 lacks its seed, scenario or nodes.");
  if (!Number.isSafeInteger(header.events)) {
    throw new TraceFileError(
      "An earlier Samsa wrote this trace, which did not count the events in line 1; write it again with samsa run --trace.",
    );
  }
  return header as CountingHeader;
}

function readEvent(line: string, lineNumber: number, lastSeq: number): TraceEvent {
  const event = parseLine(line, lineNumber) as Partial<TraceEvent> | null;
  const isEvent =
    typeof event === "object" &&
    event !== null &&
    typeof event.type === "string" &&
    Number.isSafeInteger(event.seq) &&
    Number.isSafeInteger(event.atUs) &&
    Number.isSafeInteger(event.node) &&
    Number.isSafeInteger(event.cause);
  if (!isEvent) throw new TraceFileError(`The trace is damaged: line ${lineNumber} is not an event.`);
  if ((event.seq as number) <= lastSeq) {
    throw new TraceFileError(`The trace is damaged: line ${lineNumber} is out of order.`);
  }
  if (event.seq !== lastSeq + 1) {
    throw new TraceFileError(`The trace is damaged: before line ${lineNumber} events are missing.`);
  }
  return event as TraceEvent;
}

function parseLine(line: string, lineNumber: number): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    throw new TraceFileError(`The trace is damaged: line ${lineNumber} is not JSON.`);
  }
}
