// samsa search merge: adds up the results of the shards of a campaign.

import { mergeResults } from "../search/campaign/merge.js";
import { differenceOf } from "../search/campaign/plan.js";
import { exitCodeOf, jsonOf } from "../search/campaign/report-files.js";
import { formatCampaign } from "../search/campaign/report-text.js";
import type { ResultsFile } from "../search/campaign/results.js";
import { parseOptions } from "./options.js";
import { publishReport } from "./search-report.js";
import { readResultsFile } from "./search-results.js";
import { UsageError } from "./usage.js";

/** Does it; the exit code is that of `samsa search`. */
export function mergeShards(args: readonly string[]): number {
  const options = parseOptions("search merge", args, { json: { type: "boolean" }, junit: { type: "string" } });
  const names = options.positionals;
  if (names.length === 0) throw new UsageError("samsa search merge takes the results of shards: shard-*.jsonl.");
  const files = names.flatMap((name) => {
    const file = readResultsFile(name);
    return file === undefined ? [] : [{ name, file }];
  });
  const [first, ...rest] = files;
  if (first === undefined) throw new UsageError(`There are no results in ${names.join(", ")}.`);
  for (const { name, file } of rest) {
    const difference = differenceOf(first.file.campaign, file.campaign) ?? otherSharing(first.file, file);
    if (difference !== undefined)
      throw new UsageError(`${name} is of another search than ${first.name}: ${difference}.`);
  }
  const report = mergeResults([first.file, ...rest.map(({ file }) => file)]);
  process.stdout.write(
    options.flag("json")
      ? `${JSON.stringify(jsonOf(report), null, 2)}\n`
      : formatCampaign(report, process.stdout.isTTY === true),
  );
  publishReport(report, options.text("junit"));
  return exitCodeOf(report);
}

function otherSharing(first: ResultsFile, { shard }: ResultsFile): string | undefined {
  return shard.of === first.shard.of ? undefined : `it is one shard of ${shard.of}, not of ${first.shard.of}`;
}
