// The registry of marks: plain words, and a line in core/ where each is reached.

import { readdirSync, readFileSync } from "node:fs";
import { join, normalize } from "node:path";
import { describe, expect, test } from "vitest";
import { MARK_NAMES, MARKS } from "../../core/marks.js";

const CORE = normalize(join(import.meta.dirname, "../../core"));
const CODE = readdirSync(CORE, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts") && name !== "marks.ts")
  .map((name) => readFileSync(join(CORE, name), "utf8"))
  .join("\n");

describe.each(MARK_NAMES)("mark %s", (name) => {
  test("says what has happened, to be read after a colon", () => {
    expect(MARKS[name]).toMatch(/^an? |^the |^recovery |^nobody /);
    expect(MARKS[name]).not.toMatch(/[.;]$/);
  });

  test("stands in core, once", () => {
    expect(CODE.split(`"${name}"`).length - 1).toBe(1);
  });
});

test("no mark in core is missing in the registry", () => {
  const reached = [...CODE.matchAll(/marks\.reached\("([^"]+)"\)/g)].map((match) => match[1]!);
  expect(reached.length).toBeGreaterThan(0);
  expect(reached.filter((name) => !MARK_NAMES.some((known) => known === name))).toEqual([]);
});
