// The results file of a search on disk: written line by line as seeds end, taken up again after the search was killed.

import { closeSync, existsSync, openSync, renameSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { differenceOf, seedAt, type Campaign, type Shard } from "../search/campaign/plan.js";
import {
  endLine,
  headerLine,
  readResults,
  resultLine,
  ResultsFileError,
  type Ending,
  type ResultsFile,
  type SeedResult,
} from "../search/campaign/results.js";
import { readText, writeOutput } from "./files.js";
import { UsageError } from "./usage.js";

/** Where a shard's results go: the .jsonl file itself, or a file in the folder named by the shard. */
export function resultsPath(out: string, { index, of }: Shard): string {
  return out.endsWith(".jsonl") ? out : join(out, `shard-${index}-of-${of}.jsonl`);
}

/** @throws UsageError if the file cannot be read, or is none of samsa search; undefined if it has no whole first line */
export function readResultsFile(path: string): ResultsFile | undefined {
  try {
    return readResults(readText(path), path);
  } catch (error) {
    if (error instanceof ResultsFileError) throw new UsageError(error.message);
    throw error;
  }
}

export class ResultsLog {
  /** Results of the first seeds of the shard, from a search before. */
  readonly known: readonly SeedResult[];
  readonly path: string;
  readonly #file: number;

  /**
   * Opens the file of a shard, new or to go on with: what is torn or follows a hole is dropped.
   * @throws UsageError if it cannot be written, or holds the results of another search
   */
  constructor(path: string, campaign: Campaign, shard: Shard) {
    const before = existsSync(path) && statSync(path).isFile() ? readResultsFile(path) : undefined;
    const difference = before === undefined ? undefined : differenceOfFiles(before, { campaign, shard });
    if (difference !== undefined)
      throw new UsageError(`${path} holds the results of another search: ${difference}; choose another with --out.`);
    const results = before?.results ?? [];
    const hole = results.findIndex(({ seed }, position) => seed !== seedAt(campaign, shard, position));
    this.known = hole < 0 ? results : results.slice(0, hole);
    // A new file takes the place of the old one at once, so that being killed here costs nothing.
    const text = headerLine(campaign, shard) + this.known.map(resultLine).join("");
    const draft = writeOutput(`${path}.new`, text);
    this.path = draft.slice(0, -".new".length);
    try {
      renameSync(draft, this.path);
      this.#file = openSync(this.path, "a");
    } catch (error) {
      throw new UsageError(`Cannot write ${path}: ${(error as NodeJS.ErrnoException).code ?? "it failed"}.`);
    }
  }

  append(result: SeedResult): void {
    writeSync(this.#file, resultLine(result));
  }

  /** @param ending how the search ended; undefined if it was stopped */
  close(ending: Ending | undefined): void {
    if (ending !== undefined) writeSync(this.#file, endLine(ending));
    closeSync(this.#file);
  }
}

/** Why two files do not belong to one shard of one campaign; undefined if they do. */
function differenceOfFiles(
  before: Pick<ResultsFile, "campaign" | "shard">,
  now: Pick<ResultsFile, "campaign" | "shard">,
): string | undefined {
  const difference = differenceOf(now.campaign, before.campaign);
  if (difference !== undefined) return difference;
  const [was, is] = [before.shard, now.shard].map(({ index, of }) => `${index}/${of}`);
  return was === is ? undefined : `it is of shard ${was}, not ${is}`;
}
