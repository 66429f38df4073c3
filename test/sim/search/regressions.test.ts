// Trials that once found something, as they were found and made small: data, so that they mean the same however trials
// are drawn by then. Each says what it taught; each failed before its cause was found, and must not again.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { isFinding, runTrial } from "../../../sim/search/outcome.js";
import type { Trial } from "../../../sim/search/trial.js";

interface Regression {
  /** One sentence. */
  readonly taught: string;
  /** The claim that broke. */
  readonly broke: string;
  readonly trial: Trial;
}

const FOLDER = join(import.meta.dirname, "regressions");
const REGRESSIONS = readdirSync(FOLDER).map(
  (file) => [file, JSON.parse(readFileSync(join(FOLDER, file), "utf8")) as Regression] as const,
);

test.each(REGRESSIONS)("%s holds", (_, { taught, broke, trial }) => {
  expect(taught).toMatch(/\.$/);
  const outcome = runTrial(trial, { freeze: false });
  expect(isFinding(outcome) ? [outcome.signature, broke] : []).toEqual([]);
});
