// Failing alike: what a trial must keep on doing while it is made smaller.
// One claim is held on to, the others may go: a failure often breaks several at once, and the smallest schedule that
// breaks the first of them is the one that explains it.

import { BUGS, type BugName } from "../../../core/bugs.js";
import type { TrialOutcome } from "../outcome.js";

/** The claim that explains a failure: the one that its historic bug is known to break, or the first that broke. */
export function claimOf({ violations }: TrialOutcome, bugs: readonly BugName[]): string | undefined {
  const known = violations.find(({ checker }) => bugs.some((bug) => BUGS[bug].violates === checker));
  if (known !== undefined) return known.checker;
  // Sequence number 0: it showed at the end of the run, after everything else.
  return [...violations].sort((a, b) => (a.seq || Infinity) - (b.seq || Infinity))[0]?.checker;
}

/** Does `other` fail as `original` does? */
export function failsAlike(original: TrialOutcome, other: TrialOutcome, bugs: readonly BugName[]): boolean {
  if (other.kind !== original.kind) return false;
  const claim = original.kind === "failed" ? claimOf(original, bugs) : undefined;
  if (claim === undefined) return other.signature === original.signature;
  return other.violations.some(({ checker }) => checker === claim);
}
