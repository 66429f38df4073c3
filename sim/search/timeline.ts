// Timeline: what a trial does and when, as one list: the scenario that plays it and the program text that is printed
// of it go through the same list, so that both do the same things in the same order.

import type { Step, Trial, TrialConsumer } from "./trial.js";

/** One moment's action. A step that ends (a fault healed, a hold released) is named by its number in both beats. */
export type Beat =
  | { readonly kind: "begin"; readonly atMs: number; readonly index: number; readonly step: Step }
  | { readonly kind: "end"; readonly atMs: number; readonly index: number; readonly step: EndingStep }
  | { readonly kind: "join"; readonly atMs: number; readonly consumer: TrialConsumer };

/** A step with an end of its own. */
export type EndingStep = Extract<Step, { readonly kind: "fault" | "hold" }>;

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
    beats.push({ kind: "begin", atMs: step.atMs, index, step });
    // Never before it begins: what is let go too early would be held for ever.
    if (step.kind === "hold") {
      const atMs = Math.max(step.atMs, Math.min(durationMs, step.releaseAtMs));
      beats.push({ kind: "end", atMs, index, step });
    }
    if (step.kind === "fault" && step.healAtMs !== undefined && step.healAtMs < durationMs)
      beats.push({ kind: "end", atMs: Math.max(step.atMs, step.healAtMs), index, step });
  });
  // Sorting is stable: what is listed first comes first.
  return beats.filter(({ atMs, kind }) => kind === "end" || atMs < durationMs).sort((a, b) => a.atMs - b.atMs);
}
