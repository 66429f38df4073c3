// Merging shards: a union, whatever the order and however often; what is missing is named.

import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { MARK_NAMES } from "../../../../core/marks.js";
import { mergeResults } from "../../../../sim/search/campaign/merge.js";
import { differenceOf, seedsOf, type Campaign } from "../../../../sim/search/campaign/plan.js";
import { exitCodeOf, jsonOf, junitOf, markdownOf } from "../../../../sim/search/campaign/report-files.js";
import { formatCampaign } from "../../../../sim/search/campaign/report-text.js";
import {
  endLine,
  headerLine,
  readResults,
  resultLine,
  ResultsFileError,
  type Ending,
  type ResultsFile,
  type SeedKind,
  type SeedResult,
} from "../../../../sim/search/campaign/results.js";

const CAMPAIGN: Campaign = { samsa: "0.1.0", profile: "mixed", bugs: [], firstSeed: 10, seeds: 20 };

function result(seed: number, kind: SeedKind = "passed", signature?: string): SeedResult {
  const isFinding = signature !== undefined;
  return {
    seed,
    kind,
    ...(isFinding ? { signature, message: `${signature} at ${seed}` } : {}),
    ...(kind === "idle" ? { workMissing: [`${seed % 3} of 3 leaderElections`] } : {}),
    digest: `${seed}`.padStart(16, "0"),
    simulatedMs: 30_000,
    handledEvents: 1000,
    seen: { faults: 1 },
  };
}

/** A shard of three with its seeds, of which some are made otherwise. */
function shard(index: number, odd: readonly SeedResult[] = [], ending: Ending | undefined = "all seeds"): ResultsFile {
  const results = seedsOf(CAMPAIGN, { index, of: 3 }).map(
    (seed) => odd.find((each) => each.seed === seed) ?? result(seed),
  );
  return { campaign: CAMPAIGN, shard: { index, of: 3 }, results, ending };
}

const resultOf = (seeds: fc.Arbitrary<number>): fc.Arbitrary<SeedResult> =>
  fc
    .tuple(
      seeds,
      fc.constantFrom("a-claim", "b-claim", undefined),
      fc.uniqueArray(fc.nat({ max: 9 }), { maxLength: 4 }),
      fc.subarray([...MARK_NAMES], { maxLength: 3 }),
    )
    .map(([seed, signature, pairs, marks]) => ({
      ...result(seed, signature === undefined ? "passed" : "failed", signature),
      ...(pairs.length === 0 ? {} : { bredFrom: [1, 2], reached: { pairs, marks } }),
    }));

const file: fc.Arbitrary<ResultsFile> = fc
  .record({
    index: fc.integer({ min: 1, max: 3 }),
    results: fc.array(resultOf(fc.integer({ min: 10, max: 29 })), { maxLength: 12 }),
    ending: fc.constantFrom<Ending | undefined>("all seeds", "time", "first finding", undefined),
  })
  .map(({ index, results, ending }) => ({ campaign: CAMPAIGN, shard: { index, of: 3 }, results, ending }));

const files = fc.array(file, { minLength: 1, maxLength: 5 });
type Files = [ResultsFile, ...ResultsFile[]];

test.prop([files, fc.nat()])("the order of the files makes no difference", (given, turn) => {
  const turned = [...given.slice(turn % given.length), ...given.slice(0, turn % given.length)];
  expect(mergeResults(turned as unknown as Files)).toEqual(mergeResults(given as Files));
  expect(mergeResults(given.toReversed() as unknown as Files)).toEqual(mergeResults(given as Files));
});

test.prop([files, fc.nat()])("a file given twice counts once", (given, which) => {
  const again = [...given, given[which % given.length]!] as unknown as Files;
  expect(mergeResults(again)).toEqual(mergeResults(given as Files));
});

test.prop([file])("a file is read as it was written, and a torn last line is dropped", (written) => {
  const text =
    headerLine(written.campaign, written.shard) +
    written.results.map(resultLine).join("") +
    (written.ending === undefined ? "" : endLine(written.ending));
  expect(readResults(text, "it")).toEqual(written);
  const cut = readResults(text.slice(0, -1), "it");
  const whole = written.ending === undefined ? written.results.slice(0, -1) : written.results;
  if (written.ending === undefined && written.results.length === 0) expect(cut).toBeUndefined();
  else expect(cut).toEqual({ ...written, results: whole, ending: undefined });
});

