// Results: what became of each seed, one line of JSON a seed, after a line that says whose seeds they are.
// Lines stand in the order of the seeds and hold nothing of the machine that made them: a shard's file is the same,
// byte for byte, however many workers made it. A search that is killed leaves a file without a last line ("ended"),
// perhaps with a torn one; the next search drops what is torn and goes on behind it.

import { BUG_NAMES, type BugName } from "../../../core/bugs.js";
import type { Reached } from "../../coverage/reached.js";
import type { Campaign, Shard } from "./plan.js";

/**
 * passed: everything held; idle: too little happened to prove anything; failed: a claim was violated or a goal not
 * reached; crashed: an exception, or a process that died; hung: it did not end. The last three are findings.
 */
export type SeedKind = "passed" | "idle" | "failed" | "crashed" | "hung";

const KINDS: readonly SeedKind[] = ["passed", "idle", "failed", "crashed", "hung"];

export interface SeedResult {
  readonly seed: number;
  /** The seeds whose trials it is bred from, oldest first; none if its own was drawn. */
  readonly bredFrom?: readonly number[];
  readonly kind: SeedKind;
  /** What findings are grouped by; none for passed and idle. */
  readonly signature?: string;
  /** What happened, in a sentence. */
  readonly message?: string;
  /** What an idle run lacked. */
  readonly workMissing?: readonly string[];
  /** None if the run did not live to have one. */
  readonly digest?: string;
  readonly simulatedMs: number;
  readonly handledEvents: number;
  /** Counts of what was seen, without zeros. */
  readonly seen: Readonly<Record<string, number>>;
  /** What it reached in the protocol that no seed of its shard before it had; absent if nothing. */
  readonly reached?: Reached;
}

/** How a shard's search came to its end; a killed one says nothing. */
export type Ending = "all seeds" | "time" | "first finding";

const ENDINGS: readonly Ending[] = ["all seeds", "time", "first finding"];

export interface ResultsFile {
  readonly campaign: Campaign;
  readonly shard: Shard;
  readonly results: readonly SeedResult[];
  readonly ending: Ending | undefined;
}

/** A file that is no results file, or is damaged elsewhere than at its end. */
export class ResultsFileError extends Error {
  override readonly name = "ResultsFileError";
}

export function isFinding({ kind }: SeedResult): boolean {
  return kind === "failed" || kind === "crashed" || kind === "hung";
}

export function headerLine(campaign: Campaign, { index, of }: Shard): string {
  const { samsa, profile, bugs, firstSeed, seeds, steers, bredFrom } = campaign;
  const common = { samsa, profile, bugs, firstSeed, seeds, steers, bredFrom };
  const header = { format: "samsa-search", version: 1, ...common, shard: { index, of } };
  return `${JSON.stringify(header)}\n`;
}

/** Always the same text for the same result, whatever the order of its properties. */
export function resultLine(result: SeedResult): string {
  const { seed, bredFrom, kind, signature, message, workMissing, digest, simulatedMs, handledEvents, seen } = result;
  const { reached } = result;
  const sorted = Object.fromEntries(Object.entries(seen).sort(([a], [b]) => (a < b ? -1 : 1)));
  const counts = { simulatedMs, handledEvents, seen: sorted };
  const line = { seed, bredFrom, kind, signature, message, workMissing, digest, ...counts, reached };
  return `${JSON.stringify(line)}\n`;
}

export function endLine(ending: Ending): string {
  return `${JSON.stringify({ ended: ending })}\n`;
}

/**
 * Reads a results file. A torn last line is dropped; a file that ends within its first line has no header.
 * @returns undefined if there is not even a whole header
 * @throws ResultsFileError if it is something else, or damaged before its end
 */
export function readResults(text: string, name: string): ResultsFile | undefined {
  const lines = text.split("\n");
  // What follows the last line break is empty, or torn.
  lines.pop();
  const [first, ...rest] = lines;
  if (first === undefined) {
    if (text.length > 0 && !'{"format":"samsa-search"'.startsWith(text.slice(0, 24)))
      throw new ResultsFileError(`${name} is not a file of samsa search.`);
    return undefined;
  }
  const header = parseHeader(first, name);
  const results: SeedResult[] = [];
  let ending: Ending | undefined;
  rest.forEach((line, index) => {
    const where = `${name}, line ${index + 2}`;
    if (ending !== undefined) throw new ResultsFileError(`${where}: something follows the end.`);
    const value = parseObject(line, where);
    const ended = ENDINGS.find((each) => each === value["ended"]);
    if (ended !== undefined) ending = ended;
    else results.push(parseResult(value, where));
  });
  return { ...header, results, ending };
}

function parseObject(line: string, where: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Told below.
  }
  throw new ResultsFileError(`${where}: this is not a line of samsa search.`);
}

function parseHeader(line: string, name: string): Pick<ResultsFile, "campaign" | "shard"> {
  const header = parseObject(line, `${name}, line 1`);
  if (header["format"] !== "samsa-search") throw new ResultsFileError(`${name} is not a file of samsa search.`);
  if (header["version"] !== 1) throw new ResultsFileError(`${name} has a version this Samsa does not know.`);
  const { samsa, profile, bugs, firstSeed, seeds, steers, bredFrom, shard } = header;
  const names = Array.isArray(bugs) ? BUG_NAMES.filter((bug) => bugs.includes(bug)) : [];
  if (!Array.isArray(bugs) || names.length !== bugs.length)
    throw new ResultsFileError(`${name} names historic bugs that this Samsa does not know.`);
  const { index, of } = (shard ?? {}) as Partial<Shard>;
  const isWhole = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0;
  if (
    typeof samsa !== "string" ||
    typeof profile !== "string" ||
    !isWhole(firstSeed) ||
    !(seeds === null || isWhole(seeds)) ||
    !isWhole(index) ||
    !isWhole(of) ||
    index < 1 ||
    index > of
  )
    throw new ResultsFileError(`${name} has a first line that makes no sense.`);
  const bred = Array.isArray(bredFrom) ? { bredFrom: bredFrom as readonly number[] } : {};
  const steered = steers === true ? { steers } : {};
  const campaign = { samsa, profile, bugs: names satisfies readonly BugName[], firstSeed, seeds, ...steered, ...bred };
  return { campaign, shard: { index, of } };
}

function parseResult(value: Readonly<Record<string, unknown>>, where: string): SeedResult {
  const isResult =
    Number.isInteger(value["seed"]) &&
    KINDS.some((kind) => kind === value["kind"]) &&
    typeof value["simulatedMs"] === "number" &&
    typeof value["handledEvents"] === "number" &&
    typeof value["seen"] === "object" &&
    value["seen"] !== null;
  if (!isResult) throw new ResultsFileError(`${where}: this is not the result of a seed.`);
  return value as unknown as SeedResult;
}
