import fc from "fast-check";
import { expect, test } from "vitest";
import { explore, type Invariant, type Model } from "../../../sim/model/explore.js";
import { StateStore } from "../../../sim/model/state-store.js";

/** Two jugs of 3 and 5 litres: fill, empty, pour. Measuring 4 litres takes 6 steps. */
class Jugs implements Model<readonly [number, number]> {
  readonly name = "Jugs";
  readonly bounds = "3 and 5 litres";
  readonly initial = [0, 0] as const;
  readonly widthBytes = 2;
  encode([small, big]: readonly [number, number], into: Uint8Array): void {
    into.set([small, big]);
  }
  decode(from: Uint8Array): readonly [number, number] {
    return [from[0]!, from[1]!];
  }
  next(
    [small, big]: readonly [number, number],
    visit: (s: readonly [number, number], tell: () => string) => void,
  ): void {
    visit([3, big], () => "fill the small one");
    visit([small, 5], () => "fill the big one");
    visit([0, big], () => "empty the small one");
    visit([small, 0], () => "empty the big one");
    const intoBig = Math.min(small, 5 - big);
    visit([small - intoBig, big + intoBig], () => "pour the small one into the big one");
    const intoSmall = Math.min(big, 3 - small);
    visit([small + intoSmall, big - intoSmall], () => "pour the big one into the small one");
  }
}

const never = (litres: number): Invariant<readonly [number, number]> => ({
  name: `never ${litres}`,
  claim: `The big jug never holds ${litres} litres.`,
  holds: ([, big]) => big !== litres,
});

test("an exploration finds the shortest way to break an invariant", () => {
  const found = explore(new Jugs(), [never(4)]);
  expect(found.complete).toBe(false);
  expect(found.violations).toHaveLength(1);
  expect(found.violations[0]!.story).toEqual([
    "fill the big one",
    "pour the big one into the small one",
    "empty the small one",
    "pour the big one into the small one",
    "fill the big one",
    "pour the big one into the small one",
  ]);
  expect(found.violations[0]!.state).toEqual([3, 4]);
});

test("an exploration that breaks nothing has visited all states: 16 for the jugs", () => {
  const found = explore(new Jugs(), [never(6)]);
  expect(found).toMatchObject({ states: 16, complete: true, violations: [], depth: 7 });
  expect(found.steps).toBe(16 * 6);
});

test("an exploration goes on after a violation until every invariant is broken", () => {
  const found = explore(new Jugs(), [never(4), never(5)]);
  expect(found.violations.map(({ invariant, story }) => [invariant, story.length])).toEqual([
    ["never 5", 1],
    ["never 4", 6],
  ]);
});

test("an exploration with more states than allowed does not claim to be complete", () => {
  const found = explore(new Jugs(), [never(6)], { maxStates: 5 });
  expect(found.complete).toBe(false);
  expect(found.states).toBeGreaterThan(5);
});

test("a state store keeps each state once, in order of arrival, as a map of strings does", () => {
  const states = fc.array(fc.uint8Array({ minLength: 3, maxLength: 3, max: 9 }), { maxLength: 3_000 });
  fc.assert(
    fc.property(states, (added) => {
      const store = new StateStore(3);
      const known = new Map<string, number>();
      for (const state of added) {
        const text = state.join();
        expect(store.add(state)).toBe(known.has(text) ? -1 : known.size);
        if (!known.has(text)) known.set(text, known.size);
      }
      expect(store.size).toBe(known.size);
      for (const [text, index] of known) expect(store.at(index).join()).toBe(text);
    }),
    { numRuns: 20 },
  );
});

test("a state store finds every state again after it has grown many times", () => {
  const store = new StateStore(3);
  const bytesOf = (n: number): Uint8Array => Uint8Array.of(n & 0xff, (n >> 8) & 0xff, n >> 16);
  const numbers = Array.from({ length: 100_000 }, (_, n) => n);
  expect(numbers.every((n) => store.add(bytesOf(n)) === n)).toBe(true);
  expect(numbers.every((n) => store.add(bytesOf(n)) === -1)).toBe(true);
  expect(store.size).toBe(100_000);
});
