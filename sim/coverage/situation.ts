// Situation: who received which message under which trouble, as one number.
// A pair of (state of the receiver) × (kind of message) × (kind of fault that stood) is what protocol coverage counts:
// a Vote request that meets a candidate during a partition is another test than one that meets a follower in peace.
// Numbers mean the same only within one version of Samsa; they are written down in order, and never reused for names.

import { apiByKey } from "../../core/protocol/apis.js";
import type { FaultKind } from "../faults/fault.js";

/** What the receiver was, as far as the trace tells. */
export const STATES = [
  "a starting broker",
  "a broker that reads its logs",
  "a serving broker",
  "a fenced broker",
  "a stopping broker",
  "an unattached controller",
  "a controller that follows",
  "a controller that asks whether it would win",
  "a candidate",
  "the leader of the quorum",
  "a controller that resigned",
  "a client",
  "a consumer with partitions",
  "a consumer whose partitions were taken",
] as const;

export type StateName = (typeof STATES)[number];

/** Bits of the troubles that may stand while a message is received. */
const TROUBLE_BITS = {
  "clock-drift": 1,
  "clock-skew": 2,
  "clock-step": 3,
  "slow-link": 4,
  "slow-disk": 5,
  "reset-connections": 6,
  "refuse-connections": 7,
  pause: 8,
  shutdown: 9,
  restart: 10,
  "rolling-restart": 11,
  crash: 12,
  isolate: 13,
  partition: 14,
  "crash-loop": 15,
  "full-disk": 16,
  "disk-error": 17,
  "power-loss": 18,
  "rack-power-loss": 19,
  "wipe-disk": 20,
  corrupt: 21,
  // Messages that a script or a cut holds back.
  "held-messages": 22,
} as const satisfies Readonly<Record<FaultKind | "held-messages", number>>;

export type Trouble = keyof typeof TROUBLE_BITS;

/** Every kind of trouble, in the order of its bits. */
export const TROUBLES = Object.keys(TROUBLE_BITS) as readonly Trouble[];

/** The bit of peace: no trouble stood. */
export const PEACE = 1;

export function troubleBit(trouble: Trouble): number {
  return 1 << TROUBLE_BITS[trouble];
}

/** One more than the largest number of an API that we keep apart, times two directions. */
export const MESSAGE_KINDS = 256;

const BITS = 32;

/** Requests have even numbers, responses odd ones. */
export function messageKind(apiKey: number, isResponse: boolean): number {
  return (apiKey * 2 + (isResponse ? 1 : 0)) % MESSAGE_KINDS;
}

/** The numbers of the pairs of one state and kind of message: one for each bit. */
export function pairsOf(state: number, kind: number, troubles: number): readonly number[] {
  const base = (state * MESSAGE_KINDS + kind) * BITS;
  const pairs: number[] = [];
  for (let bit = 0; bit < BITS; bit++) if ((troubles & (1 << bit)) !== 0) pairs.push(base + bit);
  return pairs;
}

/** A pair taken apart. */
export interface Situation {
  readonly state: StateName;
  /** "Fetch request". */
  readonly message: string;
  /** Undefined in peace. */
  readonly trouble: Trouble | undefined;
}

/** What a pair stands for; undefined for a number that stands for nothing. */
export function situationOf(pair: number): Situation | undefined {
  const bit = pair % BITS;
  const kind = Math.floor(pair / BITS) % MESSAGE_KINDS;
  const state = STATES[Math.floor(pair / BITS / MESSAGE_KINDS)];
  const api = apiByKey(kind >> 1);
  const trouble = TROUBLES.find((each) => TROUBLE_BITS[each] === bit);
  if (state === undefined || api === undefined || (bit > 0 && trouble === undefined)) return undefined;
  return { state, message: `${api.name} ${kind % 2 === 0 ? "request" : "response"}`, trouble };
}
