// The bench of switches in a process of its own: the same trials on two copies of the program, side by side. Its
// arguments are their folders; prints the ratios of first to second, one a round, as JSON.

import { join } from "node:path";

type Draw = typeof import("../../sim/search/draw.js");
type Outcome = typeof import("../../sim/search/outcome.js");

const TRIALS = 8;
const WARM_UP = 3;
const ROUNDS = 9;

/** A copy of the program; the function runs one trial and returns milliseconds. */
async function programIn(folder: string): Promise<(seed: number) => number> {
  const { drawTrial } = (await import(join(folder, "sim/search/draw.js"))) as Draw;
  const { runTrial } = (await import(join(folder, "sim/search/outcome.js"))) as Outcome;
  return (seed) => {
    const trial = drawTrial(seed);
    const startedAt = performance.now();
    runTrial(trial, { checkers: false, freeze: false });
    return performance.now() - startedAt;
  };
}

/** Both copies take turns trial by trial, and each is as often first: what slows the machine down slows down both. */
function round(first: (seed: number) => number, second: (seed: number) => number, isOdd: boolean): number {
  let [firstMs, secondMs] = [0, 0];
  for (let seed = 1; seed <= TRIALS; seed++) {
    const isSwapped = (seed % 2 === 0) === isOdd;
    if (isSwapped) secondMs += second(seed);
    firstMs += first(seed);
    if (!isSwapped) secondMs += second(seed);
  }
  return firstMs / secondMs;
}

const [first, second] = [await programIn(process.argv[2]!), await programIn(process.argv[3]!)];
const ratios: number[] = [];
for (let index = 0; index < WARM_UP + ROUNDS; index++) ratios.push(round(first, second, index % 2 === 1));
process.stdout.write(JSON.stringify(ratios.slice(WARM_UP)));
