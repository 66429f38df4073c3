// The page: shows the trace it carries, or asks for one.

import { startReplay } from "./replay.js";
import { readEmbeddedTrace, readTrace, TraceError, type Trace } from "./trace-source.js";
import { createOpenPanel } from "./views/open-trace.js";

const page = document.getElementById("page")!;
const openPanel = document.getElementById("open-panel")!;
const embedded = document.getElementById("samsa-trace")!.textContent.trim();

/** Shows the trace; returns a sentence if it cannot be read. */
function show(read: () => Trace): string | undefined {
  let trace: Trace;
  try {
    trace = read();
  } catch (error) {
    if (error instanceof TraceError) return error.message;
    throw error;
  }
  openPanel.hidden = true;
  page.hidden = false;
  document.title = `${trace.header.scenario} · Samsa replay`;
  startReplay(trace);
  return undefined;
}

/** Reads what the page carries, if anything, and asks for a trace if there is none to show. */
function start(): void {
  const problem = embedded === "" ? undefined : show(() => readEmbeddedTrace(embedded));
  document.getElementById("loading")!.remove();
  if (!page.hidden) return;
  openPanel.hidden = false;
  createOpenPanel(openPanel, (bytes) => show(() => readTrace(bytes)), problem);
}

// After the first frame, so that "reading" is seen while a long trace is read.
requestAnimationFrame(() => setTimeout(start));
