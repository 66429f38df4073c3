import { expect, test } from "vitest";

import { shrinkInAHurry } from "../../../../sim/search/campaign/hurried-shrink.js";
import { drawTrial } from "../../../../sim/search/draw.js";
import { runTrial } from "../../../../sim/search/outcome.js";
import type { Trial } from "../../../../sim/search/trial.js";

const DRAWN = drawTrial(3, "mixed");
const OPTIONS = { maxRuns: 400 };

test("what fails in a hurry and without is kept, and looked at with patience once", () => {
  const patient: Trial[] = [];
  const trial = shrinkInAHurry(
    DRAWN,
    (each, patienceMs) => {
      if (patienceMs === undefined) patient.push(each);
      return each.steps.length > 0;
    },
    OPTIONS,
  );
  expect(trial.steps).toHaveLength(1);
  expect(patient).toEqual([trial]);
});

test("what only seemed stuck is no failure: it is made small with patience", () => {
  const needsTwoSteps = ({ steps }: Trial): boolean => steps.length >= 2;
  const seemsStuck = ({ steps }: Trial, patienceMs: number | undefined): boolean =>
    patienceMs !== undefined && steps.length === 0;
  const trial = shrinkInAHurry(
    DRAWN,
    (each, patienceMs) => needsTwoSteps(each) || seemsStuck(each, patienceMs),
    OPTIONS,
  );
  expect(trial.steps).toHaveLength(2);
});

test("a trial that comes to rest does not, with a millisecond's patience", () => {
  expect(runTrial(DRAWN).kind).toBe("passed");
  expect(runTrial(DRAWN, { patienceMs: 1 }).signature).toMatch(/^not reached/);
});
