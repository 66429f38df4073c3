// Messages in flight: which messages were on their way at a moment, found by lookup and not by replay.
// A segment tree over the messages in sending order keeps the latest arrival of each range, so the question
// "sent at or before t, not arrived at t" costs O(log n + answers) for any t, forwards or backwards.

import { linkKey } from "./links.js";
import { lowerBound, type Trace } from "./trace-source.js";
import type { EventOf } from "./trace-types.js";

/** One message's journey. Times in µs. */
export interface Flight {
  readonly id: number;
  /** Index of its `message.sent` event in the trace. */
  readonly index: number;
  readonly sent: EventOf<"message.sent">;
  /** When it was delivered or lost; Infinity if neither happened before the trace ended. */
  endUs: number;
  lost: boolean;
  /** When a script held it, if one did, and when it let go. */
  heldUs: number | undefined;
  releasedUs: number;
}

export interface MessageIndex {
  readonly flights: readonly Flight[];
  byId(id: number): Flight | undefined;
  /** Messages with sentAt ≤ timeUs < end, in sending order. */
  inFlight(timeUs: number): readonly Flight[];
  /** Number of messages sent on the link between two nodes, either way, in (fromUs, toUs]. */
  sentBetween(a: number, b: number, fromUs: number, toUs: number): number;
  /** Pairs of nodes that ever exchanged a message, smaller id first, in order. */
  readonly links: readonly (readonly [number, number])[];
}

/** Reads every journey out of a trace: O(events), once. */
export function indexMessages(trace: Trace): MessageIndex {
  const { flights, byId } = collectFlights(trace);
  const size = flights.length;
  const latestEnd = new Float64Array(size * 2);
  for (let i = 0; i < size; i++) latestEnd[size + i] = flights[i]!.endUs;
  for (let i = size - 1; i > 0; i--) latestEnd[i] = Math.max(latestEnd[2 * i]!, latestEnd[2 * i + 1]!);

  const sendTimes = new Map<string, number[]>();
  const links: (readonly [number, number])[] = [];
  for (const { sent } of flights) {
    const key = linkKey(sent.from, sent.to);
    const times = sendTimes.get(key);
    if (times !== undefined) times.push(sent.atUs);
    else {
      sendTimes.set(key, [sent.atUs]);
      links.push(sent.from < sent.to ? [sent.from, sent.to] : [sent.to, sent.from]);
    }
  }
  links.sort((x, y) => x[0] - y[0] || x[1] - y[1]);

  return {
    flights,
    links,
    byId: (id) => byId.get(id),
    inFlight(timeUs) {
      const sentCount = lowerBound(size, (i) => flights[i]!.sent.atUs > timeUs);
      const found: number[] = [];
      collectLater(latestEnd, size, sentCount, timeUs, found);
      return found.sort((x, y) => x - y).map((i) => flights[i]!);
    },
    sentBetween(a, b, fromUs, toUs) {
      const times = sendTimes.get(linkKey(a, b)) ?? [];
      return lowerBound(times.length, (i) => times[i]! > toUs) - lowerBound(times.length, (i) => times[i]! > fromUs);
    },
  };
}

function collectFlights(trace: Trace): { flights: Flight[]; byId: Map<number, Flight> } {
  const flights: Flight[] = [];
  const byId = new Map<number, Flight>();
  trace.events.forEach((event, index) => {
    switch (event.type) {
      case "message.sent": {
        const flight: Flight = {
          id: event.id,
          index,
          sent: event,
          endUs: Infinity,
          lost: false,
          heldUs: undefined,
          releasedUs: Infinity,
        };
        flights.push(flight);
        byId.set(event.id, flight);
        return;
      }
      case "message.delivered":
      case "message.lost": {
        const flight = byId.get(event.id);
        if (flight === undefined) return;
        flight.endUs = event.atUs;
        flight.lost = event.type === "message.lost";
        return;
      }
      case "message.held": {
        const flight = byId.get(event.id);
        if (flight !== undefined) flight.heldUs = event.atUs;
        return;
      }
      case "message.released": {
        const flight = byId.get(event.id);
        if (flight !== undefined) flight.releasedUs = event.atUs;
        return;
      }
      default:
    }
  });
  return { flights, byId };
}

/** Visits the ranges of the tree that lie below `limit` and hold an arrival after `timeUs`. */
function collectLater(latestEnd: Float64Array, size: number, limit: number, timeUs: number, found: number[]): void {
  const stack: number[] = [];
  // The usual bottom-up split of [0, limit) into O(log n) whole subtrees.
  for (let low = size, high = size + limit; low < high; low >>= 1, high >>= 1) {
    if (low & 1) stack.push(low++);
    if (high & 1) stack.push(--high);
  }
  while (stack.length > 0) {
    const node = stack.pop()!;
    if (latestEnd[node]! <= timeUs) continue;
    if (node >= size) found.push(node - size);
    else stack.push(2 * node, 2 * node + 1);
  }
}

/** How long a message stays in motion before it counts as parked: longer journeys wait, they do not crawl. */
const MOTION_US = 4_000;
/** Where a message stopped by the network waits, as a fraction of the way. */
const HELD_AT = 0.3;
/** Where a message waits for a busy or paused receiver. */
const INBOX_AT = 0.9;

/**
 * Where a message is on its way: 0 at the sender, 1 at the receiver. A message that is held, or waits for a busy or
 * paused receiver, travels to its waiting place at the usual pace, waits, and finishes the way at the end.
 */
export function progressAt(flight: Flight, timeUs: number): { readonly fraction: number; readonly parked: boolean } {
  const { sent, endUs, heldUs, releasedUs } = flight;
  const elapsedUs = timeUs - sent.atUs;
  const totalUs = endUs - sent.atUs;
  const isQuick = totalUs <= MOTION_US * 4 && heldUs === undefined;
  if (isQuick) return { fraction: totalUs <= 0 ? 1 : elapsedUs / totalUs, parked: false };
  const waitsAt = heldUs === undefined ? INBOX_AT : HELD_AT;
  if (elapsedUs < MOTION_US) return { fraction: (waitsAt * elapsedUs) / MOTION_US, parked: false };
  const leavesUs = heldUs !== undefined && releasedUs < endUs ? releasedUs : endUs - MOTION_US;
  if (timeUs <= leavesUs) return { fraction: waitsAt, parked: true };
  const lastLeg = Math.min(1, (timeUs - leavesUs) / (endUs - leavesUs));
  return { fraction: waitsAt + (1 - waitsAt) * lastLeg, parked: false };
}
