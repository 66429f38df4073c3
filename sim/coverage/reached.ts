// Reached: what a run, or many of them, got to see of the protocol: pairs by number, marks by name.
// Unions of sets, so that it makes no difference who adds up what, in which order, or twice.

import { MARK_NAMES, type MarkName } from "../../core/marks.js";
import { situationOf, STATES, TROUBLES } from "./situation.js";

export interface Reached {
  /** See situation.ts; ascending. */
  readonly pairs: readonly number[];
  /** In the order of the registry. */
  readonly marks: readonly MarkName[];
}

/** What several runs reached together. */
export class ReachedUnion {
  readonly #pairs = new Set<number>();
  readonly #marks = new Set<MarkName>();

  /** How many pairs and marks. */
  get pairCount(): number {
    return this.#pairs.size;
  }
  get markCount(): number {
    return this.#marks.size;
  }

  /** Adds what a run reached; returns what of it is new. */
  add({ pairs, marks }: Reached): Reached {
    const news = {
      pairs: pairs.filter((pair) => !this.#pairs.has(pair)),
      marks: marks.filter((mark) => !this.#marks.has(mark)),
    };
    for (const pair of news.pairs) this.#pairs.add(pair);
    for (const mark of news.marks) this.#marks.add(mark);
    return news;
  }

  get all(): Reached {
    return {
      pairs: [...this.#pairs].sort((a, b) => a - b),
      marks: MARK_NAMES.filter((mark) => this.#marks.has(mark)),
    };
  }
}

export function isNothing({ pairs, marks }: Reached): boolean {
  return pairs.length === 0 && marks.length === 0;
}

/** What was never reached, in words. */
export interface NeverReached {
  readonly marks: readonly MarkName[];
  /** States in which nobody received anything. */
  readonly states: readonly string[];
  /** Kinds of trouble under which nothing was received. */
  readonly troubles: readonly string[];
}

export function neverReached({ pairs, marks }: Reached): NeverReached {
  const situations = pairs.map(situationOf);
  const states = new Set<string | undefined>(situations.map((each) => each?.state));
  const troubles = new Set<string | undefined>(situations.map((each) => each?.trouble));
  return {
    marks: MARK_NAMES.filter((mark) => !marks.includes(mark)),
    states: STATES.filter((state) => !states.has(state)),
    troubles: TROUBLES.filter((trouble) => !troubles.has(trouble)),
  };
}

/** "1,234 pairs, 31 of 59 rare branches". */
export function describeReached(pairs: number, marks: number): string {
  return `${String(pairs).replace(/\B(?=(\d{3})+$)/g, ",")} pairs, ${marks} of ${MARK_NAMES.length} rare branches`;
}
