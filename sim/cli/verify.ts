// samsa verify: one seed is one run, however it is run.

import { join } from "node:path";
import { MAX_SEED } from "../search/campaign/plan.js";
import { plural } from "../search/campaign/report-text.js";
import { trialOf } from "../search/campaign/runner.js";
import { differenceIn, VARIANTS, type Difference } from "../search/campaign/variants.js";
import type { Trial } from "../search/trial.js";
import { writeOutput } from "./files.js";
import { parseOptions } from "./options.js";
import { Progress } from "./progress.js";
import { profileNamed } from "./search.js";
import { ExitCode, UsageError, type Command } from "./usage.js";

const DEFAULT_SEEDS = 20;
const FOLDER = "out";

export const verifyCommand: Command = {
  name: "verify",
  summary: "run seeds in several ways that must make no difference, and compare",
  help: `samsa verify [--seeds N] [--first N] [--profile NAME]

Runs the trial of each seed ${VARIANTS.length} times: ${VARIANTS.map(({ name }) => name).join(", ")}.
All must end with the same digest. At the first difference it writes every random draw of both runs and says how to
see where they part.

  --seeds N        how many seeds (${DEFAULT_SEEDS} unless told)
  --first N        the first seed (1 unless told)
  --profile NAME   what is drawn (mixed unless told)

Exit code: 0 all are the same, 1 two differ, 2 wrong usage, 3 it failed itself.`,
  async run(args) {
    const options = parseOptions("verify", args, {
      seeds: { type: "string" },
      first: { type: "string" },
      profile: { type: "string" },
    });
    const [stray] = options.positionals;
    if (stray !== undefined) throw new UsageError(`samsa verify takes options only, not "${stray}".`);
    const firstSeed = options.number("first", { atLeast: 0, atMost: MAX_SEED }) ?? 1;
    const room = MAX_SEED - firstSeed + 1;
    const seeds = options.number("seeds", { atLeast: 1, atMost: room }) ?? Math.min(DEFAULT_SEEDS, room);
    const profile = profileNamed(options.text("profile") ?? "mixed");
    const progress = new Progress(true);
    for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
      progress.show(`Seed ${seed}: ${seed - firstSeed} of ${seeds}`);
      const trial = trialOf({ profile, bugs: [] }, seed);
      const difference = await differenceIn(trial);
      if (difference === undefined) continue;
      progress.clear();
      process.stdout.write(await tellDifference(trial, difference, FOLDER));
      return ExitCode.VIOLATED;
    }
    progress.clear();
    const names = VARIANTS.map(({ name }) => name).join(", ");
    process.stdout.write(
      `${plural(seeds, "seed")}, each run ${VARIANTS.length} times and always the same: ${names}.\n`,
    );
    return ExitCode.OK;
  },
};

/** Runs both again with every random draw written down, and says how to compare them; ends with a line break. */
export async function tellDifference(trial: Trial, difference: Difference, folder: string): Promise<string> {
  const { variants, digests } = difference;
  const files: string[] = [];
  for (const variant of variants) {
    const path = join(folder, `verify-${trial.seed}-${variant.name}.draws`);
    const { draws } = await variant.run(trial, true);
    files.push(writeOutput(path, `${draws.join("\n")}\n`));
  }
  const [plain, other] = variants;
  return [
    `Seed ${trial.seed} is two runs: ${plain.name} ends with ${digests[0]}, ${other.name} with ${digests[1]}.`,
    "Where they part:",
    `  samsa diverge ${files.join(" ")}`,
    "",
  ].join("\n");
}
