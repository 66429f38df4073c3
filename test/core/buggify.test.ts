// The registry of places: fair odds, plain words, and a line in core/ where each is passed.

import { readdirSync, readFileSync } from "node:fs";
import { join, normalize } from "node:path";
import { describe, expect, test } from "vitest";
import { NO_BUGGIFY, PLACE_NAMES, PLACES } from "../../core/buggify.js";
import { FakeEnvironment } from "./support/fake-environment.js";

const CORE = normalize(join(import.meta.dirname, "../../core"));
const CODE = readdirSync(CORE, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts") && name !== "buggify.ts")
  .map((name) => readFileSync(join(CORE, name), "utf8"))
  .join("\n");

describe.each(PLACE_NAMES)("place %s", (name) => {
  const { happens, legal, odds } = PLACES[name];

  test("strikes now and then: neither never nor always", () => {
    const [strikes, passes] = odds;
    expect(Number.isInteger(strikes) && Number.isInteger(passes)).toBe(true);
    expect(strikes).toBeGreaterThan(0);
    expect(strikes).toBeLessThan(passes);
  });

  test("says what happens and why it is legal, in a sentence each", () => {
    for (const sentence of [happens, legal]) expect(sentence).toMatch(/^\S.*\.$/);
  });

  test("is passed in core: it is asked whether it strikes", () => {
    expect(CODE).toContain(`strikes("${name}")`);
  });
});

test("no place in core is missing in the registry, and those asked for once are passed too", () => {
  const asked = [...CODE.matchAll(/(?:strikes|isOn)\("([^"]+)"\)/g)].map((match) => match[1]!);
  expect([...new Set(asked)].sort()).toEqual([...PLACE_NAMES].sort());
});

test("nothing strikes in Kafka as it is, nor in a test that does not ask for it", () => {
  const { buggify } = new FakeEnvironment();
  for (const name of PLACE_NAMES) {
    expect([NO_BUGGIFY.isOn(name), NO_BUGGIFY.strikes(name)]).toEqual([false, false]);
    expect([buggify.isOn(name), buggify.strikes(name)]).toEqual([false, false]);
  }
});
