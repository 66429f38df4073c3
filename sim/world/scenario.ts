// Scenario: a scripted story with a claim.
// It states what it teaches, where in core/ to read on, and what is expected: that every checker holds, or that a
// named one is violated, since a loss of data can be the lesson.

import type { PlaceName } from "../../core/buggify.js";
import type { BugName } from "../../core/bugs.js";
import type { ClusterOptions, World } from "./world.js";

/** A file of an installed package that a scenario works on. */
export interface DataSet {
  readonly package: string;
  /** Path inside the package; JSON. */
  readonly file: string;
}

export interface Scenario {
  /** Kebab-case; the name of its file. */
  readonly name: string;
  /** One sentence: what a class learns. */
  readonly teaches: string;
  /** Files of core/ to read on, in order. */
  readonly read: readonly string[];
  readonly cluster: ClusterOptions;
  /** What is drawn is drawn from this seed unless the run is told another: for a failure found with it. */
  readonly seed?: number;
  /** Every checker holds, or the named ones are violated and all others hold. */
  readonly expect: "holds" | { readonly violates: string | readonly string[] };
  /**
   * The historic bugs the scenario exhibits: they are switched on, and `expect` says what then happens. Switched off
   * ("cured"), the same script must hold.
   */
  readonly bugs?: readonly BugName[];
  /** Places of core/buggify.ts where the legal but unlikely may happen; none unless told. */
  readonly buggify?: readonly PlaceName[];
  /** Its number in the catalogue ("M1"), where the bug it shows stands there more than once. */
  readonly exhibit?: string;
  readonly data?: DataSet;
  /**
   * True for drawn schedules: a loss that Kafka never promised to prevent (acks=1, every in-sync disk gone) is told
   * and excused, for it would be noise. A scripted scenario asks just that question, so there it counts.
   */
  readonly excusesUnpromised?: boolean;
  run(world: World): void;
}

/** Declares a scenario. It adds nothing at run time; it makes a mistyped field a compile error where it stands. */
export function scenario(definition: Scenario): Scenario {
  return definition;
}

/** Names of the checkers a scenario expects to be violated when `bugs` are on: none of an exhibit that is cured. */
export function expectedViolations({ expect, bugs = [] }: Scenario, on: readonly BugName[]): readonly string[] {
  if (expect === "holds" || bugs.some((bug) => !on.includes(bug))) return [];
  return typeof expect.violates === "string" ? [expect.violates] : expect.violates;
}
