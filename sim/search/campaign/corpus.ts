// Corpus: what a search has reached so far, and which of its trials got somewhere first.
// Results come in the order of the seeds; each keeps only what is new, so that a results file stays small and its lines
// add up to the whole. Where a search steers, those that brought news breed: the trial of a later seed may be a
// neighbour of theirs (mutate.ts). Who breeds follows from the results of seeds at least `LAG` positions before, never
// from what happens to be told already: so a search is the same for any number of workers.

import { isNothing, ReachedUnion, type Reached } from "../../coverage/reached.js";
import { span, streamOf } from "../draw-tools.js";
import type { SeedResult } from "./results.js";

/** A seed may begin when all seeds so many positions before have been told. More workers have nothing to do. */
export const LAG = 16;

/** A line of ancestors longer than this is not bred from: it has drifted far enough. */
const MAX_ANCESTORS = 12;

interface Breeder {
  readonly position: number;
  /** Its ancestors and itself. */
  readonly line: readonly number[];
}

export class Corpus {
  readonly #union = new ReachedUnion();
  readonly #breeders: Breeder[] = [];
  #told = 0;

  /** Everything reached so far. */
  get reached(): Reached {
    return this.#union.all;
  }

  /** How many pairs and marks. */
  get pairCount(): number {
    return this.#union.pairCount;
  }
  get markCount(): number {
    return this.#union.markCount;
  }

  /** Takes the next result in; returns it with no more than what is new in what it reached. */
  add(result: SeedResult): SeedResult {
    const { reached, ...rest } = result;
    const position = this.#told++;
    if (reached === undefined) return result;
    const news = this.#union.add(reached);
    if (isNothing(news)) return rest;
    const line = [...(result.bredFrom ?? []), result.seed];
    if (line.length <= MAX_ANCESTORS) this.#breeders.push({ position, line });
    return { ...rest, reached: news };
  }

  /** Whom the seed at a position is bred from, oldest first; nobody if its trial is to be drawn afresh. */
  ancestorsOf(seed: number, position: number): readonly number[] {
    const random = streamOf(seed, "steering");
    const eligible = this.#eligible(position);
    if (eligible === 0 || random.chance(1, 2)) return [];
    // What was reached late is rarer than what was reached early.
    return this.#breeders[eligible - 1 - span(random, 0, eligible - 1)]!.line;
  }

  /** How many breeders are old enough for a position to know of them. */
  #eligible(position: number): number {
    let count = this.#breeders.length;
    while (count > 0 && this.#breeders[count - 1]!.position > position - LAG) count--;
    return count;
  }
}
