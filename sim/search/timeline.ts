// Timeline: what a trial does and when, as one list: the scenario that plays it and the program text that is printed
// of it go through the same list, so that both do the same things in the same order.

import type { Occasion } from "../world/occasions.js";
import type { Step, Trial, TrialConsumer } from "./trial.js";

/**
 * One moment's action. A step that ends (a fault healed, a hold released) is named by its number in both beats.
 * "await-…": from now on it begins, or ends, at its occasion.
 */
export type Beat =
  | { readonly kind: "begin"; readonly atMs: number; readonly index: number; readonly step: Step }
  | { readonly kind: "await-begin"; readonly atMs: number; readonly step: WaitingStep; readonly occasion: Occasion }
  | { readonly kind: "end"; readonly atMs: number; readonly index: number; readonly step: EndingStep }
  | {
      readonly kind: "await-end";
      readonly atMs: number;
      readonly index: number;
      readonly step: EndingStep;
      readonly occasion: Occasion;
    }
  | { readonly kind: "join"; readonly atMs: number; readonly consumer: TrialConsumer };

/** A step with an end of its own. */
export type EndingStep = Extract<Step, { readonly kind: "fault" | "hold" }>;

/** A step that may begin at an occasion. */
export type WaitingStep = Extract<Step, { readonly once?: Occasion }>;

/** The occasion at which a step begins; undefined: at its time. */
export function beginOccasionOf(step: Step): Occasion | undefined {
  return "once" in step ? step.once : undefined;
}

/** The occasion at which a step ends; undefined: at its time. */
export function endOccasionOf(step: Step): Occasion | undefined {
  return "endsOnce" in step && beginOccasionOf(step) === undefined ? step.endsOnce : undefined;
}

/** How long a fault lasts that begins at an occasion; undefined: until everything heals. */
export function lastsMs({ atMs, healAtMs }: Extract<Step, { readonly kind: "fault" }>): number | undefined {
  return healAtMs === undefined ? undefined : Math.max(0, healAtMs - atMs);
}

/** When a step ends by itself; undefined: with the trial, or at once. */
export function endOf(step: Step): number | undefined {
  if (step.kind === "hold") return step.releaseAtMs;
  return step.kind === "fault" ? step.healAtMs : undefined;
}

/** Everything that happens before the trial's end, in order of time; at one moment, in the order of the trial. */
export function timelineOf({ steps, consumers, durationMs }: Trial): readonly Beat[] {
  const beats: Beat[] = consumers
    .filter(({ startsAtMs = 0 }) => startsAtMs > 0)
    .map((consumer) => ({ kind: "join", atMs: consumer.startsAtMs ?? 0, consumer }));
  steps.forEach((step, index) => {
    if (step.atMs >= durationMs) return;
    if ("once" in step && step.once !== undefined) {
      beats.push({ kind: "await-begin", atMs: step.atMs, step, occasion: step.once });
      return;
    }
    beats.push({ kind: "begin", atMs: step.atMs, index, step });
    const end = endOf(step);
    if (end === undefined || (step.kind !== "hold" && step.kind !== "fault")) return;
    const occasion = endOccasionOf(step);
    // Never before it begins: what is let go too early would be held for ever.
    if (occasion !== undefined)
      beats.push({ kind: "await-end", atMs: Math.max(step.atMs, end), index, step, occasion });
    if (step.kind === "hold") {
      const atMs = occasion === undefined ? Math.max(step.atMs, Math.min(durationMs, end)) : durationMs;
      beats.push({ kind: "end", atMs, index, step });
    } else if (occasion === undefined && end < durationMs)
      beats.push({ kind: "end", atMs: Math.max(step.atMs, end), index, step });
  });
  // Sorting is stable: what is listed first comes first.
  return beats.filter(({ atMs, kind }) => kind === "end" || atMs < durationMs).sort((a, b) => a.atMs - b.atMs);
}
