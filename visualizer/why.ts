// Why did this happen? The walk from an event back to the script that started it all.

import type { MessageIndex } from "./message-index.js";
import type { Trace } from "./trace-source.js";
import type { TraceEvent } from "./trace-types.js";

/** Longest walk shown: past this many steps the reader looks for a beginning, not for another step. */
const MAX_STEPS = 60;

/** The event, its cause, the cause of that, and so on; ends at what the script did. */
export function causesOf(trace: Trace, messages: MessageIndex, seq: number): readonly TraceEvent[] {
  const steps: TraceEvent[] = [];
  for (let next = seq; next > 0 && steps.length < MAX_STEPS;) {
    const event = trace.events[trace.indexOfSeq(next)];
    if (event === undefined) break;
    steps.push(event);
    next = causeOf(event, messages);
  }
  return steps;
}

/** A delivery is caused by its sending even where the trace does not say so. */
function causeOf(event: TraceEvent, messages: MessageIndex): number {
  const isArrival = event.type === "message.delivered" || event.type === "message.lost";
  if (!isArrival) return event.cause;
  return messages.byId(event.id)?.sent.seq ?? event.cause;
}
