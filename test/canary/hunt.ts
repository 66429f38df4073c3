// Hunt: search with one historic bug switched on until the claim it is known to break is broken.
// Other findings on the way do not count: a bug breaks more than its claim, and a search that sees only the echo is not
// the search we want.

import { availableParallelism } from "node:os";
import { BUGS, type BugName } from "../../core/bugs.js";
import { runCampaign, type CampaignOptions } from "../../sim/search/campaign/campaign.js";
import type { Campaign } from "../../sim/search/campaign/plan.js";
import type { SeedResult } from "../../sim/search/campaign/results.js";
import type { ProfileName } from "../../sim/search/profiles.js";

export interface Hunt extends Partial<Pick<CampaignOptions, "runner" | "workers">> {
  readonly bug: BugName;
  readonly profile: ProfileName;
  readonly firstSeed: number;
  /** Give up after so many. */
  readonly seeds: number;
  /** Let trials that reach something new breed. */
  readonly steers?: boolean;
}

export interface Catch {
  readonly result: SeedResult;
  /** How many seeds it took. */
  readonly seeds: number;
}

/** Does a result show the claim broken that the bug is known to break? */
export function shows(result: SeedResult, bug: BugName): boolean {
  return result.kind === "failed" && (result.signature ?? "").split(" + ").includes(BUGS[bug].violates);
}

/** The lowest seed that shows the bug; undefined if none does. */
export async function hunt(wanted: Hunt): Promise<Catch | undefined> {
  const { bug, profile, firstSeed, seeds, steers = false, ...options } = wanted;
  const campaign: Campaign = { samsa: "", profile, bugs: [bug], firstSeed, seeds, steers };
  const stop = new AbortController();
  let caught: Catch | undefined;
  await runCampaign(
    campaign,
    { index: 1, of: 1 },
    {
      workers: availableParallelism(),
      ...options,
      keepGoing: true,
      signal: stop.signal,
      onResult: (result) => {
        if (caught !== undefined || !shows(result, bug)) return;
        caught = { result, seeds: result.seed - firstSeed + 1 };
        stop.abort();
      },
    },
  );
  return caught;
}
