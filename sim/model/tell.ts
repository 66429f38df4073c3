// Telling an exploration: what was asked, how much was seen, and the shortest stories of what went wrong.

import type { Exploration, Invariant } from "./explore.js";

/** Several lines, without one at the end. */
export function tellExploration<State>(
  found: Exploration<State>,
  invariants: readonly Invariant<State>[],
  tellState?: (state: State) => string,
): string {
  const seen = `${found.states} states in ${found.depth} steps`;
  const lines = [`${found.model} (${found.bounds}): ${seen}${found.complete ? ", all there are" : ""}.`];
  for (const { name, claim } of invariants) {
    const violation = found.violations.find(({ invariant }) => invariant === name);
    if (violation === undefined) {
      lines.push(`${found.complete ? "✓" : "?"} ${name}: ${claim}`);
      continue;
    }
    lines.push(`✗ ${name}, after ${violation.story.length} steps: ${claim}`);
    violation.story.forEach((step, index) => lines.push(`  ${String(index + 1).padStart(2)}. ${step}`));
    if (tellState !== undefined) lines.push(`      Logs: ${tellState(violation.state)}.`);
  }
  return lines.join("\n");
}
