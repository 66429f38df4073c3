// One side of the bench of switches: the same trials, timed once everything is warm. Prints milliseconds.

import { drawTrial } from "../../sim/search/draw.js";
import { runTrial } from "../../sim/search/outcome.js";

const TRIALS = 12;

function runAll(): number {
  const startedAt = performance.now();
  for (let seed = 1; seed <= TRIALS; seed++) runTrial(drawTrial(seed), { checkers: false, freeze: false });
  return performance.now() - startedAt;
}

runAll();
process.stdout.write(String(Math.min(runAll(), runAll(), runAll())));