describe("three shards of twenty seeds", () => {
  test("all of them, without a finding: complete, exit code 0", () => {
    const report = mergeResults([shard(2), shard(1), shard(3)]);
    expect(report).toMatchObject({ complete: true, missingShards: [], counts: { passed: 20 }, seen: { faults: 20 } });
    expect(exitCodeOf(report)).toBe(0);
    expect(formatCampaign(report)).toContain("mixed: 20 seeds, 10.0 min simulated, 20,000 events.");
    expect(junitOf(report)).toContain('tests="1" failures="0" errors="0"');
  });

  test("findings are grouped by signature, the lowest seed first, with the command to see it again", () => {
    const report = mergeResults([
      shard(3, [result(12, "failed", "late-claim"), result(15, "failed", "early-claim")]),
      shard(1, [result(13, "crashed", "a | b <c>")]),
      shard(2, [result(11, "failed", "early-claim"), result(14, "idle"), result(17, "idle")]),
    ]);
    expect(report.findings.map(({ signature, seeds }) => [signature, ...seeds])).toEqual([
      ["early-claim", 11, 15],
      ["late-claim", 12],
      ["a | b <c>", 13],
    ]);
    expect(exitCodeOf(report)).toBe(1);
    const text = formatCampaign(report);
    expect(text).toContain(
      "✗ early-claim: 2 seeds (11, 15)\n    early-claim at 11\n    samsa search --first 11 --seeds 1",
    );
    expect(text).toMatch(/idle +2 {2}too little happened to prove anything: 2 × fewer than 3 leaderElections/);
    expect(junitOf(report)).toContain('tests="4" failures="3" errors="0"');
    expect(junitOf(report)).toContain('name="a | b &lt;c&gt;"');
    expect(markdownOf(report)).toContain("| a \\| b &lt;c> | 1: 13 |");
  });

  test("what the shards reached is added up and told, and what none did is named", () => {
    const reached = (seed: number, pairs: readonly number[]): SeedResult => ({
      ...result(seed),
      reached: { pairs, marks: ["torn-tail-cut"] },
    });
    const report = mergeResults([shard(1, [reached(10, [0, 1])]), shard(2, [reached(11, [1, 32])]), shard(3)]);
    expect(report.reached).toEqual({ pairs: [0, 1, 32], marks: ["torn-tail-cut"] });
    const text = formatCampaign(report);
    expect(text).toContain(`Reached: 3 pairs, 1 of ${MARK_NAMES.length} rare branches.`);
    expect(text).toMatch(/Never in 20 seeds, rare branches .*: segment-behind-damage-dropped, /);
    expect(text).toMatch(/Never in 20 seeds, receivers: a broker that reads its logs, /);
    expect(markdownOf(report)).toContain("; reached 3 pairs, 1 of");
    expect(jsonOf(report)).toMatchObject({ reached: { pairs: 3, marks: ["torn-tail-cut"] } });
    expect(formatCampaign(mergeResults([shard(1)]))).not.toContain("Reached");
  });

  test("what was found by a steered search is seen again by its line of seeds", () => {
    const found = { ...result(13, "failed", "a-claim"), bredFrom: [10, 12] };
    const report = mergeResults([shard(1, [found]), shard(2), shard(3)]);
    expect(formatCampaign(report)).toContain("    samsa search --first 13 --seeds 1 --bred-from 10,12\n");
    expect(junitOf(report)).toContain("--bred-from 10,12");
    expect(markdownOf(report)).toContain("--bred-from 10,12");
  });

  test("a missing shard and a shard cut short are named, with their seeds: exit code 3", () => {
    const cut = { ...shard(3), ending: undefined };
    const report = mergeResults([shard(1), { ...cut, results: cut.results.slice(0, 2) }]);
    expect(report.missingShards).toEqual([2]);
    expect(report.complete).toBe(false);
    expect(exitCodeOf(report)).toBe(3);
    expect(formatCampaign(report)).toContain(
      "! Shard 2 of 3 is missing.\n! Shard 3 of 3 did not come to its end: 4 seeds missing (18, 21, 24, 27).\n",
    );
    expect(junitOf(report)).toContain('tests="1" failures="0" errors="1"');
    expect(junitOf(report)).toContain("<error message=");
  });

  test("a shard that stopped at its first finding is complete: it was asked to", () => {
    const stopped = shard(2, [result(14, "failed", "a-claim")], "first finding");
    const report = mergeResults([shard(1), { ...stopped, results: stopped.results.slice(0, 2) }, shard(3)]);
    expect(report.complete).toBe(true);
    expect(exitCodeOf(report)).toBe(1);
  });

  test("a shard that claims all its seeds but lacks one is not complete", () => {
    const holed = shard(2);
    const report = mergeResults([shard(1), { ...holed, results: holed.results.slice(1) }, shard(3)]);
    expect(exitCodeOf(report)).toBe(3);
    expect(formatCampaign(report)).toContain("! Shard 2 of 3 has holes: 1 seed missing (11).");
  });

  test("one seed with two ends is a finding: a run is not deterministic", () => {
    const report = mergeResults([shard(1), shard(2), shard(3), shard(1, [{ ...result(13), digest: "f".repeat(16) }])]);
    expect(report.disagreements.map(({ seed }) => seed)).toEqual([13]);
    expect(report.counts.passed).toBe(20);
    expect(exitCodeOf(report)).toBe(1);
    expect(formatCampaign(report)).toContain("✗ Seed 13 ended in 2 ways: passed 0000000000000013; passed ffff");
  });

  test("a shard asked for itself alone misses no other", () => {
    expect(mergeResults([shard(2)], "these-shards").complete).toBe(true);
  });
});

