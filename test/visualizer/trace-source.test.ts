import { gzipSync } from "fflate";
import { expect, test } from "vitest";
import { embedTrace } from "../../visualizer/embed.js";
import { readEmbeddedTrace, readTrace, TraceError } from "../../visualizer/trace-source.js";
import { syntheticRun, traceText } from "./synthetic-trace.js";

const run = syntheticRun(10, 1);
const text = traceText(run);
const bytes = new TextEncoder().encode(text);

test("trace source: plain, gzipped and embedded traces read the same", () => {
  const plain = readTrace(bytes);
  const packed = gzipSync(bytes);
  const embedded = readEmbeddedTrace(Buffer.from(packed).toString("base64"));
  for (const trace of [plain, readTrace(packed), embedded]) {
    expect(trace.header).toMatchObject({ scenario: "leader-failover", seed: "1", digest: "9f3c21aa07be4410" });
    expect(trace.events.length).toBe(run.events.length);
    expect(trace.endUs).toBe(run.events.at(-1)!.atUs);
  }
});

test("trace source: message bodies are read when asked for, and not kept", () => {
  const trace = readTrace(bytes);
  const index = run.events.findIndex((event) => event.type === "message.sent");
  expect(trace.events[index]).not.toHaveProperty("body");
  expect(trace.detail(index)).toEqual(run.events[index]);
});

test("trace source: finds events by seq and counts them by time", () => {
  const trace = readTrace(bytes);
  expect(trace.indexOfSeq(trace.events[33]!.seq)).toBe(33);
  expect(trace.indexOfSeq(1_000_000)).toBe(-1);
  expect(trace.countAt(trace.startUs - 1)).toBe(0);
  expect(trace.countAt(trace.endUs)).toBe(trace.events.length);
});

test("trace source: what cannot be read is refused in one sentence that names the line", () => {
  const read = (content: string) => () => readTrace(new TextEncoder().encode(content));
  const lines = text.split("\n");
  expect(read("")).toThrow(new TraceError("The trace is empty: it has no header line."));
  expect(read('{"format":"other"}\n')).toThrow("This is not a Samsa trace");
  expect(read(text.slice(0, text.length - 20))).toThrow(`Line ${lines.length - 1} of the trace is not JSON`);
  expect(read([lines[0], lines[2], lines[1], ""].join("\n"))).toThrow("Line 3 of the trace is out of order.");
  expect(() => readTrace(gzipSync(bytes).subarray(0, 400))).toThrow("cut short");
  const counted = JSON.stringify({ ...(JSON.parse(lines[0]!) as object), events: 2 });
  expect(read([counted, lines[1], lines[2], ""].join("\n"))).not.toThrow();
  expect(read([counted, lines[1], ""].join("\n"))).toThrow("its header counts 2 events, and 1 follow it.");
});

test("embedding: the trace fills the page's slot and nothing else changes", () => {
  const slot = '<script type="text/plain" id="samsa-trace"></script>';
  const page = embedTrace(`<body>${slot}<p>rest</p></body>`, "QUJD");
  expect(page).toBe(`<body>${slot.replace("></", ">QUJD</")}<p>rest</p></body>`);
  expect(() => embedTrace("<body></body>", "QUJD")).toThrow("no empty slot");
  expect(() => embedTrace(page, "QUJD")).toThrow("no empty slot");
});
