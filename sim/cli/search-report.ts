// Where else the report of a search goes: a JUnit file, and the page of a run of GitHub Actions.

import { appendFileSync } from "node:fs";
import type { CampaignReport } from "../search/campaign/merge.js";
import { junitOf, markdownOf } from "../search/campaign/report-files.js";
import { writeOutput } from "./files.js";
import { UsageError } from "./usage.js";

/** Writes both, where they are asked for. @throws UsageError if one cannot be written */
export function publishReport(report: CampaignReport, junitPath: string | undefined): void {
  if (junitPath !== undefined) writeOutput(junitPath, junitOf(report));
  const page = process.env["GITHUB_STEP_SUMMARY"];
  if (page === undefined || page === "") return;
  try {
    appendFileSync(page, markdownOf(report));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "it failed";
    throw new UsageError(`Cannot write ${page}, which GITHUB_STEP_SUMMARY names: ${code}.`);
  }
}
