import fc from "fast-check";
import { expect, test } from "vitest";
import { plainestFirst, roundTimes } from "samsa/testing";

/** The smallest value that fast-check finds of those that fail. */
function smallest<T>(arbitrary: fc.Arbitrary<T>, fails: (value: T) => boolean): T | undefined {
  const { counterexample } = fc.check(
    fc.property(arbitrary, (value) => !fails(value)),
    { numRuns: 1000 },
  );
  return counterexample?.[0];
}

test("a choice shrinks to the first that fails, whatever lies between", () => {
  const kinds = plainestFirst(["pause", "crash", "isolate", "power-loss", "wipe-disk"]);
  expect(smallest(kinds, (kind) => kind === "crash" || kind === "wipe-disk")).toBe("crash");
  expect(smallest(kinds, (kind) => kind === "wipe-disk")).toBe("wipe-disk");
  expect(smallest(plainestFirst([5, 3, 4]), (brokers) => brokers < 5)).toBe(3);
});

test("a single value is a choice too, and no choice is an error", () => {
  expect(fc.sample(plainestFirst("all"), 3)).toEqual(["all", "all", "all"]);
  expect(() => plainestFirst([])).toThrow(RangeError);
});

test("a time shrinks to an early and round one", () => {
  expect(smallest(roundTimes(0, 20_000), () => true)).toBe(0);
  expect(smallest(roundTimes(100, 20_000), (ms) => ms >= 3000)).toBe(3000);
  expect([1240, 1300]).toContain(smallest(roundTimes(0, 20_000), (ms) => ms >= 1234));
  expect([12_900, 13_000]).toContain(smallest(roundTimes(0, 20_000), (ms) => ms >= 12_900));
});

test("every smaller time is within bounds and earlier, so that shrinking ends", () => {
  const bounds = fc.tuple(fc.nat({ max: 5000 }), fc.nat({ max: 50_000 }));
  fc.assert(
    fc.property(bounds, fc.nat({ max: 50_000 }), ([minMs, more], at) => {
      const times = roundTimes(minMs, minMs + more);
      const timeMs = minMs + (at % (more + 1));
      expect(times.canShrinkWithoutContext(timeMs)).toBe(true);
      for (const { value } of times.shrink(timeMs, undefined)) {
        expect(value).toBeGreaterThanOrEqual(minMs);
        expect(value).toBeLessThan(timeMs);
      }
    }),
  );
});