test("files of different campaigns are told apart", () => {
  const other = (change: Partial<Campaign>): string | undefined => differenceOf(CAMPAIGN, { ...CAMPAIGN, ...change });
  expect(other({})).toBeUndefined();
  expect(other({ profile: "quorum" })).toBe("its profile is quorum, not mixed");
  expect(other({ bugs: ["truncate-to-high-watermark"] })).toBe("its bugs are truncate-to-high-watermark, not none");
  expect(other({ firstSeed: 1 })).toBe("it begins at seed 1, not 10");
  expect(other({ seeds: null })).toBe("it has any number of seeds, not 20");
  expect(other({ steers: true })).toBe("it is steered");
  expect(other({ steers: false })).toBeUndefined();
  expect(other({ bredFrom: [1] })).toBe("its trials are bred from others");
  expect(other({ samsa: "9.9.9" })).toBe("it is of Samsa 9.9.9, not 0.1.0");
});

test("a file that is something else, or damaged before its end, is refused with its line", () => {
  const header = headerLine(CAMPAIGN, { index: 1, of: 3 });
  expect(readResults("", "x")).toBeUndefined();
  expect(readResults(header.slice(0, 10), "x")).toBeUndefined();
  const bad: readonly (readonly [text: string, sentence: RegExp])[] = [
    ["Once upon a time", /^x is not a file of samsa search/],
    ['{"format":"samsa-trace"}\n', /^x is not a file of samsa search/],
    [header.replace('"index":1', '"index":4'), /^x has a first line that makes no sense/],
    [header.replace('"bugs":[]', '"bugs":["none-such"]'), /^x names historic bugs/],
    [header.replace('"version":1', '"version":2'), /^x has a version/],
    [`${header}{"seed":10,\n${resultLine(result(13))}`, /^x, line 2: this is not a line/],
    [`${header}{"seed":10}\n`, /^x, line 2: this is not the result of a seed/],
    [`${header}${endLine("time")}${resultLine(result(10))}`, /^x, line 3: something follows the end/],
  ];
  for (const [text, sentence] of bad) {
    expect(() => readResults(text, "x")).toThrow(ResultsFileError);
    expect(() => readResults(text, "x")).toThrow(sentence);
  }
});
