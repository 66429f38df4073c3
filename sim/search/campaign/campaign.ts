// Campaign: the seeds of one shard, run by several workers, told in the order of the seeds.
// Workers take the next seed when they are free, so they end in any order; results wait until those before them are
// told. That is what makes a search the same whatever the number of workers: "the first finding" is the one of the
// lowest seed, and a results file that ends early has no holes.

import { CampaignWorker, type WorkerOptions } from "./campaign-worker.js";
import { Corpus, LAG } from "./corpus.js";
import { seedAt, type Campaign, type Shard } from "./plan.js";
import { isFinding, type Ending, type SeedResult } from "./results.js";

export interface CampaignOptions extends Omit<WorkerOptions, "task"> {
  readonly workers: number;
  /** Go on after a finding. */
  readonly keepGoing: boolean;
  /** Results of the first seeds of the shard, from a search that was killed; they are not told again. */
  readonly known?: readonly SeedResult[];
  /** No seed is begun once it says so. */
  readonly outOfTime?: () => boolean;
  /** Aborted: the user wants it to stop. Seeds that are running are finished. */
  readonly signal?: AbortSignal;
  /** Told of every result, in the order of the seeds. */
  readonly onResult: (result: SeedResult) => void;
}

/** Runs a shard to its end; says how it ended, or nothing if it was stopped. @throws if workers cannot start */
export async function runCampaign(
  campaign: Campaign,
  shard: Shard,
  options: CampaignOptions,
): Promise<Ending | undefined> {
  const { keepGoing, known = [], outOfTime = () => false, signal, onResult } = options;
  const early = new Map<number, SeedResult>();
  const corpus = new Corpus();
  for (const result of known) corpus.add(result);
  let next = known.length;
  let told = known.length;
  /** Positions from here on are not run. */
  let end = Infinity;
  let ending: Ending | undefined = "all seeds";
  if (!keepGoing && known.some(isFinding)) return "first finding";

  const take = (): number | undefined => {
    if (next >= end) return undefined;
    if (signal?.aborted === true) ending = undefined;
    else if (outOfTime()) ending = "time";
    else if (seedAt(campaign, shard, next) !== undefined) return next++;
    end = Math.min(end, next);
    return undefined;
  };
  let finish: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const tellInOrder = (): void => {
    for (let result = early.get(told); result !== undefined && told < end; result = early.get(told)) {
      early.delete(told++);
      onResult(corpus.add(result));
    }
    if (told >= end) finish();
    for (const tell of waiting.splice(0)) tell();
  };
  const waiting: (() => void)[] = [];
  /**
   * A steered seed begins once all that it may be bred from is told, however fast the workers are. It is taken in the
   * same breath: two workers that were woken together must not both take the look of one for leave.
   */
  const takeInTurn = async (): Promise<number | undefined> => {
    const mustWait = (): boolean => campaign.steers === true && next - told >= LAG;
    while (mustWait()) await new Promise<void>((tell) => waiting.push(tell));
    return take();
  };
  const ancestorsOf = (seed: number, position: number): readonly number[] =>
    campaign.bredFrom ?? (campaign.steers === true ? corpus.ancestorsOf(seed, position) : []);
  const work = async (worker: CampaignWorker): Promise<void> => {
    for (;;) {
      const position = await takeInTurn();
      if (position === undefined) break;
      const seed = seedAt(campaign, shard, position)!;
      const result = await worker.run(seed, ancestorsOf(seed, position));
      early.set(position, result);
      if (isFinding(result) && !keepGoing && position < end) {
        end = position + 1;
        ending = "first finding";
      }
      tellInOrder();
    }
    tellInOrder();
  };

  const workers = Array.from({ length: options.workers }, () => new CampaignWorker({ ...options, task: campaign }));
  try {
    // Whoever is still busy with a seed behind the first finding is not waited for.
    await Promise.race([finished, Promise.all(workers.map(work))]);
  } finally {
    await Promise.all(workers.map((worker) => worker.close()));
  }
  return ending;
}
