// Arbitraries that shrink by meaning: among named choices towards the plainest, among times towards round and early ones.
// fast-check's own shrink by halving, which is right for sizes; a kind of fault has no half, and 3,000 ms reads better
// than 2,987 ms.

import fc from "fast-check";

/** A value, or several to draw from, the plainest first. */
export type OneOf<T> = T | readonly T[];

/** The choices as a list. */
export function choicesOf<T>(choices: OneOf<T>): readonly T[] {
  return Array.isArray(choices) ? (choices as readonly T[]) : [choices as T];
}

class PlainestFirst<T> extends fc.Arbitrary<T> {
  readonly #choices: readonly T[];

  constructor(choices: readonly T[]) {
    super();
    this.#choices = choices;
  }

  override generate(random: fc.Random): fc.Value<T> {
    const index = random.nextInt(0, this.#choices.length - 1);
    return new fc.Value(this.#choices[index] as T, index);
  }

  override canShrinkWithoutContext(value: unknown): value is T {
    return this.#choices.includes(value as T);
  }

  /** Every plainer choice, the plainest first: no order among them says which of them fails too. */
  override shrink(value: T, context: unknown): fc.Stream<fc.Value<T>> {
    const index = typeof context === "number" ? context : this.#choices.indexOf(value);
    const plainer = this.#choices.slice(0, index).map((choice, at) => new fc.Value(choice, at));
    return fc.stream(plainer.values());
  }
}

/**
 * One of the choices, each as likely; shrinks to the first of them that still fails.
 * @throws RangeError if there is nothing to choose from
 */
export function plainestFirst<T>(choices: OneOf<T>): fc.Arbitrary<T> {
  const list = choicesOf(choices);
  if (list.length === 0) throw new RangeError("there is at least one value to draw from");
  return new PlainestFirst(list);
}

const UNITS = [10_000, 1000, 100, 10, 1];

/** The largest unit the time is a multiple of. */
function unitOf(timeMs: number): number {
  return UNITS.find((unit) => timeMs % unit === 0) ?? 1;
}

const roundDown = (timeMs: number, unit: number): number => timeMs - (timeMs % unit);

class RoundTimes extends fc.Arbitrary<number> {
  readonly #minMs: number;
  readonly #maxMs: number;

  constructor(minMs: number, maxMs: number) {
    super();
    this.#minMs = minMs;
    this.#maxMs = maxMs;
  }

  override generate(random: fc.Random): fc.Value<number> {
    return new fc.Value(random.nextInt(this.#minMs, this.#maxMs), undefined);
  }

  override canShrinkWithoutContext(value: unknown): value is number {
    return typeof value === "number" && Number.isInteger(value) && value >= this.#minMs && value <= this.#maxMs;
  }

  /** Earlier times only, so that it ends: the first, rounder ones, half as late, and one unit before. */
  override shrink(timeMs: number): fc.Stream<fc.Value<number>> {
    const unit = unitOf(timeMs);
    const rounder = UNITS.map((each) => roundDown(timeMs, each));
    const candidates = [this.#minMs, roundDown(timeMs / 2, unit), ...rounder, ...(unit === 1 ? [] : [timeMs - unit])];
    const earlier = [...new Set(candidates)].filter((candidate) => candidate >= this.#minMs && candidate < timeMs);
    return fc.stream(earlier.map((candidate) => new fc.Value(candidate, undefined)).values());
  }
}

/** Whole milliseconds between the two, both included; shrinks towards early and round ones. */
export function roundTimes(minMs: number, maxMs: number): fc.Arbitrary<number> {
  return new RoundTimes(minMs, Math.max(minMs, maxMs));
}
